//! Files that are new, gone, moved or edited as text, and commits that are taken back, against real repositories.

use super::trial::{FILE, PATH, Trial, built, git, main_branch, refused};
use super::*;
use domain::{DraftFile, Verdict};

fn file(path: &str, body: Option<&str>) -> DraftFile {
    DraftFile { path: RepoPath(path.into()), body: body.map(str::to_owned), edits: Vec::new() }
}

async fn draft(trial: &Trial, files: Vec<DraftFile>) -> Draft {
    Draft { base: trial.base().await, files, message: "by hand".into() }
}

async fn said(trial: &Trial, draft: Draft) -> Vec<(Verdict, String)> {
    match trial.repository.look(Look::Check(draft)).await {
        Ok(Finding::Checked { checks, .. }) => checks.into_iter().map(|it| (it.verdict, it.says)).collect(),
        other => panic!("{other:?}"),
    }
}

async fn reverted(trial: &Trial, commit: &str) -> Result<Draft, String> {
    match trial.repository.look(Look::Revert(CommitId(commit.into()))).await? {
        Finding::Reverted { draft, .. } => Ok(draft),
        other => panic!("{other:?}"),
    }
}

/// The tree of a commit: mode and path, one a line.
fn tree(trial: &Trial, commit: &CommitId) -> Vec<String> {
    let listed = git(&trial.repo(), &["ls-tree", "-r", "--format=%(objectmode) %(path)", &commit.0]);
    listed.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn files_are_made_moved_edited_and_deleted_in_one_commit() {
    let trial = Trial::new();
    let script = "#!/bin/sh\r\necho hi";
    trial.other_writes("bin/go", script, 0o755);
    trial.repository.fetch().await.unwrap();
    let before = trial.theirs();
    let text = "\u{feff}# new\r\nkind: A\r\nv: 1";
    let files = vec![
        file("apps/new folder/a.yaml", Some(text)),
        file("bin/go", None),
        file("tools/run", Some(script)),
        file("Makefile", None),
        file("Makefile/part.mk", Some("x := 1\n")),
        file(PATH, Some(&FILE.replace("replicas: 3\n", "replicas: 5\n  # more\n"))),
    ];
    let wished = draft(&trial, files).await;
    let checks = said(&trial, wished.clone()).await;
    assert!(checks.iter().all(|(it, _)| *it == Verdict::Good), "{checks:?}");
    assert!(checks.iter().any(|(_, it)| it == "bin/go is deleted"), "{checks:?}");
    let commit = built(trial.repository.commit(wished).await);
    assert_eq!(
        tree(&trial, &commit),
        [
            "100644 Makefile/part.mk",
            "100644 apps/new folder/a.yaml",
            "100644 cluster-api/control-plane.yaml",
            "100755 tools/run",
        ]
    );
    let repo = trial.repo();
    let raw = std::process::Command::new("git")
        .args(["cat-file", "blob", &format!("{}:apps/new folder/a.yaml", commit.0)])
        .current_dir(&repo)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(raw.stdout).unwrap(), text, "byte for byte");
    assert!(matches!(trial.repository.push(commit, main_branch()).await, Outcome::Pushed { .. }));
    git(&repo, &["fsck", "--strict"]);
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn what_cannot_be_a_file_of_the_repository_is_refused() {
    let trial = Trial::new();
    std::os::unix::fs::symlink("/etc/passwd", trial.dir.path().join("other/link.yaml")).unwrap();
    trial.other_writes("locked.yaml", "a: ENC[x]\nsops:\n  mac: ENC[m]\n", 0o644);
    trial.repository.fetch().await.unwrap();
    let before = trial.theirs();
    let tip = trial.base().await;
    for (files, why) in [
        (vec![file("../out.yaml", Some("a: 1\n"))], "no part of a path may be empty, . or .."),
        (vec![file(".git/hooks/post-commit", Some("x"))], "that is Git's own folder"),
        (vec![file("/etc/passwd", Some("x"))], "a path begins at the root of the repository"),
        (vec![file("cluster-api", Some("x"))], "cluster-api is not text"),
        (vec![file("link.yaml", Some("a: 1\n"))], "link.yaml is not text"),
        (vec![file("Makefile/x", Some("x"))], "Makefile/x cannot be: Makefile is a file, no folder"),
        (vec![file("a", Some("x")), file("a/b", Some("x"))], "a/b cannot be: a is a file, no folder"),
        (vec![file("a", Some("x")), file("a", Some("y"))], "a stands in the draft twice"),
        (vec![file("no.yaml", None)], "no.yaml is not in the commit that the draft was made on"),
        (vec![file("new.yaml", Some("a: [1\n"))], "new.yaml would not read as YAML: line"),
        (vec![file(PATH, Some("a: [1\n"))], "cluster-api/control-plane.yaml would not read as YAML: line"),
        (vec![file("Makefile", Some("K := v1.35.0\n"))], "Makefile would not change"),
        (vec![file("locked.yaml", Some("a: b\nsops:\n  mac: ENC[m]\n"))], "locked.yaml is locked by SOPS"),
    ] {
        let wished = draft(&trial, files).await;
        let checks = said(&trial, wished.clone()).await;
        assert!(
            checks.iter().any(|(it, says)| *it == Verdict::Bad && says.contains(why)),
            "{why}: {checks:?}"
        );
        let (told, _) = refused(trial.repository.commit(wished).await);
        assert!(told.contains(why), "{told}");
    }
    assert_eq!(trial.base().await, tip);
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn texts_are_merged_forward_and_conflicts_name_their_lines() {
    let trial = Trial::new();
    let wished =
        draft(&trial, vec![file(PATH, Some(&FILE.replace("a: 1", "a: 9"))), file("own.txt", Some("x\n"))])
            .await;
    let gone = draft(&trial, vec![file(PATH, None)]).await;
    trial.other_pushes("c: 3", "c: 4");
    trial.repository.fetch().await.unwrap();
    let commit = built(trial.repository.commit(wished.clone()).await);
    let text = git(&trial.repo(), &["show", &format!("{}:{PATH}", commit.0)]);
    assert!(text.contains("a: 9") && text.contains("c: 4"), "{text}");
    let (why, _) = refused(trial.repository.commit(gone).await);
    assert!(
        why.contains("changed on main at the edited place"),
        "what somebody else writes is not deleted: {why}"
    );

    trial.other_pushes("  a: 1", "  # why\n  a: 2");
    trial.other_writes("own.txt", "theirs\n", 0o644);
    trial.repository.fetch().await.unwrap();
    let checks = said(&trial, wished.clone()).await;
    let bad: Vec<&str> = checks
        .iter()
        .filter(|it| it.0 == Verdict::Bad)
        .map(|it| it.1.split(" since").next().unwrap())
        .collect();
    assert_eq!(bad, [&format!("{PATH} changed on main at the edited place"), "own.txt is on main already"]);
    assert!(checks[0].1.ends_with(": line 9"), "{checks:?}");
    let (why, hint) = refused(trial.repository.commit(wished).await);
    assert!(why.ends_with(": line 9") && hint.contains("the draft is kept"), "{why} {hint}");
}

#[tokio::test]
async fn what_a_text_edit_brings_in_is_noted() {
    let trial = Trial::new();
    trial.other_writes("job.yaml", "daemon: off\na: 1\n", 0o644);
    trial.other_writes("t.yaml", "{{ if x }}\na: {{ y }}: 1\n", 0o644);
    trial.repository.fetch().await.unwrap();
    let body = "daemon: off\na: 1\nmode: 0755\nb: yes\na: 2\n";
    let checks = said(&trial, draft(&trial, vec![file("job.yaml", Some(body))]).await).await;
    let notes: Vec<&str> = checks.iter().filter(|it| it.0 == Verdict::Note).map(|it| it.1.as_str()).collect();
    assert_eq!(
        notes,
        [
            "job.yaml:3 0755 reads as 493 by YAML 1.1 and as 755 by YAML 1.2: quotes settle it",
            "job.yaml:4 yes reads as true by YAML 1.1 and as a text by YAML 1.2: quotes settle it",
            "job.yaml:5 a stands here again, first at line 2",
        ]
    );
    let checks =
        said(&trial, draft(&trial, vec![file("t.yaml", Some("{{ if z }}\na: {{ y }}: 1\n"))]).await).await;
    assert!(checks[0].1.contains("it is a template, no YAML yet"), "{checks:?}");
}

#[tokio::test]
async fn a_commit_is_taken_back_on_what_came_after_it() {
    let trial = Trial::new();
    let other = trial.dir.path().join("other");
    std::fs::rename(other.join("Makefile"), other.join("Make")).unwrap();
    std::fs::write(other.join("new.txt"), "x\n").unwrap();
    git(&other, &["add", "-A"]);
    trial.other_pushes("replicas: 3", "replicas: 5");
    let change = trial.remote_main();
    trial.other_pushes("c: 3", "c: 4");
    trial.repository.fetch().await.unwrap();
    let before = trial.theirs();
    let draft = reverted(&trial, &change).await.unwrap();
    assert_eq!(draft.message, format!("Revert \"Somebody else\"\n\nThis reverts commit {change}."));
    assert_eq!(draft.files.len(), 4, "{draft:?}");
    let commit = built(trial.repository.commit(draft).await);
    let repo = trial.repo();
    let names = git(&repo, &["diff", "--no-renames", "--name-status", "origin/main", &commit.0]);
    assert_eq!(names, format!("D\tMake\nA\tMakefile\nM\t{PATH}\nD\tnew.txt"));
    let text = git(&repo, &["show", &format!("{}:{PATH}", commit.0)]);
    assert!(text.contains("replicas: 3") && text.contains("c: 4"), "{text}");
    assert!(matches!(trial.repository.push(commit.clone(), main_branch()).await, Outcome::Pushed { .. }));
    let again = reverted(&trial, &change).await.unwrap_err();
    assert_eq!(again, format!("what {} changed is taken back already", &change[..7]));
    // The revert is a commit like any other.
    assert!(reverted(&trial, &commit.0).await.unwrap().message.starts_with("Revert \"Revert "));
    git(&repo, &["fsck", "--strict"]);
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn what_cannot_be_taken_back_says_which_file_is_in_the_way() {
    let trial = Trial::new();
    let begin = trial.remote_main();
    let own = built(trial.repository.commit(trial.draft().await).await);
    trial.other_pushes("replicas: 3", "replicas: 5");
    let change = trial.remote_main();
    trial.other_pushes("replicas: 5", "replicas: 7");
    trial.repository.fetch().await.unwrap();
    let why = reverted(&trial, &change).await.unwrap_err();
    assert_eq!(
        why,
        format!("{} cannot be taken back by itself: {PATH}:8 changed on main since", &change[..7])
    );
    assert!(reverted(&trial, &begin).await.unwrap_err().contains("is the first commit"));
    assert!(reverted(&trial, &own.0).await.unwrap_err().contains("is not on main"));
}

#[tokio::test]
async fn a_sealed_file_goes_back_whole_with_the_seal_it_had() {
    let trial = Trial::new();
    let sealed = |value: &str| format!("a: ENC[{value}]\nsops:\n  mac: ENC[mac-{value}]\n");
    trial.other_writes("s.yaml", &sealed("one"), 0o644);
    trial.other_writes("s.yaml", &sealed("two"), 0o644);
    let change = trial.remote_main();
    trial.repository.fetch().await.unwrap();
    let draft = reverted(&trial, &change).await.unwrap();
    let commit = built(trial.repository.commit(draft).await);
    assert_eq!(git(&trial.repo(), &["show", &format!("{}:s.yaml", commit.0)]), sealed("one").trim());
    trial.other_writes("s.yaml", &sealed("three"), 0o644);
    trial.repository.fetch().await.unwrap();
    assert!(reverted(&trial, &change).await.unwrap_err().contains("s.yaml changed on main since"));
}

#[tokio::test]
async fn a_file_does_not_move_to_where_another_is_by_now() {
    let trial = Trial::new();
    let base = trial.base().await;
    trial.other_writes("new.yaml", "kind: B\n", 0o644);
    trial.repository.fetch().await.unwrap();
    let tip = git(&trial.repo(), &["rev-parse", "origin/main"]).trim().to_owned();
    let merged = |to: Option<&str>| {
        let (path, to) = (RepoPath(PATH.into()), to.map(|it| RepoPath(it.into())));
        let merging =
            domain::Merging { path, to, base: base.clone(), onto: CommitId(tip.clone()), text: FILE.into() };
        trial.repository.look(Look::Merge(merging))
    };
    let taken = merged(Some("new.yaml")).await;
    assert!(matches!(taken, Ok(Finding::Merged(_, domain::Merged::Taken))), "{taken:?}");
    let free = merged(Some("other.yaml")).await;
    assert!(matches!(free, Ok(Finding::Merged(_, domain::Merged::Clean { .. }))), "{free:?}");
}
