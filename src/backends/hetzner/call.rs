//! One call, with its headers; and all pages of a list.

use super::account::Account;
use super::budget::For;
use crate::plain::innermost;
use reqwest::StatusCode;
use serde_json::Value;
use std::time::Duration;

/// Items of one page; the most that the API gives.
const PAGE: u32 = 50;
/// Pages that are read of one list.
const PAGES: u32 = 40;

/// What is left of the hour, as the last answer told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub remaining: u32,
    pub limit: u32,
    /// When it is whole again, in seconds since the epoch.
    pub reset: i64,
}

impl Left {
    /// Whether enough is left for those who need it more: below a fifth we are silent.
    pub fn enough(self) -> bool {
        self.limit == 0 || self.remaining * 5 >= self.limit
    }
}

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallFailure {
    #[error("the token is not valid")]
    Unauthorized,
    #[error("the token may not read this: {0}")]
    Forbidden(String),
    #[error("the project's calls are used up for now")]
    Limited,
    /// Our own budget has no call left.
    #[error("the calls that the cockpit may make in an hour are used up; there is one again in {} s", .0.as_secs())]
    Spent(Duration),
    #[error("{0}")]
    Answered(String),
    #[error("the API cannot be reached: {0}")]
    Unreachable(String),
}

/// Everything of one list.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub items: Vec<Value>,
    pub pages: u32,
}

/// Read every page of `collection`, within the budget: its rhythm waits for a call, a closer look gives up.
pub(super) async fn list(account: &Account, collection: &str, what: For) -> Result<Listed, CallFailure> {
    let mut all = Listed::default();
    let mut page = 1;
    while page <= PAGES {
        // A list that was begun is read to its end.
        let what = if page == 1 { what } else { For::Rhythm };
        let body = get(account, &format!("{collection}?page={page}&per_page={PAGE}"), what).await?;
        all.pages = page;
        let items = body.get(collection).and_then(Value::as_array);
        all.items.extend(items.into_iter().flatten().cloned());
        let next = body.pointer("/meta/pagination/next_page").and_then(Value::as_u64);
        match next.and_then(|it| u32::try_from(it).ok()).filter(|it| *it > page) {
            Some(next) => page = next,
            None => break,
        }
    }
    Ok(all)
}

/// The newest actions of a collection, newest first: one page.
pub(super) async fn actions(
    account: &Account,
    collection: &str,
    what: For,
) -> Result<Vec<Value>, CallFailure> {
    let mut body = get(account, &format!("{collection}/actions?sort=id:desc&per_page={PAGE}"), what).await?;
    match body.get_mut("actions").map(Value::take) {
        Some(Value::Array(all)) => Ok(all),
        _ => Ok(Vec::new()),
    }
}

async fn get(account: &Account, asked: &str, what: For) -> Result<Value, CallFailure> {
    while let Err(wait) = account.take(what) {
        if what != For::Rhythm {
            return Err(CallFailure::Spent(wait));
        }
        tokio::time::sleep(wait).await;
    }
    let configuration = &account.configuration;
    let url = format!("{}/{asked}", configuration.get_default_base_path());
    let mut request = configuration.client.get(url);
    if let Some(agent) = &configuration.user_agent {
        request = request.header("user-agent", agent);
    }
    if let Some(token) = &configuration.bearer_access_token {
        request = request.bearer_auth(token);
    }
    let unreachable = |err: reqwest::Error| CallFailure::Unreachable(innermost(&err.without_url()));
    let response = request.send().await.map_err(unreachable)?;
    let number = |name: &str| {
        response.headers().get(name).and_then(|it| it.to_str().ok()).and_then(|it| it.parse().ok())
    };
    if let (Some(limit), Some(remaining)) = (number("ratelimit-limit"), number("ratelimit-remaining")) {
        let (limit, remaining): (i64, i64) = (limit, remaining);
        let narrow = |it: i64| u32::try_from(it).unwrap_or(0);
        let reset = number("ratelimit-reset").unwrap_or(0);
        account.set_left(Left { remaining: narrow(remaining), limit: narrow(limit), reset });
    }
    let status = response.status();
    let body: Value = match response.json().await {
        Ok(body) => body,
        Err(err) if status.is_success() => return Err(unreachable(err)),
        Err(_) => Value::Null,
    };
    if status.is_success() { Ok(body) } else { Err(failure(status, &body)) }
}

fn failure(status: StatusCode, body: &Value) -> CallFailure {
    let said = body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
    let said: String = said.chars().filter(|it| !domain::unseen(*it)).take(200).collect();
    match status {
        StatusCode::UNAUTHORIZED => CallFailure::Unauthorized,
        StatusCode::FORBIDDEN => CallFailure::Forbidden(said),
        StatusCode::TOO_MANY_REQUESTS => CallFailure::Limited,
        _ => CallFailure::Answered(format!("{} {said}", status.as_u16()).trim().to_owned()),
    }
}
