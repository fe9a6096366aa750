//! Listening to pull requests. A forge cannot be listened to from here, so it is asked, and not often.

use super::{GitFailure, Opened, Repository, read};
use crate::Heard;
use crate::forge::{self, Address, Forge};
use domain::{CommitId, Observation, Proposal};
use futures::StreamExt;
use futures::future::join_all;
use gix::merge::tree::TreatAsUnresolved;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

/// How often each is asked for.
const BETWEEN: Duration = Duration::from_secs(20);

/// Ask for as long as the stream is held. Without a token for the forge there is nothing to hear.
pub(super) fn watch(repository: Repository, of: BTreeSet<(CommitId, Proposal)>) -> Heard {
    futures::stream::unfold(true, move |first| {
        let (repository, of) = (repository.clone(), of.clone());
        async move {
            if !first {
                // Who has the remote asked wants to know of these too.
                let _ = timeout(BETWEEN, repository.asked.notified()).await;
            }
            Some((ask(&repository, &of).await, false))
        }
    })
    .flat_map(futures::stream::iter)
    .boxed()
}

/// Ask once.
pub(super) async fn ask(repository: &Repository, of: &BTreeSet<(CommitId, Proposal)>) -> Vec<Observation> {
    let Some(address) = repository.address().await else { return Vec::new() };
    let Some(forge) = forge::of(&address) else { return Vec::new() };
    let each = of.iter().map(|(commit, proposal)| one(repository, &address, &*forge, commit, proposal));
    let heard = join_all(each).await;
    if heard.iter().any(|it| matches!(it, Observation::Review(_, Ok(review)) if review.merged.is_some())) {
        // The branch has moved on: whoever hears of the merge shall see where to. A minute later it is asked anyway.
        let _ = repository.fetch().await;
    }
    heard
}

async fn one(
    repository: &Repository,
    address: &Address,
    forge: &dyn Forge,
    commit: &CommitId,
    proposal: &Proposal,
) -> Observation {
    let said = match forge::review(forge, commit, proposal).await {
        Ok(Some((mut review, stuck))) => {
            review.conflicts = stuck && collides(repository, commit).await;
            Ok(review)
        }
        Ok(None) => {
            let page = proposal.url.clone().or_else(|| address.compare(&proposal.branch, &proposal.onto));
            let page = page.unwrap_or_else(|| proposal.branch.0.clone());
            Err(format!("it is pushed, and no pull request is made of it yet: {page}"))
        }
        Err(failure) => Err(format!("the pull request is not heard: {failure}")),
    };
    Observation::Review(commit.clone(), said)
}

/// Whether a commit and what the branch has by now cannot be put together. A forge that says so of a pull request may
/// only not have looked yet.
async fn collides(repository: &Repository, commit: &CommitId) -> bool {
    let commit = commit.clone();
    let fetched = repository.fetch().await.is_ok();
    fetched && repository.with(move |opened| conflicts(opened, &commit)).await.unwrap_or(false)
}

fn conflicts(opened: &Opened, commit: &CommitId) -> Result<bool, GitFailure> {
    // What comes of it is looked at and not kept.
    let git = opened.git.clone().with_object_memory();
    let options = git.tree_merge_options().map_err(GitFailure::read)?;
    let merged = git
        .merge_commits(read::id(commit)?, opened.tip()?, Default::default(), options.into())
        .map_err(GitFailure::read)?;
    Ok(merged.tree_merge.has_unresolved_conflicts(TreatAsUnresolved::default()))
}
