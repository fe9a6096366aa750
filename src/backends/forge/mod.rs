//! Where pull requests are made: GitHub, GitLab and Forgejo by their REST, where a token is found. Without one the
//! address of the page that makes one is told, and the rest is the person's.

mod address;
mod call;
mod forgejo;
mod github;
mod gitlab;
mod token;
#[cfg(test)]
mod trial;

pub(crate) use address::{Address, Kind};
pub(crate) use call::CallFailure;

use crate::Secret;
use call::Calls;
use domain::{BranchName, CommitId, Proposal, Review};
use futures::future::BoxFuture;

/// A pull request as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub branch: BranchName,
    pub onto: BranchName,
    pub title: String,
    pub body: String,
}

/// A pull request that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// As people write it, `#12` or `!12` without the sign.
    pub number: u64,
    /// Its page.
    pub url: String,
    /// The newest commit of its branch.
    pub head: CommitId,
    pub state: RequestState,
    /// The host says that it cannot be merged as it is. It may only not have looked yet.
    pub stuck: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestState {
    Open,
    /// With the commit that is on the branch now, where the host says it.
    Merged(Option<CommitId>),
    Closed,
}

/// What the checks of a commit say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Checks {
    pub passed: u32,
    pub running: u32,
    /// By name.
    pub failed: Vec<String>,
}

/// Who said yes, who said no, and how many more are wanted where the host says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Approvals {
    pub by: Vec<String>,
    pub refused_by: Vec<String>,
    pub wanted: Option<u32>,
}

type Answer<'a, T> = BoxFuture<'a, Result<T, CallFailure>>;

/// A host of pull requests.
pub(crate) trait Forge: Send + Sync {
    fn create<'a>(&'a self, wish: &'a Wish) -> Answer<'a, Request>;
    /// By its number.
    fn get(&self, number: u64) -> Answer<'_, Request>;
    /// The newest one of a branch.
    fn find<'a>(&'a self, branch: &'a BranchName, onto: &'a BranchName) -> Answer<'a, Option<Request>>;
    fn checks<'a>(&'a self, request: &'a Request, onto: &'a BranchName) -> Answer<'a, Checks>;
    fn approvals<'a>(&'a self, request: &'a Request, onto: &'a BranchName) -> Answer<'a, Approvals>;
}

/// Where a remote is on the web, by its address and what the environment says of its host.
pub(crate) fn address(remote: &str, kind: Option<Kind>) -> Option<Address> {
    Some(Address::of(remote, kind)?.told(&token::variable))
}

/// The forge behind a remote, where there is one that is known and a token for it.
pub(crate) fn of(address: &Address) -> Option<Box<dyn Forge>> {
    let token = token::find(address)?;
    with_token(address, token)
}

fn with_token(address: &Address, token: Secret) -> Option<Box<dyn Forge>> {
    let calls =
        |head: &'static str, scheme: &'static str| Calls::new(address.api(), head, scheme, token.clone());
    Some(match address.kind? {
        Kind::GitHub => Box::new(github::GitHub::new(calls("authorization", "Bearer "), address)),
        Kind::GitLab => Box::new(gitlab::GitLab::new(calls("private-token", ""), address)),
        Kind::Forgejo => Box::new(forgejo::Forgejo::new(calls("authorization", "token "), address)),
        Kind::Bitbucket => return None,
    })
}

/// The pull request of a branch, found or made.
pub(crate) async fn propose(forge: &dyn Forge, wish: &Wish) -> Result<Request, CallFailure> {
    if let Some(there) = forge.find(&wish.branch, &wish.onto).await?
        && there.state == RequestState::Open
    {
        return Ok(there);
    }
    forge.create(wish).await
}

/// How the pull request fares that offers a commit, and whether its host says that it cannot be merged as it is; none
/// where there is none.
pub(crate) async fn review(
    forge: &dyn Forge,
    commit: &CommitId,
    proposal: &Proposal,
) -> Result<Option<(Review, bool)>, CallFailure> {
    let request = match proposal.number {
        Some(number) => forge.get(number).await?,
        None => {
            // A branch of that name may have been merged once before: that was another commit.
            let found = forge.find(&proposal.branch, &proposal.onto).await?;
            let ours = found.filter(|it| it.state == RequestState::Open || it.head == *commit);
            let Some(found) = ours else { return Ok(None) };
            found
        }
    };
    let mut review = Review {
        number: request.number,
        url: request.url.clone(),
        merged: None,
        closed: request.state == RequestState::Closed,
        conflicts: false,
        passed: 0,
        running: 0,
        failed: Vec::new(),
        approved_by: Vec::new(),
        refused_by: Vec::new(),
        wanted: None,
    };
    match &request.state {
        RequestState::Open => {}
        RequestState::Closed => return Ok(Some((review, false))),
        RequestState::Merged(merged) => {
            review.merged = Some(merged.clone().unwrap_or_else(|| request.head.clone()));
            return Ok(Some((review, false)));
        }
    }
    let checks = forge.checks(&request, &proposal.onto).await?;
    (review.passed, review.running, review.failed) = (checks.passed, checks.running, checks.failed);
    let approvals = forge.approvals(&request, &proposal.onto).await?;
    (review.approved_by, review.refused_by, review.wanted) =
        (approvals.by, approvals.refused_by, approvals.wanted);
    Ok(Some((review, request.stuck)))
}
