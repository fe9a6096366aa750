//! What Git declares for this cluster, beside what is there: every Kubernetes object, field by field.

mod compare;
mod deliverer;
mod kustomize;
mod live;
mod manifests;
mod mend;
mod origin;
mod remote;
mod rendered;
mod rules;
mod set;
mod substitutions;
mod watch;
mod watching;

pub(crate) use mend::draft;
pub(crate) use watch::objects;

use crate::yaml::Node;
use domain::ObjectRef;
use origin::Origin;
use rules::Rules;
use std::sync::Arc;

/// One object as Git declares it for this cluster.
#[derive(Debug)]
struct Declared {
    /// With the namespace that it is delivered to.
    object: ObjectRef,
    /// The version of its kind that Git names.
    version: String,
    node: Node,
    /// Which document of what was read, from 0, and where in it, where it stands in a list of several.
    document: usize,
    inside: String,
    origin: Origin,
    delivered_by: Option<ObjectRef>,
    rules: Arc<Rules>,
    /// Why it cannot be compared, although Git declares it.
    unknown: Option<String>,
}

impl Declared {
    /// Of a Secret only that it is there is compared: its values are asked of nobody.
    fn is_secret(&self) -> bool {
        self.object.kind == "Secret" && self.object.group.is_empty()
    }
}
