//! Asking the remote. A fetch writes the remote-tracking ref of the followed branch and nothing else.

use super::command::{Git, Run, Said};
use super::failure::GitFailure;
use domain::Refusal;
use std::time::Duration;

/// Fetch one branch. The error is for a person to read.
pub(super) async fn fetch(git: &Git, remote: &str, branch: &str, silence: Duration) -> Result<(), String> {
    // The empty refmap keeps git from writing what the user's own refspecs would have it write.
    let refspec = format!("+refs/heads/{branch}:refs/remotes/{remote}/{branch}");
    let args = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap="];
    let args = [args.as_slice(), &["--no-recurse-submodules", "--progress", remote, &refspec]].concat();
    let run = || git.run(Run { args: &args, input: "", silence, tell: None });
    let mut said = run().await.map_err(|err| err.told())?;
    if said.lines.iter().any(|it| it.contains("cannot lock ref")) {
        // Somebody else fetched in the same moment; what they fetched may be older than what there is now.
        said = run().await.map_err(|err| err.told())?;
    }
    if said.ok { Ok(()) } else { Err(why_not(git, &said).await.why) }
}

/// Why the remote could not be used. A git that is too old is told before what it made of it.
pub(super) async fn why_not(git: &Git, said: &Said) -> Refusal {
    if said.lines.iter().any(|it| it.starts_with("usage:") || it.contains("unknown option"))
        && let Err(err @ GitFailure::OldGit(_)) = git.fit().await
    {
        return err.into();
    }
    in_words(said)
}

/// Why the remote could not be used, in a person's words, with git's own last, and what to do.
pub(super) fn in_words(said: &Said) -> Refusal {
    let why = said.why();
    let all = said.lines.join("\n").to_lowercase();
    let any = |words: &[&str]| words.iter().any(|it| all.contains(it));
    let told = |why: String, hint: &str| Refusal {
        why,
        hint: Some(hint.into()).filter(|it: &String| !it.is_empty()),
    };
    if let Some(silence) = said.silent {
        let why = format!("the remote cannot be reached (it said nothing for {} s)", silence.as_secs());
        return told(why, "see that the network and the remote's address are right");
    }
    if any(&["remote host identification has changed"]) {
        return told(
            "the key of the remote's host is another one than it was".into(),
            "ask who runs it before you go on: somebody may be in between",
        );
    }
    if any(&["host key verification failed", "no matching host key"]) {
        return told(
            "the key of the remote's host is not known here, so it was not trusted".into(),
            "ssh to that host once by hand and compare its key",
        );
    }
    let full = ["no space left on device", "disk quota exceeded", "file too large", "unable to write"];
    if any(&full) && !said.remote().iter().any(|it| full.iter().any(|full| it.to_lowercase().contains(full)))
    {
        return told(format!("there is no room left on the disk ({why})"), "make room, then do it again");
    }
    let auth =
        ["authentication failed", "could not read username", "could not read password", "permission denied"];
    let dead = [
        "connection refused",
        "could not resolve",
        "timed out",
        "no route to host",
        "network is unreachable",
    ];
    if any(&auth) || any(&["terminal prompts disabled", "error: 401", "error: 403", "access denied"]) {
        let hint = "git asks nobody from here: put the key into an agent, or set a credential helper";
        return told(format!("the remote does not let us in ({why})"), hint);
    }
    if any(&dead)
        || any(&["failed to connect", "connection reset", "unable to access", "does not appear to be"])
    {
        let hint = "see that the network and the remote's address are right";
        return told(format!("the remote cannot be reached ({why})"), hint);
    }
    if any(&["couldn't find remote ref"]) {
        return told(format!("the remote has no such branch ({why})"), "name another with --branch");
    }
    told(why, "")
}
