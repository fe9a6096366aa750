//! What is owned goes with its owner.

use super::super::store::{Key, Stored};
use super::super::verbs::delete::DeleteOptions;
use super::desk::Desk;
use super::index::Place;
use serde_json::Value;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

pub fn look(desk: &mut Desk, resource: &str, key: &Key) {
    let Some(object) = desk.get(resource, key) else { return };
    if object.deleting {
        let value = object.value();
        if has_finalizer(&value, ORPHAN) {
            release(desk, &object);
            drop_finalizer(desk, resource, key, ORPHAN);
        } else if has_finalizer(&value, FOREGROUND) && wait_for_owned(desk, &object) {
            drop_finalizer(desk, resource, key, FOREGROUND);
        }
        return;
    }
    if object.owners.is_empty() {
        return;
    }
    // An owner that is gone, or that waits for this in the foreground, no longer holds it.
    let holds = |uid: &str| {
        let place = desk.index.places.get(uid);
        let owner = place.and_then(|(resource, key)| desk.get(resource, key));
        owner.is_some_and(|it| !it.deleting || !has_finalizer(&it.value(), FOREGROUND))
    };
    let held = object.owners.iter().any(|it| holds(&it.uid));
    if !held {
        let options = DeleteOptions { propagation: Some("Background".into()), ..Default::default() };
        desk.delete(resource, key, &options);
    }
}

fn has_finalizer(object: &Value, name: &str) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|it| it.iter().any(|it| it == name))
}

fn owned(desk: &Desk, object: &Stored) -> Vec<Place> {
    desk.index.owned.get(&object.uid).into_iter().flatten().cloned().collect()
}

/// Let go of what is owned: it stays, without an owner.
fn release(desk: &Desk, object: &Stored) {
    for (resource, key) in owned(desk, object) {
        desk.edit(&resource, &key, |it| {
            let Some(list) = it["metadata"]["ownerReferences"].as_array_mut() else { return };
            list.retain(|it| it["uid"] != object.uid.as_str());
            if list.is_empty()
                && let Some(metadata) = it["metadata"].as_object_mut()
            {
                metadata.remove("ownerReferences");
            }
        });
    }
}

/// Delete what is owned; answers whether nothing is left that blocks.
fn wait_for_owned(desk: &Desk, object: &Stored) -> bool {
    let mut free = true;
    for (resource, key) in owned(desk, object) {
        let Some(one) = desk.get(&resource, &key) else { continue };
        free &= !one.owners.iter().any(|it| it.uid == object.uid && it.blocks);
        if !one.deleting {
            let options = DeleteOptions { propagation: Some("Foreground".into()), ..Default::default() };
            desk.delete(&resource, &key, &options);
            free &= desk.get(&resource, &key).is_none();
        }
    }
    free || owned(desk, object).iter().all(|(resource, key)| desk.get(resource, key).is_none())
}

fn drop_finalizer(desk: &Desk, resource: &str, key: &Key, name: &str) {
    desk.edit(resource, key, |it| {
        if let Some(list) = it["metadata"]["finalizers"].as_array_mut() {
            list.retain(|it| it != name);
        }
    });
}
