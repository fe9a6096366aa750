//! Asking the remote. A fetch writes the remote-tracking ref of the followed branch and nothing else.

use super::command::{Said, run};
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// Fetch one branch. The error is for a person to read.
pub(super) async fn fetch(folder: &Path, remote: &str, branch: &str) -> Result<(), String> {
    // The empty refmap keeps git from writing what the user's own refspecs would have it write.
    let refspec = format!("+refs/heads/{branch}:refs/remotes/{remote}/{branch}");
    let args = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap="];
    let args = [args.as_slice(), &["--no-recurse-submodules", remote, &refspec]].concat();
    let said = run(folder, &args, PATIENCE).await.map_err(|err| err.told())?;
    if said.ok { Ok(()) } else { Err(in_words(&said)) }
}

/// Why the remote could not be used, in a person's words, with git's own last.
pub(super) fn in_words(said: &Said) -> String {
    let why = said.why();
    let all = said.lines.join("\n").to_lowercase();
    let any = |words: &[&str]| words.iter().any(|it| all.contains(it));
    let auth =
        ["authentication failed", "could not read username", "could not read password", "permission denied"];
    let dead = ["connection refused", "could not resolve", "timed out", "no route to host", "no answer from"];
    if any(&auth) || any(&["terminal prompts disabled", "error: 401", "error: 403", "access denied"]) {
        format!("the remote does not let us in ({why})")
    } else if any(&dead) || any(&["failed to connect", "connection reset", "unable to access"]) {
        format!("the remote cannot be reached ({why})")
    } else if any(&["couldn't find remote ref"]) {
        format!("the remote has no such branch ({why})")
    } else {
        why
    }
}
