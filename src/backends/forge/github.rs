//! GitHub: pull requests, check runs and statuses of a commit, reviews.

use super::address::encoded;
use super::call::{Calls, commit, items, page, text};
use super::{Address, Answer, Approvals, CallFailure, Checks, Forge, Request, RequestState, Wish};
use domain::BranchName;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) struct GitHub {
    calls: Calls,
    /// `/repos/owner/name`
    repository: String,
    owner: String,
}

impl GitHub {
    pub fn new(calls: Calls, address: &Address) -> Self {
        let owner = address.path.split('/').next().unwrap_or_default().to_owned();
        Self { calls, repository: format!("/repos/{}", address.path), owner }
    }
}

/// A pull request as GitHub and Forgejo have it.
pub(super) fn request(value: &Value) -> Result<Request, CallFailure> {
    let merged = value["merged"].as_bool() == Some(true) || value["merged_at"].is_string();
    let state = match (merged, value["state"].as_str()) {
        (true, _) => {
            RequestState::Merged(commit(value, "/merge_commit_sha").or(commit(value, "/merged_commit_id")))
        }
        (false, Some("closed")) => RequestState::Closed,
        _ => RequestState::Open,
    };
    Ok(Request {
        number: value["number"].as_u64().ok_or(CallFailure::Unclear)?,
        url: page(value, "/html_url"),
        head: commit(value, "/head/sha").ok_or(CallFailure::Unclear)?,
        state,
        stuck: value["mergeable"].as_bool() == Some(false) && value["draft"].as_bool() != Some(true),
    })
}

/// The last word of everybody who had one: state by name.
pub(super) fn last_words(reviews: &Value, decisive: &[&str]) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for review in items(reviews).filter(|it| it["dismissed"].as_bool() != Some(true)) {
        let (who, state) = (text(review, "/user/login"), text(review, "/state"));
        if decisive.contains(&state.as_str()) && !who.is_empty() {
            words.insert(who, state);
        }
    }
    words
}

impl Forge for GitHub {
    fn create<'a>(&'a self, wish: &'a Wish) -> Answer<'a, Request> {
        Box::pin(async move {
            let body =
                json!({ "title": wish.title, "head": wish.branch.0, "base": wish.onto.0, "body": wish.body });
            request(&self.calls.post(&format!("{}/pulls", self.repository), &body).await?)
        })
    }

    fn get(&self, number: u64) -> Answer<'_, Request> {
        Box::pin(
            async move { request(&self.calls.get(&format!("{}/pulls/{number}", self.repository)).await?) },
        )
    }

    fn find<'a>(&'a self, branch: &'a BranchName, onto: &'a BranchName) -> Answer<'a, Option<Request>> {
        Box::pin(async move {
            let head = encoded(&format!("{}:{}", self.owner, branch.0), "");
            let base = encoded(&onto.0, "");
            let path = format!(
                "{}/pulls?state=all&sort=created&direction=desc&head={head}&base={base}",
                self.repository
            );
            items(&self.calls.get(&path).await?).next().map(request).transpose()
        })
    }

    fn checks<'a>(&'a self, of: &'a Request, _: &'a BranchName) -> Answer<'a, Checks> {
        Box::pin(async move {
            let at = format!("{}/commits/{}", self.repository, of.head);
            let mut checks = Checks::default();
            let runs = self.calls.get(&format!("{at}/check-runs?per_page=100")).await?;
            for run in items(&runs["check_runs"]) {
                match (run["status"].as_str(), run["conclusion"].as_str()) {
                    (Some("completed"), Some("success" | "neutral" | "skipped")) => checks.passed += 1,
                    (Some("completed"), _) => checks.failed.push(text(run, "/name")),
                    _ => checks.running += 1,
                }
            }
            let statuses = self.calls.get(&format!("{at}/status?per_page=100")).await?;
            count(&mut checks, &statuses, "/state");
            Ok(checks)
        })
    }

    fn approvals<'a>(&'a self, of: &'a Request, _: &'a BranchName) -> Answer<'a, Approvals> {
        Box::pin(async move {
            let path = format!("{}/pulls/{}/reviews?per_page=100", self.repository, of.number);
            let words =
                last_words(&self.calls.get(&path).await?, &["APPROVED", "CHANGES_REQUESTED", "DISMISSED"]);
            let those =
                |state: &str| words.iter().filter(|it| it.1 == state).map(|it| it.0.clone()).collect();
            Ok(Approvals { by: those("APPROVED"), refused_by: those("CHANGES_REQUESTED"), wanted: None })
        })
    }
}

/// The statuses of a commit; each says its state at `at`.
pub(super) fn count(checks: &mut Checks, combined: &Value, at: &str) {
    for status in items(&combined["statuses"]) {
        match text(status, at).as_str() {
            "success" | "warning" => checks.passed += 1,
            "pending" => checks.running += 1,
            _ => checks.failed.push(text(status, "/context")),
        }
    }
}
