//! What can go wrong between us and an API server, told apart by what a person can do about it.

use crate::plain::{innermost, plain};
use domain::{Link, Moment};
use http::StatusCode;
use kube::client::AuthError;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No kubeconfig, or one that cannot be read.
    #[error("{0}")]
    NotConfigured(String),
    /// 401, or a sign-in program that failed.
    #[error("not signed in: {0}")]
    SignIn(String),
    /// 403.
    #[error("{0}")]
    Forbidden(String),
    /// 404: the object, or the whole kind, is not there.
    #[error("not there: {0}")]
    Missing(String),
    /// 410: what we knew is too old to go on from.
    #[error("the server no longer knows version {0}")]
    Expired(String),
    /// Nothing answers, or the wire broke.
    #[error("{0}")]
    Unreachable(String),
    /// Nothing was said for so long that the wire must be dead.
    #[error("nothing was heard for {} s", .0.as_secs())]
    Silent(Duration),
    /// The server answered with another error.
    #[error("the server answered {status}: {message}")]
    Refused { status: u16, message: String },
    /// What was said cannot be read.
    #[error("an answer cannot be read: {0}")]
    Garbled(String),
}

impl Trouble {
    /// The state of a feed in this trouble; `heard` is when it was last heard well.
    pub fn link(&self, heard: Moment) -> Link {
        let why = self.to_string();
        match self {
            Trouble::NotConfigured(_) => Link::NotConfigured { why },
            Trouble::Forbidden(_) => Link::Forbidden { why },
            Trouble::Missing(_) => Link::NotInstalled { why },
            _ => Link::Degraded { since: heard, why },
        }
    }

    /// The trouble that an answer of `status` with `body` (a Kubernetes Status, as a rule) tells of.
    pub(super) fn answered(status: StatusCode, body: &[u8]) -> Self {
        #[derive(serde::Deserialize)]
        struct Status {
            message: Option<String>,
        }
        let told = serde_json::from_slice::<Status>(body).ok().and_then(|it| it.message);
        let text =
            told.unwrap_or_else(|| String::from_utf8_lossy(body.get(..200).unwrap_or(body)).into_owned());
        let said =
            if text.trim().is_empty() { status.canonical_reason().unwrap_or_default() } else { text.trim() };
        let message = plain(said).into_owned();
        match status {
            StatusCode::UNAUTHORIZED => Trouble::SignIn(message),
            StatusCode::FORBIDDEN => Trouble::Forbidden(message),
            StatusCode::NOT_FOUND => Trouble::Missing(message),
            StatusCode::GONE => Trouble::Expired(message),
            _ => Trouble::Refused { status: status.as_u16(), message },
        }
    }
}

impl From<kube::Error> for Trouble {
    fn from(err: kube::Error) -> Self {
        match err {
            kube::Error::Auth(err) => Trouble::SignIn(plain(&err.to_string()).into_owned()),
            kube::Error::Api(status) => {
                let code = StatusCode::from_u16(status.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let body = serde_json::json!({ "message": status.message });
                Trouble::answered(code, body.to_string().as_bytes())
            }
            kube::Error::SerdeError(err) => Trouble::Garbled(err.to_string()),
            kube::Error::Service(err) => match err.downcast_ref::<AuthError>() {
                Some(err) => Trouble::SignIn(plain(&err.to_string()).into_owned()),
                None => Trouble::Unreachable(innermost(err.as_ref())),
            },
            err => Trouble::Unreachable(innermost(&err)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let body = br#"{"kind":"Status","message":"pods is forbidden: User \"x\" cannot list resource"}"#;
        let forbidden = Trouble::answered(StatusCode::FORBIDDEN, body);
        assert!(
            matches!(forbidden.link(Moment(5)), Link::Forbidden { why } if why.starts_with("pods is forbidden"))
        );
        assert!(matches!(
            Trouble::answered(StatusCode::NOT_FOUND, b"404").link(Moment(5)),
            Link::NotInstalled { .. }
        ));
        let down = Trouble::Unreachable("connection refused".into()).link(Moment(5));
        assert_eq!(down, Link::Degraded { since: Moment(5), why: "connection refused".into() });
        let odd = Trouble::answered(StatusCode::BAD_GATEWAY, b"<html>\x1b[2Jbad</html>");
        assert_eq!(odd.to_string(), "the server answered 502: <html>bad</html>");
    }
}
