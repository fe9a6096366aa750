//! Signed commits, written by the `git` program: it knows every way of signing there is. Whoever holds the key may ask in
//! a window of its own, never on this terminal, and not for ever.

use super::command::{Git, Run, Said};
use super::commit::{Prepared, refusal};
use domain::Refusal;
use gix::ObjectId;
use std::time::Duration;

/// Write the commit with a signature.
pub(super) async fn sign(git: &Git, prepared: &Prepared, patience: Duration) -> Result<ObjectId, Refusal> {
    let (tree, tip) = (prepared.tree.to_string(), prepared.tip.to_string());
    let args = ["commit-tree", "-S", &tree, "-p", &tip, "-F", "-"];
    let said = git.run(Run { args: &args, input: &prepared.message, silence: patience, tell: None }).await?;
    match ObjectId::from_hex(said.out.trim().as_bytes()) {
        Ok(id) if said.ok => Ok(id),
        _ => Err(in_words(&said)),
    }
}

/// Why there is no signature, and what to do.
fn in_words(said: &Said) -> Refusal {
    let all = said.lines.join("\n").to_lowercase();
    let any = |words: &[&str]| words.iter().any(|it| all.contains(it));
    if let Some(patience) = said.silent {
        let why = format!(
            "the signing key gave no answer for {} s: it is locked, or waits to be touched",
            patience.as_secs()
        );
        return refusal(&why, "unlock it in its agent, then commit again; the draft is kept");
    }
    let told: Vec<&String> =
        said.lines.iter().filter(|it| !it.is_empty() && !it.contains("failed to sign")).collect();
    let why = told.last().map_or_else(|| said.why(), |it| (*it).clone());
    if any(&["no space left", "quota exceeded", "file too large"]) {
        return refusal(
            "there is no room left on the disk",
            "make room, then commit again; the draft is kept",
        );
    }
    if any(&["cannot run", "no such file or directory", "not found"]) {
        return refusal(
            &format!("the commit could not be signed: a program or key for it is not there ({why})"),
            "commit.gpgSign is set: see gpg.program, gpg.format and user.signingKey in Git's configuration",
        );
    }
    if any(&[
        "passphrase",
        "pinentry",
        "inappropriate ioctl",
        "no secret key",
        "agent",
        "timeout",
        "permission denied",
    ]) {
        return refusal(
            &format!("the commit could not be signed: the signing key is locked ({why})"),
            "unlock it in its agent, then commit again; the draft is kept",
        );
    }
    refusal(
        &format!("the commit could not be signed: {why}"),
        "commit.gpgSign is set: see gpg.program, gpg.format and user.signingKey in Git's configuration",
    )
}
