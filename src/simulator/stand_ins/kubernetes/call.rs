//! One request, understood.

use super::authentication::Identity;
use super::http::protobuf;
use super::negotiation::{Form, form};
use super::route::Target;
use super::status::Status;
use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;
use std::time::Duration;

#[derive(Debug)]
pub struct Call {
    pub who: Identity,
    pub target: Target,
    pub query: Query,
    pub form: Form,
    pub content_type: String,
    pub user_agent: String,
    pub body: Bytes,
}

impl Call {
    pub fn new(parts: &Parts, who: Identity, target: Target, body: Bytes) -> Self {
        let header = |name: http::HeaderName| {
            parts.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
        };
        Self {
            who,
            target,
            query: Query::parse(parts.uri.query().unwrap_or_default()),
            form: form(&parts.headers),
            content_type: header(http::header::CONTENT_TYPE),
            user_agent: header(http::header::USER_AGENT),
            body,
        }
    }

    /// The body as an object. YAML is understood too; it holds JSON within it.
    pub fn object(&self) -> Result<Value, Status> {
        if self.content_type.contains("protobuf") {
            let why = "the body of the request was in an unknown format - accepted media types include: \
                       application/json, application/yaml";
            return protobuf::read(&self.body).ok_or_else(|| Status::unsupported_media(why));
        }
        let unreadable =
            |why: String| Status::bad_request(format!("the object provided is unrecognized: {why}"));
        if self.content_type.contains("yaml") {
            serde_yaml::from_slice(&self.body).map_err(|why| unreadable(why.to_string()))
        } else {
            serde_json::from_slice(&self.body).map_err(|why| unreadable(why.to_string()))
        }
    }

    /// The name writes are recorded under: `fieldManager`, else the first word of the user agent.
    pub fn manager(&self) -> String {
        let named = self.query.get("fieldManager").filter(|it| !it.is_empty());
        let agent = self.user_agent.split(['/', ' ']).next().filter(|it| !it.is_empty()).unwrap_or("unknown");
        named.unwrap_or(agent).to_owned()
    }

    pub fn dry_run(&self) -> Result<bool, Status> {
        match self.query.get("dryRun") {
            None => Ok(false),
            Some("All") => Ok(true),
            Some(other) => {
                let why = format!("Invalid value: \"{other}\": supported values: \"All\"");
                Err(Status::new(422, "Invalid", format!("dryRun: {why}")))
            }
        }
    }
}

/// The decoded parameters of a query.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|it| !it.is_empty());
        Self(
            pairs
                .map(|it| it.split_once('=').unwrap_or((it, "")))
                .map(|(k, v)| (plain(k), plain(v)))
                .collect(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a flag is there and true.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1" | ""))
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    pub fn seconds(&self, name: &str) -> Option<Duration> {
        self.number(name).filter(|it| *it > 0).map(Duration::from_secs)
    }
}

/// Percent and plus signs resolved.
pub fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = || u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok();
        match bytes[at] {
            b'+' => out.push(b' '),
            b'%' if hex().is_some() => {
                out.extend(hex());
                at += 2;
            }
            byte => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
