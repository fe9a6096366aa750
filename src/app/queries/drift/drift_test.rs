//! How differences are classed, what is offered for them, and what becomes of it by keys.

use crate::queries::drift;
use crate::{Action, Effect, Key, Keymap, Message, Model, Page, Place, update};
use domain::{
    Application, Automated, Basis, Change, Class, Commit, CommitId, ConfigComparison, ConfigInstaller,
    DeliveryChange, Difference, Draft, DraftFile, FieldChange, Finding, Found, Log, Look, LookedBack, Mend,
    Meta, Moment, Node, NodeName, ObjectComparison, ObjectRef, Observation, Overtaken, Pending, Release,
    RepoPath, Return, Said, SourceMap, Sureness, Sync, Unlike, Way, Writer, Written,
};
use std::sync::Arc;

const CONFIGURED: Moment = Moment(1_000_000);

fn tip() -> CommitId {
    CommitId("tip".into())
}

fn at(path: &str, line: u32) -> Written {
    Written { path: RepoPath(path.into()), line, sure: Sureness::Exact }
}

fn sysctl() -> Unlike {
    Unlike {
        document: String::new(),
        field: "machine.sysctls.net.core.somaxconn".into(),
        wanted: Some("65535".into()),
        live: Some("1024".into()),
        written: Some(at("patches/sysctls.yaml", 3)),
        writer: None,
    }
}

fn compared(fields: Vec<Unlike>) -> ConfigComparison {
    ConfigComparison {
        node: NodeName("cp-1".into()),
        basis: Ok(Basis::Rendered { commit: tip(), by: "talhelper".into() }),
        fields,
        overtaken: Vec::new(),
        back: LookedBack::Whole,
        installer: None,
        pending: None,
        waiting: Vec::new(),
        active: None,
        changed: Some(CONFIGURED),
        asked: CONFIGURED,
    }
}

/// The Drift page with the shipped keys, the tip read.
pub(super) fn page() -> Model {
    let mut model = Model::default();
    model.settings.keymap = Keymap::parse("keymap.toml", include_str!("../../../../keymap.toml")).unwrap();
    (model.screen.rows, model.screen.place) = (20, Place::Page(Page::Drift));
    let map = SourceMap { commit: tip(), ..SourceMap::default() };
    update(&mut model, Message::Observed(Observation::SourceMap(Arc::new(map))));
    model
}

pub(super) fn hear(model: &mut Model, observation: Observation) -> Vec<Effect> {
    update(model, Message::Observed(observation));
    let next = model.now.plus(std::time::Duration::from_secs(1));
    update(model, Message::Ticked(next))
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.split(' ').flat_map(|key| update(model, Message::Pressed(Key(key.into())))).collect()
}

fn only(model: &Model) -> &Difference {
    let [one] = drift::all(model) else { panic!("{:?}", drift::all(model)) };
    one
}

#[test]
fn a_config_is_pending_where_git_overtook_it_and_drifted_where_the_node_was_changed() {
    let overtaken = |at: i64| Overtaken {
        document: String::new(),
        field: sysctl().field,
        by: CommitId("3f0e77a".into()),
        at: Moment(CONFIGURED.0 + at),
    };
    for (overtaken, changed, class) in [
        (None, Some(CONFIGURED), Class::Drifted),
        (Some(overtaken(500_000)), Some(CONFIGURED), Class::Pending),
        // Somebody set it back to what Git had said.
        (Some(overtaken(-500_000)), Some(CONFIGURED), Class::Drifted),
        // It has booted since: when it was configured is not known, what Git said is.
        (Some(overtaken(-500_000)), None, Class::Pending),
    ] {
        let mut model = page();
        let since = overtaken.as_ref().map(|it| it.at);
        let config = ConfigComparison {
            overtaken: overtaken.into_iter().collect(),
            changed,
            ..compared(vec![sysctl()])
        };
        hear(&mut model, Observation::Configs(Change::Snapshot(vec![config])));
        let it = only(&model);
        assert_eq!((it.class, it.git.value(), it.live.value()), (class, Some("65535"), Some("1024")));
        let adopts = it.ways.iter().any(|way| matches!(way, Way::Adopt(Mend::Config { .. })));
        assert_eq!(adopts, class == Class::Drifted, "what is live is adopted where Git did not overtake it");
        let plan = Way::BringBack(Return::Plan(NodeName("cp-1".into())));
        assert!(it.ways.contains(&plan));
        assert_eq!(it.since, if class == Class::Pending { since } else { changed });
        let guess = it.writer.as_ref().map(|it| it.name.as_str());
        assert_eq!(guess, (class == Class::Drifted).then_some("talosctl?"));
    }
}

#[test]
fn what_git_said_before_and_nobody_could_look_at_is_not_laid_to_a_hand() {
    for (back, says, adopts) in [
        (LookedBack::Whole, "nor what Git said before", true),
        (LookedBack::Last(4), "nor what Git said before its last 4 changes", true),
        (LookedBack::Failed("no talhelper".into()), "what Git said before is not known: no talhelper", false),
    ] {
        let mut model = page();
        let config = ConfigComparison { back, ..compared(vec![sysctl()]) };
        hear(&mut model, Observation::Configs(Change::Snapshot(vec![config])));
        let it = only(&model);
        assert!(it.class == Class::Drifted && it.why.ends_with(says), "{}", it.why);
        assert_eq!(it.ways.iter().any(|way| matches!(way, Way::Adopt(_))), adopts);
        assert_eq!(it.writer.is_some(), adopts);
    }
}

#[test]
fn what_is_tried_is_told_once_and_passes() {
    let mut model = page();
    let waiting = FieldChange {
        document: String::new(),
        field: sysctl().field,
        before: Some("1024".into()),
        after: Some("65535".into()),
    };
    let it =
        ConfigComparison { pending: Some(Pending::Try), waiting: vec![waiting], ..compared(vec![sysctl()]) };
    hear(&mut model, Observation::Configs(Change::Snapshot(vec![it])));
    let it = only(&model);
    assert_eq!(it.class, Class::Trying);
    assert_eq!((it.git.value(), it.live.value()), (Some("65535"), Some("1024")));
    assert!(matches!(it.ways.as_slice(), [Way::Wait(_)]));
}

fn application() -> ObjectRef {
    ObjectRef {
        group: "argoproj.io".into(),
        kind: "Application".into(),
        namespace: "argocd".into(),
        name: "loki".into(),
    }
}

fn deployment() -> ObjectRef {
    ObjectRef {
        group: "apps".into(),
        kind: "Deployment".into(),
        namespace: "logs".into(),
        name: "loki".into(),
    }
}

fn object(found: Found) -> Observation {
    Observation::Objects(Change::Snapshot(vec![ObjectComparison {
        object: deployment(),
        written: at("apps/loki.yaml", 1),
        delivered_by: Some(application()),
        found,
        asked: CONFIGURED,
    }]))
}

fn edited() -> Found {
    let writer = Writer { name: "kubectl-edit".into(), at: Some(CONFIGURED) };
    Found::Differs(vec![Unlike {
        document: String::new(),
        field: "spec.replicas".into(),
        wanted: Some("2".into()),
        live: Some("5".into()),
        written: Some(at("apps/loki.yaml", 7)),
        writer: Some(writer),
    }])
}

/// Argo CD has compared with `revision`; the log has a newer commit that changed the file.
fn delivered(revision: &str, automated: Option<Automated>) -> Model {
    let mut model = page();
    let commit = |id: &str, parent: &str, path: &str| Commit {
        id: CommitId(id.into()),
        parents: vec![CommitId(parent.into())],
        author: "Jonas".into(),
        email: String::new(),
        at: model.now,
        subject: "more".into(),
        paths: vec![RepoPath(path.into())],
    };
    let log = Log {
        commits: vec![commit("tip", "old", "apps/loki.yaml"), commit("old", "older", "README.md")],
        more: true,
    };
    hear(&mut model, Observation::Log(Arc::new(log)));
    let it = Application {
        meta: Meta { id: application(), ..Meta::default() },
        automated,
        sync: Sync::OutOfSync,
        revisions: vec![revision.into()],
        ..Application::default()
    };
    let applications = DeliveryChange::Applications(Change::Snapshot(vec![it]));
    hear(&mut model, Observation::Delivery(applications));
    model
}

#[test]
fn an_object_is_drifted_where_argo_is_at_the_tip_and_pending_where_it_is_behind() {
    let healing = Some(Automated { prune: false, self_heal: true });
    let not = Some(Automated { prune: false, self_heal: false });
    for (revision, automated, class, waits) in [
        ("tip", not, Class::Drifted, false),
        ("tip", healing, Class::Drifted, true),
        ("old", not, Class::Pending, true),
        ("old", None, Class::Pending, false),
    ] {
        let mut model = delivered(revision, automated);
        hear(&mut model, object(edited()));
        let it = only(&model);
        assert_eq!(it.class, class, "{revision} {}", it.why);
        assert_eq!(it.ways.iter().any(|it| matches!(it, Way::Wait(_))), waits, "{:?}", it.ways);
        let sync = Way::BringBack(Return::Sync(application()));
        assert_eq!(it.ways.contains(&sync), !waits);
        assert_eq!(it.writer.is_some(), class == Class::Drifted);
    }
    let mut model = delivered("old", not);
    hear(&mut model, object(Found::Absent));
    assert_eq!(only(&model).class, Class::Pending);
    let late = model.now.plus(std::time::Duration::from_secs(3_600));
    update(&mut model, Message::Ticked(late));
    assert_eq!(only(&model).class, Class::Stuck, "it should have been there for an hour");
    let mut model = delivered("tip", not);
    hear(&mut model, object(Found::Absent));
    assert_eq!((only(&model).class, &only(&model).live), (Class::Missing, &Said::Nothing));
    hear(&mut model, object(Found::Same));
    assert!(drift::all(&model).is_empty());
}

#[test]
fn adopting_makes_a_draft_and_asks_nobody_else() {
    let mut model = delivered("tip", Some(Automated { prune: false, self_heal: false }));
    hear(&mut model, object(edited()));
    update(&mut model, Message::Asked(Action::Top));
    let effects = press(&mut model, "a");
    let mend = Mend::Object { object: deployment(), field: "spec.replicas".into() };
    assert_eq!(effects, [Effect::Look(Look::Mend { tip: tip(), mend: mend.clone() })]);
    let file = DraftFile {
        path: RepoPath("apps/loki.yaml".into()),
        body: Some("replicas: 5\n".into()),
        edits: vec![],
    };
    let draft = Draft { base: tip(), files: vec![file], message: "loki: 5 replicas".into() };
    let found = Finding::Mended { mend: mend.clone(), draft };
    let look = Look::Mend { tip: tip(), mend };
    let effects = update(&mut model, Message::Found(look, Ok(found)));
    assert!(effects.iter().all(|it| !matches!(it, Effect::Carry(..))), "{effects:?}");
    assert_eq!(model.drafts.list.len(), 1);
    assert_eq!(model.screen.place, Place::Page(Page::Changes));
}

#[test]
fn bringing_back_asks_first() {
    let mut model = delivered("tip", None);
    hear(&mut model, object(edited()));
    update(&mut model, Message::Asked(Action::Top));
    assert_eq!(press(&mut model, "A"), []);
    assert_eq!(model.screen.dialog, Some(crate::Dialog::Sync(application())));
    let mut model = page();
    hear(&mut model, Observation::Configs(Change::Snapshot(vec![compared(vec![sysctl()])])));
    update(&mut model, Message::Asked(Action::Top));
    let effects = press(&mut model, "A");
    assert_eq!(model.screen.place, Place::Plan(tip()));
    assert!(effects.iter().any(|it| matches!(it, Effect::Look(Look::Plan { .. }))), "{effects:?}");
}

#[test]
fn what_cannot_be_compared_is_counted_and_not_called_equal() {
    let mut model = page();
    let why = "its machine config takes os:admin to read";
    let it = ConfigComparison { basis: Err(why.into()), ..compared(Vec::new()) };
    hear(&mut model, Observation::Configs(Change::Snapshot(vec![it])));
    let kube = domain::Feed::of(domain::Source::Kube, "");
    hear(&mut model, Observation::Link(kube, domain::Link::Connecting));
    assert!(drift::summary(&model).1.text().contains("being compared"), "the objects are not known yet");
    hear(&mut model, Observation::Objects(Change::Snapshot(Vec::new())));
    let (says, known) = drift::summary(&model);
    assert_eq!(
        (says.text().as_str(), known.text().as_str()),
        ("no difference in versions and numbers", "1 not known")
    );
    assert!(drift::unknown(&model).iter().any(|it| it.text().contains(why)));
}

#[test]
fn a_side_that_is_not_configured_is_not_waited_for_and_not_called_equal() {
    let mut model = page();
    let feed = domain::Feed::of(domain::Source::Talos, "");
    let why = "no talosconfig was found".to_owned();
    hear(&mut model, Observation::Link(feed, domain::Link::NotConfigured { why }));
    hear(&mut model, Observation::Objects(Change::Snapshot(Vec::new())));
    assert!(drift::settled(&model));
    assert_eq!(drift::report(&model).exit(), 2);
    assert!(drift::unknown(&model)[0].text().contains("the machine configs: talos: not configured"));
}

#[test]
fn what_git_does_not_name_is_adopted_and_healed_by_nobody() {
    let mut model = delivered("tip", Some(Automated { prune: false, self_heal: true }));
    let Found::Differs(mut fields) = edited() else { unreachable!() };
    fields[0].wanted = None;
    hear(&mut model, object(Found::Differs(fields)));
    assert!(matches!(only(&model).ways.as_slice(), [Way::Adopt(_)]), "{:?}", only(&model).ways);
    assert!(only(&model).why.contains("Argo CD leaves"));
}

#[test]
fn a_node_that_runs_another_schematic_than_its_config_names_is_told() {
    let (wished, runs) = ("a".repeat(64), "b".repeat(64));
    let named = |schematic: Option<&str>| ConfigInstaller {
        release: Release { version: "v1.13.9".into(), schematic: schematic.map(str::to_owned) },
        written: Some(at("talconfig.yaml", 7)),
    };
    let node = |schematic: &str| Node {
        name: NodeName("cp-1".into()),
        version: Some("v1.13.9".into()),
        schematic: Some(schematic.into()),
        extensions: vec![("iscsi-tools".into(), "v0.2.0".into())],
        ..Node::default()
    };
    let heard = |schematic: &str, config: ConfigComparison| {
        let mut model = page();
        hear(&mut model, Observation::Nodes(Change::Snapshot(vec![node(schematic)])));
        hear(&mut model, Observation::Configs(Change::Snapshot(vec![config])));
        model
    };
    let config = ConfigComparison { installer: Some(named(Some(&wished))), ..compared(Vec::new()) };
    assert!(drift::all(&heard(&wished, config.clone())).is_empty());
    let plain = ConfigComparison { installer: Some(named(None)), ..compared(Vec::new()) };
    assert!(drift::all(&heard(&runs, plain)).is_empty(), "an image without a schematic says nothing of it");

    let model = heard(&runs, config.clone());
    let it = only(&model);
    assert_eq!((it.class, it.git.value(), it.live.value()), (Class::Pending, Some(&*wished), Some(&*runs)));
    assert!(it.why.contains("iscsi-tools"), "{}", it.why);
    assert_eq!(it.ways, [Way::BringBack(Return::Plan(NodeName("cp-1".into())))]);

    let secret = ObjectRef {
        group: String::new(),
        kind: "Secret".into(),
        namespace: "default".into(),
        name: "cp-1-boot".into(),
    };
    let boot = ConfigComparison { basis: Ok(Basis::Bootstrap { secret }), ..config };
    let model = heard(&runs, boot);
    assert_eq!((only(&model).class, only(&model).declared.value()), (Class::Drifted, Some(&*wished)));
}

#[test]
fn what_is_still_being_asked_is_waited_for_and_not_called_equal() {
    use domain::{Feed, Link, Source};
    let mut model = page();
    let link = |source, part: &str, link| Observation::Link(Feed::of(source, part), link);
    hear(&mut model, Observation::Configs(Change::Snapshot(Vec::new())));
    hear(&mut model, object(Found::Unknown(Found::RENDERING.into())));
    assert_eq!(
        (drift::settled(&model), drift::report(&model).exit()),
        (false, 2),
        "a chart is being rendered"
    );
    hear(&mut model, object(Found::Same));
    assert_eq!((drift::settled(&model), drift::report(&model).exit()), (true, 0));
    for source in [Source::Capi, Source::Argo, Source::Flux, Source::Kube] {
        hear(&mut model, link(source, "part", Link::Connecting));
        assert!(!drift::settled(&model), "{source:?}");
        hear(&mut model, link(source, "part", Link::Live));
        assert!(drift::settled(&model), "{source:?}");
    }
    // Who wrote the line of what differs is being looked up.
    let effects = hear(&mut model, object(edited()));
    let look = effects.into_iter().find_map(|it| match it {
        Effect::Look(look @ Look::Writers(_)) => Some(look),
        _ => None,
    });
    assert!(!drift::settled(&model));
    update(&mut model, Message::Found(look.unwrap(), Err("there is no such commit".into())));
    let next = model.now.plus(std::time::Duration::from_secs(1));
    update(&mut model, Message::Ticked(next));
    assert!(drift::settled(&model), "it cannot be known");
}

#[test]
fn what_could_not_be_asked_is_not_called_equal() {
    use domain::inventory::{Cloud, CloudThing, Inventory, Lines};
    use domain::{Feed, Link, RepositoryState, Source};
    let mut model = page();
    hear(&mut model, Observation::Configs(Change::Snapshot(Vec::new())));
    hear(&mut model, Observation::Objects(Change::Snapshot(Vec::new())));
    assert_eq!(drift::report(&model).exit(), 0);
    let fetched = |failed: Option<&str>| {
        let fetch_failed = failed.map(str::to_owned);
        let remote = Some("git@example.org:a/b".into());
        let state = RepositoryState { remote, fetch_failed, ..RepositoryState::default() };
        Observation::Repository(Box::new(state))
    };
    hear(&mut model, fetched(Some("no route to host")));
    assert_eq!(drift::report(&model).exit(), 2);
    assert!(drift::report(&model).unknown[0].why.contains("the remote was not asked: no route to host"));
    hear(&mut model, fetched(None));
    assert_eq!(drift::report(&model).exit(), 0);

    let source = Lines { file: RepoPath("prod/main.tf".into()), line: 3, last_line: 5 };
    let address = "hcloud_server.web".into();
    let server = CloudThing { name: "web".into(), address, arguments: Vec::new(), source };
    let cloud = Cloud { servers: vec![server], ..Cloud::default() };
    let inventory = Arc::new(Inventory { cloud, ..Inventory::default() });
    model.world.sources = Some(Arc::new(SourceMap { commit: tip(), inventory, ..SourceMap::default() }));
    let cloud = |link| Observation::Link(Feed::of(Source::Hcloud, ""), link);
    for link in [Link::Connecting, Link::Degraded { since: Moment(1), why: "refused".into() }] {
        hear(&mut model, cloud(link.clone()));
        assert_eq!(drift::report(&model).exit(), 2, "{link:?}");
    }
}

#[test]
fn an_engine_that_is_older_than_all_that_is_known_is_behind() {
    let old = "0".repeat(40);
    let mut model = delivered(&old, Some(Automated { prune: false, self_heal: false }));
    let mut app = model.world.delivery.applications.get(&application()).unwrap().clone();
    hear(&mut model, object(edited()));
    model.now = Moment(100_000_000);
    app.reconciled = Some(Moment(50_000_000));
    let mut class = |fetched: i64, failed: Option<&str>| {
        let (fetched, fetch_failed) = (Some(Moment(fetched)), failed.map(str::to_owned));
        let state = domain::RepositoryState { fetched, fetch_failed, ..Default::default() };
        hear(&mut model, Observation::Repository(Box::new(state)));
        let changed = DeliveryChange::Applications(Change::Upsert(app.clone()));
        hear(&mut model, Observation::Delivery(changed));
        only(&model).class
    };
    assert_eq!(class(40_000_000, None), Class::Pending, "it may be newer than the last fetch");
    assert_eq!(class(60_000_000, Some("no route")), Class::Pending);
    assert_eq!(class(60_000_000, None), Class::Stuck);
}

#[test]
fn what_flux_was_suspended_before_is_stuck_and_not_adopted() {
    let by = ObjectRef {
        group: "kustomize.toolkit.fluxcd.io".into(),
        kind: "Kustomization".into(),
        ..application()
    };
    for (applied, class) in [("main@sha1:old", Class::Stuck), ("main@sha1:tip", Class::Drifted)] {
        let mut model = delivered("tip", None);
        let flux = domain::FluxObject {
            meta: Meta { id: by.clone(), ..Meta::default() },
            suspended: true,
            applied: Some(applied.into()),
            ..Default::default()
        };
        hear(&mut model, Observation::Delivery(DeliveryChange::Kustomizations(Change::Snapshot(vec![flux]))));
        let Observation::Objects(Change::Snapshot(mut all)) = object(edited()) else { unreachable!() };
        all[0].delivered_by = Some(by.clone());
        hear(&mut model, Observation::Objects(Change::Snapshot(all)));
        let it = only(&model);
        let adopts = it.ways.iter().any(|it| matches!(it, Way::Adopt(_)));
        assert_eq!((it.class, adopts), (class, class == Class::Drifted), "{}", it.why);
    }
}
