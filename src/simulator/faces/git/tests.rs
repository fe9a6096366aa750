//! The remote as people and machines reach it.

use super::*;
use crate::genesis::lighthouse::{NAME, Wanted, lighthouse};
use crate::genesis::repository::Person;
use crate::git_program::run;
use std::time::Duration;

async fn remote(dir: &std::path::Path) -> Remote {
    let wanted = Wanted {
        seed: 1,
        now: 1_795_000_000,
        workers: 3,
        remote: Remote::file_url(dir, NAME),
        without: Vec::new(),
    };
    let repository = lighthouse(&wanted).unwrap();
    Remote::create(dir, &repository, "secret", Duration::from_millis(20)).await.unwrap()
}

async fn text(dir: &std::path::Path, args: &[&str]) -> String {
    String::from_utf8(run(dir, args, None).await.unwrap()).unwrap().trim().to_owned()
}

#[tokio::test]
async fn the_operator_has_a_clean_clone_that_can_push() {
    let dir = tempfile::tempdir().unwrap();
    let remote = remote(dir.path()).await;
    let repo = dir.path().join("repo");
    assert_eq!(text(&repo, &["status", "--porcelain"]).await, "");
    assert_eq!(text(&repo, &["rev-parse", "origin/main"]).await, *remote.head().borrow());
    run(&repo, &["commit", "--quiet", "--allow-empty", "-m", "here"], None).await.unwrap();
    run(&repo, &["push", "--quiet", "origin", "main"], None).await.unwrap();
    let mine = text(&repo, &["rev-parse", "main"]).await;
    remote.head().wait_for(|head| *head == mine).await.unwrap();
    assert_eq!(text(remote.bare(), &["fsck", "--strict", "--no-dangling"]).await, "");
}

#[tokio::test]
async fn smart_http_lets_everybody_fetch_and_the_token_push() {
    let dir = tempfile::tempdir().unwrap();
    let remote = remote(dir.path()).await;
    let open = remote.http_url().replace("operator:secret@", "");
    run(dir.path(), &["clone", "--quiet", &open, "other"], None).await.unwrap();
    let other = dir.path().join("other");
    let commit =
        ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "there"];
    run(&other, &commit, None).await.unwrap();
    let refused = run(&other, &["push", "--quiet", "origin", "main"], None).await;
    assert!(matches!(refused, Err(GitError::Refused { .. })));
    run(&other, &["push", "--quiet", &remote.http_url(), "main"], None).await.unwrap();
    let theirs = text(&other, &["rev-parse", "main"]).await;
    remote.head().wait_for(|head| *head == theirs).await.unwrap();
}

#[tokio::test]
async fn somebody_else_commits_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let remote = remote(dir.path()).await;
    let mara = Person { name: "Mara".into(), email: "mara@lighthouse.example".into() };
    let path = "cluster-api/control-plane.yaml";
    let edit = |text: &str| text.replacen("v1.35.0", "v1.35.2", 1);
    let id = remote.commit_as(&mara, path, edit, "Kubernetes v1.35.2", 1_795_000_060).await.unwrap();
    let shown = text(remote.bare(), &["show", "--numstat", "--format=%an %s", &id]).await;
    assert_eq!(shown, format!("Mara Kubernetes v1.35.2\n\n1\t1\t{path}"));
}
