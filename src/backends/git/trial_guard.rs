//! Guards that stand in the way of a commit, against real repositories.

use super::trial::{PATH, Trial, refused};
use super::*;
use domain::{Check, DraftFile, Verdict};

async fn checks(trial: &Trial, draft: Draft) -> Vec<Check> {
    match trial.repository.look(Look::Check(draft)).await {
        Ok(Finding::Checked { checks, .. }) => checks,
        other => panic!("{other:?}"),
    }
}

async fn draft(trial: &Trial, path: &str, body: &str) -> Draft {
    let file = DraftFile { path: RepoPath(path.into()), body: Some(body.into()), edits: Vec::new() };
    Draft { base: trial.base().await, files: vec![file], message: "by hand".into() }
}

#[tokio::test]
async fn a_secret_in_clear_is_not_committed_and_its_value_never_told() {
    let trial = Trial::new();
    let rules =
        "creation_rules:\n  - path_regex: \\.sops\\.yaml$\n    encrypted_regex: ^(data|stringData)$\n";
    let sealed = "apiVersion: v1\nkind: Secret\nstringData:\n  a: ENC[x]\nsops:\n  mac: ENC[m]\n";
    trial.other_writes(".sops.yaml", rules, 0o644);
    trial.other_writes("secrets/b.sops.yaml", sealed, 0o644);
    trial.repository.fetch().await.unwrap();
    let before = trial.theirs();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  colour: hunter2\n";
    for (path, why) in [
        ("secrets/a.sops.yaml", "secrets/a.sops.yaml:5 stringData.colour must be sealed, says .sops.yaml:2"),
        ("clear.yaml", "clear.yaml:5 stringData.password of a Secret would stand in clear"),
    ] {
        let body =
            if path == "clear.yaml" { secret.replace("colour", "password") } else { secret.to_owned() };
        let wished = draft(&trial, path, &body).await;
        let said = checks(&trial, wished.clone()).await;
        let bad: Vec<&Check> = said.iter().filter(|it| it.verdict == Verdict::Bad).collect();
        assert_eq!((bad.len(), bad[0].says.as_str()), (1, why), "{said:?}");
        assert_eq!(bad[0].place, Some((RepoPath(path.into()), 5)));
        let (told, hint) = refused(trial.repository.commit(wished).await);
        assert_eq!(told, why);
        assert!(hint.contains("sops program"), "{hint}");
        assert!(!format!("{said:?}{told}").contains("hunter2"));
    }
    // Nothing of it is even in the object database.
    let listed = std::process::Command::new("git")
        .args(["cat-file", "--batch-all-objects", "--batch", "--buffer"])
        .current_dir(trial.repo())
        .output()
        .unwrap();
    let objects = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(objects.contains("creation_rules") && !objects.contains("hunter2"));
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn versions_that_go_back_or_disagree_are_pointed_out_with_both_lines() {
    let trial = Trial::new();
    let plan =
        "apiVersion: upgrade.cattle.io/v1\nkind: Plan\nmetadata:\n  name: talos\nspec:\n  version: v1.11.2\n";
    trial.other_writes("apps/plan.yaml", plan, 0o644);
    trial.other_writes("talconfig.yaml", "clusterName: a\ntalosVersion: v1.11.2\nnodes: []\n", 0o644);
    trial.repository.fetch().await.unwrap();
    let wished = draft(&trial, "talconfig.yaml", "clusterName: a\ntalosVersion: v1.11.0\nnodes: []\n").await;
    let said = checks(&trial, wished.clone()).await;
    let notes: Vec<&str> =
        said.iter().filter(|it| it.verdict == Verdict::Note).map(|it| it.says.as_str()).collect();
    assert_eq!(
        notes,
        [
            "talconfig.yaml:2 talosVersion goes back from v1.11.2 to v1.11.0",
            "talconfig.yaml:2 says Talos v1.11.0, and apps/plan.yaml:6 says v1.11.2",
        ]
    );
    assert!(
        matches!(trial.repository.commit(wished).await, Outcome::Committed { .. }),
        "a note stops nobody"
    );
    let said = checks(&trial, trial.draft().await).await;
    assert!(!said.iter().any(|it| it.says.contains("Talos")), "{PATH} has nothing to do with it: {said:?}");
}
