//! What an object of an engine says about how its folder is rendered, read when it is needed: values stand in it, and
//! are kept nowhere.

use crate::kubernetes::{Cluster, Trouble};
use domain::ObjectRef;
use serde_json::Value;
use std::time::Duration;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The `spec` of an Application, a Kustomization or a HelmRelease.
pub(crate) async fn spec(cluster: &Cluster, object: &ObjectRef) -> Result<Value, Trouble> {
    let read = async {
        let served = cluster.served(&object.group, &object.kind, &[]).await?;
        let path = format!("{}/{}", served.path(Some(&object.namespace)), object.name);
        cluster.read::<Value>(&path).await
    };
    let mut whole = tokio::time::timeout(PATIENCE, read).await.map_err(|_| Trouble::Silent(PATIENCE))??;
    Ok(whole.get_mut("spec").map(Value::take).unwrap_or_default())
}
