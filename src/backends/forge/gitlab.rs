//! GitLab: merge requests, the pipeline of their head, approvals.

use super::address::encoded;
use super::call::{Calls, commit, items, page, text};
use super::{Address, Answer, Approvals, CallFailure, Checks, Forge, Request, RequestState, Wish};
use domain::BranchName;
use serde_json::{Value, json};

pub(super) struct GitLab {
    calls: Calls,
    /// `/projects/group%2Fname/merge_requests`
    requests: String,
}

impl GitLab {
    pub fn new(calls: Calls, address: &Address) -> Self {
        Self { calls, requests: format!("/projects/{}/merge_requests", encoded(&address.path, "")) }
    }
}

fn request(value: &Value) -> Result<Request, CallFailure> {
    let state = match value["state"].as_str() {
        Some("merged") => RequestState::Merged(
            commit(value, "/merge_commit_sha")
                .or(commit(value, "/squash_commit_sha"))
                .or(commit(value, "/sha")),
        ),
        Some("closed") => RequestState::Closed,
        _ => RequestState::Open,
    };
    Ok(Request {
        number: value["iid"].as_u64().ok_or(CallFailure::Unclear)?,
        url: page(value, "/web_url"),
        head: commit(value, "/sha").ok_or(CallFailure::Unclear)?,
        state,
        stuck: value["has_conflicts"].as_bool() == Some(true),
    })
}

impl Forge for GitLab {
    fn create<'a>(&'a self, wish: &'a Wish) -> Answer<'a, Request> {
        Box::pin(async move {
            let body = json!({
                "source_branch": wish.branch.0, "target_branch": wish.onto.0, "title": wish.title,
                "description": wish.body, "remove_source_branch": true,
            });
            request(&self.calls.post(&self.requests, &body).await?)
        })
    }

    fn get(&self, number: u64) -> Answer<'_, Request> {
        Box::pin(async move { request(&self.calls.get(&format!("{}/{number}", self.requests)).await?) })
    }

    fn find<'a>(&'a self, branch: &'a BranchName, onto: &'a BranchName) -> Answer<'a, Option<Request>> {
        Box::pin(async move {
            let (source, target) = (encoded(&branch.0, ""), encoded(&onto.0, ""));
            let order = "order_by=created_at&sort=desc";
            let path =
                format!("{}?state=all&{order}&source_branch={source}&target_branch={target}", self.requests);
            items(&self.calls.get(&path).await?).next().map(request).transpose()
        })
    }

    fn checks<'a>(&'a self, of: &'a Request, _: &'a BranchName) -> Answer<'a, Checks> {
        Box::pin(async move {
            let one = self.calls.get(&format!("{}/{}", self.requests, of.number)).await?;
            let mut checks = Checks::default();
            match one.pointer("/head_pipeline/status").and_then(Value::as_str) {
                None => {}
                Some("success" | "skipped" | "manual") => checks.passed = 1,
                Some("failed" | "canceled") => checks.failed.push("the pipeline".into()),
                Some(_) => checks.running = 1,
            }
            Ok(checks)
        })
    }

    fn approvals<'a>(&'a self, of: &'a Request, _: &'a BranchName) -> Answer<'a, Approvals> {
        Box::pin(async move {
            let said = match self.calls.get(&format!("{}/{}/approvals", self.requests, of.number)).await {
                // Not every edition has them.
                Err(CallFailure::Absent(_) | CallFailure::Forbidden(_)) => return Ok(Approvals::default()),
                said => said?,
            };
            let by = items(&said["approved_by"]).map(|it| text(it, "/user/username")).collect();
            let wanted = said["approvals_left"].as_u64().and_then(|it| u32::try_from(it).ok());
            Ok(Approvals { by, refused_by: Vec::new(), wanted })
        })
    }
}
