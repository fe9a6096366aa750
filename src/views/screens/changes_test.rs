//! Changes and Git at many sizes: a draft in its line, a commit's diff, who wrote a file.

use crate::{Theme, draw};
use app::{Action, Key, Keymap, Message, Model, Place, RowKey, update};
use domain::{
    BlameLine, BranchName, Commit, CommitDiff, CommitId, DiffLine, FileDiff, Finding, Log, Look, Moment,
    ObjectRef, Observation, Quotes, RepoPath, RepositoryState, Revision, Scalar, SourceMap, SourceObject,
    WorkTree,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

const TEXT: &str = "kind: TalosControlPlane\nspec:\n  version: v1.35.0 # renovate\n  replicas: 3\n";

fn id(text: &str) -> CommitId {
    CommitId(format!("{text:0<40}"))
}

fn model() -> Model {
    let mut model = Model { now: Moment::from_seconds(10_000), ..Model::default() };
    model.settings.keymap = Keymap::parse("k", "[global]\n\"e\" = \"edit\"\n").unwrap();
    let state = RepositoryState {
        folder: "/home/mara/lighthouse".into(),
        remote: Some("ssh://…@git.example.org/lighthouse.git".into()),
        branch: BranchName("main".into()),
        remote_tip: Some(id("b")),
        local_tip: Some(id("a")),
        head: "main".into(),
        ahead: 0,
        behind: 1,
        fetched: Some(Moment::from_seconds(9_990)),
        fetch_failed: None,
        work_tree: Some(WorkTree { staged: 1, modified: 0, untracked: 2 }),
    };
    let commit = |name: &str, parent: &str, subject: &str| Commit {
        id: id(name),
        parents: vec![id(parent)],
        author: "Jon Vik".into(),
        email: String::new(),
        at: Moment::from_seconds(9_000),
        subject: subject.into(),
        paths: vec![RepoPath("cluster-api/control-plane.yaml".into())],
    };
    let log = Log { commits: vec![commit("b", "a", "loki 6.30"), commit("a", "0", "Begin")], more: false };
    let at = TEXT.find("v1.35.0").unwrap() as u32;
    let scalar = Scalar {
        field: "spec.version".into(),
        value: "v1.35.0".into(),
        line: 3,
        start: at,
        end: at + 7,
        quotes: Quotes::Plain,
    };
    let object = SourceObject {
        object: ObjectRef { kind: "TalosControlPlane".into(), name: "k8s-cp".into(), ..ObjectRef::default() },
        path: RepoPath("cluster-api/control-plane.yaml".into()),
        document: 0,
        line: 1,
        scalars: vec![scalar],
    };
    let map = SourceMap {
        commit: id("b"),
        objects: vec![object],
        files: 1,
        templates: 0,
        locked: vec![RepoPath("secrets.yaml".into())],
        ..SourceMap::default()
    };
    for fact in [
        Observation::Repository(Box::new(state)),
        Observation::Log(Arc::new(log)),
        Observation::SourceMap(Arc::new(map)),
    ] {
        update(&mut model, Message::Observed(fact));
    }
    model
}

fn found(model: &mut Model, look: Look, finding: Finding) {
    update(model, Message::Found(look, Ok(finding)));
}

fn press(model: &mut Model, keys: &str) {
    for key in keys.split(' ') {
        update(model, Message::Pressed(Key::from(key)));
    }
}

/// A draft whose value is being typed.
fn editing() -> Model {
    let mut model = model();
    model.screen.place = Place::Page(app::Page::Machines);
    model.screen.listing_mut().selected = Some(RowKey("TalosControlPlane k8s-cp".into()));
    press(&mut model, "e");
    let revision = Revision { commit: id("b"), path: RepoPath("cluster-api/control-plane.yaml".into()) };
    found(&mut model, Look::File(revision.clone()), Finding::File { revision, text: TEXT.into() });
    press(&mut model, "backspace 2");
    model
}

/// The Git page with the newest commit looked up.
fn reading() -> Model {
    let mut model = model();
    update(&mut model, Message::Asked(Action::GoGit));
    let lines = vec![
        DiffLine::Hunk { before: 3, after: 3 },
        DiffLine::Removed("  version: v1.34.0".into()),
        DiffLine::Added("  version: v1.35.0".into()),
    ];
    let file =
        FileDiff { path: RepoPath("cluster-api/control-plane.yaml".into()), how: "modified".into(), lines };
    let diff = CommitDiff { commit: id("b"), message: "loki 6.30\n\nwhy not".into(), files: vec![file] };
    found(&mut model, Look::CommitDiff(id("b")), Finding::CommitDiff(diff));
    model
}

fn screen(model: &mut Model, width: u16, height: u16) -> Vec<String> {
    update(model, Message::Resized { width, height });
    let theme = Theme::parse("night", include_str!("../../../themes/night.toml")).unwrap();
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let targets = draw(model, &theme, area, &mut buf);
    update(model, Message::Fitted { rows: targets.rows });
    let row = |y: u16| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect()
}

fn says(lines: &[String], words: &str) -> bool {
    lines.iter().any(|line| line.contains(words))
}

#[test]
fn a_value_is_edited_in_its_line() {
    let wide = screen(&mut editing(), 160, 40);
    for words in
        ["3 −   version: v1.35.0 # renovate", "3 +   version: v1.35.2", "WHAT IT WOULD DO", "enter keeps it"]
    {
        assert!(says(&wide, words), "{words}\n{}", wide.join("\n"));
    }
    let narrow = screen(&mut editing(), 80, 24);
    assert!(says(&narrow, "3 +   version: v1.35.2"), "{}", narrow.join("\n"));
    let mut model = editing();
    press(&mut model, "enter");
    screen(&mut model, 80, 24);
    update(&mut model, Message::Asked(Action::NextPane));
    let other = screen(&mut model, 80, 24);
    assert!(says(&other, "WHAT IT WOULD DO"), "{}", other.join("\n"));
}

#[test]
fn the_log_stands_beside_what_a_commit_changed() {
    let mut model = reading();
    let wide = screen(&mut model, 160, 40);
    for words in [
        "main is 1 commit behind",
        "1 staged, 2 untracked",
        "loki 6.30",
        "− version: v1.34.0",
        "secrets locked in 1 file",
    ] {
        let found = says(&wide, words) || says(&wide, &words.replace("− ", "−   "));
        assert!(found, "{words}\n{}", wide.join("\n"));
    }
    update(&mut model, Message::Asked(Action::Open));
    assert_eq!(model.screen.place, Place::Commit(id("b")));
    assert!(says(&screen(&mut model, 80, 24), "why not"));
    update(&mut model, Message::Asked(Action::Blame));
    let Place::Blame(revision) = model.screen.place.clone() else { panic!("{:?}", model.screen.place) };
    let lines = (1..=4)
        .map(|line| BlameLine {
            line,
            commit: id("a"),
            author: "Jon Vik".into(),
            at: Moment::from_seconds(1),
            subject: "Begin".into(),
        })
        .collect();
    found(
        &mut model,
        Look::File(revision.clone()),
        Finding::File { revision: revision.clone(), text: TEXT.into() },
    );
    found(&mut model, Look::Blame(revision.clone()), Finding::Blame { revision, lines });
    let blame = screen(&mut model, 100, 30);
    assert!(says(&blame, "Jon Vik") && says(&blame, "3    version: v1.35.0"), "{}", blame.join("\n"));
}

#[test]
fn no_size_is_too_small() {
    for mut model in [editing(), reading()] {
        for (width, height) in [(1, 1), (7, 3), (20, 5), (60, 15), (99, 20), (110, 12), (250, 80)] {
            screen(&mut model, width, height);
        }
        update(&mut model, Message::Asked(Action::Open));
        screen(&mut model, 3, 9);
    }
}
