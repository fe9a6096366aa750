//! How the rules of a firewall are classed.

use super::*;
use crate::model::FeedState;
use domain::{Change, CloudAction, CommitId, Log, SourceMap};
use std::sync::Arc;

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

/// A world in which the rules were last set at 9,000 and the file was last changed at `changed`, all of its lines.
fn world(changed: i64) -> Model {
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
    let (id, path) = (CommitId("3f0e77a".into()), at(1).path);
    let commit = Commit {
        id: id.clone(),
        parents: Vec::new(),
        author: "Mara Lind".into(),
        email: String::new(),
        at: Moment(changed),
        subject: "doors".into(),
        paths: vec![path.clone()],
    };
    model.world.log = Arc::new(Log { commits: vec![commit.clone()], more: true });
    model.world.sources = Some(Arc::new(SourceMap { commit: id.clone(), ..SourceMap::default() }));
    let line = |line| BlameLine {
        line,
        commit: id.clone(),
        author: commit.author.clone(),
        at: commit.at,
        subject: String::new(),
    };
    let lines = Asked::Answered(Box::new((1..20).map(line).collect()));
    model.drift.writers.insert(path, (id.clone(), lines));
    model
}

fn beside(model: &Model, declared: &Declared, live: &Firewall) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(model, declared, live, &mut found);
    found
}

fn compared(declared: &Declared, live: &Firewall) -> Vec<Difference> {
    beside(&world(8_000), declared, live)
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
    let found = compared(&declared(vec![api.clone(), apid.clone()]), &live(vec![api]));
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.class, one.written.as_ref().unwrap().line), (Class::Missing, 5));
    assert_eq!(one.writer.as_ref().unwrap().at, Some(Moment(9_000)));
    assert!(one.ways.contains(&Way::Adopt(Mend::Firewall { name: "nodes".into(), rule: apid })));
}

#[test]
fn what_git_changed_after_the_rules_were_set_was_not_done_by_hand() {
    let (api, apid) = (rule("6443", &["::/0"]), rule("50000", &["10.0.0.0/16"]));
    let model = world(20_000);
    let found = beside(&model, &declared(vec![api.clone(), apid.clone()]), &live(vec![api.clone()]));
    assert_eq!((found[0].class, found[0].since), (Class::Pending, Some(Moment(20_000))));
    assert_eq!((found[0].writer.as_ref(), found[0].ways.len()), (None, 1));
    // Something of the file was changed, and the rule is still in force: until it is known what the file said
    // before, nobody at the console is blamed, and nothing is put back.
    let (git, live) = (declared(vec![api.clone()]), live(vec![api.clone(), apid.clone()]));
    let found = beside(&model, &git, &live);
    assert_eq!((found[0].class, found[0].writer.as_ref(), found[0].since), (Class::Unmanaged, None, None));
    assert!(found[0].why.starts_with("3f0e77a changed cloud/firewall.tf after"), "{}", found[0].why);
    assert!(!found[0].ways.iter().any(|it| matches!(it, Way::Adopt(_))), "{:?}", found[0].ways);
    let asked = |at: i64, rules: Vec<FirewallRule>| {
        let mut model = model.clone();
        let former = FormerRules { until: CommitId("3f0e77a".into()), at: Moment(at), rules };
        let key = (git.written.path.clone(), git.name.clone());
        let tip = model.world.sources.as_ref().unwrap().commit.clone();
        model.drift.former.insert(key, (tip, Asked::Answered(Box::new(vec![former]))));
        beside(&model, &git, &live).remove(0)
    };
    let it = asked(20_000, vec![api.clone(), apid.clone()]);
    assert_eq!((it.class, it.since, it.writer), (Class::Pending, Some(Moment(20_000)), None));
    let it = asked(20_000, vec![api.clone()]);
    assert_eq!((it.class, it.since), (Class::Unmanaged, Some(Moment(9_000))), "Git never had it: {}", it.why);
    let it = asked(8_000, vec![api.clone(), apid.clone()]);
    assert_eq!((it.class, it.since), (Class::Unmanaged, Some(Moment(9_000))));
    assert!(it.why.ends_with("it was let in again after that"), "{}", it.why);
}

#[test]
fn where_it_is_not_known_who_is_newer_nobody_is_called_the_newer() {
    let (api, apid) = (rule("6443", &["::/0"]), rule("50000", &["10.0.0.0/16"]));
    let closed = (declared(vec![api.clone(), apid.clone()]), live(vec![api.clone()]));
    let opened = (declared(vec![api.clone()]), live(vec![api, apid]));
    // What was done to the firewall was not told, and then who wrote the lines.
    let mut untold = world(20_000);
    untold.world.cloud_actions = domain::Table::default();
    let mut unblamed = world(20_000);
    unblamed.drift.writers.clear();
    for (model, (declared, live), class) in [
        (&untold, &closed, Class::Missing),
        (&untold, &opened, Class::Unmanaged),
        (&unblamed, &closed, Class::Missing),
    ] {
        let found = beside(model, declared, live);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.class, one.writer.as_ref(), one.since), (class, None, None));
        assert!(one.why.contains("not known"), "{}", one.why);
    }
    // Before the firewall was made there were no rules to be newer.
    let mut older = world(0);
    older.world.cloud_actions = domain::Table::default();
    let found = beside(&older, &closed.0, &closed.1);
    assert!(found[0].why.contains("before the rules were last set"), "{}", found[0].why);
}
