//! One call of a forge's REST: JSON there and back, a limit to its time, and no token to another host.

use crate::Secret;
use crate::plain::{innermost, plain};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallFailure {
    #[error("the token is not valid there")]
    Unauthorized,
    #[error("the token may not do this: {0}")]
    Forbidden(String),
    #[error("there is no such thing: {0}")]
    Absent(String),
    #[error("{0}")]
    Answered(String),
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("its answer was not understood")]
    Unclear,
}

/// A REST, and what opens it.
pub(super) struct Calls {
    base: String,
    head: &'static str,
    scheme: &'static str,
    token: Secret,
    /// None where this machine has no means for it. One that is made otherwise would follow redirects.
    client: Option<reqwest::Client>,
}

impl Calls {
    pub fn new(base: String, head: &'static str, scheme: &'static str, token: Secret) -> Self {
        // A redirect could lead the token elsewhere.
        let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        Self { base, head, scheme, token, client: client.build().ok() }
    }

    pub async fn get(&self, path: &str) -> Result<Value, CallFailure> {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, CallFailure> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, CallFailure> {
        let Some(client) = &self.client else {
            return Err(CallFailure::Unreachable("this machine has no roots of trust for https".into()));
        };
        let mut request = client
            .request(method, format!("{}{path}", self.base))
            .header("accept", "application/json")
            .header("user-agent", concat!("pilothouse/", env!("CARGO_PKG_VERSION")))
            .header(self.head, format!("{}{}", self.scheme, self.token.reveal()));
        if let Some(body) = body {
            request = request.json(body);
        }
        let unreachable = |err: reqwest::Error| CallFailure::Unreachable(innermost(&err.without_url()));
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let said: Result<Value, _> = response.json().await;
        match (status, said) {
            (status, Ok(said)) if status.is_success() => Ok(said),
            (status, Err(_)) if status.is_success() => Err(CallFailure::Unclear),
            (status, said) => Err(failure(status, &said.unwrap_or_default())),
        }
    }
}

fn failure(status: StatusCode, said: &Value) -> CallFailure {
    let mut words = Vec::new();
    gather(said.get("message").or(said.get("error")).unwrap_or(&Value::Null), &mut words);
    gather(said.get("errors").unwrap_or(&Value::Null), &mut words);
    let words: String = plain(&words.join("; ")).chars().take(300).collect();
    let words = if words.is_empty() { status.to_string() } else { words };
    match status {
        StatusCode::UNAUTHORIZED => CallFailure::Unauthorized,
        StatusCode::FORBIDDEN => CallFailure::Forbidden(words),
        StatusCode::NOT_FOUND => CallFailure::Absent(words),
        _ => CallFailure::Answered(words),
    }
}

/// The texts of an error, in whatever shape it comes.
fn gather(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|it| gather(it, into)),
        Value::Object(map) => match map.get("message") {
            Some(message) => gather(message, into),
            None => map.values().for_each(|it| gather(it, into)),
        },
        _ => {}
    }
}

/// A text of an answer, made safe to show.
pub(super) fn text(value: &Value, at: &str) -> String {
    value.pointer(at).and_then(Value::as_str).map(|it| plain(it).into_owned()).unwrap_or_default()
}

/// A commit of an answer; none where it names none.
pub(super) fn commit(value: &Value, at: &str) -> Option<domain::CommitId> {
    let id = text(value, at);
    let whole = id.len() >= 40 && id.bytes().all(|it| it.is_ascii_hexdigit());
    whole.then_some(domain::CommitId(id))
}

/// The address of a page; none where it is none.
pub(super) fn page(value: &Value, at: &str) -> String {
    let url = text(value, at);
    if url.starts_with("https://") || url.starts_with("http://") { url } else { String::new() }
}

pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
