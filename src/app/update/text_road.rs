//! Files edited as text, as keys and answers: opened, typed into, moved on with the branch, in conflict. (Tests
//! alone.)

use crate::model::{Before, Delta, DraftRecord, DraftStage, Position, PromptKind, TextEdit, Theirs};
use crate::queries::{changes, diff, draft_view, editor};
use crate::{Action, Effect, Key, Keymap, Message, Model, Page, Place, Typing, update};
use domain::{
    BranchName, CommitId, Finding, Look, Merged, Merging, Moment, Observation, Order, RepoPath,
    RepositoryState, Revision, SourceMap,
};
use std::sync::Arc;

const PATH: &str = "talos/patches/sysctls.yaml";
const TEXT: &str = "machine:\n  sysctls:\n    net.core.somaxconn: \"1024\"\n";

fn stands_at(model: &mut Model, tip: &str) -> Vec<Effect> {
    let state = RepositoryState {
        folder: "/repo".into(),
        branch: BranchName("main".into()),
        remote_tip: Some(CommitId(tip.into())),
        head: "main".into(),
        ..RepositoryState::default()
    };
    update(model, Message::Observed(Observation::Repository(Box::new(state))));
    let map = SourceMap { commit: CommitId(tip.into()), files: 1, ..SourceMap::default() };
    update(model, Message::Observed(Observation::SourceMap(Arc::new(map))))
}

fn model() -> Model {
    let mut model = Model { now: Moment::from_seconds(2_000), ..Model::default() };
    model.screen.rows = 10;
    model.settings.keymap = Keymap::parse("k", include_str!("../../../keymap.toml")).unwrap();
    stands_at(&mut model, "a");
    model
}

fn ask(model: &mut Model, action: Action) -> Vec<Effect> {
    update(model, Message::Asked(action))
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.split(' ').flat_map(|key| update(model, Message::Pressed(Key::from(key)))).collect()
}

/// Ask for a file by its name.
fn ask_for(model: &mut Model, name: &str) -> Vec<Effect> {
    let (known, effects) = (model.world.git.files.is_some(), ask(model, Action::Files));
    assert!(known || matches!(effects.as_slice(), [Effect::Look(Look::Files(_))]), "{effects:?}");
    let files = Finding::Files { commit: CommitId("a".into()), paths: Arc::new(vec![RepoPath(PATH.into())]) };
    update(model, Message::Found(Look::Files(CommitId("a".into())), Ok(files)));
    update(model, Message::Pasted(name.into()));
    press(model, "enter")
}

/// The content of the file is answered.
fn read(model: &mut Model) -> Vec<Effect> {
    let revision = Revision { commit: CommitId("a".into()), path: RepoPath(PATH.into()) };
    let finding = Finding::File { revision: revision.clone(), text: TEXT.into() };
    update(model, Message::Found(Look::File(revision), Ok(finding)))
}

/// Open a file by its name; its content is answered.
fn open(model: &mut Model, name: &str) {
    if ask_for(model, name).iter().any(|it| matches!(it, Effect::Look(Look::File(_)))) {
        read(model);
    }
}

fn keeps(effects: &[Effect]) -> Vec<DraftRecord> {
    let record = |it: &Effect| if let Effect::Keep(it) = it { Some(it.clone()) } else { None };
    effects.iter().filter_map(record).collect()
}

/// The text that is open, else that of the first draft.
fn text(model: &Model) -> &TextEdit {
    editor::opened(model).unwrap_or(&model.drafts.list[0]).text().unwrap()
}

/// Let the text become another, as by typing.
fn become_text(model: &mut Model, after: &str) -> Vec<Effect> {
    let before = text(model).after.clone().unwrap();
    let delta = Delta::between(&before, after);
    let at = delta.as_ref().map_or(Position::default(), |it| Position::of(after, it.reaches()));
    update(model, Message::Typed(Typing { delta, at, anchor: None }))
}

/// The file is edited to have this value, and left: its draft is the one that is selected.
fn leave_edited(model: &mut Model, value: &str) {
    open(model, "sysctls");
    become_text(model, &TEXT.replace("1024", value));
    press(model, "esc");
}

#[test]
fn a_file_is_opened_typed_into_and_committed() {
    let mut model = model();
    open(&mut model, "sysc");
    assert_eq!(model.screen.prompt.as_ref().unwrap().kind, PromptKind::Text(model.drafts.list[0].id));
    assert_eq!(text(&model).after.as_deref(), Some(TEXT));
    let after = TEXT.replace("1024", "65535");
    let effects = become_text(&mut model, &after);
    assert!(matches!(&effects[0], Effect::Keep(record) if record.typed.is_some()), "{effects:?}");
    let asked = |effects: &[Effect], which: fn(&Look) -> bool| {
        effects.iter().any(|it| matches!(it, Effect::Look(look) if which(look)))
    };
    assert!(asked(&effects, |it| matches!(it, Look::Check(_))));
    assert!(asked(&effects, |it| matches!(it, Look::Diagnose { .. })));
    press(&mut model, "ctrl-z");
    assert_eq!(text(&model).after.as_deref(), Some(TEXT));
    press(&mut model, "ctrl-y esc");
    assert_eq!(text(&model).after.as_ref(), Some(&after));
    assert!(model.screen.prompt.is_none());
    let view = draft_view::view(&model).unwrap();
    let changed: Vec<&diff::Line> = view.lines.iter().filter(|it| it.kind != diff::LineKind::Same).collect();
    assert_eq!(changed.len(), 2);
    assert_eq!(changes::list(&model)[0].change, "+1 −1");
    let effects = press(&mut model, "c enter");
    let order =
        effects.iter().find_map(|it| if let Effect::Carry(_, order) = it { Some(order) } else { None });
    let Some(Order::Commit(draft)) = order else { panic!("{effects:?}") };
    assert_eq!(draft.message, format!("edit {PATH}"));
    assert_eq!(draft.files[0].body.as_ref(), Some(&after));
    assert!(draft.files[0].edits.is_empty());
    assert!(matches!(model.drafts.list[0].stage, DraftStage::Committing(_)));
}

#[test]
fn what_is_typed_into_a_file_that_is_there_comes_back() {
    let mut model = model();
    let mut kept = keeps(&ask_for(&mut model, "sysctls"));
    kept.extend(keeps(&read(&mut model)));
    for after in ["# o", "# ou", "# our"] {
        kept.extend(keeps(&become_text(&mut model, &format!("{after}{TEXT}"))));
    }
    let mut next = self::model();
    update(&mut next, Message::Restored(kept));
    assert_eq!(text(&next).after.as_deref(), Some(format!("# our{TEXT}").as_str()));
    assert_eq!(text(&next).at, Position { row: 0, column: 5 });
}

#[test]
fn a_file_that_is_left_as_it_was_leaves_nothing_behind() {
    let mut model = model();
    open(&mut model, "sysctls");
    press(&mut model, "esc");
    assert!(model.drafts.list.is_empty());
    assert_eq!(model.screen.place, Place::Page(Page::Changes));
}

#[test]
fn a_new_file_is_made_and_moved_to_where_it_may_be() {
    let mut model = model();
    open(&mut model, "talos/patches/new.yaml");
    assert_eq!(model.drafts.list[0].before, Before::Absent);
    become_text(&mut model, "machine: {}\n");
    press(&mut model, "esc m");
    update(&mut model, Message::Pressed(Key::from("ctrl-u")));
    update(&mut model, Message::Pasted("../outside.yaml".into()));
    press(&mut model, "enter");
    assert!(model.screen.notice.as_ref().unwrap().contains("leads elsewhere"));
    press(&mut model, "m ctrl-u");
    update(&mut model, Message::Pasted("talos/patches/other.yaml".into()));
    press(&mut model, "enter");
    let draft = model.drafts.list[0].draft().unwrap();
    assert_eq!(draft.files.len(), 1, "what is new moves from nowhere");
    assert_eq!(
        (draft.files[0].path.0.as_str(), draft.message.as_str()),
        ("talos/patches/other.yaml", "add talos/patches/other.yaml")
    );
}

#[test]
fn a_file_that_moves_and_one_that_goes_are_drafts_too() {
    let mut model = model();
    open(&mut model, "sysctls");
    become_text(&mut model, &TEXT.replace("1024", "2048"));
    press(&mut model, "esc m ctrl-u");
    update(&mut model, Message::Pasted("talos/sysctls.yaml".into()));
    press(&mut model, "enter");
    let draft = model.drafts.list[0].draft().unwrap();
    let gone: Vec<(&str, bool)> =
        draft.files.iter().map(|it| (it.path.0.as_str(), it.body.is_none())).collect();
    assert_eq!(gone, [("talos/sysctls.yaml", false), (PATH, true)]);
    press(&mut model, "delete");
    assert!(text(&model).gone);
    // Another file is where it shall move to: nothing is written over that.
    press(&mut model, "delete");
    let asked = merging(stands_at(&mut model, "b"));
    assert_eq!(asked.to.as_ref().unwrap().0, "talos/sysctls.yaml");
    answered(&mut model, &asked, Merged::Taken);
    assert!(Action::Commit.availability(&model).unwrap_err().contains("another file is there"));
    press(&mut model, "m");
    update(&mut model, Message::Pasted("2".into()));
    let asked = merging(press(&mut model, "enter"));
    assert_eq!(asked.to.as_ref().unwrap().0, "talos/sysctls.yaml2");
    press(&mut model, "delete");
    assert_eq!(changes::list(&model)[0].change, "goes");
}

#[test]
fn an_edited_file_moves_on_with_the_branch_and_its_cursor_too() {
    let mut model = model();
    open(&mut model, "sysctls");
    let ours = TEXT.replace("1024", "65535");
    become_text(&mut model, &ours);
    let effects = stands_at(&mut model, "b");
    let Some(Effect::Look(Look::Merge(merging))) = effects.into_iter().next() else { panic!() };
    assert_eq!((merging.base.0.as_str(), merging.onto.0.as_str()), ("a", "b"));
    let theirs = format!("# theirs\n{TEXT}");
    let merged = Merged::Clean { before: theirs.clone(), text: format!("# theirs\n{ours}") };
    let finding = Finding::Merged(merging.clone(), merged);
    update(&mut model, Message::Found(Look::Merge(merging), Ok(finding)));
    assert_eq!(model.drafts.list[0].base.0, "b");
    assert_eq!(model.drafts.list[0].before, Before::Text(theirs));
    assert_eq!(text(&model).at.row, 3, "the cursor stays in its line");
}

#[test]
fn two_who_change_the_same_line_are_shown_both() {
    let mut model = model();
    leave_edited(&mut model, "65535");
    let effects = stands_at(&mut model, "b");
    let Some(Effect::Look(Look::Merge(merging))) = effects.into_iter().next() else { panic!() };
    let marked = "<<<<<<< yours\nx\n=======\ny\n>>>>>>> on the branch\n".to_owned();
    let merged = Merged::Conflict { theirs: TEXT.replace("1024", "4096"), marked: marked.clone() };
    let finding = Finding::Merged(merging.clone(), merged);
    update(&mut model, Message::Found(Look::Merge(merging), Ok(finding)));
    assert!(matches!(&model.drafts.list[0].theirs, Some(Theirs::File { commit, .. }) if commit.0 == "b"));
    assert!(stands_at(&mut model, "b").is_empty(), "it is not merged again and again");
    let why = Action::Commit.availability(&model).unwrap_err();
    assert!(why.contains("both changed the same lines"), "{why}");
    press(&mut model, "e");
    assert_eq!(text(&model).after.as_ref(), Some(&marked));
    press(&mut model, "esc");
    let why = Action::Commit.availability(&model).unwrap_err();
    assert!(why.contains("both versions still stand in it"), "{why}");
}

/// The branch is at `b` now: what is asked of the next file that was edited on another commit.
fn merging(effects: Vec<Effect>) -> Merging {
    let of = |it| if let Effect::Look(Look::Merge(merging)) = it { Some(merging) } else { None };
    effects.into_iter().find_map(of).unwrap()
}

fn answered(model: &mut Model, merging: &Merging, merged: Merged) -> Vec<Effect> {
    let finding = Finding::Merged(merging.clone(), merged);
    update(model, Message::Found(Look::Merge(merging.clone()), Ok(finding)))
}

#[test]
fn a_new_file_moves_on_only_where_nobody_else_has_made_it() {
    let mut model = model();
    open(&mut model, "talos/patches/new.yaml");
    become_text(&mut model, "machine: {}\n");
    press(&mut model, "esc");
    let asked = merging(stands_at(&mut model, "b"));
    answered(&mut model, &asked, Merged::Gone);
    assert_eq!((model.drafts.list[0].base.0.as_str(), &model.drafts.list[0].before), ("b", &Before::Absent));
    let asked = merging(stands_at(&mut model, "c"));
    let marked = "<<<<<<< yours\n".to_owned();
    answered(&mut model, &asked, Merged::Conflict { theirs: "machine: 1\n".into(), marked });
    assert_eq!(model.drafts.list[0].base.0, "b", "its commit would be refused, not written over theirs");
    assert!(Action::Commit.availability(&model).unwrap_err().contains("both changed"));
}

#[test]
fn a_file_that_goes_is_not_gone_with_what_another_wrote_into_it() {
    let mut model = model();
    open(&mut model, "sysctls");
    press(&mut model, "esc");
    open(&mut model, "sysctls");
    become_text(&mut model, "x\n");
    press(&mut model, "esc delete");
    let asked = merging(stands_at(&mut model, "b"));
    assert_eq!(asked.text, "", "it shall hold nothing");
    answered(&mut model, &asked, Merged::Clean { before: TEXT.into(), text: String::new() });
    assert_eq!(model.drafts.list[0].base.0, "b");
    let asked = merging(stands_at(&mut model, "c"));
    let theirs = TEXT.replace("1024", "4096");
    answered(&mut model, &asked, Merged::Conflict { theirs: theirs.clone(), marked: "<<<<<<<".into() });
    assert_eq!(model.drafts.list[0].base.0, "b");
    assert!(Action::Commit.availability(&model).is_err());
    press(&mut model, "e");
    assert!(model.screen.prompt.is_none(), "what shall be gone is not typed into");
    assert!(model.screen.notice.as_ref().unwrap().contains("would be gone with that"));
    assert_eq!(model.drafts.list[0].before, Before::Text(theirs));
    assert!(text(&model).gone && Action::Commit.availability(&model).is_ok());
}

#[test]
fn a_file_that_cannot_move_on_keeps_no_other_waiting() {
    let mut model = model();
    leave_edited(&mut model, "1");
    open(&mut model, "talos/patches/new.yaml");
    become_text(&mut model, "machine: {}\n");
    press(&mut model, "esc");
    let first = merging(stands_at(&mut model, "b"));
    let second = merging(answered(&mut model, &first, Merged::Gone));
    assert_eq!(second.path.0, "talos/patches/new.yaml");
    let why = Err("the repository is gone".into());
    assert!(update(&mut model, Message::Found(Look::Merge(second), why)).is_empty(), "each is asked once");
}

#[test]
fn looking_at_a_draft_again_forgets_nothing_that_can_be_taken_back() {
    let mut model = model();
    open(&mut model, "sysctls");
    become_text(&mut model, &TEXT.replace("1024", "1"));
    press(&mut model, "esc e ctrl-z");
    assert_eq!(text(&model).after.as_deref(), Some(TEXT));
}

#[test]
fn what_is_open_is_shown_and_undone_whatever_is_selected() {
    let mut model = model();
    leave_edited(&mut model, "1");
    open(&mut model, "talos/patches/new.yaml");
    become_text(&mut model, "machine: {}\n");
    let other = changes::key(model.drafts.list[0].id);
    update(&mut model, Message::Clicked(other));
    assert_eq!(draft_view::view(&model).unwrap().path, "talos/patches/new.yaml");
    press(&mut model, "ctrl-z");
    assert_eq!(model.drafts.list[1].text().unwrap().after.as_deref(), Some(""));
    press(&mut model, "esc");
    ask(&mut model, Action::Filter);
    update(&mut model, Message::Pasted("nothing".into()));
    press(&mut model, "enter");
    open(&mut model, "sysctls");
    assert_eq!(model.screen.listing().unwrap().filter, "", "a filter does not hide what was just opened");
}

#[test]
fn of_several_drafts_every_one_is_checked() {
    let mut model = model();
    for (name, body) in [("sysctls", "a: 1\n"), ("talos/patches/new.yaml", "b: 1\n")] {
        open(&mut model, name);
        become_text(&mut model, body);
        press(&mut model, "esc");
    }
    // The second question has put an end to the first.
    let draft = model.drafts.list[1].draft().unwrap();
    let look = Look::Check(draft.clone());
    let found = Finding::Checked { draft, checks: Vec::new(), changes: Vec::new() };
    let effects = update(&mut model, Message::Found(look, Ok(found)));
    let [Effect::Look(Look::Check(first))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(first.files[0].path.0, PATH);
    let effects = update(&mut model, Message::Found(Look::Check(first.clone()), Err("no".into())));
    assert!(effects.is_empty(), "and none again and again: {effects:?}");
    assert!(draft_view::view(&model).is_some_and(|it| !it.checks.iter().any(|it| it.1.contains("is being"))));
}

#[test]
fn text_is_found_copied_and_put_in() {
    let mut model = model();
    open(&mut model, "sysctls");
    press(&mut model, "ctrl-f");
    update(&mut model, Message::Pasted("somax".into()));
    press(&mut model, "enter");
    assert_eq!(text(&model).at, Position { row: 2, column: 13 });
    let effects = press(&mut model, "ctrl-c");
    assert_eq!(effects, [Effect::Copy("    net.core.somaxconn: \"1024\"\n".into())]);
    let effects = press(&mut model, "ctrl-x");
    assert!(effects.contains(&Effect::Copy("    net.core.somaxconn: \"1024\"\n".into())), "{effects:?}");
    assert_eq!(text(&model).after.as_deref(), Some("machine:\n  sysctls:\n"));
    press(&mut model, "ctrl-v ctrl-v");
    assert!(text(&model).after.as_ref().unwrap().ends_with("\"1024\"\n    net.core.somaxconn: \"1024\"\n"));
    update(&mut model, Message::Pasted("a:\r\n\u{1b}[2Jb\n".into()));
    assert!(
        text(&model).after.as_ref().unwrap().ends_with("a:\n[2Jb\n"),
        "what steers a terminal is not pasted"
    );
}

const SEALED: &str = "a: ENC[AES256_GCM,data:x]\nsops:\n    mac: ENC[AES256_GCM,data:m1]\n";

/// Open the file, and let it be what SOPS has sealed.
fn open_sealed(model: &mut Model) -> Vec<Effect> {
    ask(model, Action::Files);
    let files = Finding::Files { commit: CommitId("a".into()), paths: Arc::new(vec![RepoPath(PATH.into())]) };
    update(model, Message::Found(Look::Files(CommitId("a".into())), Ok(files)));
    update(model, Message::Pasted("sysc".into()));
    let effects = press(model, "enter");
    let look = effects.into_iter().find_map(|it| if let Effect::Look(look) = it { Some(look) } else { None });
    let Some(Look::File(revision)) = look else { panic!("it is read") };
    let finding = Finding::File { revision: revision.clone(), text: SEALED.into() };
    update(model, Message::Found(Look::File(revision), Ok(finding)))
}

#[test]
fn what_sops_has_sealed_goes_to_the_sops_program_and_to_nobody_else() {
    let mut model = model();
    let effects = open_sealed(&mut model);
    let id = model.drafts.list[0].id;
    assert!(effects.contains(&Effect::External(id)), "{effects:?}");
    // What is typed all the same is refused, and pasted, and cut.
    assert!(become_text(&mut model, &SEALED.replace("data:x", "data:y")).is_empty());
    update(&mut model, Message::Pasted("b: 1\n".into()));
    assert!(press(&mut model, "ctrl-k").is_empty());
    assert_eq!(text(&model).after.as_deref(), Some(SEALED));
    assert!(model.screen.notice.as_ref().unwrap().contains("sops program"));

    let anew = SEALED.replace("data:x", "data:z").replace("m1", "m2");
    let effects = update(&mut model, Message::Returned(id, Ok(anew.clone())));
    assert_eq!(text(&model).after.as_ref(), Some(&anew));
    assert!(effects.iter().any(|it| matches!(it, Effect::Look(Look::Check(_)))), "{effects:?}");
    assert!(model.screen.prompt.is_none(), "the diff is what there is to see");
    // Opened again it goes there again, with what it is by now.
    let effects = press(&mut model, "e");
    assert!(effects.contains(&Effect::External(id)), "{effects:?}");
    update(&mut model, Message::Returned(id, Err("nothing was changed".into())));
    assert_eq!(text(&model).after.as_ref(), Some(&anew));
    assert_eq!(model.screen.notice.as_deref(), Some("nothing was changed"));
}

#[test]
fn where_sops_changed_nothing_no_draft_is_left() {
    let mut model = model();
    open_sealed(&mut model);
    let id = model.drafts.list[0].id;
    let effects = update(&mut model, Message::Returned(id, Err("sops is not found on PATH".into())));
    assert!(matches!(effects.as_slice(), [Effect::Keep(_)]), "{effects:?}");
    assert!(model.drafts.list.is_empty() && model.screen.prompt.is_none());
    assert_eq!(model.screen.notice.as_deref(), Some("sops is not found on PATH"));
}
