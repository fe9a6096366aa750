//! A commit on a branch of ours, and a pull request for it. By force only over what we left on that branch ourselves.

use super::push::{Answer, send, silent, words_of};
use super::{GitFailure, Opened, Repository, agit, read};
use crate::forge::{self, Kind, Wish};
use domain::{BranchName, CommitId, Outcome, Proposal, Refusal};
use gix::refs::transaction::PreviousValue;

/// Letters of a title that are kept in the name of a branch.
const LONG: usize = 48;

/// How servers invite to make the request by hand, after a push: of no use once it is made.
const INVITES: [&str; 5] = ["create a", "/pulls/new/", "/pull/new/", "/merge_requests/new", "/compare/"];

/// Push to `pilothouse/<title>` and have a pull request made, where there is a way to.
pub(super) async fn propose(
    repository: &Repository,
    commit: CommitId,
    onto: BranchName,
    message: &str,
) -> Outcome {
    let (title, body) = message.trim().split_once('\n').unwrap_or((message.trim(), ""));
    let slug = slug(title);
    let short = commit.short().to_owned();
    let named = |name: String| Wish {
        branch: BranchName(name),
        onto: onto.clone(),
        title: title.to_owned(),
        body: body.trim().to_owned(),
    };
    let address = repository.address().await;
    let forgejo = address.as_ref().is_some_and(|it| it.kind == Some(Kind::Forgejo));
    let without = named(format!("pilothouse/{slug}"));
    if forgejo && address.as_ref().and_then(forge::of).is_none() {
        match agit::offer(repository, &commit, &without).await {
            Ok(Some(outcome)) => return outcome,
            // It is not taken so: a branch is what every host takes.
            Ok(None) => {}
            Err(refusal) => return Outcome::Refused(refusal),
        }
    }
    // Where somebody else has a branch of that name, the commit's own name is added.
    for name in [format!("pilothouse/{slug}"), format!("pilothouse/{slug}-{short}")] {
        let wish = named(name);
        match send_to(repository, &commit, &wish).await {
            Ok(Sent::Taken(remote)) => return offered(repository, commit, wish, remote).await,
            Ok(Sent::Behind) => {}
            Ok(Sent::Refused(refusal)) if forgejo => {
                // Who may make no branches may still propose.
                let offered = agit::offer(repository, &commit, &without).await;
                return offered.ok().flatten().unwrap_or(Outcome::Refused(refusal));
            }
            Ok(Sent::Refused(refusal)) | Err(refusal) => return Outcome::Refused(refusal),
        }
    }
    Outcome::Refused(Refusal {
        why: format!("pilothouse/{slug} is somebody else's branch"),
        hint: Some("give the change another title, or remove that branch".into()),
    })
}

/// What became of a push to a branch of ours.
enum Sent {
    /// And what the remote said.
    Taken(Vec<String>),
    /// The branch is not as we left it.
    Behind,
    /// The remote does not want it.
    Refused(Refusal),
}

async fn send_to(repository: &Repository, commit: &CommitId, wish: &Wish) -> Result<Sent, Refusal> {
    let kept = ours(&wish.branch);
    let place = repository.with({
        let (commit, kept) = (commit.clone(), kept.clone());
        move |opened| {
            opened.commit(read::id(&commit)?)?;
            Ok((opened.remote()?.to_owned(), opened.id_of(&kept)?))
        }
    });
    let (remote, left) = place.await?;
    let full = format!("refs/heads/{}", wish.branch.0);
    let lease = |left: &str| format!("--force-with-lease={full}:{left}");
    let mut options = vec![lease(&left.map(|it| it.to_string()).unwrap_or_default())];
    let address = repository.address().await;
    let gitlab = address.as_ref().is_some_and(|it| it.kind == Some(Kind::GitLab));
    if gitlab && address.as_ref().and_then(forge::of).is_none() {
        // GitLab makes the request by itself; a server that knows no options would refuse the push for them.
        options.extend(by_options(wish));
    }
    let refspec = format!("{commit}:{full}");
    let push = async |options: &[String]| {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        send(repository, &remote, &refspec, &options).await
    };
    let (mut said, mut answer) = push(&options).await?;
    if answer == Answer::Behind && left.is_some() {
        // Merged and removed, as forges do it: what we left is there no more, and the name is free.
        if let Some(first) = options.first_mut() {
            *first = lease("");
        }
        (said, answer) = push(&options).await?;
    }
    Ok(match answer {
        Answer::Taken => {
            let commit = commit.clone();
            repository.with(move |opened| keep(opened, &kept, &commit)).await?;
            Sent::Taken(said.remote())
        }
        Answer::Behind => Sent::Behind,
        Answer::Closed(why) | Answer::Rejected(why) => Sent::Refused(Refusal {
            why: format!("{remote} refused {}: {why}", wish.branch.0),
            hint: words_of(&said),
        }),
        Answer::Silent => return Err(silent(repository, &said).await),
    })
}

/// The push options by which GitLab makes a merge request. They hold no line breaks.
fn by_options(wish: &Wish) -> Vec<String> {
    [
        "merge_request.create".to_owned(),
        format!("merge_request.target={}", wish.onto.0),
        format!("merge_request.title={}", line(&wish.title)),
        "merge_request.remove_source_branch".to_owned(),
    ]
    .into_iter()
    .map(|it| format!("--push-option={it}"))
    .collect()
}

/// A text as a push option can hold it.
pub(super) fn line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The branch is there: find or make the pull request. Where that fails the page that makes one is told.
async fn offered(repository: &Repository, commit: CommitId, wish: Wish, mut remote: Vec<String>) -> Outcome {
    let address = repository.address().await;
    let mut proposal = Proposal {
        url: address.as_ref().and_then(|it| it.compare(&wish.branch, &wish.onto)),
        branch: wish.branch.clone(),
        onto: wish.onto.clone(),
        number: None,
    };
    if let Some(forge) = address.as_ref().and_then(forge::of) {
        match forge::propose(&*forge, &wish).await {
            Ok(made) => {
                proposal.number = Some(made.number);
                remote.retain(|it| !INVITES.iter().any(|words| it.to_lowercase().contains(words)));
                proposal.url = Some(made.url).filter(|it| !it.is_empty()).or(proposal.url);
            }
            Err(failure) => remote.push(format!("no pull request was made: {failure}")),
        }
    }
    Outcome::Proposed { commit, proposal, remote }
}

/// The ref that remembers what we left on a branch of ours.
pub(super) fn ours(branch: &BranchName) -> String {
    format!("refs/pilothouse/left/{}", branch.0.replace('/', "-"))
}

pub(super) fn keep(opened: &Opened, name: &str, commit: &CommitId) -> Result<(), GitFailure> {
    let message = "pilothouse: proposed";
    opened.git.reference(name, read::id(commit)?, PreviousValue::Any, message).map_err(GitFailure::write)?;
    Ok(())
}

/// A title as a part of the name of a branch: "Bump Kubernetes to 1.35.2" becomes "bump-kubernetes-to-1-35-2".
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for it in title.chars().flat_map(char::to_lowercase) {
        if it.is_ascii_alphanumeric() {
            slug.push(it);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(LONG);
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() { "change".into() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_a_branch() {
        assert_eq!(slug("Bump Kubernetes to 1.35.2"), "bump-kubernetes-to-1-35-2");
        assert_eq!(slug("Revert \"größer\""), "revert-gr-er");
        assert_eq!(slug("…"), "change");
        assert!(slug(&"x".repeat(200)).len() <= LONG);
    }
}
