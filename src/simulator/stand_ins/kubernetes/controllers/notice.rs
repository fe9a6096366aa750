//! What a change means for whom.

use super::super::store::{Change, Key, Stored};
use super::desk::Desk;
use super::index::NodeFacts;
use super::queue::Work;

/// Take in what is there at the first moment.
pub fn begin(desk: &mut Desk) {
    let now = desk.cluster.clock.course();
    for (resource, object) in desk.cluster.store.everything() {
        desk.index.put(&resource, None, &object);
        if resource == "nodes" {
            desk.index.heard.insert(object.key.name.clone(), now);
        }
        if let Some(work) = own_work(&resource, &object.key) {
            desk.queue.add(work);
        }
        if resource == "pods" && object.node.is_empty() {
            desk.queue.add(Work::Pod(object.key.clone()));
        }
        if object.deleting {
            desk.queue.add(Work::Garbage(resource, object.key.clone()));
        }
    }
}

/// What looks at an object of a resource itself.
fn own_work(resource: &str, key: &Key) -> Option<Work> {
    let key = || key.clone();
    Some(match resource {
        "namespaces" => Work::Namespace(key().name),
        "nodes" => Work::Node(key().name),
        "deployments.apps" => Work::Deployment(key()),
        "replicasets.apps" => Work::ReplicaSet(key()),
        "statefulsets.apps" => Work::StatefulSet(key()),
        "daemonsets.apps" => Work::DaemonSet(key()),
        "jobs.batch" => Work::Job(key()),
        "services" => Work::Service(key()),
        "poddisruptionbudgets.policy" => Work::Budget(key()),
        _ => return None,
    })
}

pub fn notice(desk: &mut Desk, change: &Change) {
    let (resource, entry) = (change.resource.as_str(), &change.entry);
    let facts =
        (resource == "nodes").then(|| desk.index.nodes.get(&entry.object.key.name).cloned()).flatten();
    desk.index.take(change);
    let key = &entry.object.key;
    match resource {
        "events" => return,
        "leases.coordination.k8s.io" => {
            if key.namespace == "kube-node-lease" && !entry.removed {
                desk.index.heard.insert(key.name.clone(), desk.cluster.clock.course());
            }
            return;
        }
        "nodes" => node(desk, entry.removed, key, facts),
        "pods" => pod(desk, entry.before.as_deref(), &entry.object, entry.removed),
        _ => desk.queue.extend_own(own_work(resource, key)),
    }
    for owner in &entry.object.owners {
        if owner.controller {
            wake_owner(desk, &owner.uid);
        }
        let unknown = entry.before.is_none() && !entry.removed && !desk.index.places.contains_key(&owner.uid);
        if unknown {
            desk.queue.add(Work::Garbage(resource.to_owned(), key.clone()));
        }
    }
    if entry.object.deleting && !entry.removed {
        desk.queue.add(Work::Garbage(resource.to_owned(), key.clone()));
    }
    if entry.removed {
        gone(desk, resource, &entry.object);
    }
}

fn wake_owner(desk: &mut Desk, uid: &str) {
    if let Some((resource, key)) = desk.index.places.get(uid) {
        let work = own_work(resource, key);
        desk.queue.extend_own(work);
    }
}

fn node(desk: &mut Desk, removed: bool, key: &Key, before: Option<NodeFacts>) {
    let name = key.name.clone();
    if removed {
        desk.queue.add(Work::Lost(name));
    } else {
        desk.index.heard.insert(name.clone(), desk.cluster.clock.course());
        if before.as_ref() == desk.index.nodes.get(&name) {
            return;
        }
        desk.queue.add(Work::Node(name));
    }
    // Where pods may run has changed.
    let sets: Vec<Key> = desk.index.daemon_sets.iter().cloned().collect();
    sets.into_iter().for_each(|it| desk.queue.add(Work::DaemonSet(it)));
    let waiting: Vec<Key> = desk.index.waiting.iter().cloned().collect();
    waiting.into_iter().for_each(|it| desk.queue.add(Work::Pod(it)));
}

fn pod(desk: &mut Desk, before: Option<&Stored>, pod: &Stored, removed: bool) {
    if pod.node.is_empty() && !removed && before.is_none() {
        desk.queue.add(Work::Pod(pod.key.clone()));
    }
    let same = before.is_some_and(|it| {
        (it.ready, it.deleting, &it.phase, &it.labels) == (pod.ready, pod.deleting, &pod.phase, &pod.labels)
    });
    if same && !removed {
        return;
    }
    let mut found = Vec::new();
    let labels = [Some(pod), before];
    let within = |key: &Key| key.namespace == pod.key.namespace;
    for (key, selector) in desk.index.services.iter().filter(|(key, _)| within(key)) {
        if labels.iter().flatten().any(|pod| selector.iter().all(|it| it.matches(|name| pod.label(name)))) {
            found.push(Work::Service(key.clone()));
        }
    }
    for (key, selector) in desk.index.budgets.iter().filter(|(key, _)| within(key)) {
        if labels.iter().flatten().any(|pod| selector.iter().all(|it| it.matches(|name| pod.label(name)))) {
            found.push(Work::Budget(key.clone()));
        }
    }
    found.into_iter().for_each(|it| desk.queue.add(it));
}

/// Something is gone: what it owned may go too, and who waited for that may go on.
fn gone(desk: &mut Desk, resource: &str, object: &Stored) {
    let owned: Vec<_> = desk.index.owned.get(&object.uid).into_iter().flatten().cloned().collect();
    for (resource, key) in owned {
        desk.queue.add(Work::Garbage(resource, key));
    }
    for owner in &object.owners {
        if let Some((resource, key)) = desk.index.places.get(&owner.uid) {
            desk.queue.add(Work::Garbage(resource.clone(), key.clone()));
        }
    }
    if !object.key.namespace.is_empty() {
        let namespace = desk.get("namespaces", &Key::new("", &object.key.namespace));
        if namespace.is_some_and(|it| it.deleting) {
            desk.queue.add(Work::Namespace(object.key.namespace.clone()));
        }
    }
    if resource == "customresourcedefinitions.apiextensions.k8s.io" {
        // The objects of a definition go with it; the shelf is named as the definition is.
        let (left, _) = desk.cluster.store.list(&object.key.name, None);
        for object_left in left {
            desk.forget(&object.key.name, &object_left.key);
        }
    }
}
