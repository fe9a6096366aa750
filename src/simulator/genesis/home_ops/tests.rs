//! What a reader of the repository, and its machines, may rely on.

use super::*;
use crate::Clock;
use crate::control::Naming;
use crate::world::World;
use std::collections::BTreeSet;

fn made(nodes: usize, keeper: &Identity, world: &World) -> (Vec<Shelved>, Repository) {
    let naming = Naming::new(1);
    let (home, lab) = (Bundle::generate(&naming).unwrap(), Bundle::generate(&naming).unwrap());
    let machines = fleet(nodes, world);
    let wanted = Wanted {
        now: 1_795_000_000,
        remote: "file:///world/home-ops.git".into(),
        api: "127.0.0.1:6443".into(),
        machines: &machines,
        keeper,
        home: &home,
        lab: &lab,
    };
    let repository = home_ops(&wanted).unwrap();
    (machines, repository)
}

#[tokio::test]
async fn it_has_a_history_of_several_people_and_nothing_is_left_open() {
    let (keeper, world) = (Identity::generate(), World::new(Clock::running(1.0), 1));
    let (_, repository) = made(5, &keeper, &world);
    let authors: BTreeSet<&str> = repository.commits.iter().map(|it| it.author.name.as_str()).collect();
    assert!(authors.len() == 4 && repository.commits.len() >= 12, "{authors:?} {}", repository.commits.len());
    assert!(repository.commits.is_sorted_by_key(|it| it.at));
    for (path, text) in repository.commits.iter().flat_map(|it| &it.files) {
        assert!(!text.contains("%{") && !text.contains("  \n"), "{path}: {text}");
        if path.ends_with(".yaml") {
            crate::world::documents(text).unwrap_or_else(|err| panic!("{path}: {err}"));
        }
    }
    assert!(!repository.head().keys().any(|it| it.contains("clusterconfig")));
}

#[tokio::test]
async fn every_commit_renders_and_the_machines_run_on_the_newest() {
    let (keeper, world) = (Identity::generate(), World::new(Clock::running(1.0), 1));
    let (machines, mut repository) = made(4, &keeper, &world);
    place(&machines, &repository, &keeper, &world).unwrap();
    let names: Vec<String> = world.nodes().iter().map(|it| it.hostname()).collect();
    assert_eq!(names, ["home-cp-1", "home-cp-2", "home-cp-3", "home-wk-1"]);
    let running = world.nodes();
    assert!(running[0].config().text.contains("event-ttl: 3h"));
    assert!(!running[0].config().text.contains("PodSecurity"));
    assert_eq!(running[3].config().node_labels["home.example/storage"], "true");
    while repository.commits.pop().is_some() && !repository.commits.is_empty() {
        let head = repository.head();
        let read =
            |path: &str| head.get(path).map(|it| (*it).to_owned()).ok_or(std::io::ErrorKind::NotFound.into());
        for cluster in ["home", "lab"].into_iter().filter(|it| head.keys().any(|path| path.contains(it))) {
            let config = format!("clusters/{cluster}/talos/talconfig.yaml");
            if !head.contains_key(config.as_str()) {
                continue;
            }
            let identities = std::slice::from_ref(&keeper);
            let tree = crate::stand_ins::talhelper::Tree {
                config: &config,
                read: &read,
                identities,
                variable: &|_| None,
            };
            let secrets = config.replace("talconfig", "talsecret.sops");
            crate::stand_ins::talhelper::render(&tree, &secrets).unwrap_or_else(|err| panic!("{err}"));
        }
    }
}
