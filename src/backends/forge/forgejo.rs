//! Forgejo and Gitea: pull requests by base and head, statuses of a commit, reviews.

use super::address::encoded;
use super::call::Calls;
use super::github::{count, last_words, request};
use super::{Address, Answer, Approvals, CallFailure, Checks, Forge, Request, Wish};
use domain::BranchName;
use serde_json::json;

pub(super) struct Forgejo {
    calls: Calls,
    /// `/repos/owner/name`
    repository: String,
}

impl Forgejo {
    pub fn new(calls: Calls, address: &Address) -> Self {
        Self { calls, repository: format!("/repos/{}", address.path) }
    }
}

impl Forge for Forgejo {
    fn create<'a>(&'a self, wish: &'a Wish) -> Answer<'a, Request> {
        Box::pin(async move {
            let body =
                json!({ "title": wish.title, "head": wish.branch.0, "base": wish.onto.0, "body": wish.body });
            request(&self.calls.post(&format!("{}/pulls", self.repository), &body).await?)
        })
    }

    fn find<'a>(&'a self, branch: &'a BranchName, onto: &'a BranchName) -> Answer<'a, Option<Request>> {
        Box::pin(async move {
            let (head, base) = (encoded(&branch.0, ""), encoded(&onto.0, ""));
            match self.calls.get(&format!("{}/pulls/{base}/{head}", self.repository)).await {
                Ok(found) => request(&found).map(Some),
                Err(CallFailure::Absent(_)) => Ok(None),
                Err(failure) => Err(failure),
            }
        })
    }

    fn checks<'a>(&'a self, of: &'a Request) -> Answer<'a, Checks> {
        Box::pin(async move {
            let mut checks = Checks::default();
            let combined = self.calls.get(&format!("{}/commits/{}/status", self.repository, of.head)).await?;
            count(&mut checks, &combined, "/status");
            Ok(checks)
        })
    }

    fn approvals<'a>(&'a self, of: &'a Request) -> Answer<'a, Approvals> {
        Box::pin(async move {
            let path = format!("{}/pulls/{}/reviews?limit=50", self.repository, of.number);
            let words = last_words(&self.calls.get(&path).await?, &["APPROVED", "REQUEST_CHANGES"]);
            let those =
                |state: &str| words.iter().filter(|it| it.1 == state).map(|it| it.0.clone()).collect();
            Ok(Approvals { by: those("APPROVED"), refused_by: those("REQUEST_CHANGES"), wanted: None })
        })
    }
}
