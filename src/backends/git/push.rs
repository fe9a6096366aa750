//! Sending a commit to the remote's branch. Never by force; what the server says is told as it said it.

use super::command::{Said, run};
use super::remote::in_words;
use super::{Repository, read};
use domain::{BranchName, CommitId, Outcome, Refusal};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

/// What the remote did with the ref, by the line git prints for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    Taken,
    /// The branch has commits that this one was not built on.
    Behind,
    /// In the words of git and the server.
    Rejected(String),
    /// There was no answer about the ref at all.
    Silent,
}

pub(super) async fn push(repository: &Repository, commit: CommitId, branch: BranchName) -> Outcome {
    let place = repository
        .with({
            let commit = commit.clone();
            move |opened| {
                opened.commit(read::id(&commit)?)?;
                let folder = opened.git.workdir().unwrap_or_else(|| opened.git.path()).to_owned();
                Ok((folder, opened.remote.clone()))
            }
        })
        .await;
    let (folder, remote) = match place {
        Ok(place) => place,
        Err(failure) => return Outcome::Refused(failure.into()),
    };
    let refspec = format!("{}:refs/heads/{}", commit.0, branch.0);
    let said = match run(&folder, &["push", "--porcelain", "--atomic", &remote, &refspec], PATIENCE).await {
        Ok(said) => said,
        Err(failure) => return Outcome::Refused(failure.into()),
    };
    match answer(&said) {
        Answer::Taken => {
            // The remote-tracking ref follows by itself only where the user's refspec covers the branch.
            let _ = repository.fetch_into(&folder, &remote, &branch.0).await;
            let _ =
                repository.with(move |opened| release(opened, &commit).map(|()| commit)).await.map(|_| ());
            Outcome::Pushed { commit: pushed(&refspec), branch, remote: said.remote() }
        }
        Answer::Behind => {
            let _ = repository.fetch_into(&folder, &remote, &branch.0).await;
            Outcome::Overtaken { branch }
        }
        Answer::Rejected(why) => {
            let told =
                said.remote().into_iter().filter(|it| !it.is_empty()).take(5).collect::<Vec<_>>().join(" / ");
            let why = format!("{} refused the push: {why}", remote);
            Outcome::Refused(Refusal { why, hint: (!told.is_empty()).then_some(told) })
        }
        Answer::Silent => Outcome::Refused(Refusal {
            why: in_words(&said),
            hint: Some("nothing was pushed; the commit is kept, and P tries again".into()),
        }),
    }
}

/// The commit of a refspec that was made above.
fn pushed(refspec: &str) -> CommitId {
    CommitId(refspec.split(':').next().unwrap_or_default().to_owned())
}

/// Let go of the ref that kept the commit alive: the branch holds it now.
fn release(opened: &super::Opened, commit: &CommitId) -> Result<(), super::GitFailure> {
    let name = format!("refs/pilothouse/{commit}");
    match opened.git.try_find_reference(name.as_str()).map_err(super::GitFailure::read)? {
        Some(kept) => kept.delete().map_err(super::GitFailure::read),
        None => Ok(()),
    }
}

/// Read `--porcelain`: one line for the ref, `flag TAB from:to TAB summary`.
fn answer(said: &Said) -> Answer {
    let line = said.out.lines().find_map(|line| {
        let mut parts = line.splitn(3, '\t');
        let (flag, _, summary) = (parts.next()?, parts.next()?, parts.next()?);
        Some((flag.chars().next()?, summary.to_owned()))
    });
    match line {
        Some((' ' | '*' | '=', _)) if said.ok => Answer::Taken,
        Some(('!', summary)) => {
            let behind = ["fetch first", "non-fast-forward", "stale info", "needs force", "cannot lock ref"];
            if behind.iter().any(|it| summary.contains(it)) {
                Answer::Behind
            } else {
                let why =
                    summary.split_once('(').map_or(summary.as_str(), |(_, why)| why.trim_end_matches(')'));
                Answer::Rejected(super::text::masked(&super::text::clean(why)))
            }
        }
        _ => Answer::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(ok: bool, out: &str) -> Said {
        Said { ok, out: out.into(), lines: Vec::new() }
    }

    #[test]
    fn porcelain_lines_are_read() {
        let taken = " \tabc:refs/heads/main\t1..2\nDone\n";
        assert_eq!(answer(&said(true, &format!("To /x\n{taken}"))), Answer::Taken);
        let behind = "To /x\n!\tabc:refs/heads/main\t[rejected] (fetch first)\nDone\n";
        assert_eq!(answer(&said(false, behind)), Answer::Behind);
        let hook = "To /x\n!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nDone\n";
        assert_eq!(answer(&said(false, hook)), Answer::Rejected("pre-receive hook declined".into()));
        assert_eq!(answer(&said(false, "")), Answer::Silent);
    }
}
