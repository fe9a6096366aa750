//! The whole of it against real repositories: a bare remote, the operator's clone, and somebody else's.

use super::*;
use crate::git::read as reading;
use domain::{DraftFile, Observation, ScalarEdit, Verdict};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

pub(super) const FILE: &str = "# the control plane\napiVersion: controlplane.cluster.x-k8s.io/v1alpha3\nkind: TalosControlPlane\nmetadata:\n  name: k8s-cp\nspec:\n  version: v1.35.0 # renovate\n  replicas: 3\n  a: 1\n  b: 2\n  c: 3\n";
pub(super) const PATH: &str = "cluster-api/control-plane.yaml";

pub(super) struct Trial {
    pub dir: tempfile::TempDir,
    pub repository: Repository,
}

pub(super) fn git(folder: &Path, args: &[&str]) -> String {
    let done = Command::new("git")
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "user.name=Jon Vik",
            "-c",
            "user.email=jon@example.org",
        ])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl Trial {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        git(root, &["init", "-q", "--bare", "remote.git"]);
        git(root, &["clone", "-q", "remote.git", "other"]);
        let other = root.join("other");
        std::fs::create_dir(other.join("cluster-api")).unwrap();
        std::fs::write(other.join(PATH), FILE).unwrap();
        std::fs::write(other.join("Makefile"), "K := v1.35.0\n").unwrap();
        git(&other, &["add", "."]);
        git(&other, &["commit", "-qm", "Begin"]);
        git(&other, &["push", "-q", "origin", "HEAD:main"]);
        git(root, &["clone", "-q", "remote.git", "repo"]);
        let repo = root.join("repo");
        git(&repo, &["config", "user.name", "Mara Lind"]);
        git(&repo, &["config", "user.email", "mara@example.org"]);
        git(&repo, &["config", "commit.gpgSign", "false"]);
        // The operator is in the middle of something.
        std::fs::write(repo.join("Makefile"), "K := half done\n").unwrap();
        std::fs::write(repo.join("new.txt"), "not added\n").unwrap();
        git(&repo, &["checkout", "-qb", "work"]);
        std::fs::write(repo.join("staged.txt"), "staged\n").unwrap();
        git(&repo, &["add", "staged.txt"]);
        let repository = Repository::new(&Sources { repository: Some(repo), ..Sources::default() });
        Self { dir, repository }
    }

    pub fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    pub fn remote_main(&self) -> String {
        git(&self.dir.path().join("remote.git"), &["rev-parse", "main"])
    }

    pub async fn base(&self) -> CommitId {
        self.repository.with(|it| Ok(CommitId(it.tip()?.to_string()))).await.unwrap()
    }

    pub async fn draft(&self) -> Draft {
        let edit = |field: &str, before: &str, after: &str| ScalarEdit {
            document: 0,
            field: field.into(),
            before: before.into(),
            after: after.into(),
        };
        let file = DraftFile {
            path: RepoPath(PATH.into()),
            body: Some(FILE.replace("v1.35.0", "v1.35.2")),
            edits: vec![edit("spec.version", "v1.35.0", "v1.35.2")],
        };
        Draft { base: self.base().await, files: vec![file], message: "bump kubernetes to 1.35.2".into() }
    }

    /// The same draft as it was made on the parent of its commit.
    pub async fn draft_on(&self, commit: &CommitId) -> Draft {
        let parent = git(&self.repo(), &["rev-parse", &format!("{}^", commit.0)]);
        Draft { base: CommitId(parent), ..self.draft().await }
    }

    /// Somebody else pushes.
    pub fn other_pushes(&self, from: &str, to: &str) {
        let other = self.dir.path().join("other");
        git(&other, &["pull", "-q", "--ff-only", "origin", "main"]);
        let text = std::fs::read_to_string(other.join(PATH)).unwrap();
        std::fs::write(other.join(PATH), text.replace(from, to)).unwrap();
        git(&other, &["commit", "-qam", "Somebody else"]);
        git(&other, &["push", "-q", "origin", "HEAD:main"]);
    }

    /// Somebody else pushes a whole file.
    pub fn other_writes(&self, path: &str, text: &str, mode: u32) {
        let other = self.dir.path().join("other");
        git(&other, &["pull", "-q", "--ff-only", "origin", "main"]);
        let at = other.join(path);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(&at, text).unwrap();
        std::fs::set_permissions(&at, std::fs::Permissions::from_mode(mode)).unwrap();
        git(&other, &["add", "."]);
        git(&other, &["commit", "-qm", "Write a file"]);
        git(&other, &["push", "-q", "origin", "HEAD:main"]);
    }

    /// Everything that is the operator's: work tree, index, HEAD, local branches, config.
    pub fn theirs(&self) -> String {
        let repo = self.repo();
        let mut hash = Sha256::new();
        let mut open = vec![repo.clone()];
        while let Some(folder) = open.pop() {
            let mut entries: Vec<PathBuf> =
                std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path()).collect();
            entries.sort();
            for path in entries {
                let name = path.strip_prefix(&repo).unwrap().display().to_string();
                let ours =
                    [".git/objects", ".git/refs/remotes", ".git/refs/pilothouse", ".git/logs/refs/remotes"];
                if ours.iter().any(|it| name.starts_with(it)) {
                    continue;
                }
                hash.update(name.as_bytes());
                if path.is_dir() {
                    open.push(path);
                } else {
                    hash.update(std::fs::read(&path).unwrap());
                }
            }
        }
        hash.finalize().iter().map(|it| format!("{it:02x}")).collect()
    }
}

pub(super) fn built(outcome: Outcome) -> CommitId {
    match outcome {
        Outcome::Committed { commit, .. } => commit,
        other => panic!("{other:?}"),
    }
}

pub(super) fn refused(outcome: Outcome) -> (String, String) {
    match outcome {
        Outcome::Refused(refusal) => (refusal.why, refusal.hint.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

pub(super) fn main_branch() -> BranchName {
    BranchName("main".into())
}

#[tokio::test]
async fn a_draft_is_committed_and_pushed_and_the_operator_sees_no_byte_move() {
    let trial = Trial::new();
    let before = trial.theirs();
    let commit = built(trial.repository.commit(trial.draft().await).await);
    let repo = trial.repo();
    assert_eq!(
        git(&repo, &["show", "--format=%an %s", "--stat", &commit.0]).lines().next(),
        Some("Mara Lind bump kubernetes to 1.35.2")
    );
    assert_eq!(git(&repo, &["diff", "--numstat", "origin/main", &commit.0]), format!("1\t1\t{PATH}"));
    assert_eq!(git(&repo, &["rev-parse", &format!("{}^", commit.0)]), trial.base().await.0);
    assert_ne!(trial.remote_main(), commit.0, "committing publishes nothing");

    let revision = Revision { commit: commit.clone(), path: RepoPath(PATH.into()) };
    let content = trial.repository.read(revision).await.unwrap();
    assert!(content.content().contains("version: v1.35.2 # renovate"));
    let unpublished = trial.repository.published(content.clone()).await.unwrap_err();
    assert!(unpublished.why.ends_with("is not on the remote branch"), "{unpublished:?}");

    let outcome = trial.repository.push(commit.clone(), main_branch()).await;
    assert!(matches!(&outcome, Outcome::Pushed { commit: it, .. } if *it == commit), "{outcome:?}");
    assert_eq!(trial.remote_main(), commit.0);
    assert!(trial.repository.published(content).await.is_ok());
    assert_eq!(git(&repo, &["for-each-ref", "refs/pilothouse"]), "", "the branch holds it now");
    git(&repo, &["fsck", "--strict"]);
    assert_eq!(trial.theirs(), before);
}

#[tokio::test]
async fn a_branch_that_moved_elsewhere_is_built_on() {
    let trial = Trial::new();
    let draft = trial.draft().await;
    let commit = built(trial.repository.commit(draft.clone()).await);
    trial.other_pushes("c: 3", "c: 4");
    let moved = trial.remote_main();
    let outcome = trial.repository.push(commit, main_branch()).await;
    assert_eq!(outcome, Outcome::Overtaken { branch: main_branch() });
    assert_eq!(trial.remote_main(), moved, "never by force");
    // The draft is kept as it was; offered again, it goes on top.
    let again = built(trial.repository.commit(draft).await);
    assert!(matches!(trial.repository.push(again.clone(), main_branch()).await, Outcome::Pushed { .. }));
    let text = git(&trial.repo(), &["show", &format!("{}:{PATH}", again.0)]);
    assert!(text.contains("version: v1.35.2 # renovate") && text.contains("c: 4"), "{text}");
}

#[tokio::test]
async fn a_line_that_changed_meanwhile_is_refused() {
    let trial = Trial::new();
    let draft = trial.draft().await;
    trial.other_pushes("version: v1.35.0", "version: v1.35.1");
    trial.repository.fetch().await.unwrap();
    let (why, hint) = refused(trial.repository.commit(draft).await);
    assert!(why.contains("changed on main at the edited place since"), "{why}");
    assert!(hint.contains("the draft is kept"), "{hint}");
}

#[tokio::test]
async fn more_than_the_edited_value_is_refused() {
    let trial = Trial::new();
    let mut draft = trial.draft().await;
    draft.files[0].body = draft.files[0].body.take().map(|it| it.replace("replicas: 3", "replicas: 1"));
    let (why, _) = refused(trial.repository.commit(draft).await);
    assert!(why.contains("spec.replicas other than the edited values would change"), "{why}");
}

#[tokio::test]
async fn the_state_is_told_as_it_is() {
    let trial = Trial::new();
    trial.other_pushes("c: 3", "c: 5");
    trial.repository.fetch().await.unwrap();
    let state = trial.repository.with(|it| state::state(it, None, None)).await.unwrap();
    assert_eq!((state.ahead, state.behind, state.head.as_str()), (0, 1, "work"));
    let tree = state.work_tree.unwrap();
    assert_eq!((tree.staged, tree.modified, tree.untracked), (1, 1, 1));
    let log = trial.repository.with(|it| log::page(it, it.tip()?, &mut Default::default())).await.unwrap();
    assert_eq!(
        log.commits.iter().map(|it| it.subject.as_str()).collect::<Vec<_>>(),
        ["Somebody else", "Begin"]
    );
    assert_eq!(log.commits[0].paths, [RepoPath(PATH.into())]);
    assert!(
        trial
            .repository
            .with(|it| log::of_path(it, it.tip()?, &[RepoPath(PATH.into())], log::PAGE))
            .await
            .unwrap()
            .len()
            == 2
    );
}

#[tokio::test]
async fn questions_are_answered() {
    let trial = Trial::new();
    let base = trial.base().await;
    let revision = Revision { commit: base.clone(), path: RepoPath(PATH.into()) };
    let Ok(Finding::Blame { lines, .. }) = trial.repository.look(Look::Blame(revision.clone())).await else {
        panic!()
    };
    assert_eq!((lines.len(), lines[6].author.as_str()), (11, "Jon Vik"));
    let Ok(Finding::CommitDiff(diff)) = trial.repository.look(Look::CommitDiff(base.clone())).await else {
        panic!()
    };
    assert_eq!((diff.files.len(), diff.files[0].how.as_str()), (2, "added"));
    let draft = trial.draft().await;
    let Ok(Finding::Checked { checks, .. }) = trial.repository.look(Look::Check(draft)).await else {
        panic!()
    };
    let said: Vec<(Verdict, &str)> = checks.iter().map(|it| (it.verdict, it.says.as_str())).collect();
    assert_eq!(
        said,
        [
            (Verdict::Good, "reads as YAML, only 1 value differs"),
            (Verdict::Good, "main has not moved on"),
            (Verdict::Note, "Makefile:1 still says v1.35.0"),
        ]
    );
    let missing = Revision { commit: base, path: RepoPath("no.yaml".into()) };
    assert!(
        trial.repository.look(Look::File(missing)).await.unwrap_err().starts_with("no no.yaml in commit")
    );
}

#[tokio::test]
async fn repositories_that_cannot_be_read_say_why() {
    let trial = Trial::new();
    let at = |path: PathBuf| Repository::new(&Sources { repository: Some(path), ..Sources::default() });
    let failure = |path: PathBuf| async move { at(path).with(|_| Ok(())).await.unwrap_err() };
    assert!(matches!(failure(trial.dir.path().join("remote.git")).await, GitFailure::Bare(_)));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(failure(empty.path().to_owned()).await, GitFailure::NotARepository(_)));
    git(&trial.repo(), &["config", "remote.origin.promisor", "true"]);
    assert!(matches!(failure(trial.repo()).await, GitFailure::Partial(_)));
    git(&trial.repo(), &["config", "remote.origin.promisor", "false"]);
    git(&trial.repo(), &["remote", "rename", "origin", "upstream"]);
    assert_eq!(
        at(trial.repo().join("cluster-api")).with(|it| it.remote().map(str::to_owned)).await.unwrap(),
        "upstream"
    );
    git(&trial.repo(), &["remote", "remove", "upstream"]);
    // Without a remote the branch itself is read, and nothing leaves.
    let alone = at(trial.repo());
    let local = alone.with(|it| Ok(CommitId(it.tip()?.to_string()))).await.unwrap();
    assert!(matches!(alone.with(|it| it.remote().map(str::to_owned)).await, Err(GitFailure::NoRemote)));
    let tree = alone.tree(local.clone()).await.unwrap();
    assert!(alone.published(tree).await.unwrap_err().why.contains("no remote"));
    let Outcome::Refused(refusal) = alone.push(local, BranchName("main".into())).await else { panic!() };
    assert!(refusal.why.contains("no remote"), "{refusal:?}");
    assert!(reading::id(&CommitId("x".into())).is_err());
}

#[tokio::test]
async fn what_somebody_else_pushes_is_heard() {
    let trial = Trial::new();
    let mut heard = trial.repository.watch();
    let patience = crate::program::trial::PATIENCE;
    let first = tokio::time::timeout(patience, async {
        loop {
            if let Some(Observation::SourceMap(map)) = heard.next().await {
                return map;
            }
        }
    });
    let map = first.await.unwrap();
    assert_eq!(
        map.objects[0].scalar("spec.version").map(|it| (it.line, it.value.as_str())),
        Some((7, "v1.35.0"))
    );
    trial.other_pushes("v1.35.0", "v1.35.2");
    trial.repository.fetch().await.unwrap();
    let next = tokio::time::timeout(patience, async {
        loop {
            if let Some(Observation::SourceMap(map)) = heard.next().await {
                return map;
            }
        }
    });
    assert_eq!(next.await.unwrap().objects[0].value("spec.version"), Some("v1.35.2"));
}

#[tokio::test]
async fn what_somebody_committed_is_read_as_text_and_never_followed() {
    let trial = Trial::new();
    let root = trial.dir.path();
    let other = root.join("other");
    // What somebody may have committed: a link that leads outside, bytes that are no text, a name that steers.
    std::os::unix::fs::symlink("/etc/passwd", other.join("leak.yaml")).unwrap();
    std::os::unix::fs::symlink("../../../../etc", other.join("out")).unwrap();
    std::fs::write(other.join("bytes.yaml"), b"a: \xff\xfe\x00\n").unwrap();
    std::fs::write(other.join("b\u{202e}lmay.yaml"), "kind: A\n").unwrap();
    git(&other, &["add", "."]);
    git(&other, &["commit", "-qm", "Add \u{1b}[2J\u{202e}things"]);
    git(&other, &["push", "-q", "origin", "HEAD:main"]);
    let remote = format!("file://{}", root.join("remote.git").display());
    git(root, &["clone", "-q", "--depth", "1", &remote, "shallow"]);
    git(root, &["clone", "-q", &remote, "detached"]);
    git(&root.join("detached"), &["checkout", "-q", "--detach", "HEAD~1"]);
    let said = |name: &str| {
        let sources = Sources { repository: Some(root.join(name)), ..Sources::default() };
        async move {
            let mut heard = Repository::new(&sources).watch();
            let (mut log, mut map) = (None, None);
            loop {
                match heard.next().await.expect("a watch never ends") {
                    Observation::Log(it) => log = Some(it),
                    Observation::SourceMap(it) => map = Some(it),
                    Observation::Link(_, domain::Link::Connecting | domain::Link::Live) => {}
                    Observation::Link(_, link) => return Err(format!("{link:?}")),
                    _ => {}
                }
                if let (Some(log), Some(map)) = (&log, &map) {
                    return Ok((log.commits.clone(), map.clone()));
                }
            }
        }
    };
    for (name, commits) in [("repo", 1), ("detached", 2), ("shallow", 1)] {
        let (log, map) = said(name).await.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(log.len() >= commits, "{name}: {log:?}");
        let text = format!("{log:?}{map:?}");
        assert!(!text.contains("root:"), "{name}: a link was followed: {text}");
        assert!(!log.iter().any(|it| it.subject.chars().any(domain::unseen)), "{name}: {log:?}");
        let hidden = log.iter().flat_map(|it| &it.paths).any(|it| it.0.chars().any(domain::unseen));
        assert!(!hidden, "{name}: {log:?}");
    }
}

#[tokio::test]
async fn a_tree_of_folders_in_folders_without_end_is_not_read() {
    let trial = Trial::new();
    let repo = trial.repo();
    let nest = |tree: &str| {
        let mut make = Command::new("git");
        make.args(["mktree"]).current_dir(&repo).stdin(std::process::Stdio::piped());
        let mut made = make.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let line = format!("040000 tree {tree}\ta\n040000 tree {tree}\t.GIT\n");
        std::io::Write::write_all(&mut made.stdin.take().unwrap(), line.as_bytes()).unwrap();
        let said = made.wait_with_output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    };
    let commit = |tree: &str| CommitId(git(&repo, &["-c", "user.name=x", "commit-tree", "-m", "x", tree]));
    let mut tree = git(&repo, &["rev-parse", "HEAD^{tree}"]);
    tree = nest(&tree);
    let read = trial.repository.tree(commit(&tree)).await.unwrap();
    let paths: Vec<&str> = read.content().leaves().iter().map(|(path, _)| path.0.as_str()).collect();
    assert_eq!(paths, ["a/Makefile", "a/cluster-api/control-plane.yaml"], "and nothing of Git's own");
    for _ in 0..70 {
        tree = nest(&tree);
    }
    let err = trial.repository.tree(commit(&tree)).await.unwrap_err();
    assert!(err.to_string().contains("too many"), "{err}");
}
