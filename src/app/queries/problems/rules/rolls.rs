//! Rolls through Talos: one that stands, and configs of others that are neither wholly in force nor gone.

use super::{Rule, heard};
use crate::model::SeatState;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::Phrase;
use crate::{Model, Place};
use domain::{ConfigFact, Node, NodeName, Source};

/// A roll that stopped at a gate, or that a run before this one left where it was.
pub(super) fn stands(model: &Model, rule: &Rule) -> Vec<Problem> {
    let stopped = model.rolls.conductor.as_ref().and_then(|it| Some((it, it.stopped()?)));
    if let Some((roll, seat)) = stopped
        && let SeatState::Stopped { why, after, .. } = &seat.state
    {
        let (done, all) = roll.count();
        return vec![
            told(model, rule, roll.commit.short(), &seat.node, why)
                .opens(Place::Plan(roll.commit.clone()))
                .because(
                    Certainty::Proven,
                    format!("{after}; {done} of {all} are done, and nothing else is touched"),
                )
                .remedy(
                    "retry the node",
                    "r on the plan of the commit, when what it saw is mended",
                    "one node",
                )
                .done_at(Place::Plan(roll.commit.clone()))
                .remedy(
                    "take the change back",
                    "revert the commit, push it, and apply that",
                    "the nodes that have it",
                ),
        ];
    }
    let Some(it) = &model.rolls.standing else { return Vec::new() };
    let words = format!("{} of {} are done; it goes on only when you say so", it.done.len(), it.nodes.len());
    vec![
        told(model, rule, it.commit.short(), &it.at, &it.why)
            .opens(Place::Plan(it.commit.clone()))
            .because(Certainty::Proven, words)
            .remedy(
                "go on",
                "a on its plan: what runs the commit already is not touched again",
                "the nodes that are left",
            )
            .done_at(Place::Plan(it.commit.clone())),
    ]
}

fn told(model: &Model, rule: &Rule, commit: &str, node: &NodeName, why: &str) -> Problem {
    let title =
        Phrase::new().plain("the roll of ").strong(commit).plain(" stands at ").strong(node.0.clone());
    let says = Phrase::new().plain("its last order ended so");
    let evidence =
        Evidence { says, detail: why.to_owned(), source: Source::Talos, heard: heard(model, Source::Talos) };
    Problem::new(rule.name, commit, Weight::Stuck, title).at(node.0.clone()).proof(evidence)
}

/// Somebody tries a config, or has staged one. It is not ours to cancel, and nothing is applied there meanwhile.
pub(super) fn pending(model: &Model, rule: &Rule) -> Vec<Problem> {
    let seats = model.rolls.conductor.iter().flat_map(|it| &it.seats);
    let ours: Vec<&NodeName> =
        seats.filter(|it| matches!(it.state, SeatState::UnderWay(_))).map(|it| &it.node).collect();
    let differs = |it: &&Node| matches!(&it.config, ConfigFact::Known { persistent: Some(_), .. });
    let found = model.world.nodes.iter().filter(differs).filter(|it| !ours.contains(&&it.name));
    found
        .map(|it| {
            let title = Phrase::new().plain("a config that is not from here is tried or staged on ").strong(it.name.0.clone());
            let detail = match &it.config {
                ConfigFact::Known { active, persistent: Some(disk) } => {
                    let short = |it: &String| it.get(..8).unwrap_or(it).to_owned();
                    format!("in force {}, on disk {}", short(active), short(disk))
                }
                _ => String::new(),
            };
            Problem::new(rule.name, it.name.0.clone(), Weight::Notice, title)
                .at(it.name.0.clone())
                .opens(Place::Node(it.name.clone()))
                .proof(Evidence {
                    says: Phrase::new().plain("what is in force is not what is on its disk"),
                    detail,
                    source: Source::Talos,
                    heard: heard(model, Source::Talos),
                })
                .because(
                    Certainty::Likely,
                    "another operator tries a config, which goes back by itself, or has staged one for the next boot; \
                     it is not cancelled from here, and nothing is applied to this node meanwhile",
                )
                .remedy("wait", "a trial ends by itself, after a minute or what was asked for", "nothing")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::queries::problems::find;
    use crate::{Message, Model, update};
    use domain::{Change, CommitId, ConfigFact, Node, Observation, RollId, StandingRoll};

    #[test]
    fn a_config_of_somebody_else_and_a_roll_that_stands_are_told() {
        let mut model = Model::default();
        let config = ConfigFact::Known { active: "aaaaaaaaaa".into(), persistent: Some("bbbbbbbbbb".into()) };
        let node = Node { name: "cp-3".into(), config, ..Node::default() };
        update(&mut model, Message::Observed(Observation::Nodes(Change::Snapshot(vec![node]))));
        let standing = StandingRoll {
            roll: RollId("r1".into()),
            commit: CommitId("7ac1e02".into()),
            nodes: vec!["cp-1".into(), "cp-2".into()],
            done: vec!["cp-1".into()],
            at: "cp-2".into(),
            why: "the program was ended meanwhile".into(),
            open: true,
        };
        update(&mut model, Message::Recalled(standing));
        let told: Vec<String> = find(&model).iter().map(|it| it.title.text()).collect();
        assert!(
            told.contains(&"a config that is not from here is tried or staged on cp-3".to_owned()),
            "{told:?}"
        );
        assert!(told.contains(&"the roll of 7ac1e02 stands at cp-2".to_owned()), "{told:?}");
    }
}
