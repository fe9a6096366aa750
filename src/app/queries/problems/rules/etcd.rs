//! etcd: members that are lost, alarms, and how far the quorum is.

use super::{Rule, heard};
use crate::queries::etcd::unheard;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::{Phrase, count};
use crate::{Model, Page, Place};
use domain::{Alarm, Etcd, Source};

/// Voters that do not answer or are not healthy.
pub(super) fn member_lost(model: &Model, rule: &Rule) -> Vec<Problem> {
    let etcd = Etcd::of(model.world.etcd.iter());
    let new = unheard(model, &etcd) > 0;
    let sick: Vec<_> =
        etcd.members.iter().filter(|it| !it.learner && !it.healthy && (it.asked || !new)).collect();
    let answering = model.world.etcd.iter().any(|it| it.answers);
    if sick.is_empty() || !answering {
        return Vec::new();
    }
    let names: Vec<String> = sick.iter().map(|it| it.name.clone()).collect();
    let weight = match etcd.may_lose() {
        None if etcd.led => Weight::Lost,
        None | Some(0) => Weight::Critical,
        Some(_) => Weight::Lost,
    };
    let one = names.len() == 1;
    let answer = sick.iter().any(|it| it.lag.is_some());
    let title = Phrase::new()
        .plain(if one { "etcd member " } else { "etcd members " })
        .strong(names.join(", "))
        .plain(match (one, answer) {
            (true, false) => " does not answer; ",
            (false, false) => " do not answer; ",
            (true, true) => " is not healthy; ",
            (false, true) => " are not healthy; ",
        })
        .plain(etcd.worth());
    let mut problem = Problem::new(rule.name, names.join(" "), weight, title)
        .since(since(model, &names))
        .opens(Place::Page(Page::Etcd))
        .proof(Evidence {
            says: Phrase::new()
                .strong(format!("{} of {}", etcd.healthy_voters(), etcd.voters()))
                .plain(" voters are healthy"),
            detail: format!("quorum is {}", domain::quorum(etcd.voters())),
            source: Source::Etcd,
            heard: heard(model, Source::Etcd),
        });
    for member in &sick {
        let node = member.node.clone().or_else(|| Some(domain::NodeName(member.name.clone())));
        let node = node.as_ref().and_then(|node| model.world.nodes.get(node));
        // Talos lists a service only while it runs.
        let service = node.filter(|it| !it.services.is_empty()).map(|node| {
            let etcd = node.services.iter().find(|it| it.name == "etcd");
            etcd.map_or("its etcd service does not run", |it| match (it.running, it.healthy) {
                (false, _) => "its etcd service does not run",
                (true, Some(false)) => "its etcd service is not healthy",
                (true, _) => "its etcd service runs",
            })
        });
        let detail =
            service.map_or_else(|| "its Talos API says nothing of the service".to_owned(), str::to_owned);
        let says = match (&member.status, member.lag) {
            (Some(status), Some(_)) if !status.errors.is_empty() => {
                Phrase::new().strong(&member.name).plain(" says ").plain(status.errors.join(", "))
            }
            _ => Phrase::new().strong(&member.name).plain(" is on the list of members and silent"),
        };
        let heard = heard(model, Source::Talos);
        problem = problem.proof(Evidence { says, detail, source: Source::Talos, heard });
    }
    let machine = model.world.capi.machines.iter().find(|it| {
        it.hostname().is_some_and(|host| names.iter().any(|name| domain::first_label(name) == host))
    });
    if let Some(machine) = machine.filter(|_| one) {
        problem = problem.at(format!("machine {}", machine.id.name)).proof(Evidence {
            says: Phrase::new().plain("it belongs to machine ").strong(&machine.id.name),
            detail: format!(
                "{}{}",
                machine.phase.word(),
                if machine.deleting() { ", being deleted" } else { "" }
            ),
            source: Source::Capi,
            heard: heard(model, Source::Capi),
        });
    }
    vec![match etcd.may_lose() {
        None if etcd.led => problem
            .because(Certainty::Likely, "the members that answer still have a leader, and nobody leads without a quorum: the silent ones are not heard from here, etcd itself goes on")
            .remedy("look at the way to them", "their Talos APIs, the network between here and there, and how busy they are", "nothing"),
        None => problem
            .because(Certainty::Proven, "fewer members answer than a quorum needs: nothing can be written, and the API server stands still")
            .remedy("bring a member back", "start its machine; two of three are enough", "etcd writes again")
            .remedy("recover from a snapshot", "the last way: talosctl bootstrap --recover-from, by hand", "loses what was written since"),
        Some(_) => problem
            .because(Certainty::Proven, "the member's node is down or its etcd has stopped; the others still have a quorum")
            .remedy("wait for the node", "a member that comes back catches up by itself", "nothing")
            .remedy("replace the machine", "deleting the Machine lets the control plane make a new one", "replaces 1 machine"),
    }]
}

/// The earliest since when a node that carries one of these names is silent.
fn since(model: &Model, names: &[String]) -> Option<domain::Moment> {
    let feeds = model.world.feeds_of(Source::Etcd).chain(model.world.feeds_of(Source::Talos));
    feeds
        .filter(|(feed, _)| names.contains(&feed.part))
        .filter_map(|(_, state)| match &state.link {
            domain::Link::Degraded { since, .. } => Some(*since),
            _ => None,
        })
        .min()
}

/// Alarms that members raise.
pub(super) fn alarms(model: &Model, rule: &Rule) -> Vec<Problem> {
    let etcd = Etcd::of(model.world.etcd.iter());
    [Alarm::NoSpace, Alarm::Corrupt]
        .into_iter()
        .filter_map(|alarm| raised(model, rule, &etcd, alarm))
        .collect()
}

fn raised(model: &Model, rule: &Rule, etcd: &Etcd, alarm: Alarm) -> Option<Problem> {
    let on: Vec<&str> =
        etcd.members.iter().filter(|it| it.alarms.contains(&alarm)).map(|it| it.name.as_str()).collect();
    if on.is_empty() {
        return None;
    }
    let size = etcd.members.iter().filter_map(|it| it.status.as_ref()).map(|it| (it.size, it.in_use)).max();
    let (size, in_use) = size.unwrap_or_default();
    let bytes = crate::queries::ages::bytes;
    let title = Phrase::new().plain("etcd raises an alarm: ").strong(alarm.words());
    let problem = Problem::new(rule.name, format!("{alarm:?}"), Weight::Critical, title)
        .opens(Place::Page(Page::Etcd))
        .at(count(on.len(), "member", "members"))
        .proof(Evidence {
            says: Phrase::new().plain("raised by ").strong(on.join(", ")),
            detail: format!("db {} of {}, {} in use", bytes(size), bytes(etcd.quota), bytes(in_use)),
            source: Source::Etcd,
            heard: heard(model, Source::Etcd),
        });
    Some(match alarm {
        Alarm::NoSpace => problem
            .because(Certainty::Proven, "the database has reached its quota; etcd refuses every write until there is room and the alarm is taken off")
            .remedy("make room", "compact and defragment one member at a time (talosctl etcd defrag), then talosctl etcd alarm disarm", "blocks each member for seconds")
            .remedy("raise the quota", "quota-backend-bytes in cluster.etcd.extraArgs", "replaces the control plane's machines"),
        Alarm::Corrupt => problem.remedy("replace the member", "its data differs from the others'", "replaces 1 machine"),
    })
}

#[cfg(test)]
mod tests {
    use crate::queries::problems::{Certainty, Weight, find};
    use crate::{Message, Model, update};
    use domain::{
        Alarm, Change, EtcdView, Feed, Link, ListedMember, MemberId, MemberStatus, NodeName, Observation,
        Source,
    };

    /// Three members, of which those named in `silent` do not answer.
    fn three(silent: &[&str], alarm: bool) -> Model {
        let names = ["cp-a", "cp-b", "cp-c"];
        let id = |at: usize| MemberId(at as u64 + 1);
        let listed =
            |at: usize| ListedMember { id: id(at), name: names[at].into(), ..ListedMember::default() };
        let view = |at: usize| EtcdView {
            node: NodeName::from(names[at]),
            answers: !silent.contains(&names[at]),
            members: (0..3).map(listed).collect(),
            status: Some(MemberStatus { id: id(at), leader: Some(id(0)), ..MemberStatus::default() }),
            alarms: if alarm { vec![(id(1), Alarm::NoSpace)] } else { Vec::new() },
            quota: None,
        };
        let mut model = Model::default();
        let change = Change::Snapshot((0..3).map(view).collect());
        update(&mut model, Message::Observed(Observation::Etcd(change)));
        model
    }

    #[test]
    fn one_silent_member_is_named_with_what_is_left() {
        assert!(find(&three(&[], false)).is_empty());
        let found = find(&three(&["cp-b"], false));
        assert_eq!(found[0].title.text(), "etcd member cp-b does not answer; may lose none");
        assert_eq!((found[0].weight, found[0].certainty), (Weight::Critical, Certainty::Proven));
    }

    #[test]
    fn a_member_that_was_not_asked_yet_is_not_lost() {
        let mut model = three(&[], false);
        update(&mut model, Message::Observed(Observation::Etcd(Change::Remove(NodeName::from("cp-b")))));
        let feed = |part: &str, link| Observation::Link(Feed::of(Source::Etcd, part), link);
        update(&mut model, Message::Observed(feed("cp-a", Link::Live)));
        update(&mut model, Message::Observed(feed("cp-b", Link::Connecting)));
        assert!(find(&model).is_empty());
        update(&mut model, Message::Observed(feed("cp-b", Link::Live)));
        let later = model.now.plus(std::time::Duration::from_secs(60));
        update(&mut model, Message::Ticked(later));
        assert_eq!(
            find(&model)[0].title.text(),
            "etcd member cp-b does not answer; may lose none",
            "nobody can ask it"
        );
    }

    /// The same, where those that answer know no leader.
    fn leaderless(silent: &[&str]) -> Model {
        let mut model = three(silent, false);
        for mut view in model.world.etcd.iter().cloned().collect::<Vec<_>>() {
            view.status.as_mut().unwrap().leader = None;
            update(&mut model, Message::Observed(Observation::Etcd(Change::Upsert(view))));
        }
        model
    }

    #[test]
    fn members_that_are_not_heard_are_no_lost_quorum_while_there_is_a_leader() {
        let found = find(&three(&["cp-b", "cp-c"], false));
        assert_eq!(
            found[0].title.text(),
            "etcd members cp-b, cp-c do not answer; too few answer here, yet it has a leader"
        );
        assert_eq!((found[0].weight, found[0].certainty), (Weight::Lost, Certainty::Likely));
    }

    #[test]
    fn without_a_quorum_it_says_so() {
        let found = find(&leaderless(&["cp-b", "cp-c"]));
        assert!(
            found[0].title.text().ends_with("no quorum: nothing can be written"),
            "{}",
            found[0].title.text()
        );
    }

    #[test]
    fn a_full_database_is_an_alarm_with_its_figures() {
        let mut model = three(&[], true);
        for at in 0..3 {
            let mut view = model.world.etcd.iter().nth(at).unwrap().clone();
            view.status.as_mut().unwrap().errors = vec![format!("memberID:{at} alarm:NOSPACE ")];
            update(&mut model, Message::Observed(Observation::Etcd(Change::Upsert(view))));
        }
        let found = find(&model);
        assert_eq!(found.len(), 1, "a member that is full still answers: {found:?}");
        assert_eq!(found[0].title.text(), "etcd raises an alarm: no space: nothing can be written");
        assert!(found[0].evidence[0].detail.contains("of 2.0 GiB"), "{}", found[0].evidence[0].detail);
    }
}
