//! From a pushed commit to nodes by keys: what is asked, what is ordered, and what never is.

use crate::model::conductor_test::plan;
use crate::model::{Before, DraftId, DraftState, SeatState, TextEdit};
use crate::{Action, Dialog, Effect, Key, Keymap, Message, Model, Page, Place, RowKey, update};
use domain::{
    Aftermath, CommitId, Finding, Look, Moment, NodeEffect, NodeName, NodeRole, Order, OrderId, Outcome,
    Pending, Plan, Planned, Receipt, Rendered, RepoPath, Revision, RollGate, RollId, StandingRoll, Stopped,
    Verdict,
};

fn commit() -> CommitId {
    CommitId("7ac1e02".into())
}

fn revision() -> Revision {
    Revision { commit: commit(), path: RepoPath("talconfig.yaml".into()) }
}

fn planned(plans: Vec<Plan>) -> Finding {
    let rendered = Rendered {
        by: "talhelper".into(),
        from: RepoPath("talconfig.yaml".into()),
        cluster: "home".into(),
        isolation: "without a network".into(),
    };
    Finding::Planned(Box::new(Planned { commit: commit(), rendered, plans, unasked: None }))
}

fn three() -> Vec<Plan> {
    let plane = |name: &str| plan(name, NodeRole::ControlPlane, NodeEffect::Live);
    vec![plane("cp-1"), plane("cp-2"), plan("w-1", NodeRole::Worker, NodeEffect::Live)]
}

/// At the plan of the commit, with the shipped keys.
fn at_plan(plans: Vec<Plan>) -> Model {
    let mut model = Model::default();
    model.screen.rows = 20;
    model.settings.keymap = Keymap::parse("keymap.toml", include_str!("../../../keymap.toml")).unwrap();
    model.screen.place = Place::Plan(commit());
    update(&mut model, Message::Found(Look::Plan { commit: commit() }, Ok(planned(plans))));
    update(&mut model, Message::Asked(Action::Top));
    model
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.split(' ').flat_map(|key| update(model, Message::Pressed(Key(key.into())))).collect()
}

fn word(model: &mut Model, text: &str) {
    for it in text.chars() {
        press(model, &it.to_string());
    }
}

/// A file beside a talconfig, edited as text and selected on Changes.
fn drafted() -> Model {
    let mut model = Model::default();
    let declared = domain::DeclaredNode {
        cluster: "home".into(),
        hostname: "cp-1".into(),
        addresses: Vec::new(),
        path: RepoPath("talos/talconfig.yaml".into()),
        line: 1,
        talos: None,
        kubernetes: None,
    };
    let map = domain::SourceMap { nodes: vec![declared], ..domain::SourceMap::default() };
    model.world.sources = Some(std::sync::Arc::new(map));
    let text = TextEdit { after: Some("a: 1\n".into()), ..TextEdit::default() };
    let path = RepoPath("talos/patches/a.yaml".into());
    let mut draft = DraftState::of_file(DraftId(1), String::new(), commit(), path, text);
    draft.before = Before::Absent;
    model.drafts.list.push(draft);
    model.screen.place = Place::Page(Page::Changes);
    model.screen.listing_mut().selected = Some(RowKey("1".into()));
    model
}

#[test]
fn what_is_shown_and_well_is_rendered_once_and_nothing_else() {
    let checked = |model: &mut Model, verdict: Verdict| {
        let draft = model.drafts.list[0].draft().unwrap();
        let checks = vec![domain::Check::of(verdict, "it reads")];
        let found = Finding::Checked { draft: draft.clone(), checks, changes: Vec::new() };
        update(model, Message::Found(Look::Check(draft), Ok(found)))
    };
    let renders =
        |effects: &[Effect]| effects.iter().any(|it| matches!(it, Effect::Look(Look::Preview { .. })));
    let mut model = drafted();
    assert!(!renders(&checked(&mut model, Verdict::Bad)), "it cannot be committed as it is");
    assert!(renders(&checked(&mut model, Verdict::Good)));
    assert!(!renders(&update(&mut model, Message::Ticked(Moment::from_seconds(1)))), "it is under way");
    let mut model = drafted();
    let kind = crate::PromptKind::Text(DraftId(1));
    model.screen.prompt = Some(crate::Prompt { kind, text: String::new(), cursor: 0, choice: 0 });
    assert!(!renders(&checked(&mut model, Verdict::Good)), "it is being typed");
    let mut model = drafted();
    model.screen.place = Place::Page(Page::Git);
    assert!(!renders(&checked(&mut model, Verdict::Good)), "it is not shown");
}

fn orders(effects: &[Effect]) -> Vec<(OrderId, String)> {
    let of = |it: &Effect| match it {
        Effect::Carry(id, Order::Apply { approval, .. }) => Some((*id, approval.plan().target.0.clone())),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn applied(node: &str) -> Outcome {
    let digest = "new".into();
    Outcome::Applied(Receipt {
        revision: revision(),
        target: node.into(),
        digest,
        release: None,
        gates: vec![],
        answer: String::new(),
    })
}

#[test]
fn a_control_plane_wants_its_name_and_enter_is_no_yes() {
    let mut model = at_plan(three());
    assert!(orders(&press(&mut model, "a")).is_empty());
    assert!(matches!(model.screen.dialog, Some(Dialog::Apply(_))));
    for refused in ["enter", "y", "tab y", "enter enter"] {
        assert!(orders(&press(&mut model, refused)).is_empty(), "{refused}");
    }
    press(&mut model, "esc");
    assert!(model.screen.dialog.is_none() && model.screen.prompt.is_none());
    press(&mut model, "a");
    word(&mut model, "cp-2");
    assert!(orders(&press(&mut model, "tab y")).is_empty(), "another node's name");
    press(&mut model, "tab");
    press(&mut model, "backspace");
    word(&mut model, "1");
    assert!(orders(&press(&mut model, "enter")).is_empty());
    press(&mut model, "tab");
    assert!(orders(&update(&mut model, Message::Pasted("y".into()))).is_empty(), "what is pasted is no yes");
    let given = orders(&press(&mut model, "y"));
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].1, "cp-1");
}

#[test]
fn one_live_worker_takes_a_y_and_no_more() {
    let mut model = at_plan(three());
    press(&mut model, "G a");
    assert!(model.screen.prompt.is_none());
    assert!(orders(&press(&mut model, "enter")).is_empty());
    let given = orders(&press(&mut model, "y"));
    assert_eq!(given[0].1, "w-1");
}

#[test]
fn marked_nodes_roll_one_after_another_and_stop_at_the_first_that_fails() {
    let mut model = at_plan(three());
    for node in ["cp-1", "cp-2", "w-1"] {
        model.screen.listing_mut().marked.insert(RowKey(node.into()));
    }
    press(&mut model, "a");
    word(&mut model, "cp-1");
    assert!(orders(&press(&mut model, "tab y")).is_empty(), "the name of one is no yes to three");
    press(&mut model, "tab ctrl-u");
    word(&mut model, "home");
    let first = orders(&press(&mut model, "tab y"));
    assert_eq!(first[0].1, "cp-1");
    let second = orders(&update(&mut model, Message::Settled(first[0].0, applied("cp-1"))));
    assert_eq!(second[0].1, "cp-2");
    let stopped = Outcome::Stopped(Box::new(Stopped {
        revision: revision(),
        target: "cp-2".into(),
        gate: RollGate::Answers,
        saw: "no answer in time".into(),
        hint: None,
        gates: vec![],
        after: Aftermath::Reverted,
        cordoned: false,
    }));
    let effects = update(&mut model, Message::Settled(second[0].0, stopped));
    assert!(orders(&effects).is_empty(), "the worker is not touched");
    assert!(
        effects.contains(&Effect::Look(Look::Plan { commit: commit() })),
        "the nodes are asked what they run"
    );
    let seats = &model.rolls.conductor.as_ref().unwrap().seats;
    assert!(matches!(&seats[1].state, SeatState::Stopped { after, .. } if after.contains("went back")));
    assert_eq!(orders(&press(&mut model, "r"))[0].1, "cp-2", "retried by a word");
}

#[test]
fn workers_go_as_many_at_a_time_as_a_person_says_and_control_planes_one_by_one() {
    let worker = |name: &str| plan(name, NodeRole::Worker, NodeEffect::Live);
    let plans = || {
        let planes = ["cp-1", "cp-2"].map(|it| plan(it, NodeRole::ControlPlane, NodeEffect::Live));
        planes.into_iter().chain(["w-1", "w-2", "w-3"].map(worker)).collect::<Vec<_>>()
    };
    let asked = |keys: &str| {
        let mut model = at_plan(plans());
        for it in plans() {
            model.screen.listing_mut().marked.insert(RowKey(it.target.0));
        }
        press(&mut model, "a");
        press(&mut model, keys);
        word(&mut model, "home");
        let mut given = orders(&press(&mut model, "tab y"));
        let mut rounds = Vec::new();
        while !given.is_empty() {
            rounds.push(given.iter().map(|it| it.1.clone()).collect::<Vec<_>>().join(" "));
            let settled = given.into_iter().map(|(id, node)| (id, applied(&node)));
            given = settled
                .flat_map(|(id, outcome)| orders(&update(&mut model, Message::Settled(id, outcome))))
                .collect();
        }
        rounds
    };
    assert_eq!(asked("down"), ["cp-1", "cp-2", "w-1", "w-2", "w-3"], "one where nothing is said");
    assert_eq!(asked("up"), ["cp-1", "cp-2", "w-1 w-2", "w-3"]);
    assert_eq!(asked("up up up up up down"), ["cp-1", "cp-2", "w-1 w-2", "w-3"], "there are three");
    let mut model = at_plan(plans());
    press(&mut model, "a up");
    assert!(model.rolls.width.is_none(), "of one node there is nothing to choose");
}

#[test]
fn a_try_of_somebody_else_is_said_and_not_touched() {
    let mut plans = three();
    plans[0].pending = Some(Pending::Try);
    let mut model = at_plan(plans);
    press(&mut model, "a");
    assert!(model.screen.dialog.is_none());
    assert!(model.screen.notice.as_deref().unwrap().contains("being tried"), "{:?}", model.screen.notice);
}

/// A roll of a run before this one.
fn stood() -> StandingRoll {
    StandingRoll {
        roll: RollId("r1".into()),
        commit: commit(),
        nodes: vec!["cp-1".into(), "cp-2".into()],
        done: vec!["cp-1".into()],
        at: "cp-2".into(),
        why: "the program was ended meanwhile".into(),
        open: true,
    }
}

#[test]
fn a_roll_of_a_killed_cockpit_stands_still_until_a_person_says_so() {
    let mut model = at_plan(Vec::new());
    let effects = update(&mut model, Message::Recalled(stood()));
    assert_eq!(
        effects,
        [Effect::Look(Look::Plan { commit: commit() })],
        "the nodes are asked, and that is all"
    );
    let done = Plan { effect: NodeEffect::Nothing, ..plan("cp-1", NodeRole::ControlPlane, NodeEffect::Live) };
    let open = plan("cp-2", NodeRole::ControlPlane, NodeEffect::Live);
    update(&mut model, Message::Found(Look::Plan { commit: commit() }, Ok(planned(vec![done, open]))));
    press(&mut model, "g a");
    assert!(model.screen.notice.as_deref().unwrap().contains("runs this already"), "never twice");
    press(&mut model, "G a");
    word(&mut model, "cp-2");
    let effects = press(&mut model, "tab y");
    let Some(Effect::Carry(_, Order::Apply { step, .. })) =
        effects.iter().find(|it| matches!(it, Effect::Carry(..)))
    else {
        panic!("{effects:?}")
    };
    assert_eq!((step.roll.0.as_str(), step.nodes.as_slice()), ("r1", &[NodeName::from("cp-2")][..]));
    assert!(model.rolls.standing.is_none());
}

#[test]
fn a_question_that_a_newer_one_dropped_is_asked_again() {
    let (mut model, other) = (at_plan(three()), CommitId("other".into()));
    model.screen.place = Place::Plan(other.clone());
    let asked = update(&mut model, Message::Asked(Action::PlanAgain));
    assert!(asked.contains(&Effect::Look(Look::Plan { commit: other.clone() })), "{asked:?}");
    // Before it is answered, a roll elsewhere ends: the hands drop the older question for the newer one.
    update(&mut model, Message::Recalled(stood()));
    assert!(!model.rolls.plans.contains_key(&other), "it is not waited for any more");
    let asked = update(&mut model, Message::Ticked(Moment::from_seconds(1)));
    assert!(asked.contains(&Effect::Look(Look::Plan { commit: other })), "{asked:?}");
}
