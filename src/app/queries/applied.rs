//! The last legs of a change that goes to nodes directly: what a renderer makes machine configs of reaches no node by
//! itself. It is verified when every node was asked and runs what the commit says.

use super::source_map;
use crate::Model;
use crate::model::{Conductor, DraftState, SeatState};
use domain::{Commit, Leg, NodeEffect, Reached, RepoPath, Step};

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
    let declared = model.world.nodes.iter().filter_map(|it| source_map::declared_node(model, &it.name));
    let mut folders = declared.map(|it| it.path.0.rsplit_once('/').map_or("", |(folder, _)| folder));
    folders.any(|folder| {
        paths.iter().any(|path| {
            folder.is_empty() || path.0.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        })
    })
}

/// How far it has come on the nodes: rolling and verified, and the nodes that have it of all.
pub fn legs(model: &Model, commit: &Commit) -> ([Leg; 2], Option<(u32, u32)>) {
    let leg = |step, reached, evidence: String| Leg { step, reached, evidence };
    let waiting = |evidence: &str| {
        let rolling = leg(Step::Rolling, Reached::Waiting, evidence.to_owned());
        ([rolling, leg(Step::Verified, Reached::Waiting, String::new())], None)
    };
    let roll = model.rolls.roll_of(&commit.id);
    if let Some(roll) = roll.filter(|it| !it.is_done()) {
        return rolling(roll);
    }
    let Some(planned) = model.rolls.planned(&commit.id) else {
        return waiting("no node has it by itself: a shows what it does to each, and puts it in force");
    };
    let all = planned.plans.len();
    let rolled =
        |name: &domain::NodeName| roll.is_some_and(|it| it.seats.iter().any(|seat| seat.node == *name));
    let has =
        planned.plans.iter().filter(|it| it.effect == NodeEffect::Nothing || rolled(&it.target)).count();
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
    use domain::{Change, CommitId, DeclaredNode, Moment, Node, NodeName, Observation, SourceMap};
    use std::sync::Arc;

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
