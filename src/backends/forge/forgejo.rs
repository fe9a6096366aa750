//! Forgejo and Gitea: pull requests by base and head, statuses of a commit, reviews.

use super::address::encoded;
use super::call::{Calls, items, text};
use super::github::{count, last_words, request};
use super::{Address, Answer, Approvals, CallFailure, Checks, Forge, Request, RequestState, Wish};
use domain::BranchName;
use serde_json::{Value, json};

pub(super) struct Forgejo {
    calls: Calls,
    /// `/repos/owner/name`
    repository: String,
}

impl Forgejo {
    pub fn new(calls: Calls, address: &Address) -> Self {
        Self { calls, repository: format!("/repos/{}", address.path) }
    }

    /// A branch with what it wants of a pull request; nothing where that is not told.
    async fn branch(&self, name: &BranchName) -> Result<Value, CallFailure> {
        match self.calls.get(&format!("{}/branches/{}", self.repository, encoded(&name.0, "/"))).await {
            Err(CallFailure::Absent(_) | CallFailure::Forbidden(_)) => Ok(Value::Null),
            answer => answer,
        }
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

    fn get(&self, number: u64) -> Answer<'_, Request> {
        Box::pin(
            async move { request(&self.calls.get(&format!("{}/pulls/{number}", self.repository)).await?) },
        )
    }

    fn find<'a>(&'a self, branch: &'a BranchName, onto: &'a BranchName) -> Answer<'a, Option<Request>> {
        Box::pin(async move {
            let (head, base) = (encoded(&branch.0, ""), encoded(&onto.0, ""));
            let first = match self.calls.get(&format!("{}/pulls/{base}/{head}", self.repository)).await {
                Ok(found) => request(&found)?,
                Err(CallFailure::Absent(_)) => return Ok(None),
                Err(failure) => return Err(failure),
            };
            if first.state == RequestState::Open {
                return Ok(Some(first));
            }
            // It answers with the first there ever was. A later one of the same branch is among the newest.
            let path = format!("{}/pulls?state=all&sort=recentupdate&limit=50", self.repository);
            let newest = self.calls.get(&path).await?;
            let ours = items(&newest).filter(|it| {
                (text(it, "/head/label"), text(it, "/base/ref")) == (branch.0.clone(), onto.0.clone())
            });
            let found = ours.map(request).collect::<Result<Vec<_>, _>>()?;
            Ok(found.into_iter().chain([first]).max_by_key(|it| it.number))
        })
    }

    fn checks<'a>(&'a self, of: &'a Request, onto: &'a BranchName) -> Answer<'a, Checks> {
        Box::pin(async move {
            let mut checks = Checks::default();
            let combined = self.calls.get(&format!("{}/commits/{}/status", self.repository, of.head)).await?;
            count(&mut checks, &combined, "/status");
            // The branch may want some that have not begun to say anything.
            let rule = self.branch(onto).await?;
            let wanted = items(&rule["status_check_contexts"]).filter_map(Value::as_str);
            let said = |name: &str| items(&combined["statuses"]).any(|it| text(it, "/context") == name);
            let missing = wanted.filter(|it| !it.contains(['*', '?', '[', '{']) && !said(it)).count();
            if rule["enable_status_check"].as_bool() == Some(true) {
                checks.running += u32::try_from(missing).unwrap_or(u32::MAX);
            }
            Ok(checks)
        })
    }

    fn approvals<'a>(&'a self, of: &'a Request, onto: &'a BranchName) -> Answer<'a, Approvals> {
        Box::pin(async move {
            let path = format!("{}/pulls/{}/reviews?limit=50", self.repository, of.number);
            let reviews = self.calls.get(&path).await?;
            let words = last_words(&reviews, &["APPROVED", "REQUEST_CHANGES"]);
            let those =
                |state: &str| words.iter().filter(|it| it.1 == state).map(|it| it.0.clone()).collect();
            let wanted = self.branch(onto).await?["required_approvals"].as_u64();
            // Only of those who may write it counts.
            let counted = |it: &&Value| it["official"].as_bool() == Some(true);
            let official = Value::from(items(&reviews).filter(counted).cloned().collect::<Vec<_>>());
            let official = last_words(&official, &["APPROVED", "REQUEST_CHANGES"]);
            let official = official.values().filter(|it| *it == "APPROVED").count() as u64;
            let wanted = wanted.and_then(|it| u32::try_from(it.saturating_sub(official)).ok());
            Ok(Approvals { by: those("APPROVED"), refused_by: those("REQUEST_CHANGES"), wanted })
        })
    }
}
