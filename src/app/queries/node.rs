//! One node in full: what it is, what it shall be, how it fares, what happened to it last.

use super::ages;
use super::fleet::{self, Mark};
use super::wanted::{Machines, wanted};
use super::words::{Phrase, Tone};
use crate::{Model, RowKey};
use domain::{ConfigFact, Difference, Etcd, Link, Moment, News, Node, NodeName, Said, Service, Stage};

/// The detail of one node.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detail {
    pub title: Phrase,
    /// A word in the margin, then what is to be said.
    pub lines: Vec<(&'static str, Phrase)>,
    pub services: Vec<(String, Mark)>,
    /// A word, the course of the last minutes in percent, and the newest figure in words.
    pub trends: Vec<(&'static str, Vec<u8>, String)>,
    /// The newest first.
    pub news: Vec<(Moment, String)>,
}

/// The node that a place or a selection means.
pub fn selected(model: &Model) -> Option<NodeName> {
    let listing = model.screen.lists.get(&crate::Place::Page(crate::Page::Nodes))?;
    listing.selected.as_ref().map(|key| NodeName(key.0.clone()))
}

pub fn detail(model: &Model, name: &NodeName) -> Option<Detail> {
    let node = model.world.nodes.get(name)?;
    let wanted = wanted(model, &Machines::of(model), node);
    let mut title = Phrase::new().strong(node.name.0.clone());
    let parts = [
        node.role.map(|it| it.word().to_owned()),
        wanted.machine.as_ref().filter(|it| **it != node.name.0).map(|it| format!("machine {it}")),
        wanted.server.as_ref().map(|it| format!("server {it}")),
    ];
    for (at, part) in parts.into_iter().flatten().enumerate() {
        title = title.faint(if at == 0 { "   " } else { " · " }).faint(part);
    }
    Some(Detail {
        title,
        lines: lines(model, node, &wanted),
        services: node.services.iter().map(|it| (it.name.clone(), service(it))).collect(),
        trends: trends(model, node),
        news: news(model, name),
    })
}

fn lines(model: &Model, node: &Node, wanted: &super::wanted::Wanted) -> Vec<(&'static str, Phrase)> {
    let link = fleet::link(model, &node.name);
    let mut lines = vec![("stage", stage(model, node, link))];
    if let Some(Link::Degraded { why, .. } | Link::Forbidden { why }) = link {
        lines.push(("", Phrase::new().faint(why.clone())));
    }
    lines.push(("talos", version(node.version.as_deref(), wanted.talos.as_deref(), node, "version")));
    let kube = model.world.kube_nodes.get(&node.name);
    let kubelet = node.kubelet.as_deref().or(kube.and_then(|it| it.kubelet.as_deref()));
    lines.push(("kubelet", version(kubelet, wanted.kubelet.as_deref(), node, "kubelet")));
    lines.push(("config", config(node)));
    lines.extend(differs(model, node));
    lines.push(("node", kubernetes(model, node)));
    if let Some(etcd) = etcd(model, node) {
        lines.push(("etcd", etcd));
    }
    if node.time_synced == Some(false) {
        lines.push(("time", Phrase::new().say(Tone::Wait, "not in step with its time servers")));
    }
    for (id, message) in &node.diagnostics {
        lines.push(("warns", Phrase::new().say(Tone::Wait, message.clone()).faint(format!("   {id}"))));
    }
    lines.push(("address", addresses(node)));
    let mut made = Phrase::new().plain(node.platform.clone().unwrap_or_default());
    if let Some(schematic) = &node.schematic {
        made = made.faint("   schematic ").plain(schematic.get(..12).unwrap_or(schematic).to_owned());
    }
    for (name, version) in &node.extensions {
        made = made.faint(format!("   {name} ")).plain(version.clone());
    }
    if !made.is_empty() {
        lines.push(("platform", made));
    }
    lines
}

/// Fields of its config that are not as Git says; the rest of a long list is on Drift.
fn differs(model: &Model, node: &Node) -> Vec<(&'static str, Phrase)> {
    const SHOWN: usize = 3;
    let all: Vec<&Difference> = super::drift::of_node(model, &node.name)
        .filter(|it| !matches!(it.field.as_str(), "talos" | "kubelet"))
        .collect();
    let told = all.iter().take(SHOWN).map(|it| {
        let tone = if it.class.passes() { Tone::Wait } else { Tone::Bad };
        let said = |side: &Said| side.value().unwrap_or("nothing").to_owned();
        let field = format!(" {} {}   ", it.document, it.field);
        let phrase = Phrase::new().say(tone, it.class.word()).plain(field.replace("  ", " "));
        phrase.faint("Git says ").plain(said(&it.git)).faint(", it is ").plain(said(&it.live))
    });
    let mut lines: Vec<(&'static str, Phrase)> = told.map(|it| ("differs", it)).collect();
    if all.len() > SHOWN {
        lines.push(("", Phrase::new().faint(format!("and {} more, on Drift", all.len() - SHOWN))));
    }
    lines
}

fn stage(model: &Model, node: &Node, link: Option<&Link>) -> Phrase {
    let said = fleet::stage(node, link, model.now);
    let tone = match (link, node.stage) {
        (Some(Link::Degraded { .. } | Link::Forbidden { .. }), _) => Tone::Bad,
        (_, Stage::Running) if node.ready => Tone::Plain,
        _ => Tone::Wait,
    };
    let mut phrase = Phrase::new().say(tone, said);
    if let Some(Link::Degraded { .. }) = link
        && node.stage != Stage::Unknown
    {
        phrase = phrase.faint(format!(", was {}", node.stage.word()));
    } else if node.stage == Stage::Running && node.ready {
        phrase = phrase.plain(", ready");
    }
    for (name, reason) in &node.unmet {
        phrase = phrase.faint("   waits for ").plain(name.clone()).faint(format!(": {reason}"));
    }
    if let (Some(up), Some(Link::Live)) = (fleet::up(model.world.uses.get(&node.name), model.now), link) {
        phrase = phrase.faint(format!("   up {up}"));
    }
    phrase
}

fn version(is: Option<&str>, wanted: Option<&str>, node: &Node, what: &str) -> Phrase {
    let is_phrase = match is {
        Some(is) => Phrase::new().plain(is.to_owned()),
        None => match node.withheld.get(what) {
            Some(why) => Phrase::new().faint(why.clone()),
            None => Phrase::new().faint("?"),
        },
    };
    match (is, wanted) {
        (Some(is), Some(wanted)) if is == wanted => is_phrase.faint("   as wanted"),
        (_, Some(wanted)) => is_phrase.faint("   wanted ").say(Tone::Wait, wanted.to_owned()),
        (_, None) => is_phrase,
    }
}

fn config(node: &Node) -> Phrase {
    match &node.config {
        ConfigFact::Unknown => Phrase::new().faint("?"),
        ConfigFact::Forbidden => Phrase::new().faint("our role may not read it; it takes os:admin"),
        ConfigFact::Known { active, persistent } => {
            let short = |it: &str| it.get(..8).unwrap_or(it).to_owned();
            let phrase = Phrase::new().plain(short(active)).faint(" in force");
            match persistent {
                None => phrase,
                Some(other) => phrase
                    .faint(", ")
                    .say(Tone::Wait, short(other))
                    .say(Tone::Wait, " on disk: staged for the next boot, or on trial"),
            }
        }
    }
}

fn kubernetes(model: &Model, node: &Node) -> Phrase {
    let kube = model.world.kube_nodes.get(&node.name);
    let ready = kube.map(|it| it.ready()).or(node.kubernetes.as_ref().map(|it| it.ready));
    let cordoned = kube.map(|it| it.unschedulable).or(node.kubernetes.as_ref().map(|it| it.unschedulable));
    let mut phrase = match ready {
        Some(true) => Phrase::new().plain("ready"),
        Some(false) => Phrase::new().say(Tone::Bad, "not ready"),
        None => Phrase::new().faint("not known to Kubernetes, as far as is known"),
    };
    if cordoned == Some(true) {
        phrase = phrase.say(Tone::Wait, ", cordoned");
    }
    phrase
}

fn etcd(model: &Model, node: &Node) -> Option<Phrase> {
    let whole = Etcd::of(model.world.etcd.iter());
    let member =
        whole.members.iter().find(|it| it.node.as_ref() == Some(&node.name) || Some(it.id) == node.etcd);
    let Some(member) = member else {
        let id = node.etcd?;
        let stray = whole.strays.contains(&node.name);
        let says = if stray {
            Phrase::new().say(Tone::Bad, "no member any more")
        } else {
            Phrase::new().faint("member")
        };
        return Some(says.faint(format!("   {id}")));
    };
    let role = match (member.leader, member.learner) {
        (true, _) => "leader",
        (_, true) => "learner, without a vote",
        _ => "voter",
    };
    Some(Phrase::new().plain(role).faint(format!("   {}", member.id)))
}

fn addresses(node: &Node) -> Phrase {
    let others: Vec<&str> =
        node.addresses.iter().map(String::as_str).filter(|it| *it != node.address).collect();
    let phrase = Phrase::new().plain(node.address.clone());
    if others.is_empty() { phrase } else { phrase.faint(format!("   {}", others.join("  "))) }
}

pub(super) fn service(it: &Service) -> Mark {
    match (it.running, it.healthy) {
        (true, Some(false)) => Mark::Problem,
        (true, _) => Mark::Good,
        (false, _) => Mark::NotConfigured,
    }
}

fn trends(model: &Model, node: &Node) -> Vec<(&'static str, Vec<u8>, String)> {
    let Some(uses) = model.world.uses.get(&node.name) else { return Vec::new() };
    let mut trends = Vec::new();
    let cpu = uses.cpu.map(|it| format!("{it:.0} %   ")).unwrap_or_default();
    let [one, five, fifteen] = uses.load;
    trends.push(("CPU", uses.cpu_trend.clone(), format!("{cpu}load {one:.2} {five:.2} {fifteen:.2}")));
    if uses.memory.of > 0 {
        let of = ages::bytes(uses.memory.of);
        trends.push((
            "MEMORY",
            uses.memory_trend.clone(),
            format!("{} of {of}", ages::bytes(uses.memory.used)),
        ));
    }
    if uses.disk.of > 0 {
        let share = uses.disk.percent().map(|it| format!("   {it} %")).unwrap_or_default();
        let said = format!("{} of {} on /var{share}", ages::bytes(uses.disk.used), ages::bytes(uses.disk.of));
        trends.push(("DISK", Vec::new(), said));
    }
    trends
}

/// What happened to a node, one row each; the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    pub key: RowKey,
    pub at: Moment,
    pub words: String,
}

/// The events of the node on the screen that the filter lets through.
pub fn events(model: &Model) -> Vec<EventRow> {
    let Some(name) = model.screen.place.node() else { return Vec::new() };
    let filter = model.screen.listing().map(|it| it.filter.to_lowercase()).unwrap_or_default();
    let about = model.world.news.iter().rev().filter(|it| it.about == name.0);
    let row = |it: &News| EventRow {
        key: RowKey(format!("{} {}", it.at.0, it.words)),
        at: it.at,
        words: it.words.clone(),
    };
    about.filter(|it| it.words.to_lowercase().contains(&filter)).map(row).collect()
}

fn news(model: &Model, name: &NodeName) -> Vec<(Moment, String)> {
    let about = model.world.news.iter().rev().filter(|it| it.about == name.0);
    about.take(50).map(|it| (it.at, it.words.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{Change, Feed, Observation, Source};

    #[test]
    fn what_is_withheld_or_lost_is_said_in_words() {
        let mut model = Model { now: Moment::from_seconds(100), ..Default::default() };
        let node = Node {
            name: "a".into(),
            stage: Stage::Running,
            ready: true,
            config: ConfigFact::Forbidden,
            ..Default::default()
        };
        let down = Link::Degraded { since: Moment::from_seconds(90), why: "connection refused".into() };
        update(&mut model, Message::Observed(Observation::Nodes(Change::Upsert(node))));
        update(&mut model, Message::Observed(Observation::Link(Feed::of(Source::Talos, "a"), down)));
        let lines = detail(&model, &"a".into()).unwrap().lines;
        let said: Vec<String> =
            lines.iter().map(|(word, phrase)| format!("{word}: {}", phrase.text())).collect();
        assert_eq!(said[..2], ["stage: down 10 s, was running", ": connection refused"]);
        assert!(said.contains(&"config: our role may not read it; it takes os:admin".into()), "{said:?}");
        assert_eq!(detail(&model, &"b".into()), None);
    }
}
