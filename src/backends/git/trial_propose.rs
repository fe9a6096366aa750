//! Commits that are offered on a branch of their own, against real repositories.

use super::trial::{Trial, built, git, main_branch};
use super::*;
use crate::program::trial::script;
use domain::Proposal;

async fn proposed(trial: &Trial, commit: &CommitId, message: &str) -> Proposal {
    match trial.repository.propose(commit.clone(), main_branch(), message.into()).await {
        Outcome::Proposed { proposal, .. } => proposal,
        other => panic!("{other:?}"),
    }
}

fn at(trial: &Trial, branch: &str) -> String {
    git(&trial.dir.path().join("remote.git"), &["rev-parse", branch])
}

#[tokio::test]
async fn a_commit_is_offered_on_a_branch_of_ours_and_main_stays() {
    let trial = Trial::new();
    let (before, main) = (trial.theirs(), trial.remote_main());
    let one = built(trial.repository.commit(trial.draft().await).await);
    let proposal = proposed(&trial, &one, "Bump to 1.35.2\n\nbecause").await;
    assert_eq!(
        (proposal.branch.0.as_str(), proposal.url, proposal.number),
        ("pilothouse/bump-to-1-35-2", None, None)
    );
    assert_eq!((at(&trial, "pilothouse/bump-to-1-35-2"), trial.remote_main()), (one.0.clone(), main));
    // Built anew on what came meanwhile, it takes the place of what we left there.
    trial.other_pushes("c: 3", "c: 4");
    trial.repository.fetch().await.unwrap();
    let draft = trial.draft_on(&one).await;
    let two = built(trial.repository.commit(draft).await);
    assert_eq!(proposed(&trial, &two, "Bump to 1.35.2").await.branch.0, "pilothouse/bump-to-1-35-2");
    assert_eq!(at(&trial, "pilothouse/bump-to-1-35-2"), two.0);
    git(&trial.repo(), &["fsck", "--strict"]);
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn what_somebody_else_left_on_a_branch_is_not_overwritten() {
    let trial = Trial::new();
    let other = trial.dir.path().join("other");
    git(&other, &["push", "-q", "origin", "HEAD:refs/heads/pilothouse/bump"]);
    let theirs = at(&trial, "pilothouse/bump");
    let commit = built(trial.repository.commit(trial.draft().await).await);
    let branch = proposed(&trial, &commit, "Bump").await.branch.0;
    assert_eq!(branch, format!("pilothouse/bump-{}", commit.short()));
    assert_eq!(at(&trial, "pilothouse/bump"), theirs);
    // Somebody adds to ours: it is theirs too, then.
    git(&other, &["pull", "-q", "origin", &branch]);
    git(&other, &["commit", "-q", "--allow-empty", "-m", "More"]);
    git(&other, &["push", "-q", "origin", &format!("HEAD:{branch}")]);
    match trial.repository.propose(commit, main_branch(), "Bump".into()).await {
        Outcome::Refused(refusal) => {
            assert!(refusal.why.ends_with("is somebody else's branch"), "{refusal:?}")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn forgejo_makes_the_request_of_the_push_alone() {
    let trial = Trial::new();
    let (remote, seen) = (trial.dir.path().join("remote.git"), trial.dir.path().join("seen"));
    git(&remote, &["config", "receive.advertisePushOptions", "true"]);
    // As Forgejo does, it keeps no branch for what comes to refs/for; it says where the request is.
    let hook = format!(
        "read -r _ _ name\necho \"$name\" >> {seen}\ni=0\nwhile [ $i -lt $GIT_PUSH_OPTION_COUNT ]; do\n\
         eval \"echo \\\"\\$GIT_PUSH_OPTION_$i\\\"\" >> {seen}; i=$((i+1)); done\n\
         echo 'Visit the existing pull request:' >&2\necho '  https://git.example/ops/cluster/pulls/7' >&2\n",
        seen = seen.display()
    );
    script(&remote.join("hooks/pre-receive"), &hook);
    script(&remote.join("hooks/post-receive"), "git update-ref -d refs/for/main");
    let ssh = trial.dir.path().join("bin/forgejo-ssh");
    script(&ssh, &format!("exec git-receive-pack {}", remote.display()));
    git(&trial.repo(), &["config", "core.sshCommand", &ssh.display().to_string()]);
    git(&trial.repo(), &["remote", "set-url", "origin", "ssh://git@codeberg.org/ops/cluster.git"]);
    let commit = built(trial.repository.commit(trial.draft().await).await);
    let proposal = proposed(&trial, &commit, "Bump to 1.35.2\n\nbecause it is time").await;
    assert_eq!((proposal.branch.0.as_str(), proposal.number), ("bump-to-1-35-2", Some(7)));
    assert_eq!(proposal.url.as_deref(), Some("https://git.example/ops/cluster/pulls/7"));
    let asked =
        ["refs/for/main", "topic=bump-to-1-35-2", "title=Bump to 1.35.2", "description=because it is time"];
    assert_eq!(std::fs::read_to_string(&seen).unwrap().lines().collect::<Vec<_>>(), asked);
    // Offered again, it takes the place of what we left. A text of several lines stands in the commit.
    proposed(&trial, &commit, "Bump to 1.35.2\n\na\nb").await;
    assert!(!std::fs::read_to_string(&seen).unwrap().contains("description=a"));
    assert!(std::fs::read_to_string(&seen).unwrap().ends_with("force-push=true\n"));
}
