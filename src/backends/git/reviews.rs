//! Listening to pull requests. A forge cannot be listened to from here, so it is asked, and not often.

use super::Repository;
use crate::Heard;
use crate::forge;
use domain::{BranchName, Observation};
use futures::StreamExt;
use std::collections::BTreeSet;
use std::time::Duration;

/// How often each is asked for.
const BETWEEN: Duration = Duration::from_secs(20);

/// Ask for as long as the stream is held. Without a token for the forge there is nothing to hear.
pub(super) fn watch(repository: Repository, of: BTreeSet<(BranchName, BranchName)>) -> Heard {
    futures::stream::unfold(true, move |first| {
        let (repository, of) = (repository.clone(), of.clone());
        async move {
            if !first {
                tokio::time::sleep(BETWEEN).await;
            }
            Some((ask(&repository, &of).await, false))
        }
    })
    .flat_map(futures::stream::iter)
    .boxed()
}

async fn ask(repository: &Repository, of: &BTreeSet<(BranchName, BranchName)>) -> Vec<Observation> {
    let Some(address) = repository.address().await else { return Vec::new() };
    let Some(forge) = forge::of(&address) else { return Vec::new() };
    let mut heard = Vec::new();
    for (branch, onto) in of {
        let said = match forge::review(&*forge, branch, onto).await {
            Ok(None) => continue,
            Ok(Some(review)) => Ok(review),
            Err(failure) => Err(format!("the pull request is not heard: {failure}")),
        };
        heard.push(Observation::Review(branch.clone(), said));
    }
    heard
}
