//! The conductor without any wire: what it orders when, and what it does not.

use super::*;
use domain::{
    Aftermath, Confirmed, Consent, NodeEffect, Plan, Receipt, Refusal, RepoPath, Revision, RollGate, Running,
    Stopped,
};

pub(crate) fn plan(node: &str, role: NodeRole, effect: NodeEffect) -> Plan {
    Plan {
        revision: Revision { commit: CommitId("7ac1e02".into()), path: RepoPath("talconfig.yaml".into()) },
        cluster: "home".into(),
        target: node.into(),
        role: Some(role),
        talos: Some("v1.13.9".into()),
        effect,
        upgrade: None,
        cordoned: false,
        fields: Vec::new(),
        diff: Vec::new(),
        against: Some(Running { active: "old".into(), persistent: "old".into() }),
        wanted: "new".into(),
        secrets: "s".into(),
        pending: None,
        confirmed: Confirmed::Yes(String::new()),
        notes: Vec::new(),
    }
}

fn conductor(nodes: &[(&str, NodeRole)], width: usize) -> Conductor {
    let yes = Consent::Typed("home".into());
    let approved = nodes
        .iter()
        .map(|(node, role)| plan(node, *role, NodeEffect::Live).approve(&yes, nodes.len()).unwrap());
    Conductor::new("r1".into(), approved.collect(), width)
}

fn mixed(width: usize) -> Conductor {
    use NodeRole::{ControlPlane, Worker};
    conductor(
        &[("w-1", Worker), ("cp-2", ControlPlane), ("w-2", Worker), ("cp-1", ControlPlane), ("w-3", Worker)],
        width,
    )
}

/// Give what may be given now; the names of the nodes.
fn go(conductor: &mut Conductor, next: &mut u64) -> Vec<(OrderId, String)> {
    let orders = conductor.next(|_| {
        *next += 1;
        OrderId(*next)
    });
    orders
        .into_iter()
        .map(|(id, order)| match order {
            Order::Apply { approval, .. } => (id, approval.plan().target.0.clone()),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn applied(node: &str) -> Outcome {
    let revision = Revision { commit: CommitId("7ac1e02".into()), path: RepoPath("talconfig.yaml".into()) };
    Outcome::Applied(Receipt {
        revision,
        target: node.into(),
        digest: "new".into(),
        release: None,
        gates: vec![],
        answer: String::new(),
    })
}

fn stopped(node: &str) -> Outcome {
    let revision = Revision { commit: CommitId("7ac1e02".into()), path: RepoPath("talconfig.yaml".into()) };
    Outcome::Stopped(Box::new(Stopped {
        revision,
        target: node.into(),
        gate: RollGate::Answers,
        saw: "no answer in time".into(),
        hint: None,
        gates: vec![],
        after: Aftermath::Reverted,
        cordoned: false,
    }))
}

fn names(given: &[(OrderId, String)]) -> Vec<&str> {
    given.iter().map(|(_, it)| it.as_str()).collect()
}

#[test]
fn control_planes_go_one_at_a_time_and_workers_by_the_width() {
    let (mut it, mut next) = (mixed(2), 0);
    let first = go(&mut it, &mut next);
    assert_eq!(names(&first), ["cp-1"]);
    assert!(go(&mut it, &mut next).is_empty(), "only after the last one was applied");
    it.settled(first[0].0, &applied("cp-1"));
    let second = go(&mut it, &mut next);
    assert_eq!(names(&second), ["cp-2"]);
    it.settled(second[0].0, &applied("cp-2"));
    let workers = go(&mut it, &mut next);
    assert_eq!(names(&workers), ["w-1", "w-2"]);
    it.settled(workers[1].0, &applied("w-2"));
    let last = go(&mut it, &mut next);
    assert_eq!(names(&last), ["w-3"]);
    it.settled(workers[0].0, &applied("w-1"));
    it.settled(last[0].0, &applied("w-3"));
    assert!(it.is_done() && it.is_over() && go(&mut it, &mut next).is_empty());
}

#[test]
fn workers_that_go_together_know_of_each_other_and_a_control_plane_of_nobody() {
    let (mut it, mut next) = (mixed(2), 0);
    let mut beside = |it: &mut Conductor| -> Vec<(OrderId, usize, (u32, Duration))> {
        let orders = it.next(|_| {
            next += 1;
            OrderId(next)
        });
        let of = |(id, order)| match order {
            Order::Apply { step, .. } => (id, step.beside.len(), (step.drain_seconds, step.steady)),
            other => panic!("{other:?}"),
        };
        orders.into_iter().map(of).collect()
    };
    for plane in ["cp-1", "cp-2"] {
        let given = beside(&mut it);
        assert_eq!((given.len(), given[0].1, given[0].2), (1, 0, (DRAIN_SECONDS, STEADY)));
        it.settled(given[0].0, &applied(plane));
    }
    // Whichever of them is asked last whether something rolls, the other is no stranger.
    assert_eq!(beside(&mut it).iter().map(|it| it.1).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn what_takes_its_time_is_told_and_a_gate_that_is_asked_again_stands_once() {
    let (mut it, mut next) = (mixed(1), 0);
    let first = go(&mut it, &mut next)[0].0;
    it.progressed(first, &Progress::Doing("draining 3 of 12 pods".into()));
    assert_eq!(it.seats[0].doing.as_deref(), Some("draining 3 of 12 pods"));
    let gate = |state, saw: &str| GateReport { gate: RollGate::Members, state, saw: saw.into() };
    let again = gate(GateState::Failed, "cp-2 is not healthy");
    let Outcome::Stopped(mut end) = stopped("cp-1") else { panic!("it is one") };
    (end.gates, end.cordoned) = (vec![gate(GateState::Passed, "3 of 3 healthy"), again.clone()], true);
    it.settled(first, &Outcome::Stopped(end));
    assert_eq!(it.seats[0].gates, [again]);
    let SeatState::Stopped { after, .. } = &it.seats[0].state else { panic!("it has stopped") };
    assert!(after.contains("it is cordoned"), "{after}");
}

#[test]
fn it_stops_at_the_first_failure_and_goes_on_by_a_word_only() {
    let (mut it, mut next) = (mixed(1), 0);
    let first = go(&mut it, &mut next);
    it.settled(first[0].0, &applied("cp-1"));
    let second = go(&mut it, &mut next);
    it.settled(second[0].0, &stopped("cp-2"));
    assert!(go(&mut it, &mut next).is_empty() && it.is_over() && !it.is_done());
    assert_eq!(it.stopped().unwrap().node.0, "cp-2");
    assert_eq!(it.halted.as_deref(), Some("cp-2 stopped at `answers`: no answer in time"));
    let mut again = it.clone();
    again.retry();
    assert_eq!(names(&go(&mut again, &mut next)), ["cp-2"], "retried, and nothing else with it");
    it.pass_over();
    assert_eq!(names(&go(&mut it, &mut next)), ["w-1"]);
    let refused = Outcome::Refused(Refusal { why: "the plan is stale".into(), hint: None });
    it.settled(OrderId(next), &refused);
    assert!(it.halted.as_deref().unwrap().contains("the plan is stale") && go(&mut it, &mut next).is_empty());
}

#[test]
fn what_another_order_says_is_not_taken_for_its_own() {
    let (mut it, mut next) = (mixed(1), 0);
    let first = go(&mut it, &mut next);
    assert!(!it.settled(OrderId(99), &stopped("cp-1")) && it.halted.is_none());
    let gate = GateReport { gate: RollGate::Answers, state: GateState::Waiting, saw: "silent".into() };
    assert!(it.progressed(first[0].0, &Progress::Gate(gate.clone())));
    let passed = GateReport { state: GateState::Passed, ..gate };
    it.progressed(first[0].0, &Progress::Gate(passed.clone()));
    assert_eq!(it.seats[0].gates, [passed], "one line a gate");
    assert!(it.settled(first[0].0, &applied("cp-1")));
    assert!(!it.settled(first[0].0, &stopped("cp-1")), "an order ends once");
}

#[test]
fn an_order_that_ends_as_another_stops_its_node() {
    let (mut it, mut next) = (mixed(1), 0);
    let first = go(&mut it, &mut next);
    let other = Outcome::Overtaken { branch: domain::BranchName("main".into()) };
    assert!(it.settled(first[0].0, &other));
    assert!(!it.under_way() && it.is_over());
    assert_eq!(it.stopped().map(|it| it.node.0.as_str()), Some("cp-1"), "a person can retry it");
}
