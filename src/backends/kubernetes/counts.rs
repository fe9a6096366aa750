//! How many objects there are of each kind: one small question a kind, asked once.

use super::cluster::Cluster;
use super::keeper::Known;
use super::kinds::Served;
use super::told::telling;
use crate::Heard;
use domain::{KindRef, Observation};
use futures::{StreamExt, stream};
use serde::Deserialize;
use std::sync::Arc;

/// Questions under way at once.
const AT_ONCE: usize = 4;

const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

#[derive(Deserialize, Default)]
#[serde(default)]
struct List {
    metadata: Metadata,
    items: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    remaining_item_count: Option<u64>,
    #[serde(rename = "continue")]
    next: Option<String>,
}

/// Count the objects of every kind that can be listed. What is forbidden is not counted.
pub fn counts(cluster: &Cluster) -> Heard {
    let cluster = cluster.clone();
    telling(|tell| async move {
        let mut known = cluster.kinds();
        let Ok(state) = known.wait_for(|it| matches!(it, Known::Kinds(_))).await.map(|it| it.clone()) else {
            return;
        };
        let Known::Kinds(kinds) = state else { return };
        let asked: Vec<Arc<Served>> =
            kinds.favourites().filter(|it| it.can("list") && it.can("watch")).cloned().collect();
        let mut counted = stream::iter(asked)
            .map(|it| {
                let cluster = cluster.clone();
                async move { (count(&cluster, &it).await, KindRef::new(it.group.clone(), it.kind.clone())) }
            })
            .buffered(AT_ONCE)
            .boxed();
        while let Some((count, kind)) = counted.next().await {
            if let Some(count) = count
                && tell.send(Observation::Count(kind, count)).await.is_err()
            {
                return;
            }
        }
        futures::future::pending::<()>().await;
    })
}

async fn count(cluster: &Cluster, served: &Served) -> Option<u64> {
    let bytes = cluster.read_bytes(&format!("{}?limit=1", served.path(None)), METADATA).await.ok()?;
    let list: List = serde_json::from_slice(&bytes).ok()?;
    let here = list.items.map_or(0, |it| it.len()) as u64;
    match (list.metadata.remaining_item_count, list.metadata.next.filter(|it| !it.is_empty())) {
        (Some(more), _) => Some(here + more),
        (None, None) => Some(here),
        // There are more, and the server does not say how many.
        (None, Some(_)) => None,
    }
}
