//! Get one object.

use super::super::cluster::Cluster;
use super::super::route::Target;
use super::super::status::Status;
use super::super::store::{Key, Stored};
use std::sync::Arc;

pub fn get(cluster: &Cluster, target: &Target) -> Result<Arc<Stored>, Status> {
    let key = Key::new(&target.namespace, &target.name);
    let found = cluster.store.get(&target.kind.resource(), &key);
    found.ok_or_else(|| Status::not_found(&target.kind, &target.name))
}
