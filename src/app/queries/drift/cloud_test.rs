//! Servers, load balancers and networks beside what their cluster wants of them.

use super::drift_test::{hear, page};
use crate::queries::drift;
use crate::{Effect, Message, Model, update};
use domain::{
    CapiChange, Change, Class, Feed, Finding, InfraCluster, InfraMachine, Link, LoadBalancer,
    LoadBalancerService, Look, Meta, Network, ObjectRef, Observation, Server, ServerId, Source, Subject,
    WantedBalancer, Way,
};
use std::collections::BTreeMap;
use std::time::Duration;

fn object(kind: &str, name: &str) -> ObjectRef {
    ObjectRef { group: String::new(), kind: kind.into(), namespace: "default".into(), name: name.into() }
}

fn owned() -> BTreeMap<String, String> {
    BTreeMap::from([("caph-cluster-k8s".to_owned(), "owned".to_owned())])
}

fn cluster(generation: i64, algorithm: &str) -> InfraCluster {
    let id = object("HetznerCluster", "k8s");
    let wanted = WantedBalancer {
        kind: Some("lb11".into()),
        algorithm: Some(algorithm.into()),
        port: 6443,
        extra: vec![LoadBalancerService { protocol: "tcp".into(), listens: 50_000, sends: 50_000 }],
    };
    InfraCluster {
        meta: Meta { id, generation, ..Meta::default() },
        ready: true,
        load_balancer: Some(wanted),
        network: Some(("10.0.0.0/16".into(), "10.0.0.0/24".into())),
        ..InfraCluster::default()
    }
}

fn balancer(algorithm: &str) -> LoadBalancer {
    let service = |listens, sends| LoadBalancerService { protocol: "tcp".into(), listens, sends };
    LoadBalancer {
        name: "k8s-kube-apiserver".into(),
        kind: "lb11".into(),
        location: "nbg1".into(),
        public_ip: None,
        labels: owned(),
        algorithm: algorithm.into(),
        services: vec![service(443, 6443), service(50_000, 50_000)],
        targets: Vec::new(),
    }
}

fn network(subnets: &[&str]) -> Network {
    Network {
        number: 3,
        name: "k8s".into(),
        range: "10.0.0.0/16".into(),
        subnets: subnets.iter().map(|it| (*it).to_owned()).collect(),
        routes: Vec::new(),
        labels: owned(),
        created: None,
    }
}

fn infra(generation: i64, algorithm: &str) -> Observation {
    Observation::Capi(CapiChange::InfraClusters(Change::Snapshot(vec![cluster(generation, algorithm)])))
}

fn balancers(all: Vec<LoadBalancer>) -> Observation {
    Observation::LoadBalancers(Change::Snapshot(all))
}

fn networks(all: Vec<Network>) -> Observation {
    Observation::Networks(Change::Snapshot(all))
}

fn later(model: &mut Model, seconds: u64) -> Vec<Effect> {
    let next = model.now.plus(Duration::from_secs(seconds));
    update(model, Message::Ticked(next))
}

/// A cluster whose lists were read long after it was made, and that is as it should be.
fn world() -> Model {
    let mut model = page();
    later(&mut model, 1_000_000);
    hear(&mut model, infra(1, "round_robin"));
    hear(&mut model, Observation::Link(Feed::of(Source::Hcloud, ""), Link::Live));
    later(&mut model, 3_600);
    hear(&mut model, networks(vec![network(&["10.0.0.0/24"])]));
    hear(&mut model, balancers(vec![balancer("round_robin")]));
    assert_eq!(drift::all(&model), []);
    model
}

fn told(model: &Model) -> Vec<(Class, String, &str)> {
    drift::all(model).iter().map(|it| (it.class, it.of.words(), it.field.as_str())).collect()
}

#[test]
fn a_load_balancer_that_is_not_as_wanted_is_told_field_by_field() {
    let mut model = world();
    let mut other = balancer("least_connections");
    (other.kind, other.services[1].sends) = ("lb21".into(), 9_999);
    other.services.push(LoadBalancerService { protocol: "http".into(), listens: 80, sends: 8_080 });
    hear(&mut model, balancers(vec![other]));
    let of = "load balancer k8s-kube-apiserver".to_owned();
    let all = ["algorithm", "service 50000", "service 80", "type"];
    assert_eq!(told(&model), all.map(|it| (Class::Drifted, of.clone(), it)).to_vec());
    let first = &drift::all(&model)[0];
    assert_eq!(
        (first.declared.value(), first.live.value()),
        (Some("round_robin"), Some("least_connections"))
    );
    assert_eq!(first.ways, [Way::Wait("CAPH puts it back".into())]);
    hear(&mut model, balancers(Vec::new()));
    let of = "HetznerCluster default/k8s".to_owned();
    assert_eq!(told(&model), [(Class::Missing, of, "load balancer")]);
}

#[test]
fn a_network_that_is_not_as_wanted_is_told() {
    let mut model = world();
    hear(&mut model, networks(vec![network(&["10.0.9.0/24"])]));
    let of = || "network k8s".to_owned();
    let missing = (Class::Missing, of(), "subnet 10.0.0.0/24");
    assert_eq!(told(&model), [missing, (Class::Unmanaged, of(), "subnet 10.0.9.0/24")]);
    hear(&mut model, networks(Vec::new()));
    assert_eq!(told(&model), [(Class::Missing, "HetznerCluster default/k8s".to_owned(), "network")]);
}

#[test]
fn a_list_that_is_older_than_what_is_wanted_says_nothing_and_is_read_again_once() {
    let mut model = world();
    later(&mut model, 600);
    // Git wants it otherwise, and CAPH does it at once; the list is read every half hour.
    assert_eq!(hear(&mut model, infra(2, "least_connections")), []);
    assert_eq!(drift::all(&model), [], "what was read before says nothing of it");
    let effects = later(&mut model, 61);
    assert_eq!(effects, [Effect::Look(Look::LoadBalancers)]);
    assert_eq!(later(&mut model, 600), [], "it is asked once");
    let answer = Ok(Finding::LoadBalancers(vec![balancer("least_connections")]));
    update(&mut model, Message::Found(Look::LoadBalancers, answer));
    later(&mut model, 1);
    assert_eq!(drift::all(&model), []);
}

#[test]
fn what_caph_puts_back_is_looked_at_again() {
    let mut model = world();
    hear(&mut model, balancers(vec![balancer("least_connections")]));
    assert_eq!(drift::all(&model).len(), 1);
    assert_eq!(later(&mut model, 301), [Effect::Look(Look::LoadBalancers)]);
    let answer = Ok(Finding::LoadBalancers(vec![balancer("round_robin")]));
    update(&mut model, Message::Found(Look::LoadBalancers, answer));
    later(&mut model, 1);
    assert_eq!(drift::all(&model), []);
}

#[test]
fn a_server_that_is_gone_is_missing_and_one_that_nobody_declares_is_unmanaged() {
    let mut model = world();
    let id = object("HCloudMachine", "k8s-a");
    let machine = InfraMachine {
        meta: Meta { id, ..Meta::default() },
        provider_id: Some("hcloud://42".into()),
        ready: true,
        ..InfraMachine::default()
    };
    hear(&mut model, Observation::Capi(CapiChange::InfraMachines(Change::Snapshot(vec![machine]))));
    let server = |id: u64| Server {
        id: ServerId(id),
        name: if id == 42 { "k8s-a".into() } else { format!("k8s-{id}") },
        status: "running".into(),
        kind: "cx33".into(),
        location: "nbg1".into(),
        created: Some(domain::Moment(0)),
        labels: owned().into_iter().chain([("machine_type".to_owned(), "worker".to_owned())]).collect(),
        image: None,
        public_ip: None,
        private_ip: None,
        locked: false,
    };
    hear(&mut model, Observation::Servers(Change::Snapshot(vec![server(42)])));
    assert_eq!(drift::all(&model), []);
    hear(&mut model, Observation::Servers(Change::Snapshot(vec![server(7)])));
    later(&mut model, 3_600);
    let missing = (Class::Missing, "HCloudMachine default/k8s-a".to_owned(), "server");
    assert_eq!(told(&model), [missing, (Class::Unmanaged, "server k8s-7".to_owned(), "server")]);
    let of = Subject::Server(ServerId(7), "k8s-7".into());
    assert_eq!(drift::count(&model, &of), 1);
}
