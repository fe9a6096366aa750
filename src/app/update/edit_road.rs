//! The whole road as keys: a value is opened, changed, committed, pushed, followed. (Tests alone.)

use crate::model::{DraftStage, ValueEdit};
use crate::queries::{changes, draft_view, road};
use crate::{Action, Effect, Key, Keymap, Message, Model, Page, Place, RowKey, update};
use domain::{
    Application, BranchName, CapiChange, Change, Check, Commit, CommitId, Condition, Conditions,
    ControlPlane, DeliveryChange, Finding, KubeNode, Log, Look, Machine, MachineId, MachinePhase, Meta,
    Moment, NodeName, ObjectRef, Observation, Operation, OperationPhase, Order, OrderId, Outcome, Quotes,
    Reached, Refusal, RepoPath, RepositoryState, Scalar, SourceMap, SourceObject, Step, Sync, Truth, Verdict,
};
use std::sync::Arc;

const TEXT: &str = "kind: TalosControlPlane\nspec:\n  version: v1.35.0 # renovate\n  replicas: 1\n";

fn plane() -> ObjectRef {
    ObjectRef {
        group: "controlplane.cluster.x-k8s.io".into(),
        kind: "TalosControlPlane".into(),
        namespace: "default".into(),
        name: "k8s-cp".into(),
    }
}

fn map(commit: &str, version: &str) -> Observation {
    let scalar = |field: &str, value: &str, line: u32, start: u32| Scalar {
        field: field.into(),
        value: value.into(),
        line,
        start,
        end: start + value.len() as u32,
        quotes: Quotes::Plain,
    };
    let at = TEXT.find("v1.35.0").unwrap() as u32;
    let object = SourceObject {
        object: plane(),
        path: RepoPath("cluster-api/control-plane.yaml".into()),
        document: 0,
        line: 1,
        scalars: vec![
            scalar("spec.version", version, 3, at),
            scalar("spec.replicas", "1", 4, TEXT.rfind('1').unwrap() as u32),
        ],
    };
    Observation::SourceMap(Arc::new(SourceMap {
        commit: CommitId(commit.into()),
        objects: vec![object],
        files: 1,
        templates: 0,
        locked: Vec::new(),
        ..SourceMap::default()
    }))
}

fn repository(tip: &str) -> Observation {
    Observation::Repository(Box::new(RepositoryState {
        folder: "/repo".into(),
        remote: Some("file:///remote".into()),
        branch: BranchName("main".into()),
        remote_tip: Some(CommitId(tip.into())),
        head: "main".into(),
        ..RepositoryState::default()
    }))
}

fn log(commits: &[(&str, &str)]) -> Observation {
    let commit = |(at, (id, parent)): (usize, &(&str, &str))| Commit {
        id: CommitId((*id).into()),
        parents: vec![CommitId((*parent).into())],
        author: "Jon Vik".into(),
        email: String::new(),
        at: Moment::from_seconds(1_000 - at as i64),
        subject: format!("commit {id}"),
        paths: vec![RepoPath("cluster-api/control-plane.yaml".into())],
    };
    Observation::Log(Arc::new(Log { commits: commits.iter().enumerate().map(commit).collect(), more: true }))
}

fn declared(version: &str) -> Observation {
    let meta = Meta { id: plane(), ..Meta::default() };
    let plane = ControlPlane { meta, replicas: 1, version: Some(version.into()), ..ControlPlane::default() };
    Observation::Capi(CapiChange::TalosControlPlanes(Change::Snapshot(vec![plane])))
}

fn machine(version: &str) -> Observation {
    let id = MachineId { namespace: "default".into(), name: "cp-a".into() };
    let machine = Machine {
        id: id.clone(),
        meta: Meta { owner: Some(plane()), ..Meta::default() },
        control_plane: true,
        version: Some(version.into()),
        phase: MachinePhase::Running,
        node: Some(NodeName("cp-a".into())),
        kubelet: Some(version.into()),
        ..Machine::default()
    };
    Observation::Capi(CapiChange::Machines(Change::Snapshot(vec![machine])))
}

fn node(version: &str) -> Observation {
    let ready = Condition { kind: "Ready".into(), status: Truth::True, ..Condition::default() };
    let node = KubeNode {
        name: NodeName("cp-a".into()),
        kubelet: Some(version.into()),
        conditions: Conditions(vec![ready]),
        ..KubeNode::default()
    };
    Observation::KubeNodes(Change::Snapshot(vec![node]))
}

fn application(revision: &str, sync: Sync) -> Observation {
    let source = domain::AppSource { path: "cluster-api".into(), ..domain::AppSource::default() };
    let operation = Operation {
        phase: OperationPhase::Succeeded,
        message: String::new(),
        started: None,
        finished: Some(Moment::from_seconds(1_100)),
        retries: 0,
        retry_limit: None,
        revision: Some(revision.into()),
        by: String::new(),
        failures: Vec::new(),
    };
    let app = Application {
        meta: Meta {
            id: ObjectRef { name: "cluster-api".into(), ..ObjectRef::default() },
            ..Meta::default()
        },
        sources: vec![source],
        sync,
        revisions: vec![revision.into()],
        operation: Some(operation),
        ..Application::default()
    };
    Observation::Delivery(DeliveryChange::Applications(Change::Snapshot(vec![app])))
}

/// A model that has heard of one control plane at v1.35.0, in commit b.
fn heard() -> Model {
    let mut model = Model { now: Moment::from_seconds(2_000), ..Model::default() };
    let keys = "[global]\n\"e\" = \"edit\"\n\"esc\" = \"back\"\n[changes]\n\"c\" = \"draft.commit\"\n\"P\" = \"draft.push\"\n\"z\" = \"draft.undo\"\n\"x\" = \"draft.discard\"\n[dialog]\n\"y\" = \"confirm\"\n";
    model.settings.keymap = Keymap::parse("k", keys).unwrap();
    let facts = [
        repository("b"),
        log(&[("b", "a")]),
        map("b", "v1.35.0"),
        declared("v1.35.0"),
        machine("v1.35.0"),
        node("v1.35.0"),
        application("b", Sync::Synced),
    ];
    hear(&mut model, facts);
    model.screen.place = Place::Page(Page::Machines);
    model.screen.listing_mut().selected = Some(RowKey("Machine default/cp-a".into()));
    model
}

fn hear(model: &mut Model, facts: impl IntoIterator<Item = Observation>) {
    for fact in facts {
        update(model, Message::Observed(fact));
    }
}

/// The value of the draft at that place of the list.
fn value(model: &Model, at: usize) -> &ValueEdit {
    model.drafts.list[at].value().unwrap()
}

/// Press keys, parted by spaces; answers what they had done last.
fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for key in keys.split(' ') {
        effects = update(model, Message::Pressed(Key::from(key)));
    }
    effects
}

/// What the repository would answer to a look.
fn answer(model: &mut Model, effects: Vec<Effect>) -> Vec<Effect> {
    let mut more = Vec::new();
    for effect in effects {
        let Effect::Look(look) = effect else { continue };
        let found = match &look {
            Look::File(revision) => Finding::File { revision: revision.clone(), text: TEXT.into() },
            Look::Check(draft) => Finding::Checked {
                draft: draft.clone(),
                checks: vec![Check::of(Verdict::Good, "reads as YAML, only 1 value differs")],
                changes: Vec::new(),
            },
            other => panic!("{other:?}"),
        };
        more.extend(update(model, Message::Found(look, Ok(found))));
    }
    more
}

fn order(effects: &[Effect]) -> (OrderId, Order) {
    effects
        .iter()
        .find_map(|it| if let Effect::Carry(id, order) = it { Some((*id, order.clone())) } else { None })
        .unwrap()
}

/// A draft of v1.35.2, checked.
fn drafted() -> Model {
    let mut model = heard();
    let effects = press(&mut model, "e");
    answer(&mut model, effects);
    let effects = press(&mut model, "backspace 2 enter");
    answer(&mut model, effects);
    model
}

#[test]
fn a_value_is_edited_where_it_is_shown_and_only_its_bytes_change() {
    let mut model = drafted();
    assert_eq!(model.screen.place, Place::Page(Page::Changes));
    let view = draft_view::view(&model).unwrap();
    assert_eq!(
        view.checks,
        [(crate::queries::fleet::Mark::Good, "reads as YAML, only 1 value differs".into())]
    );
    let told: Vec<String> =
        view.lines.iter().map(|it| it.pieces.iter().map(|it| it.1.as_str()).collect()).collect();
    assert_eq!(told[2..4], ["  version: v1.35.0 # renovate", "  version: v1.35.2 # renovate"]);
    assert_eq!(view.lines[3].pieces[1], (true, "2".into()));
    let effects = press(&mut model, "c enter");
    let (_, Order::Commit(draft)) = order(&effects) else { panic!() };
    assert_eq!(draft.message, "bump kubernetes of k8s-cp to 1.35.2");
    assert_eq!(draft.files[0].body, Some(TEXT.replace("v1.35.0", "v1.35.2")));
    assert_eq!(
        (draft.files[0].edits[0].before.as_str(), draft.files[0].edits[0].after.as_str()),
        ("v1.35.0", "v1.35.2")
    );
}

#[test]
fn nothing_is_pushed_before_a_yes_and_enter_is_no_yes() {
    let mut model = drafted();
    assert!(press(&mut model, "P").is_empty());
    assert_eq!(model.screen.notice.as_deref(), Some("commit it first, with c"));
    let effects = press(&mut model, "c enter");
    let (id, _) = order(&effects);
    let outcome = Outcome::Committed { commit: CommitId("c".into()), paths: Vec::new() };
    update(&mut model, Message::Settled(id, outcome));
    for refused in ["P enter", "P esc", "P P", "P j"] {
        let effects = press(&mut model, refused);
        assert!(!effects.iter().any(|it| matches!(it, Effect::Carry(..))), "{refused}");
        press(&mut model, "esc");
    }
    let effects = press(&mut model, "P y");
    let expected = Order::Push { commit: CommitId("c".into()), branch: BranchName("main".into()) };
    assert_eq!(order(&effects).1, expected);
}

#[test]
fn a_branch_that_moved_gives_the_draft_back() {
    let mut model = drafted();
    let (id, _) = order(&press(&mut model, "c enter"));
    update(
        &mut model,
        Message::Settled(id, Outcome::Committed { commit: CommitId("c".into()), paths: Vec::new() }),
    );
    let (id, _) = order(&press(&mut model, "P y"));
    update(&mut model, Message::Settled(id, Outcome::Overtaken { branch: BranchName("main".into()) }));
    assert_eq!(model.drafts.list[0].stage, DraftStage::Open);
    assert!(model.screen.notice.as_deref().unwrap().contains("offered again"));
    let (id, _) = order(&press(&mut model, "c enter"));
    let refusal = Refusal { why: "no".into(), hint: None };
    update(&mut model, Message::Settled(id, Outcome::Refused(refusal)));
    assert_eq!(model.drafts.list[0].stage, DraftStage::Open, "a draft outlives a refusal");
}

#[test]
fn a_change_is_followed_until_everything_agrees() {
    let mut model = drafted();
    let (id, _) = order(&press(&mut model, "c enter"));
    update(
        &mut model,
        Message::Settled(id, Outcome::Committed { commit: CommitId("c".into()), paths: Vec::new() }),
    );
    let step = |model: &Model| {
        let journey = road::on_its_way(model).unwrap();
        assert_eq!(journey.commit, CommitId("c".into()));
        (journey.step(), journey.leg(journey.step()).unwrap().evidence.clone())
    };
    assert_eq!(step(&model).0, Step::Pushed);
    let (id, _) = order(&press(&mut model, "P y"));
    let pushed = Outcome::Pushed {
        commit: CommitId("c".into()),
        branch: BranchName("main".into()),
        remote: Vec::new(),
    };
    update(&mut model, Message::Settled(id, pushed));
    hear(&mut model, [repository("c"), log(&[("c", "b"), ("b", "a")]), map("c", "v1.35.2")]);
    assert_eq!(step(&model), (Step::Synced, "cluster-api has not seen it yet".into()));
    hear(&mut model, [application("c", Sync::OutOfSync)]);
    assert_eq!(step(&model), (Step::Synced, "cluster-api is out of sync".into()));
    hear(&mut model, [application("c", Sync::Synced), declared("v1.35.2")]);
    assert_eq!(step(&model), (Step::Rolling, "0 of 1 machines, k8s-cp rolls".into()));
    hear(&mut model, [machine("v1.35.2")]);
    assert_eq!(step(&model), (Step::Verified, "cp-a runs v1.35.0".into()));
    hear(&mut model, [node("v1.35.2")]);
    let journey = road::on_its_way(&model).unwrap();
    assert!(journey.verified(), "{journey:?}");
    assert_eq!(journey.machines, Some((1, 1)));
    assert!(journey.legs.iter().all(|leg| matches!(leg.reached, Reached::Done { .. })));
}

#[test]
fn what_others_push_is_followed_too() {
    let mut model = heard();
    hear(&mut model, [repository("d"), log(&[("d", "b"), ("b", "a")]), map("d", "v1.36.0")]);
    let journey = road::on_its_way(&model).unwrap();
    assert_eq!((journey.commit.0.as_str(), journey.ours, journey.step()), ("d", false, Step::Synced));
}

#[test]
fn drafts_are_kept_key_by_key_and_come_back() {
    let mut model = heard();
    press(&mut model, "e backspace");
    let effects = press(&mut model, "2");
    let Some(Effect::Keep(record)) = effects.into_iter().next() else { panic!() };
    let mut next = heard();
    update(&mut next, Message::Restored(vec![record]));
    assert_eq!((value(&next, 0).after.as_str(), value(&next, 0).cursor), ("v1.35.2", 7));
    let effects = update(&mut next, Message::Asked(Action::GoChanges));
    assert!(matches!(effects.as_slice(), [Effect::Look(Look::File(_))]), "{effects:?}");
    answer(&mut next, effects);
    assert!(next.drafts.list[0].draft().is_some());
}

#[test]
fn what_is_pasted_into_a_value_is_kept_too() {
    let mut model = heard();
    press(&mut model, "e backspace");
    let effects = update(&mut model, Message::Pasted("2".into()));
    assert!(matches!(effects.as_slice(), [Effect::Keep(_)]), "{effects:?}");
}

#[test]
fn the_file_of_a_value_is_removed_by_one_draft() {
    let mut model = drafted();
    let value = model.drafts.list[0].id;
    update(&mut model, Message::Asked(Action::RemoveFile));
    update(&mut model, Message::Clicked(changes::key(value)));
    update(&mut model, Message::Asked(Action::RemoveFile));
    assert_eq!(model.drafts.list.len(), 2);
    assert!(model.screen.notice.unwrap().contains("a draft already"));
}

#[test]
fn one_value_of_a_file_does_not_move() {
    let model = drafted();
    assert!(Action::MoveFile.availability(&model).unwrap_err().contains("open the whole file"));
}

#[test]
fn undo_and_discard_can_be_taken_back() {
    let mut model = drafted();
    press(&mut model, "z");
    assert_eq!(value(&model, 0).after, "v1.35.");
    press(&mut model, "x");
    assert!(model.drafts.list.is_empty());
    press(&mut model, "z");
    assert_eq!(model.drafts.list.len(), 1);
    // An edit that changed nothing leaves nothing behind.
    let mut model = heard();
    press(&mut model, "e esc");
    assert!(model.drafts.list.is_empty());
}

#[test]
fn tab_goes_to_another_value_of_the_same_object() {
    let mut model = heard();
    press(&mut model, "e tab");
    assert_eq!(value(&model, 0).field, "spec.replicas");
    press(&mut model, "backspace 3 tab");
    let fields: Vec<&str> = (0..2).map(|at| value(&model, at).field.as_str()).collect();
    assert_eq!(fields, ["spec.replicas", "spec.version"], "a changed value is kept as a draft of its own");
    assert_eq!(model.drafts.list[0].title(), "scale k8s-cp from 1 to 3");
}

#[test]
fn an_edit_waits_for_the_repository_and_says_so() {
    let mut model = heard();
    model.world.sources = None;
    press(&mut model, "e");
    assert!(model.drafts.list.is_empty());
    let said = model.screen.notice.clone().unwrap();
    assert!(said.contains("still being read"), "{said}");
    let why = "/srv is in no Git repository".to_owned();
    let feed = domain::Feed::of(domain::Source::Git, "");
    hear(&mut model, [Observation::Link(feed, domain::Link::NotConfigured { why })]);
    press(&mut model, "e");
    assert!(model.screen.notice.unwrap().contains("in no Git repository"));
}

/// Two values of one file, drafted and marked.
fn two_marked() -> Model {
    let mut model = drafted();
    model.screen.place = Place::Page(Page::Machines);
    let effects = press(&mut model, "e tab");
    answer(&mut model, effects);
    let effects = press(&mut model, "backspace 3 enter");
    answer(&mut model, effects);
    for action in [Action::Top, Action::Mark, Action::Mark] {
        update(&mut model, Message::Asked(action));
    }
    model
}

#[test]
fn marked_drafts_become_one_commit_and_go_one_road() {
    let mut model = two_marked();
    assert_eq!(changes::list(&model).iter().filter(|it| it.marked).count(), 2);
    press(&mut model, "c");
    let title = model.screen.prompt.as_ref().unwrap().text.clone();
    assert_eq!(title, "bump kubernetes of k8s-cp to 1.35.2, scale k8s-cp from 1 to 3");
    let effects = press(&mut model, "enter");
    let orders: Vec<(OrderId, Order)> = effects
        .into_iter()
        .filter_map(|it| if let Effect::Carry(id, order) = it { Some((id, order)) } else { None })
        .collect();
    let [(id, Order::Commit(draft))] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(draft.files.len(), 1);
    let body = TEXT.replace("v1.35.0", "v1.35.2").replace("replicas: 1", "replicas: 3");
    assert_eq!(draft.files[0].body, Some(body));
    assert_eq!(draft.files[0].edits.len(), 2);
    let commit = CommitId("c1".into());
    let committed = Outcome::Committed { commit: commit.clone(), paths: Vec::new() };
    update(&mut model, Message::Settled(*id, committed));
    assert!(model.drafts.list.iter().all(|it| it.commit() == Some(&commit)));
    let question = changes::push_question(&model, model.drafts.list[0].id).unwrap();
    let said: Vec<String> = question.iter().map(|it| format!("{it:?}")).collect();
    assert!(
        said.iter().any(|it| it.contains("v1.35.2")) && said.iter().any(|it| it.contains("1 → 3")),
        "{said:?}"
    );
}

#[test]
fn a_draft_moves_on_with_the_branch() {
    let mut model = drafted();
    hear(&mut model, [repository("c"), map("c", "v1.35.0")]);
    let draft = &model.drafts.list[0];
    assert_eq!(
        (draft.base.0.as_str(), draft.value().unwrap().after.as_str(), &draft.theirs),
        ("c", "v1.35.2", &None)
    );
    // Somebody made the same edit: there is nothing left to do.
    hear(&mut model, [repository("d"), map("d", "v1.35.2")]);
    assert!(!model.drafts.list[0].changed());
}

#[test]
fn a_draft_that_was_overtaken_says_so_and_is_kept() {
    let mut model = drafted();
    let base = model.drafts.list[0].base.clone();
    hear(&mut model, [repository("c"), map("c", "v1.35.1")]);
    let draft = &model.drafts.list[0];
    assert_eq!((&draft.base, draft.value().unwrap().after.as_str()), (&base, "v1.35.2"));
    let refused = Action::Commit.availability(&model).unwrap_err();
    assert!(refused.contains("v1.35.1 on the branch by now"), "{refused}");
    // Looked at again, it stands against what the branch says now.
    press(&mut model, "e");
    let draft = &model.drafts.list[0];
    assert_eq!(
        (
            draft.base.0.as_str(),
            draft.value().unwrap().before.as_str(),
            draft.value().unwrap().after.as_str()
        ),
        ("c", "v1.35.1", "v1.35.2")
    );
    assert_eq!(draft.theirs, None);
}
