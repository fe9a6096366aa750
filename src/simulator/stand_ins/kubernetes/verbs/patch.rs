//! Change a part of an object.

use super::super::call::Call;
use super::super::cluster::Cluster;
use super::super::patches::{json, merge};
use super::super::status::Status;
use super::super::store::Stored;
use super::How;
use super::preconditions;
use super::update::change;
use serde_json::Value;
use std::sync::Arc;

/// Answers the object, and whether it was created.
pub fn patch(cluster: &Cluster, call: &Call, how: &How) -> Result<(Arc<Stored>, bool), Status> {
    let target = &call.target;
    let kind = call.content_type.split(';').next().unwrap_or_default().trim();
    if !matches!(
        kind,
        "application/json-patch+json"
            | "application/merge-patch+json"
            | "application/strategic-merge-patch+json"
    ) {
        let accepted =
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
        let why = format!(
            "the body of the request was in an unknown format - accepted media types include: {accepted}"
        );
        return Err(Status::unsupported_media(why));
    }
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|why| Status::bad_request(format!("error decoding patch: {why}")))?;
    let stored = change(cluster, target, how, |old, stored| {
        let mut new = old.clone();
        if kind == "application/json-patch+json" {
            json::patch(&mut new, &body).map_err(|why| {
                Status::new(
                    422,
                    "Invalid",
                    format!("the server rejected our request due to an error in our request: {why}"),
                )
            })?;
        } else {
            merge::merge(&mut new, &body);
            preconditions(&target.kind, stored, &body)?;
        }
        Ok(new)
    })?;
    Ok((stored, false))
}
