//! The Etcd screen: the members, what the whole is worth, and what would be left without one of them.

use super::ages;
use super::fleet::Mark;
use super::sieve::Sieve;
use super::words::{Phrase, Tone};
use crate::{Model, Page, Place, RowKey};
use domain::{Alarm, Etcd, Link, Member, Source, quorum};
use std::time::Duration;

pub const COLUMNS: &[&str] = &["member", "machine", "role", "lag", "db", "in use", "version"];

#[derive(Debug, Clone, PartialEq)]
pub struct MemberRow {
    pub key: RowKey,
    pub mark: Mark,
    pub member: String,
    /// The machine's name: that of its host, or that it is on none.
    pub machine: Phrase,
    pub role: Phrase,
    pub lag: String,
    pub size: String,
    pub in_use: String,
    pub version: String,
    pub note: Phrase,
}

/// Everything the screen says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// "4 of 4 healthy · quorum is 3 · may lose 1".
    pub head: Phrase,
    /// "term 14 · index 48,291,003".
    pub log: String,
    pub rows: Vec<MemberRow>,
    /// Sentences under the table, the most pressing first.
    pub sentences: Vec<Phrase>,
    /// Bytes of the largest database and what it may grow to.
    pub fill: Option<(u64, u64)>,
}

pub fn whole(model: &Model) -> Etcd {
    Etcd::of(model.world.etcd.iter())
}

/// So long after etcd was first heard, every member has been asked that can be.
const SETTLES: Duration = Duration::from_secs(30);

/// How many voters have not been heard yet, only because we have just begun to ask. Their silence means nothing.
pub fn unheard(model: &Model, etcd: &Etcd) -> usize {
    let feeds = || model.world.feeds_of(Source::Etcd);
    let connecting = feeds().any(|(_, it)| it.link == Link::Connecting);
    let live = feeds().filter(|(_, it)| it.link == Link::Live).map(|(_, it)| model.now.since(it.since));
    let young = live.max().is_some_and(|it| it < SETTLES);
    if connecting || young { etcd.unasked() } else { 0 }
}

/// What the whole is worth, in words: "may lose 1".
pub fn worth(model: &Model, etcd: &Etcd) -> String {
    match unheard(model, etcd) {
        0 => etcd.worth(),
        some => format!("{some} not heard yet"),
    }
}

pub fn answer(model: &Model) -> Answer {
    let etcd = whole(model);
    let list = model.screen.lists.get(&Place::Page(Page::Etcd)).cloned().unwrap_or_default();
    let sieve = Sieve::parse(&list.filter);
    let new = unheard(model, &etcd) > 0;
    let mut rows: Vec<MemberRow> = etcd.members.iter().map(|it| row(model, it, new && !it.asked)).collect();
    rows.retain(|row| {
        let (machine, role, note) = (row.machine.text(), row.role.text(), row.note.text());
        let all = [row.member.as_str(), machine.as_str(), role.as_str(), row.version.as_str(), note.as_str()];
        sieve.lets(&all, |title| field(row, title))
    });
    if let Some((column, descending)) = list.sort {
        let title = COLUMNS.get(column).copied().unwrap_or("member");
        rows.sort_by_cached_key(|row| field(row, title));
        if descending {
            rows.reverse();
        }
    }
    let largest = etcd.members.iter().filter_map(|it| Some(it.status.as_ref()?.size)).max();
    Answer {
        head: head(model, &etcd),
        log: match (etcd.term, etcd.index) {
            (Some(term), Some(index)) => format!("term {term} · index {}", grouped(index)),
            _ => String::new(),
        },
        sentences: sentences(model, &etcd, list.selected.as_ref()),
        rows,
        fill: largest.map(|it| (it, etcd.quota)),
    }
}

fn field(row: &MemberRow, title: &str) -> Option<String> {
    Some(match title {
        "member" => row.member.clone(),
        "machine" => row.machine.text(),
        "role" => row.role.text(),
        "lag" => format!("{:0>12}", row.lag.replace(',', "")),
        "db" => row.size.clone(),
        "in use" => row.in_use.clone(),
        "version" => row.version.clone(),
        _ => return None,
    })
}

fn head(model: &Model, etcd: &Etcd) -> Phrase {
    if etcd.members.is_empty() {
        return nothing(model);
    }
    let (healthy, voters) = (etcd.healthy_voters(), etcd.voters());
    let unheard = unheard(model, etcd) > 0;
    let tone = match healthy == voters {
        true => Tone::Strong,
        false if unheard => Tone::Faint,
        false => Tone::Bad,
    };
    let worth = match etcd.may_lose() {
        _ if unheard => Tone::Faint,
        None => Tone::Bad,
        Some(0) if voters > 1 => Tone::Wait,
        Some(_) => Tone::Plain,
    };
    let learners = etcd.members.iter().filter(|it| it.learner).count();
    let phrase = Phrase::new()
        .say(tone, format!("{healthy} of {voters} healthy"))
        .faint(" · ")
        .plain(format!("quorum is {}", quorum(voters)))
        .faint(" · ")
        .say(worth, self::worth(model, etcd));
    match learners {
        0 => phrase,
        1 => phrase.faint(" · ").say(Tone::Wait, "1 learner"),
        some => phrase.faint(" · ").say(Tone::Wait, format!("{some} learners")),
    }
}

/// Why there is nothing: not asked yet, not allowed, not reachable.
fn nothing(model: &Model) -> Phrase {
    let mut links = model.world.feeds_of(Source::Etcd).map(|(_, it)| &it.link);
    let talos =
        model.world.feeds_of(Source::Talos).map(|(_, it)| &it.link).find(|it| !matches!(it, Link::Live));
    match links.find(|it| !matches!(it, Link::Connecting)).or(talos) {
        Some(Link::Forbidden { why }) => Phrase::new().say(Tone::Bad, format!("forbidden: {why}")),
        Some(Link::Degraded { why, .. }) => Phrase::new().say(Tone::Bad, why.clone()),
        Some(Link::NotConfigured { why } | Link::NotInstalled { why }) => Phrase::new().faint(why.clone()),
        _ => Phrase::new().faint("asking the control planes"),
    }
}

/// `unheard`: it could not yet be asked.
fn row(model: &Model, member: &Member, unheard: bool) -> MemberRow {
    let status = member.status.as_ref();
    let known = |it: Option<String>| it.unwrap_or_else(|| "?".into());
    MemberRow {
        key: RowKey(member.id.to_string()),
        mark: match (member.healthy, member.alarms.is_empty(), member.learner) {
            (false, ..) if unheard => Mark::Nothing,
            (false, ..) => Mark::Lost,
            (true, false, _) => Mark::Problem,
            (true, true, true) => Mark::UnderWay,
            (true, true, false) => Mark::Good,
        },
        member: member.id.to_string(),
        machine: machine(model, member),
        role: match (member.leader, member.learner, member.healthy) {
            (true, ..) => Phrase::new().strong("leader"),
            (_, true, _) => Phrase::new().say(Tone::Wait, "learner"),
            (.., false) if !unheard => Phrase::new().say(Tone::Bad, "voter, lost"),
            _ => "voter".into(),
        },
        lag: known(member.lag.map(grouped)),
        size: known(status.map(|it| ages::bytes(it.size))),
        in_use: known(status.map(|it| ages::bytes(it.in_use))),
        version: known(status.map(|it| it.version.clone()).filter(|it| !it.is_empty())),
        note: note(model, member, unheard),
    }
}

/// The host it says it runs on; whether such a machine is there at all.
fn machine(model: &Model, member: &Member) -> Phrase {
    let node = member.node.as_ref().and_then(|it| model.world.nodes.get(it));
    let known = node.is_some()
        || model.world.nodes.iter().any(|it| it.name.0 == member.name)
        || model.world.capi.machines.iter().any(|it| it.id.name == member.name);
    let name = if member.name.is_empty() { "not started".to_owned() } else { member.name.clone() };
    if known { Phrase::new().plain(name) } else { Phrase::new().say(Tone::Bad, name) }
}

fn note(model: &Model, member: &Member, unheard: bool) -> Phrase {
    let mut notes = Vec::new();
    for alarm in &member.alarms {
        notes.push((Tone::Bad, format!("alarm: {}", alarm.words())));
    }
    for error in member.status.iter().flat_map(|it| &it.errors).filter(|it| !it.contains("alarm:")) {
        notes.push((Tone::Bad, error.clone()));
    }
    let on_a_node = member.node.is_some() || model.world.nodes.iter().any(|it| it.name.0 == member.name);
    if !on_a_node && !model.world.nodes.is_empty() {
        notes.push((Tone::Bad, "no machine has this name".into()));
    } else if unheard {
        notes.push((Tone::Faint, "not heard yet".into()));
    } else if !member.healthy && member.alarms.is_empty() {
        notes.push((Tone::Bad, "does not answer".into()));
    }
    let machine = model.world.capi.machines.iter().find(|it| it.id.name == member.name);
    if let Some(machine) = machine.filter(|it| it.meta.deleted.is_some()) {
        let why =
            if machine.etcd_leaving { "is leaving: asked to" } else { "is leaving: its machine is deleted" };
        notes.push((Tone::Wait, why.into()));
    }
    let mut phrase = Phrase::new();
    for (at, (tone, words)) in notes.into_iter().enumerate() {
        phrase = phrase.faint(if at > 0 { ", " } else { "" }).say(tone, words);
    }
    phrase
}

fn sentences(model: &Model, etcd: &Etcd, selected: Option<&RowKey>) -> Vec<Phrase> {
    let mut said = Vec::new();
    if etcd.members.is_empty() {
        return said;
    }
    for (node, how) in &etcd.disagreements {
        said.push(Phrase::new().strong(node.0.clone()).say(Tone::Bad, format!(" {how}")));
    }
    for node in &etcd.strays {
        said.push(
            Phrase::new()
                .strong(node.0.clone())
                .say(Tone::Bad, " runs an etcd that nobody lists as a member"),
        );
    }
    if etcd.leader().is_none() {
        said.push(Phrase::new().say(Tone::Bad, "There is no leader: nothing can be written."));
    }
    let chosen = etcd.members.iter().find(|it| Some(it.id.to_string()) == selected.map(|key| key.0.clone()));
    if let Some(member) = chosen {
        said.push(if_it_leaves(etcd, member));
    }
    let alarms: Vec<String> = etcd
        .members
        .iter()
        .flat_map(|it| it.alarms.iter().map(|alarm| format!("{}: {}", it.name, alarm.words())))
        .collect();
    said.push(match alarms.is_empty() {
        true => Phrase::new().faint("No alarm."),
        false => Phrase::new().say(Tone::Bad, alarms.join("   ")),
    });
    if etcd.members.iter().any(|it| it.alarms.contains(&Alarm::NoSpace)) {
        let help = "To free it: compact, defragment one member at a time, then disarm the alarm.";
        said.push(Phrase::new().faint(help));
    }
    let silent: Vec<&str> = model
        .world
        .feeds_of(Source::Etcd)
        .filter(|(_, it)| matches!(it.link, Link::Degraded { .. } | Link::Forbidden { .. }))
        .map(|(feed, _)| feed.part.as_str())
        .collect();
    if !silent.is_empty() {
        said.push(Phrase::new().faint(format!("Not heard: {}.", silent.join(", "))));
    }
    said
}

/// "If k8s-cp-b2 leaves: 3 of 3, quorum 2, may lose 1."
fn if_it_leaves(etcd: &Etcd, member: &Member) -> Phrase {
    let left = etcd.without(member.id);
    let tone = match left.may_lose() {
        None => Tone::Bad,
        Some(0) => Tone::Wait,
        Some(_) => Tone::Plain,
    };
    let (healthy, voters) = (left.healthy_voters(), left.voters());
    let mut phrase = Phrase::new().faint("If ").plain(member.name.clone()).faint(" leaves: ");
    phrase = match voters {
        0 => phrase.say(Tone::Bad, "nothing is left"),
        _ => phrase.say(tone, format!("{healthy} of {voters}, quorum {}, {}", quorum(voters), left.worth())),
    };
    if member.leader && voters > 0 {
        phrase = phrase.faint("; a new leader is elected first");
    }
    phrase.faint(".")
}

/// 48291003 as "48,291,003".
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[path = "etcd_tests.rs"]
mod tests;
