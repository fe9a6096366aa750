//! What the API server says of the fields of its kinds: asked for when a text is edited, and kept while the server
//! says that it is still the same.

use super::{Cluster, Trouble};
use crate::schema;
use domain::Diagnosis;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the list of documents stands: definitions come and go, and each change moves a document to a new place.
const STANDS: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Schemas {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Where the document of each group and version is, and since when that is known.
    places: Option<(Instant, HashMap<String, String>)>,
    /// What was read, and from where.
    read: HashMap<String, (String, Arc<schema::Kinds>)>,
}

/// What the server would not take of the objects of a text.
pub async fn diagnose(cluster: &Cluster, text: String) -> Result<Vec<Diagnosis>, Trouble> {
    let mut known = Vec::new();
    for version in schema::versions(&text) {
        known.extend(cluster.schemas().of(cluster, &version).await?);
    }
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let found = tokio::task::spawn_blocking(move || schema::of_kubernetes(&text, &known)).await;
    found.map_err(|err| Trouble::Garbled(err.to_string()))
}

impl Schemas {
    /// The kinds of a group and version; none where the server does not have it.
    async fn of(&self, cluster: &Cluster, version: &str) -> Result<Option<Arc<schema::Kinds>>, Trouble> {
        let mut held = self.held.lock().await;
        let Held { places, read } = &mut *held;
        let fresh = places.as_ref().is_some_and(|(since, _)| since.elapsed() < STANDS);
        if !fresh {
            let index: Value = cluster.read("/openapi/v3").await?;
            *places = Some((Instant::now(), schema::places(&index)));
        }
        let Some(place) = places.as_ref().and_then(|(_, it)| it.get(version)) else { return Ok(None) };
        if let Some((from, kinds)) = read.get(version)
            && from == place
        {
            return Ok(Some(kinds.clone()));
        }
        let bytes = cluster.read_bytes(place, "application/json").await?;
        let of = version.to_owned();
        // A megabyte of JSON: not on a thread that others wait for.
        let kinds = tokio::task::spawn_blocking(move || {
            serde_json::from_slice(&bytes).map(|it: Value| Arc::new(schema::read(&of, &it)))
        });
        let kinds = kinds.await.map_err(|err| Trouble::Garbled(err.to_string()))?;
        let kinds = kinds.map_err(|err| Trouble::Garbled(err.to_string()))?;
        read.insert(version.to_owned(), (place.clone(), kinds.clone()));
        Ok(Some(kinds))
    }
}
