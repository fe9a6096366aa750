//! A handle on one Kubernetes API server. Cheap to clone; nothing is connected before it is needed.

use super::connection::{Connection, Found};
use super::keeper::{Keeper, Known};
use super::kinds::Served;
use super::schemas::Schemas;
use super::trouble::Trouble;
use crate::{Secret, Sources};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::{Arc, OnceLock};
use tokio::sync::watch;

#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

struct Inner {
    connection: Arc<Connection>,
    keeper: OnceLock<Keeper>,
    schemas: Schemas,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cluster(…)")
    }
}

impl Cluster {
    /// The cluster that the command line and the environment point at.
    pub fn new(sources: &Sources) -> Self {
        let found = Found::File { path: sources.kubeconfig.clone(), context: sources.kube_context.clone() };
        Self::found(found)
    }

    /// A workload cluster, by the text of the kubeconfig in its secret.
    pub fn of_kubeconfig(text: Secret) -> Self {
        Self::found(Found::Text(text))
    }

    fn found(found: Found) -> Self {
        let connection = Arc::new(Connection::new(found));
        Self { inner: Arc::new(Inner { connection, keeper: OnceLock::new(), schemas: Schemas::default() }) }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    pub(super) fn schemas(&self) -> &Schemas {
        &self.inner.schemas
    }

    fn keeper(&self) -> &Keeper {
        self.inner.keeper.get_or_init(|| Keeper::start(self.inner.connection.clone()))
    }

    /// The client, for what the readers here do not cover. Made now if there is none yet.
    pub async fn client(&self) -> Result<kube::Client, Trouble> {
        self.inner.connection.client().await
    }

    /// What is known of its kinds, now and whenever that changes.
    pub fn kinds(&self) -> watch::Receiver<Known> {
        self.keeper().known.clone()
    }

    /// Why the server does not answer now, although its kinds are known.
    pub(super) fn silent(&self) -> watch::Receiver<Option<Trouble>> {
        self.keeper().silent.clone()
    }

    /// Ask for the kinds again soon: one that we thought to be there is not.
    pub(super) fn doubt(&self) {
        self.keeper().doubt();
    }

    /// The kind, once the kinds are known, in the first of `versions` that is served, else in the server's
    /// favourite. `Missing` where there is no such kind.
    pub async fn served(&self, group: &str, kind: &str, versions: &[&str]) -> Result<Arc<Served>, Trouble> {
        let mut known = self.kinds();
        loop {
            match &*known.borrow_and_update() {
                Known::Asking => {}
                Known::Failed(trouble) => return Err(trouble.clone()),
                Known::Kinds(kinds) => {
                    return kinds
                        .find(group, kind, versions)
                        .ok_or_else(|| Trouble::Missing(missing(group, kind)));
                }
            }
            if known.changed().await.is_err() {
                return Err(Trouble::Unreachable("the cluster was let go".into()));
            }
        }
    }

    /// One JSON answer: `path` begins with /api or /apis and may hold a query.
    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Trouble> {
        let bytes = self.read_bytes(path, "application/json").await?;
        serde_json::from_slice(&bytes).map_err(|err| Trouble::Garbled(err.to_string()))
    }

    /// One answer as it came.
    pub async fn read_bytes(&self, path: &str, accept: &str) -> Result<Bytes, Trouble> {
        self.inner.connection.get(path, accept).await
    }
}

/// "the server has no kind Machine in cluster.x-k8s.io".
pub(super) fn missing(group: &str, kind: &str) -> String {
    match group {
        "" => format!("the server has no kind {kind}"),
        group => format!("the server has no kind {kind} in {group}"),
    }
}
