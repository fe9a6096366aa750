//! What every Kubernetes object has, as far as the cockpit follows it.

use crate::{Moment, ObjectRef};

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Meta {
    pub id: ObjectRef,
    pub uid: String,
    pub created: Option<Moment>,
    /// When its deletion was asked for; it is there until its finalizers are done.
    pub deleted: Option<Moment>,
    pub generation: i64,
    /// The owner that controls it, else its first owner.
    pub owner: Option<ObjectRef>,
    /// Label `cluster.x-k8s.io/cluster-name`.
    pub cluster: Option<String>,
    /// Annotation `cluster.x-k8s.io/paused`, or `spec.paused` where the kind has it.
    pub paused: bool,
    /// Who wrote it last, as far as Argo CD's tracking id tells: `<application>:<group>/<kind>:<namespace>/<name>`.
    pub tracking: Option<String>,
}

impl Meta {
    pub fn name(&self) -> &str {
        &self.id.name
    }
}
