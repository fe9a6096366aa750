//! What the house needs to hear, given what it shows.

use crate::Model;
use domain::Watch;
use std::collections::BTreeSet;

/// The runtime starts what is missing and drops what is no longer wanted; no view and no action starts a stream.
pub fn watches(_model: &Model) -> BTreeSet<Watch> {
    BTreeSet::from([
        Watch::Fleet,
        Watch::Machines,
        Watch::Delivery,
        Watch::KubeNodes,
        Watch::Repository,
        Watch::Servers,
    ])
}
