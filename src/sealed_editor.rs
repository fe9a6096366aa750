//! Files that SOPS has sealed, edited by the sops program on a private copy. What it shows in clear goes to the
//! person's editor and nowhere else: what is read back is sealed, or it is refused.

use backends::{Hands, PrivateFolder, program};
use domain::{CommitId, Look, RepoPath, Revision, is_locked};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// What of the machine is used for it.
#[derive(Debug, Clone, Default)]
pub struct Sops {
    /// Searched before `$PATH`.
    pub tools: Option<PathBuf>,
    /// Handed to it as `$SOPS_AGE_KEY_FILE`.
    pub age_key_file: Option<PathBuf>,
}

/// A file as the sops program shall find it.
pub struct Sealed<'a> {
    pub path: &'a RepoPath,
    /// As it is, sealed; empty where it is new.
    pub text: &'a str,
    /// The `.sops.yaml` next above it, where there is one: how it is written, and who may open a new one.
    pub rules: Option<(RepoPath, String)>,
}

/// Whether the sops program is the one to edit a file.
pub fn is_for_sops(sealed: &Sealed<'_>) -> bool {
    let named = sealed.path.0.rsplit('/').next().is_some_and(|it| it.contains(".sops."));
    is_locked(sealed.text) || (sealed.text.is_empty() && named && sealed.rules.is_some())
}

/// The `.sops.yaml` next above a file, as of a commit.
pub async fn rules(hands: &Hands, commit: &CommitId, path: &RepoPath) -> Option<(RepoPath, String)> {
    let mut folder = path.0.as_str();
    loop {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        let at =
            RepoPath(if folder.is_empty() { ".sops.yaml".into() } else { format!("{folder}/.sops.yaml") });
        let look = Look::File(Revision { commit: commit.clone(), path: at.clone() });
        if let Ok(domain::Finding::File { text, .. }) = hands.look(look).await {
            return Some((at, text));
        }
        if folder.is_empty() {
            return None;
        }
    }
}

impl Sops {
    /// Run it, and answer the file as it sealed it anew; the error is for a person to read.
    pub async fn edit(&self, sealed: &Sealed<'_>) -> Result<String, String> {
        let path = program::search_path(self.tools.as_deref());
        let sops = program::on_search_path("sops", &path).ok_or(
            "SOPS has sealed this file, and there is no sops on PATH: install it, and e opens the file there",
        )?;
        let broken = |err: io::Error| format!("the file could not be given to sops: {err}");
        let folder = PrivateFolder::make().map_err(broken)?;
        let file = laid_out(folder.path(), sealed).map_err(broken)?;
        let name = file.file_name().unwrap_or_default();
        let mut command = Command::new(sops);
        // As a path, so that no name of a file is taken for a word of its command line.
        command.arg(Path::new(".").join(name)).current_dir(file.parent().unwrap_or(folder.path()));
        // What it writes in clear is in the same private folder, and goes with it.
        command.env("TMPDIR", folder.path().join("clear"));
        if let Some(key) = &self.age_key_file {
            command.env("SOPS_AGE_KEY_FILE", std::path::absolute(key).map_err(broken)?);
        }
        let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
        if let (None, Some(editor)) = (set("SOPS_EDITOR"), set("VISUAL")) {
            command.env("SOPS_EDITOR", editor);
        }
        match command.status().await {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(in_words(status.code())),
            Err(err) => return Err(format!("sops could not be started: {err}")),
        }
        let after = std::fs::read(&file).map_err(broken)?;
        match String::from_utf8(after) {
            Ok(after) if is_locked(&after) => Ok(after),
            _ => Err("what sops left is not sealed, so it was not taken: the draft is as it was".into()),
        }
    }
}

/// The file at its path below `root`, with its rules above it, and a folder for what is in clear.
fn laid_out(root: &Path, sealed: &Sealed<'_>) -> io::Result<PathBuf> {
    let private = |path: &Path| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    let write = |at: &Path, text: &str| -> io::Result<()> {
        private(at.parent().unwrap_or(root))?;
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(at)?;
        io::Write::write_all(&mut file, text.as_bytes())
    };
    private(&root.join("clear"))?;
    let tree = root.join("tree");
    let file = tree.join(&sealed.path.0);
    if let Some((path, text)) = &sealed.rules {
        write(&tree.join(&path.0), text)?;
    }
    match sealed.text {
        // A file that is there and empty would be no file of its own.
        "" => private(file.parent().unwrap_or(&tree))?,
        text => write(&file, text)?,
    }
    Ok(file)
}

/// How it ended, by the exit codes that sops documents.
fn in_words(code: Option<i32>) -> String {
    let why = match code {
        Some(200) => return "nothing was changed in sops: the draft is as it was".into(),
        Some(128) => {
            "no key here opens it: $SOPS_AGE_KEY_FILE names the file of an age key, gpg and the clouds have their agents"
        }
        Some(201) => "sops could not run your editor, or it failed: see $SOPS_EDITOR and $EDITOR",
        Some(25 | 51 | 52) => {
            "its seal does not fit what it holds: it was changed by hand, so sops does not open it"
        }
        Some(5 | 61 | 111) => "sops finds no rule in .sops.yaml for who may open it",
        Some(code) => return format!("sops ended with status {code}: the draft is as it was"),
        None => "sops was ended by a signal",
    };
    format!("{why}; the draft is as it was")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEALED: &str = "a: ENC[AES256_GCM,data:x]\nsops:\n    mac: ENC[m1]\n";

    /// What the file becomes in a sops that is this script.
    async fn edited(script: &str, text: &str) -> Result<String, String> {
        let bin = tempfile::tempdir().unwrap();
        let sops = bin.path().join("sops");
        // A child writes it: what we have open for writing cannot be run while a fork of another test has it too.
        let writes = "printf '#!/bin/sh\n%s\n' \"$1\" >\"$0\" && chmod 755 \"$0\"";
        let written = Command::new("sh").args(["-c", writes]).arg(&sops).arg(script).status().await;
        assert!(written.unwrap().success());
        let key = Some(bin.path().join("key"));
        let path = RepoPath("clusters/home/a.sops.yaml".into());
        let rules = Some((RepoPath("clusters/.sops.yaml".into()), "creation_rules: []\n".to_owned()));
        let sealed = Sealed { path: &path, text, rules };
        assert!(is_for_sops(&sealed));
        Sops { tools: Some(bin.path().to_owned()), age_key_file: key }.edit(&sealed).await
    }

    #[tokio::test]
    async fn sops_finds_the_file_as_in_the_repository_and_its_seal_comes_back() {
        let script = "set -e; test \"$1\" = ./a.sops.yaml; test \"$#\" = 1; test -f ../.sops.yaml; test -d \"$TMPDIR\"\n\
            case $SOPS_AGE_KEY_FILE in */key) ;; *) exit 9;; esac\n\
            for it in . \"$TMPDIR\"; do case $(ls -ld \"$it\") in drwx------*) ;; *) exit 8;; esac; done\n\
            case $(ls -l a.sops.yaml) in -rw-------*) ;; *) exit 8;; esac\n\
            sed 's/data:x/data:y/; s/m1/m2/' a.sops.yaml > \"$TMPDIR/new\" && cat \"$TMPDIR/new\" > a.sops.yaml";
        assert_eq!(edited(script, SEALED).await, Ok(SEALED.replace("data:x", "data:y").replace("m1", "m2")));
        let new = format!("test ! -e a.sops.yaml && printf '{}' > a.sops.yaml", SEALED.replace('\n', "\\n"));
        assert_eq!(edited(&new, "").await.as_deref(), Ok(SEALED), "a new one");
    }

    #[tokio::test]
    async fn what_is_left_in_clear_is_not_taken_and_each_end_has_its_words() {
        let clear = edited("echo 'password: hunter2' > a.sops.yaml", SEALED).await.unwrap_err();
        assert!(clear.contains("not sealed") && !clear.contains("hunter2"), "{clear}");
        for (code, words) in [
            (200, "nothing was changed"),
            (128, "SOPS_AGE_KEY_FILE"),
            (201, "$EDITOR"),
            (51, "by hand"),
            (7, "status 7"),
        ] {
            let said = edited(&format!("exit {code}"), SEALED).await.unwrap_err();
            assert!(said.contains(words), "{code}: {said}");
        }
        let path = RepoPath("notes.txt".into());
        assert!(
            !is_for_sops(&Sealed { path: &path, text: "a: 1\n", rules: None }),
            "what is in clear is not for sops"
        );
    }
}
