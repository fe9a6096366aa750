//! Replace an object.

use super::super::cluster::Cluster;
use super::super::route::Target;
use super::super::status::Status;
use super::super::store::{Key, Stored, Write, Written};
use super::create::fits;
use super::{How, preconditions, settle};
use serde_json::Value;
use std::sync::Arc;

/// Replace the object of `target`, or its status, by `object`.
pub fn update(cluster: &Cluster, target: &Target, object: Value, how: &How) -> Result<Arc<Stored>, Status> {
    fits(target, &object)?;
    let named = object["metadata"]["name"].as_str().unwrap_or_default();
    if named != target.name {
        let why =
            format!("the name of the object ({named}) does not match the name on the URL ({})", target.name);
        return Err(Status::bad_request(why));
    }
    change(cluster, target, how, |_, stored| {
        preconditions(&target.kind, stored, &object)?;
        Ok(object)
    })
}

/// Change the object of `target`: `decide` makes of what is there what shall be there. Answers what is there then.
pub fn change(
    cluster: &Cluster,
    target: &Target,
    how: &How,
    decide: impl FnOnce(&Value, &Stored) -> Result<Value, Status>,
) -> Result<Arc<Stored>, Status> {
    put(cluster, target, how, |old, stored| {
        let new = decide(old, stored)?;
        settle(cluster, target, old, new, how)
    })
}

/// The same where `decide` settles the write itself.
pub fn put(
    cluster: &Cluster,
    target: &Target,
    how: &How,
    decide: impl FnOnce(&Value, &Stored) -> Result<Write, Status>,
) -> Result<Arc<Stored>, Status> {
    let kind = &*target.kind;
    let key = Key::new(&target.namespace, &target.name);
    let mut kept = None;
    let written = cluster.store.write(&kind.resource(), &key, |before| {
        let stored = before.ok_or_else(|| Status::not_found(kind, &target.name))?;
        let write = decide(&stored.value(), stored)?;
        kept = Some(match &write {
            Write::Put(value) | Write::Remove(value) if how.dry_run => {
                Arc::new(Stored::of(key.clone(), stored.revision, value.clone()))
            }
            _ => stored.clone(),
        });
        Ok::<_, Status>(if how.dry_run { Write::Nothing } else { write })
    })?;
    cluster.notice(&kind.resource(), &written);
    match (written, kept) {
        (Written::Put(stored) | Written::Removed(stored), _) | (Written::Nothing, Some(stored)) => Ok(stored),
        (Written::Nothing, None) => Err(Status::not_found(kind, &target.name)),
    }
}
