//! Sending a commit to the remote. Never by force on the tracked branch; on a branch of our own only while it is what we
//! left it. What the server says is told as it said it.

use super::command::{Run, Said};
use super::remote::why_not;
use super::{Opened, Repository, read};
use domain::{BranchName, CommitId, Outcome, Refusal};

/// What the remote did with the ref, by the line git prints for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Taken,
    /// The branch has commits that this one was not built on.
    Behind,
    /// The branch takes no direct pushes.
    Closed(String),
    /// In the words of git and the server.
    Rejected(String),
    /// There was no answer about the ref at all.
    Silent,
}

/// Send a commit to the tracked branch.
pub(super) async fn push(repository: &Repository, commit: CommitId, branch: BranchName) -> Outcome {
    let place = repository.with({
        let commit = commit.clone();
        move |opened| {
            opened.commit(read::id(&commit)?)?;
            Ok(opened.remote()?.to_owned())
        }
    });
    let remote = match place.await {
        Ok(remote) => remote,
        Err(failure) => return Outcome::Refused(failure.into()),
    };
    let refspec = format!("{}:refs/heads/{}", commit.0, branch.0);
    let (said, answer) = match send(repository, &remote, &refspec, &[]).await {
        Ok(it) => it,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    match answer {
        Answer::Taken => {
            // The remote-tracking ref follows by itself only where the user's refspec covers the branch.
            let _ = repository.fetch().await;
            arrived(repository, commit, branch, said.remote()).await
        }
        Answer::Behind => match repository.fetch().await {
            Ok(()) => Outcome::Overtaken { branch },
            Err(why) => Outcome::Refused(Refusal {
                why: format!("{} moved on meanwhile, and could not be fetched: {why}", branch.0),
                hint: Some("nothing was pushed; the commit is kept".into()),
            }),
        },
        Answer::Closed(why) => Outcome::Closed { commit, branch, why: with_words(&why, &said) },
        Answer::Rejected(why) => {
            let why = format!("{remote} refused the push: {why}");
            Outcome::Refused(Refusal { why, hint: words_of(&said) })
        }
        Answer::Silent => {
            // It may have been taken all the same: only the remote can say.
            let held = repository.fetch().await.is_ok() && holds(repository, &commit).await;
            if held {
                return arrived(repository, commit, branch, said.remote()).await;
            }
            let refusal = silent(repository, &said).await;
            Outcome::Refused(refusal)
        }
    }
}

pub(super) async fn silent(repository: &Repository, said: &Said) -> Refusal {
    let refusal = match repository.git().await {
        Ok(git) => why_not(&git, said).await,
        Err(failure) => failure.into(),
    };
    let kept = "nothing was pushed; the commit is kept, and P tries again";
    let hint = refusal.hint.map_or(kept.to_owned(), |hint| format!("{hint}; {kept}"));
    Refusal { why: refusal.why, hint: Some(hint) }
}

async fn holds(repository: &Repository, commit: &CommitId) -> bool {
    let commit = commit.clone();
    repository.with(move |opened| read::on_branch(opened, &commit)).await.unwrap_or(false)
}

/// The branch holds the commit: the ref that kept it alive is let go.
async fn arrived(
    repository: &Repository,
    commit: CommitId,
    branch: BranchName,
    remote: Vec<String>,
) -> Outcome {
    let pushed = commit.clone();
    // The ref that stays behind keeps a commit alive that is alive anyway.
    let _ = repository.with(move |opened| release(opened, &pushed)).await;
    Outcome::Pushed { commit, branch, remote }
}

/// Run the push, and read what the remote did with the ref.
pub(super) async fn send(
    repository: &Repository,
    remote: &str,
    refspec: &str,
    options: &[&str],
) -> Result<(Said, Answer), Refusal> {
    let git = repository.git().await?;
    let args = [&["push", "--porcelain", "--atomic", "--progress"], options, &[remote, refspec]].concat();
    let (silence, tell) = (repository.patience.hooks, |line: &str| repository.tell(line));
    let said = git.run(Run { args: &args, input: "", silence, tell: Some(&tell) }).await;
    repository.tell("");
    let said = said?;
    let answer = answer(&said);
    Ok((said, answer))
}

/// What the server said, on one line; none where it said nothing.
pub(super) fn words_of(said: &Said) -> Option<String> {
    // Gitea frames what it has to say with lines of nothing else.
    let said = said.remote().into_iter().filter(|it| !it.is_empty() && it != "error:");
    let told = said.take(5).collect::<Vec<_>>().join(" / ");
    (!told.is_empty()).then_some(told)
}

fn with_words(why: &str, said: &Said) -> String {
    words_of(said).map_or_else(|| why.to_owned(), |words| format!("{why}: {words}"))
}

/// Let go of the ref that kept the commit alive: the branch holds it now.
fn release(opened: &Opened, commit: &CommitId) -> Result<(), super::GitFailure> {
    let name = format!("refs/pilothouse/{commit}");
    match opened.git.try_find_reference(name.as_str()).map_err(super::GitFailure::read)? {
        Some(kept) => kept.delete().map_err(super::GitFailure::read),
        None => Ok(()),
    }
}

/// Words of servers for a branch that takes pull requests only.
const CLOSED: [&str; 8] = [
    "protected branch",
    "protected branches",
    "gh006",
    "gh013",
    "repository rule violations",
    "changes must be made through a pull request",
    "you can't push commits to branch",
    // Forgejo and Gitea: who may only read may still propose.
    "user permission denied for writing",
];

/// Read `--porcelain`: one line for the ref, `flag TAB from:to TAB summary`.
fn answer(said: &Said) -> Answer {
    let line = said.out.lines().find_map(|line| {
        let mut parts = line.splitn(3, '\t');
        let (flag, _, summary) = (parts.next()?, parts.next()?, parts.next()?);
        Some((flag.chars().next()?, summary.to_owned()))
    });
    match line {
        Some((' ' | '*' | '+' | '=', _)) if said.ok => Answer::Taken,
        Some(('!', summary)) => {
            let behind = ["fetch first", "non-fast-forward", "stale info", "needs force", "cannot lock ref"];
            if behind.iter().any(|it| summary.contains(it)) {
                return Answer::Behind;
            }
            let why = summary.split_once('(').map_or(summary.as_str(), |(_, why)| why.trim_end_matches(')'));
            let why = super::text::masked(&super::text::clean(why));
            let all = format!("{summary} {}", said.remote().join(" ")).to_lowercase();
            match CLOSED.iter().any(|it| all.contains(it)) {
                true => Answer::Closed(why),
                false => Answer::Rejected(why),
            }
        }
        _ => Answer::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(ok: bool, out: &str, lines: &[&str]) -> Said {
        let lines = lines.iter().map(|it| (*it).to_owned()).collect();
        Said { ok, out: out.into(), lines, silent: None }
    }

    #[test]
    fn porcelain_lines_are_read() {
        let taken = " \tabc:refs/heads/main\t1..2\nDone\n";
        assert_eq!(answer(&said(true, &format!("To /x\n{taken}"), &[])), Answer::Taken);
        let behind = "To /x\n!\tabc:refs/heads/main\t[rejected] (fetch first)\nDone\n";
        assert_eq!(answer(&said(false, behind, &[])), Answer::Behind);
        let hook = "To /x\n!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)\nDone\n";
        let declined = "pre-receive hook declined";
        assert_eq!(answer(&said(false, hook, &[])), Answer::Rejected(declined.into()));
        for words in [
            "remote: error: GH006: Protected branch update failed for refs/heads/main.",
            "remote: error: GH013: Repository rule violations found for refs/heads/main.",
            "remote: GitLab: You are not allowed to push code to protected branches on this project.",
            "remote: Gitea: Not allowed to push to protected branch main",
            "remote: Forgejo: Not allowed to push to protected branch main",
            "remote: error: User permission denied for writing.",
        ] {
            assert_eq!(answer(&said(false, hook, &[words])), Answer::Closed(declined.into()), "{words}");
        }
        assert_eq!(answer(&said(false, "", &[])), Answer::Silent);
    }
}
