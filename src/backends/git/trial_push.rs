//! Commits and pushes that do not come off: each says why and what to do, nothing waits for ever, and nothing is lost.

use super::trial::{PATH, Trial, built, git, main_branch, refused};
use super::*;
use crate::program::trial::{gone, script};
use std::process::Command;

/// Limits that a test can wait for.
fn soon(repository: &mut Repository) {
    let second = Duration::from_secs(1);
    repository.patience = Patience { remote: second, hooks: second, signing: second };
}

/// Nothing was lost: the commit is kept alive by a ref of ours, and nothing of the operator's moved.
fn kept(trial: &Trial, commit: &CommitId, before: &str) {
    assert!(git(&trial.repo(), &["for-each-ref", "refs/pilothouse"]).contains(&commit.0), "kept alive");
    git(&trial.repo(), &["fsck", "--strict"]);
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn without_an_identity_it_is_asked_for() {
    let trial = Trial::new();
    // An empty identity in the repository hides whatever the machine has configured.
    git(&trial.repo(), &["config", "user.name", ""]);
    git(&trial.repo(), &["config", "user.email", ""]);
    let (why, hint) = refused(trial.repository.commit(trial.draft().await).await);
    assert_eq!(why, "git does not know who you are");
    assert!(hint.contains("user.email"), "{hint}");
}

#[tokio::test]
async fn a_hook_of_the_server_is_heard() {
    let trial = Trial::new();
    let hook = trial.dir.path().join("remote.git/hooks/pre-receive");
    script(&hook, "echo 'main is frozen until \u{1b}[31mMonday'\nexit 1");
    let commit = built(trial.repository.commit(trial.draft().await).await);
    let (why, hint) = refused(trial.repository.push(commit.clone(), main_branch()).await);
    assert_eq!(why, "origin refused the push: pre-receive hook declined");
    assert!(hint.contains("main is frozen until") && !hint.contains('\u{1b}'), "{hint:?}");
    assert!(git(&trial.repo(), &["for-each-ref", "refs/pilothouse"]).contains(&commit.0), "kept alive");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_so_without_the_password() {
    let trial = Trial::new();
    let commit = built(trial.repository.commit(trial.draft().await).await);
    git(&trial.repo(), &["remote", "set-url", "origin", "http://jon:s3cret@127.0.0.1:9/x.git"]);
    let (why, _) = refused(trial.repository.push(commit, main_branch()).await);
    assert!(why.starts_with("the remote cannot be reached") && !why.contains("s3cret"), "{why}");
    let state = trial.repository.with(|it| state::state(it, None, None)).await.unwrap();
    assert_eq!(state.remote.as_deref(), Some("http://…@127.0.0.1:9/x.git"));
}

#[tokio::test]
async fn a_branch_that_takes_pull_requests_only_is_said_to_be_closed() {
    let trial = Trial::new();
    let words = "error: GH006: Protected branch update failed for refs/heads/main.";
    script(&trial.dir.path().join("remote.git/hooks/update"), &format!("echo '{words}'; exit 1"));
    let before = trial.theirs();
    let commit = built(trial.repository.commit(trial.draft().await).await);
    match trial.repository.push(commit.clone(), main_branch()).await {
        Outcome::Closed { commit: it, why, .. } => {
            assert_eq!(it, commit);
            assert!(why.starts_with("hook declined: error: GH006"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    kept(&trial, &commit, &before);
}

#[tokio::test]
async fn a_lost_race_can_be_run_again_until_it_is_won() {
    let trial = Trial::new();
    let draft = trial.draft().await;
    for turn in 3..6 {
        let commit = built(trial.repository.commit(draft.clone()).await);
        trial.other_pushes(&format!("c: {turn}"), &format!("c: {}", turn + 1));
        let outcome = trial.repository.push(commit, main_branch()).await;
        assert_eq!(outcome, Outcome::Overtaken { branch: main_branch() });
    }
    let commit = built(trial.repository.commit(draft).await);
    assert!(matches!(trial.repository.push(commit.clone(), main_branch()).await, Outcome::Pushed { .. }));
    let text = git(&trial.repo(), &["show", &format!("{}:{PATH}", commit.0)]);
    assert!(text.contains("version: v1.35.2 # renovate") && text.contains("c: 6"), "{text}");
}

#[tokio::test]
async fn a_remote_that_says_nothing_is_given_up() {
    let mut trial = Trial::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let commit = built(trial.repository.commit(trial.draft().await).await);
    soon(&mut trial.repository);
    git(&trial.repo(), &["remote", "set-url", "origin", &format!("http://127.0.0.1:{port}/x.git")]);
    let before = trial.theirs();
    let (why, hint) = refused(trial.repository.push(commit.clone(), main_branch()).await);
    assert_eq!(why, "the remote cannot be reached (it said nothing for 1 s)");
    assert!(hint.ends_with("nothing was pushed; the commit is kept, and P tries again"), "{hint}");
    assert!(trial.repository.fetch().await.unwrap_err().starts_with("the remote cannot be reached"));
    kept(&trial, &commit, &before);
}

#[tokio::test]
async fn a_remote_that_wants_a_password_is_not_answered_by_a_prompt() {
    let trial = Trial::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let commit = built(trial.repository.commit(trial.draft().await).await);
    git(&trial.repo(), &["remote", "set-url", "origin", &format!("http://127.0.0.1:{port}/x.git")]);
    git(&trial.repo(), &["config", "credential.helper", ""]);
    let before = trial.theirs();
    let (why, hint) = refused(trial.repository.push(commit.clone(), main_branch()).await);
    assert!(why.starts_with("the remote does not let us in"), "{why}");
    assert!(hint.contains("credential helper"), "{hint}");
    kept(&trial, &commit, &before);
    server.abort();
}

#[tokio::test]
async fn ssh_is_told_not_to_ask_and_an_unknown_host_is_not_trusted() {
    let trial = Trial::new();
    let (ssh, seen) = (trial.dir.path().join("bin/ssh"), trial.dir.path().join("seen"));
    script(
        &ssh,
        &format!("echo \"$@\" >{}; echo 'Host key verification failed.' >&2; exit 255", seen.display()),
    );
    let commit = built(trial.repository.commit(trial.draft().await).await);
    git(&trial.repo(), &["remote", "set-url", "origin", "ssh://git@host.example/x.git"]);
    git(&trial.repo(), &["config", "core.sshCommand", &ssh.display().to_string()]);
    let before = trial.theirs();
    let (why, hint) = refused(trial.repository.push(commit.clone(), main_branch()).await);
    assert_eq!(why, "the key of the remote's host is not known here, so it was not trusted");
    assert!(hint.starts_with("ssh to that host once by hand"), "{hint}");
    assert!(std::fs::read_to_string(seen).unwrap().contains("-o BatchMode=yes"));
    kept(&trial, &commit, &before);
    script(&ssh, "echo 'git@host.example: Permission denied (publickey).' >&2; exit 255");
    let (why, _) = refused(trial.repository.push(commit, main_branch()).await);
    assert!(why.starts_with("the remote does not let us in"), "{why}");
}

#[tokio::test]
async fn a_push_that_was_taken_before_the_line_broke_is_told_as_taken() {
    let mut trial = Trial::new();
    let program = trial.dir.path().join("bin/git");
    script(&program, "case \"$*\" in *push*) git \"$@\" >/dev/null 2>&1; exit 1;; *) exec git \"$@\";; esac");
    trial.repository.program = program.display().to_string().into();
    let commit = built(trial.repository.commit(trial.draft().await).await);
    let outcome = trial.repository.push(commit.clone(), main_branch()).await;
    assert!(matches!(outcome, Outcome::Pushed { .. }), "{outcome:?}");
    assert_eq!(trial.remote_main(), commit.0);
}

#[tokio::test]
async fn a_git_that_is_missing_or_too_old_is_said_so() {
    let mut trial = Trial::new();
    let commit = built(trial.repository.commit(trial.draft().await).await);
    trial.repository.program = "/nowhere/git".into();
    let (why, hint) = refused(trial.repository.push(commit.clone(), main_branch()).await);
    assert!(
        why.starts_with("the `git` program could not be started") && hint.contains("install git"),
        "{why}; {hint}"
    );
    let program = trial.dir.path().join("bin/git");
    let old =
        "case \"$*\" in *version) echo git version 2.20.1;; *) echo 'usage: git push' >&2; exit 129;; esac";
    script(&program, old);
    trial.repository.program = program.display().to_string().into();
    let (why, hint) = refused(trial.repository.push(commit, main_branch()).await);
    assert_eq!(why, "git 2.20 is too old");
    assert!(hint.starts_with("install git 2.29 or newer"), "{hint}");
}

#[tokio::test]
async fn a_signing_key_that_does_not_answer_holds_nobody_up() {
    let mut trial = Trial::new();
    // Long enough for a program to be started, also where the machine is busy.
    trial.repository.patience.signing = Duration::from_secs(5);
    let (program, pid) = (trial.dir.path().join("bin/gpg"), trial.dir.path().join("pid"));
    script(&program, &format!("echo $$ >{}; sleep 600", pid.display()));
    git(&trial.repo(), &["config", "commit.gpgSign", "true"]);
    git(&trial.repo(), &["config", "gpg.program", &program.display().to_string()]);
    let before = trial.theirs();
    let (why, hint) = refused(trial.repository.commit(trial.draft().await).await);
    assert_eq!(why, "the signing key gave no answer for 5 s: it is locked, or waits to be touched");
    assert!(hint.ends_with("the draft is kept"), "{hint}");
    // The program that asks for the key is ended with it.
    gone(std::fs::read_to_string(pid).unwrap().trim()).await;
    git(&trial.repo(), &["config", "gpg.program", "/nowhere/gpg"]);
    let (why, _) = refused(trial.repository.commit(trial.draft().await).await);
    assert!(why.contains("a program or key for it is not there"), "{why}");
    git(&trial.repo(), &["config", "gpg.program", &program.display().to_string()]);
    assert_eq!(git(&trial.repo(), &["for-each-ref", "refs/pilothouse"]), "");
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn a_commit_is_signed_where_git_is_told_to() {
    let trial = Trial::new();
    let repo = trial.repo();
    let key = |name: &str, phrase: &str| {
        let path = trial.dir.path().join(name);
        let args = ["-q", "-t", "ed25519", "-N", phrase, "-C", "mara@example.org", "-f"];
        assert!(Command::new("ssh-keygen").args(args).arg(&path).status().unwrap().success());
        path.display().to_string()
    };
    let (open, locked) = (key("open", ""), key("locked", "hunter2"));
    git(&repo, &["config", "commit.gpgSign", "true"]);
    git(&repo, &["config", "gpg.format", "ssh"]);
    git(&repo, &["config", "user.signingKey", &locked]);
    let (why, hint) = refused(trial.repository.commit(trial.draft().await).await);
    assert!(why.starts_with("the commit could not be signed: the signing key is locked"), "{why}");
    assert!(hint.starts_with("unlock it in its agent"), "{hint}");
    git(&repo, &["config", "user.signingKey", &open]);
    let before = trial.theirs();
    let commit = built(trial.repository.commit(trial.draft().await).await);
    let text = git(&repo, &["cat-file", "commit", &commit.0]);
    assert!(text.contains("gpgsig -----BEGIN SSH SIGNATURE-----"), "{text}");
    assert!(text.ends_with("bump kubernetes to 1.35.2"), "{text}");
    let signers = trial.dir.path().join("signers");
    let public = std::fs::read_to_string(format!("{open}.pub")).unwrap();
    std::fs::write(&signers, format!("mara@example.org {public}")).unwrap();
    let allowed = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    git(&repo, &["-c", &allowed, "verify-commit", &commit.0]);
    assert!(matches!(trial.repository.push(commit, main_branch()).await, Outcome::Pushed { .. }));
    git(&repo, &["fsck", "--strict"]);
    assert_eq!(trial.theirs(), before);
}

/// On a file system of its own, where one can be mounted.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was not tested")]
async fn a_full_disk_is_said_so_and_loses_nothing() {
    let trial = Trial::new();
    let small = trial.dir.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "none"]).arg(&small).output();
    if !mount.is_ok_and(|it| it.status.success()) {
        eprintln!("skipped: no small file system can be mounted here");
        return;
    }
    let _unmounted = Unmount(small.clone());
    git(trial.dir.path(), &["clone", "-q", "remote.git", "small/repo"]);
    let repo = small.join("repo");
    git(&repo, &["config", "user.name", "Mara Lind"]);
    git(&repo, &["config", "user.email", "mara@example.org"]);
    git(&repo, &["config", "commit.gpgSign", "false"]);
    let repository = Repository::new(&Sources { repository: Some(repo.clone()), ..Sources::default() });
    let filler = small.join("filler");
    let _ = std::fs::write(&filler, vec![0; 4 << 20]);
    let (why, hint) = refused(repository.commit(trial.draft().await).await);
    assert_eq!(why, "there is no room left on the disk");
    assert!(hint.contains("the draft is kept"), "{hint}");
    std::fs::remove_file(&filler).unwrap();
    let commit = built(repository.commit(trial.draft().await).await);
    assert!(matches!(repository.push(commit, main_branch()).await, Outcome::Pushed { .. }));
    git(&repo, &["fsck", "--strict"]);
}

struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
