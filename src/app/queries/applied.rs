//! The last legs of a change that goes to nodes directly: what a renderer makes machine configs of reaches no node by
//! itself. It is verified when every node was asked and runs what the commit says.

use super::{preview, source_map};
use crate::Model;
use crate::model::{Conductor, DraftState, Seat, SeatState};
use domain::{Commit, Leg, NodeName, Reached, RepoPath, Step};

/// Whether a commit touches what the machine configs of this cluster's nodes are rendered from: the folder of the
/// talconfig that declares them.
pub fn reaches_nodes(model: &Model, commit: &Commit) -> bool {
    reached(model, &commit.paths)
}

/// The same of a draft.
pub fn is_of(model: &Model, draft: &DraftState) -> bool {
    reached(model, std::slice::from_ref(&draft.path))
}

fn reached(model: &Model, paths: &[RepoPath]) -> bool {
    // Most paths lie beside no talconfig at all, and then no node is looked for.
    let beside = |of: &RepoPath| paths.iter().any(|path| source_map::is_beside(path, of));
    paths.iter().any(|path| preview::renders(model, path))
        && model
            .world
            .nodes
            .iter()
            .filter_map(|it| source_map::declared_node(model, &it.name))
            .any(|it| beside(&it.path))
}

/// How far it has come on the nodes: rolling and verified, and the nodes that have it of all.
pub fn legs(model: &Model, commit: &Commit) -> ([Leg; 2], Option<(u32, u32)>) {
    let leg = |step, reached, evidence: String| Leg { step, reached, evidence };
    let waiting = |evidence: &str| {
        let rolling = leg(Step::Rolling, Reached::Waiting, evidence.to_owned());
        ([rolling, leg(Step::Verified, Reached::Waiting, String::new())], None)
    };
    let roll = model.rolls.roll_of(&commit.id);
    if let Some(roll) = roll.filter(|it| it.halted.is_some() || !it.is_over()) {
        return rolling(roll);
    }
    let Some(planned) = model.rolls.planned(&commit.id) else {
        return waiting("no node has it by itself: a shows what it does to each, and puts it in force");
    };
    let all = planned.plans.len();
    // What was passed over does not run it.
    let done = |seat: &Seat, name: &NodeName| seat.node == *name && seat.state == SeatState::Done;
    let rolled = |name: &NodeName| roll.is_some_and(|it| it.seats.iter().any(|seat| done(seat, name)));
    let has = planned.plans.iter().filter(|it| it.is_done() || rolled(&it.target)).count();
    let counts = Some((u32::try_from(has).unwrap_or(u32::MAX), u32::try_from(all).unwrap_or(u32::MAX)));
    if has < all || all == 0 {
        let ([rolling, verified], _) =
            waiting(&format!("{has} of {all} nodes run it; a puts it in force on the others"));
        return ([rolling, verified], counts);
    }
    let done = Reached::Done { at: None };
    let evidence = format!("{all} of {all} nodes were asked, and run what it says");
    ([leg(Step::Rolling, done.clone(), evidence.clone()), leg(Step::Verified, done, evidence)], counts)
}

fn rolling(roll: &Conductor) -> ([Leg; 2], Option<(u32, u32)>) {
    let (done, all) = roll.count();
    let counts = Some((u32::try_from(done).unwrap_or(u32::MAX), u32::try_from(all).unwrap_or(u32::MAX)));
    let stopped = roll.stopped().and_then(|seat| match &seat.state {
        SeatState::Stopped { why, .. } => Some(format!("stopped at {}: {why}", seat.node)),
        _ => None,
    });
    let (reached, evidence) = match stopped {
        Some(why) => (Reached::Failed { why: why.clone() }, why),
        None => (Reached::UnderWay { since: None }, format!("{done} of {all} nodes run it")),
    };
    let verified = Leg { step: Step::Verified, reached: Reached::Waiting, evidence: String::new() };
    ([Leg { step: Step::Rolling, reached, evidence }, verified], counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{
        Change, CommitId, DeclaredNode, Moment, Node, NodeEffect, NodeName, Observation, SourceMap,
    };
    use std::sync::Arc;

    #[test]
    fn a_node_that_was_passed_over_does_not_run_it_and_the_rest_is_told() {
        use crate::model::conductor_test::plan;
        use crate::model::{Asked, SeatState};
        use domain::{Consent, NodeRole, Planned, Rendered};
        let mut model = Model::default();
        let plans: Vec<_> = ["w-1", "w-2"].map(|it| plan(it, NodeRole::Worker, NodeEffect::Live)).into();
        let yes = Consent::Typed("home".into());
        let approved = plans.iter().map(|it| it.clone().approve(&yes, 2).unwrap()).collect();
        let mut roll = Conductor::new("r1".into(), approved, 1);
        let commit = roll.commit.clone();
        roll.seats[0].state = SeatState::Done;
        roll.seats[1].state = SeatState::PassedOver;
        model.rolls.conductor = Some(roll);
        let rendered = Rendered {
            by: String::new(),
            from: RepoPath(String::new()),
            cluster: "home".into(),
            isolation: String::new(),
        };
        let planned = Planned { commit: commit.clone(), rendered, plans, unasked: None };
        model.rolls.plans.insert(commit.clone(), Asked::Answered(Box::new(planned)));
        let commit = Commit {
            id: commit,
            parents: Vec::new(),
            author: String::new(),
            email: String::new(),
            at: Moment::from_seconds(1),
            subject: String::new(),
            paths: Vec::new(),
        };
        let ([rolling, _], counts) = legs(&model, &commit);
        assert_eq!((rolling.reached, counts), (Reached::Waiting, Some((1, 2))));
        assert_eq!(rolling.evidence, "1 of 2 nodes run it; a puts it in force on the others");
        let told = super::super::plan::roll(&model, &commit.id)[0].text();
        assert!(told.contains("ended") && !told.contains("under way"), "{told}");
    }

    #[test]
    fn what_no_node_was_asked_about_is_not_verified() {
        let mut model = Model::default();
        let node = Node { name: NodeName("cp-1".into()), address: "10.0.0.1".into(), ..Node::default() };
        update(&mut model, Message::Observed(Observation::Nodes(Change::Snapshot(vec![node]))));
        let declared = DeclaredNode {
            cluster: "home".into(),
            hostname: "cp-1".into(),
            addresses: vec!["10.0.0.1".into()],
            path: RepoPath("clusters/home/talos/talconfig.yaml".into()),
            line: 5,
            talos: None,
            kubernetes: None,
        };
        let map = SourceMap { nodes: vec![declared], ..SourceMap::default() };
        update(&mut model, Message::Observed(Observation::SourceMap(Arc::new(map))));
        let commit = |path: &str| Commit {
            id: CommitId("c".into()),
            parents: Vec::new(),
            author: String::new(),
            email: String::new(),
            at: Moment::from_seconds(1),
            subject: String::new(),
            paths: vec![RepoPath(path.into())],
        };
        assert!(!reaches_nodes(&model, &commit("clusters/lab/talos/patches/a.yaml")));
        assert!(!reaches_nodes(&model, &commit("clusters/home/kubernetes/apps/a.yaml")));
        let patch = commit("clusters/home/talos/patches/a.yaml");
        assert!(reaches_nodes(&model, &patch));
        let ([rolling, verified], counts) = legs(&model, &patch);
        assert_eq!((rolling.reached, verified.reached, counts), (Reached::Waiting, Reached::Waiting, None));
        assert!(rolling.evidence.contains("no node has it by itself"));
    }
}
