//! What firewalls let through that Git does not say, and what Git says and they do not.

use super::cloud::{difference, heard, last};
use super::opentofu::{is_ours, is_written_out};
use super::since;
use crate::Model;
use crate::model::Asked;
use domain::inventory::{self, Lines};
use domain::{
    BlameLine, Class, Commit, Difference, Feed, Firewall, FirewallRule, FormerRules, Link, Look, Mend,
    Moment, RepoPath, Return, Said, Source, Subject, Sureness, Way, Writer, Written,
};
use std::collections::BTreeMap;

/// The action that changes what a firewall lets through.
const SET: &[&str] = &["set_firewall_rules"];

/// A firewall as OpenTofu's files declare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub name: String,
    /// Where its block begins.
    pub written: Written,
    /// Each rule with the line that its block begins at.
    pub rules: Vec<(FirewallRule, Written)>,
    /// Every rule is written out: there are none but these.
    pub whole: bool,
}

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    let declared = declared(model);
    if declared.is_empty() || !heard(model, "firewalls") {
        return;
    }
    let mut by_name: BTreeMap<&str, Vec<&Declared>> = BTreeMap::new();
    for it in declared.iter().filter(|it| is_written_out(&it.name)) {
        by_name.entry(&it.name).or_default().push(it);
    }
    for (name, all) in &by_name {
        match model.world.firewalls.get(&(*name).to_owned()) {
            // Several environments may each have one of this name: this project's is the one that fits best.
            Some(live) => {
                let rows = all.iter().map(|it| {
                    let mut rows = Vec::new();
                    compare(model, it, live, &mut rows);
                    rows
                });
                found.extend(rows.min_by_key(Vec::len).unwrap_or_default());
            }
            None => {
                found.extend(all.iter().filter(|it| is_ours(model, &it.written.path)).take(1).map(|it| {
                    Difference {
                        git: Said::Value("declared".into()),
                        live: Said::Nothing,
                        written: Some(it.written.clone()),
                        why: "Hetzner has no firewall of this name".into(),
                        ways: vec![by_tofu(&it.written.path)],
                        ..difference(Subject::Firewall(it.name.clone()), "", Class::Missing)
                    }
                }))
            }
        }
    }
    // Whoever declares firewalls of this project declares all that guard the cluster.
    let declared: Vec<Declared> =
        declared.into_iter().filter(|it| is_ours(model, &it.written.path)).collect();
    if declared.is_empty() || declared.iter().any(|it| !is_written_out(&it.name)) {
        return;
    }
    for live in model.world.firewalls.iter() {
        let ours = live.guards.iter().any(|it| {
            let server = model.world.servers.get(it);
            server.is_some_and(|it| it.labels.keys().any(|key| key.starts_with("caph-cluster-")))
        });
        if ours && !declared.iter().any(|it| it.name == live.name) {
            found.push(Difference {
                git: Said::Nothing,
                live: Said::Value(format!("{} rules", live.rules.len())),
                since: live.created,
                why: "it guards servers of this cluster, and no file declares it".into(),
                ..difference(Subject::Firewall(live.name.clone()), "", Class::Unmanaged)
            });
        }
    }
}

fn compare(model: &Model, declared: &Declared, live: &Firewall, found: &mut Vec<Difference>) {
    let it = Beside::of(model, declared, live);
    found.extend(it.opened().map(|rule| it.open(rule)));
    let in_force = |rule: &FirewallRule| live.rules.iter().any(|it| it.plain() == rule.plain());
    let closed = declared.rules.iter().filter(|(rule, _)| !in_force(rule));
    found.extend(closed.map(|(rule, written)| it.closed(rule, written)));
}

/// A firewall as Git has it beside the one that is in force.
struct Beside<'a> {
    model: &'a Model,
    declared: &'a Declared,
    live: &'a Firewall,
    /// When its rules were last set, as far as the provider told. They are set as a whole: each time says of every
    /// rule, whether it was to be in force then.
    set: Option<Moment>,
}

impl<'a> Beside<'a> {
    fn of(model: &'a Model, declared: &'a Declared, live: &'a Firewall) -> Self {
        let told = !model.world.rules_untold.contains(&live.number);
        let set = last(model, "firewall", live.number, SET).filter(|_| told).and_then(|it| it.at);
        Self { model, declared, live, set }
    }

    /// The rules that are in force, and that Git does not have.
    fn opened(&self) -> impl Iterator<Item = &'a FirewallRule> {
        let declared = self.declared;
        let in_git =
            move |rule: &FirewallRule| declared.rules.iter().any(|(it, _)| it.plain() == rule.plain());
        // Where rules are computed, nobody can say that one of those in force is not among them.
        self.live.rules.iter().filter(move |rule| declared.whole && !in_git(rule))
    }

    /// A rule that is in force, and that Git does not have.
    fn open(&self, rule: &FirewallRule) -> Difference {
        let path = &self.declared.written.path;
        let mut it = self.rule(rule, Class::Unmanaged, &self.declared.written);
        (it.git, it.live) = (Said::Nothing, Said::Value("open".into()));
        let Some(set) = self.set else {
            it.why = format!(
                "the firewall lets it through, and {path} does not say so; when its rules were last set is not \
                 known, so either may be the newer"
            );
            return it;
        };
        let former = self.former();
        let had = |then: &&FormerRules| then.rules.iter().any(|it| it.plain() == rule.plain());
        match (former.and_then(|all| all.iter().find(had)), former, self.changed_after(set)) {
            (Some(then), ..) if then.at > set => {
                it.class = Class::Pending;
                it.why =
                    format!("{} took it out of {path}, and nobody has applied that yet", then.until.short());
                it.since = Some(then.at);
                it.ways = vec![by_tofu(path)];
            }
            (None, None, Some(commit)) => {
                it.why = format!(
                    "{} changed {path} after the rules were last set: either it took the rule out and nobody has \
                     applied it, or the rule was let in by hand before",
                    commit.id.short()
                );
                it.ways.retain(|way| !matches!(way, Way::Adopt(_)));
            }
            (then, ..) => {
                it.why = match then {
                    Some(then) => {
                        format!(
                            "{} took it out of {path}, and it was let in again after that",
                            then.until.short()
                        )
                    }
                    None => format!("the firewall lets it through, and {path} does not say so"),
                };
                (it.since, it.writer) = (Some(set), Some(console(set)));
            }
        }
        it
    }

    /// What the file said before its last changes, where that was asked.
    fn former(&self) -> Option<&'a Vec<FormerRules>> {
        let tip = self.model.world.sources.as_ref().map(|it| &it.commit);
        let key = (self.declared.written.path.clone(), self.declared.name.clone());
        match self.model.drift.former.get(&key) {
            Some((of, Asked::Answered(all))) if Some(of) == tip => Some(all),
            _ => None,
        }
    }

    /// A rule that Git has, and that is not in force.
    fn closed(&self, rule: &FirewallRule, written: &Written) -> Difference {
        let line = since::commit_of(self.model, written);
        let mut it = self.rule(rule, Class::Missing, written);
        (it.git, it.live) = (Said::Value("open".into()), Said::Nothing);
        // Rules are set when a firewall is made, or later.
        let newer = since::later(self.model, Some(written), self.set);
        let older =
            |line: &BlameLine| self.set.is_some() || self.live.created.is_some_and(|at| line.at <= at);
        match (newer, line) {
            (Some(line), _) => {
                it.class = Class::Pending;
                it.why = format!("{} says so, and nobody has applied it yet", line.commit.short());
                it.since = Some(line.at);
                it.ways = vec![by_tofu(&written.path)];
            }
            (None, Some(line)) if older(line) => {
                it.why = "it was declared before the rules were last set, and is not among them".into();
                (it.since, it.writer) = (self.set, self.set.map(console));
            }
            _ => {
                let what = if line.is_some() { "when they were last set" } else { "when it was declared" };
                it.why =
                    format!("it is not among the rules; {what} is not known, so either may be the newer");
            }
        }
        it
    }

    fn rule(&self, rule: &FirewallRule, class: Class, written: &Written) -> Difference {
        let mend = Mend::Firewall { name: self.live.name.clone(), rule: rule.clone() };
        Difference {
            written: Some(written.clone()),
            ways: vec![Way::Adopt(mend), by_tofu(&self.declared.written.path)],
            ..difference(Subject::Firewall(self.live.name.clone()), format!("rule {}", rule.words()), class)
        }
    }

    /// The newest commit that changed the file of the firewall, where that was after `set`.
    fn changed_after(&self, set: Moment) -> Option<&Commit> {
        let mut commits = self.model.world.log.commits.iter();
        commits.find(|it| it.paths.contains(&self.declared.written.path)).filter(|it| it.at > set)
    }
}

/// The provider does not tell who set rules; whoever applies the files does not set others than those.
fn console(at: Moment) -> Writer {
    Writer { name: "console?".into(), at: Some(at) }
}

/// A person applies the files: the cockpit never writes to the provider.
pub(super) fn by_tofu(path: &RepoPath) -> Way {
    let folder = path.0.rsplit_once('/').map(|(folder, _)| folder);
    let folder = folder.map(|it| format!(" -chdir={it}")).unwrap_or_default();
    Way::BringBack(Return::Command(format!("tofu{folder} apply")))
}

/// What is declared and cannot be looked at: why, and the first of it.
pub(super) fn unknown(model: &Model) -> Option<(String, String)> {
    let first = declared(model).into_iter().next()?;
    let link = |part: &str| model.world.feeds.get(&Feed::of(Source::Hcloud, part)).map(|it| &it.link);
    let why = match (link("firewalls"), link("")) {
        (Some(Link::Degraded { why, .. } | Link::Forbidden { why }), _) => why,
        (None, Some(Link::NotConfigured { why } | Link::Degraded { why, .. } | Link::Forbidden { why })) => {
            why
        }
        _ => return None,
    };
    Some((format!("Hetzner's firewalls: {why}"), Subject::Firewall(first.name).words()))
}

/// Whether Hetzner has answered, or is known not to, and what the files said before is known where it matters.
pub(super) fn settled(model: &Model) -> bool {
    let asks = model.drift.former.values().any(|(_, it)| *it == Asked::UnderWay);
    if asks || unremembered(model).is_some() {
        return false;
    }
    let link = |part: &str| model.world.feeds.get(&Feed::of(Source::Hcloud, part)).map(|it| &it.link);
    match link("") {
        Some(Link::Connecting) => false,
        Some(Link::Live) => {
            !matches!(link("firewalls"), None | Some(Link::Connecting)) || declared(model).is_empty()
        }
        _ => true,
    }
}

/// The first firewall whose file was changed after its rules were set, and that lets through what the file does not
/// say: whether the file said it before is to be asked.
pub fn unremembered(model: &Model) -> Option<Look> {
    let tip = model.world.sources.as_ref().map(|it| it.commit.clone())?;
    let asked = &model.drift.former;
    if asked.values().any(|(of, it)| *of == tip && *it == Asked::UnderWay) {
        return None;
    }
    let all = declared(model);
    let it = all.iter().filter(|it| is_written_out(&it.name)).find(|declared| {
        let Some(live) = model.world.firewalls.get(&declared.name) else { return false };
        let it = Beside::of(model, declared, live);
        let key = (declared.written.path.clone(), declared.name.clone());
        it.opened().next().is_some()
            && it.set.is_some_and(|set| it.changed_after(set).is_some())
            && asked.get(&key).is_none_or(|(of, _)| *of != tip)
    })?;
    Some(Look::FormerRules { tip, path: it.written.path.clone(), firewall: it.name.clone() })
}

/// Every firewall that the files of the tip declare.
fn declared(model: &Model) -> Vec<Declared> {
    let all = model.world.sources.iter().flat_map(|it| &it.inventory.cloud.firewalls);
    let at = |it: &Lines| Written { path: it.file.clone(), line: it.line, sure: Sureness::Exact };
    let rule = |it: &inventory::FirewallRule| {
        let outward = it.direction == "out";
        let addresses = if outward { &it.destination_ips } else { &it.source_ips };
        let (protocol, port) = (it.protocol.clone(), it.port.clone());
        let (addresses, description) = (addresses.clone(), it.description.clone());
        (FirewallRule { outward, protocol, port, addresses, description }, at(&it.source))
    };
    all.map(|it| Declared {
        name: it.name.clone(),
        written: at(&it.source),
        rules: it.rules.iter().filter(|it| it.literal).map(rule).collect(),
        whole: !it.dynamic && it.rules.iter().all(|it| it.literal),
    })
    .collect()
}

#[cfg(test)]
#[path = "firewalls_tests.rs"]
mod tests;
