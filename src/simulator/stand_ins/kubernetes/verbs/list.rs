//! List objects, whole or page by page.

use super::super::call::Query;
use super::super::cluster::Cluster;
use super::super::route::Target;
use super::super::selectors::{self, Selector};
use super::super::status::Status;
use super::super::store::{Key, News, Stored};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One page, or all.
pub struct Page {
    pub items: Vec<Arc<Stored>>,
    pub revision: u64,
    /// The token of the next page; empty at the end.
    pub next: String,
    pub remaining: Option<usize>,
}

/// What a query selects of the collection; a name in the path of a watch selects as a field does.
pub fn selector(target: &Target, query: &Query) -> Result<Selector, Status> {
    let text = |name: &str| query.get(name).unwrap_or_default();
    let mut fields = text("fieldSelector").to_owned();
    if !target.name.is_empty() {
        fields = format!("metadata.name={}", target.name);
    }
    Ok(Selector {
        labels: selectors::labels(text("labelSelector"))?,
        fields: selectors::fields(&fields, &target.kind.resource())?,
    })
}

pub fn list(cluster: &Cluster, target: &Target, query: &Query) -> Result<Page, Status> {
    let selector = selector(target, query)?;
    let resource = target.kind.resource();
    let namespace = Some(target.namespace.as_str()).filter(|it| !it.is_empty());
    let token = query.get("continue").filter(|it| !it.is_empty()).map(resume).transpose()?;
    let exact = query.get("resourceVersionMatch") == Some("Exact");
    let wanted = query.number("resourceVersion").filter(|_| exact);
    let at = token.as_ref().map(|(revision, _)| *revision).or(wanted);
    not_from_the_future(cluster, query)?;
    let (mut items, revision) = match at {
        None => cluster.store.list(&resource, namespace),
        Some(at) => (past(cluster, &resource, namespace, at)?, at),
    };
    if let Some((_, after)) = token {
        items.retain(|it| it.key > after);
    }
    if !selector.is_everything() {
        items.retain(|it| selector.matches(it));
    }
    let limit = query.number("limit").filter(|it| *it > 0).map_or(usize::MAX, |it| it as usize);
    let rest = items.len().saturating_sub(limit);
    items.truncate(limit);
    let next = match items.last() {
        Some(last) if rest > 0 => pause(revision, &last.key),
        _ => String::new(),
    };
    Ok(Page { items, revision, next, remaining: (rest > 0 && selector.is_everything()).then_some(rest) })
}

/// A revision that is yet to come cannot be waited for.
pub fn not_from_the_future(cluster: &Cluster, query: &Query) -> Result<(), Status> {
    let (now, wanted) = (cluster.store.revision(), query.number("resourceVersion").unwrap_or(0));
    if wanted <= now {
        return Ok(());
    }
    let cause = json!({ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" });
    let why = format!("Timeout: Too large resource version: {wanted}, current: {now}");
    Err(Status::new(504, "Timeout", why).with_causes(vec![cause]).with_retry_after(1))
}

/// The collection as it was: what is there now, with what happened since taken back.
fn past(
    cluster: &Cluster,
    resource: &str,
    namespace: Option<&str>,
    at: u64,
) -> Result<Vec<Arc<Stored>>, Status> {
    let too_old = || {
        Status::expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list \
             without the continue parameter, or use the continue token in this response to retrieve the remainder of \
             the results.",
        )
    };
    let (now, _) = cluster.store.list(resource, None);
    let News::Entries(since, _) = cluster.store.since(resource, at) else { return Err(too_old()) };
    let inside = |it: &Arc<Stored>| namespace.is_none_or(|namespace| it.key.namespace == namespace);
    if since.is_empty() {
        return Ok(now.into_iter().filter(inside).collect());
    }
    let mut known: BTreeMap<Key, Arc<Stored>> = now.into_iter().map(|it| (it.key.clone(), it)).collect();
    for entry in since.iter().rev() {
        match &entry.before {
            Some(before) => known.insert(before.key.clone(), before.clone()),
            None => known.remove(&entry.object.key),
        };
    }
    Ok(known.into_values().filter(inside).collect())
}

fn pause(revision: u64, last: &Key) -> String {
    let token = json!({ "v": "meta.k8s.io/v1", "rv": revision, "start": format!("{}/{}\u{0}", last.namespace, last.name) });
    STANDARD.encode(token.to_string()).replace('=', "")
}

fn resume(token: &str) -> Result<(u64, Key), Status> {
    let read = || {
        let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
        let token: serde_json::Value = serde_json::from_slice(&engine.decode(token).ok()?).ok()?;
        let start = token["start"].as_str()?.trim_end_matches('\u{0}');
        let (namespace, name) = start.split_once('/')?;
        Some((token["rv"].as_u64()?, Key::new(namespace, name)))
    };
    read().ok_or_else(|| Status::bad_request("continue key is not valid"))
}
