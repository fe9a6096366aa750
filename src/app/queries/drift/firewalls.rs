//! What firewalls let through that Git does not say, and what Git says and they do not.

use super::cloud::{difference, heard, last};
use super::opentofu::{is_ours, is_written_out};
use super::since;
use crate::Model;
use domain::inventory::{self, Lines};
use domain::{
    Class, Difference, Feed, Firewall, FirewallRule, Link, Mend, RepoPath, Return, Said, Source, Subject,
    Sureness, Way, Writer, Written,
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
    if declared.iter().any(|it| !is_written_out(&it.name)) {
        return;
    }
    // Whoever declares firewalls declares all that guard the cluster.
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
    let set = last(model, "firewall", live.number, SET).and_then(|it| it.at);
    let of = || Subject::Firewall(live.name.clone());
    let ways = || {
        let mend = Mend::Firewall { name: live.name.clone() };
        vec![Way::Adopt(mend), by_tofu(&declared.written.path)]
    };
    let writer = || Writer { name: "console?".into(), at: set };
    let in_git = |rule: &FirewallRule| declared.rules.iter().any(|(it, _)| it.plain() == rule.plain());
    // Where rules are computed, nobody can say that one of those in force is not among them.
    for rule in live.rules.iter().filter(|it| declared.whole && !in_git(it)) {
        found.push(Difference {
            git: Said::Nothing,
            live: Said::Value("open".into()),
            written: Some(declared.written.clone()),
            writer: Some(writer()),
            since: set,
            why: format!("the firewall lets it through, and {} does not say so", declared.written.path),
            ways: ways(),
            ..difference(of(), format!("rule {}", rule.words()), Class::Unmanaged)
        });
    }
    let in_force = |rule: &FirewallRule| live.rules.iter().any(|it| it.plain() == rule.plain());
    for (rule, written) in declared.rules.iter().filter(|(it, _)| !in_force(it)) {
        let newer = since::later(model, Some(written), set.or(live.created));
        let (class, why) = match &newer {
            Some(line) => {
                (Class::Pending, format!("{} says so, and nobody has applied it yet", line.commit.short()))
            }
            None => (
                Class::Missing,
                "it was declared before the rules were last set, and is not among them".into(),
            ),
        };
        let pending = class == Class::Pending;
        found.push(Difference {
            git: Said::Value("open".into()),
            live: Said::Nothing,
            written: Some(written.clone()),
            writer: (!pending).then(writer),
            since: set.filter(|_| !pending),
            why,
            ways: if pending { vec![by_tofu(&written.path)] } else { ways() },
            ..difference(of(), format!("rule {}", rule.words()), class)
        });
    }
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

/// Whether Hetzner has answered, or is known not to.
pub(super) fn settled(model: &Model) -> bool {
    let link = |part: &str| model.world.feeds.get(&Feed::of(Source::Hcloud, part)).map(|it| &it.link);
    match link("") {
        Some(Link::Connecting) => false,
        Some(Link::Live) => {
            !matches!(link("firewalls"), None | Some(Link::Connecting)) || declared(model).is_empty()
        }
        _ => true,
    }
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
mod tests {
    use super::*;
    use crate::model::FeedState;
    use domain::{Change, CloudAction, Moment};

    fn rule(port: &str, addresses: &[&str]) -> FirewallRule {
        let addresses = addresses.iter().map(|it| (*it).to_owned()).collect();
        FirewallRule { protocol: "tcp".into(), port: port.into(), addresses, ..FirewallRule::default() }
    }

    fn at(line: u32) -> Written {
        Written { path: RepoPath("cloud/firewall.tf".into()), line, sure: Sureness::Exact }
    }

    fn declared(rules: Vec<FirewallRule>) -> Declared {
        let rules = rules.into_iter().zip(4..).map(|(rule, line)| (rule, at(line))).collect();
        Declared { name: "nodes".into(), written: at(2), rules, whole: true }
    }

    fn live(rules: Vec<FirewallRule>) -> Firewall {
        let (name, created) = ("nodes".to_owned(), Some(Moment(1)));
        Firewall { number: 7, name, rules, selectors: Vec::new(), guards: Vec::new(), created }
    }

    fn compared(declared: &Declared, live: &Firewall) -> Vec<Difference> {
        let mut model = Model::default();
        let feed = FeedState { link: Link::Live, since: Moment(0), heard: None };
        model.world.feeds.insert(Feed::of(Source::Hcloud, "firewalls"), feed);
        let about = vec![("firewall".to_owned(), 7)];
        let set = |number, at| CloudAction {
            number,
            command: SET[0].into(),
            at: Some(Moment(at)),
            about: about.clone(),
        };
        model.world.cloud_actions.absorb(Change::Snapshot(vec![set(2, 9_000), set(1, 5_000)]));
        let mut found = Vec::new();
        compare(&model, declared, live, &mut found);
        found
    }

    #[test]
    fn spelling_is_no_difference() {
        let one = declared(vec![rule("80-80", &["::/0", "10.0.0.1/32"]), rule("any", &["10.0.0.0/8"])]);
        let other = live(vec![rule("1-65535", &["10.0.0.0/8"]), rule("80", &["10.0.0.1/32", "0::0/0"])]);
        assert_eq!(compared(&one, &other), []);
    }

    #[test]
    fn what_was_opened_by_hand_is_unmanaged_since_the_rules_were_last_set() {
        let api = rule("6443", &["0.0.0.0/0", "::/0"]);
        let opened = rule("8080", &["0.0.0.0/0", "::/0"]);
        let found = compared(&declared(vec![api.clone()]), &live(vec![api.clone(), opened]));
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.class, one.field.as_str()), (Class::Unmanaged, "rule tcp 8080 from anywhere"));
        assert_eq!((one.since, one.writer.as_ref().unwrap().at), (Some(Moment(9_000)), Some(Moment(9_000))));
        assert_eq!(one.ways[1], Way::BringBack(Return::Command("tofu -chdir=cloud apply".into())));
        let computed = Declared { whole: false, ..declared(vec![api.clone()]) };
        assert_eq!(compared(&computed, &live(vec![api, rule("8080", &["::/0"])])), []);
    }

    #[test]
    fn what_was_closed_by_hand_is_missing_with_its_line() {
        let (api, apid) = (rule("6443", &["::/0"]), rule("50000", &["10.0.0.0/16"]));
        let found = compared(&declared(vec![api.clone(), apid]), &live(vec![api]));
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.class, one.written.as_ref().unwrap().line), (Class::Missing, 5));
        assert!(one.ways.contains(&Way::Adopt(Mend::Firewall { name: "nodes".into() })));
    }
}
