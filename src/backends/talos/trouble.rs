//! What can go wrong between us and a node, told apart by what a person would do about it.

use crate::plain::innermost;
use crate::talos::tidy::plain;
use std::error::Error;
use tonic::{Code, Status};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// Nobody answers, or the connection broke.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// It was given its time and said nothing.
    #[error("no answer in time")]
    Slow,
    /// Nobody could be spoken with just before it would have been sent: nothing was changed.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The certificate's role is too small, or this Talos has no such type; the wire does not tell which.
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// This version of Talos, or a node of this role, does not serve it.
    #[error("not served here: {0}")]
    NotServed(String),
    /// It has other work under way, or the place to go on from is lost.
    #[error("refused for now: {0}")]
    Busy(String),
    #[error("not found: {0}")]
    Missing(String),
    #[error("refused: {0}")]
    Rejected(String),
    #[error("{0}")]
    Other(String),
}

impl From<Status> for Trouble {
    fn from(status: Status) -> Self {
        if let Some(cause) = status.source() {
            return Trouble::Unreachable(deepest(cause));
        }
        let said = plain(status.message());
        match status.code() {
            Code::Unavailable => Trouble::Unreachable(said),
            Code::DeadlineExceeded => Trouble::Slow,
            Code::PermissionDenied | Code::Unauthenticated => Trouble::Forbidden(said),
            Code::Unimplemented => Trouble::NotServed(said),
            Code::FailedPrecondition | Code::ResourceExhausted | Code::Aborted => Trouble::Busy(said),
            Code::NotFound => Trouble::Missing(said),
            Code::InvalidArgument | Code::OutOfRange => Trouble::Rejected(said),
            code => Trouble::Other(format!("{code:?}: {said}")),
        }
    }
}

impl Trouble {
    /// What it says, without what it may quote of a config: Talos answers with a diff where it refuses one.
    pub(crate) fn masked(&self) -> String {
        crate::render::masked(self.to_string().split("diff:").next().unwrap_or_default())
    }

    /// Whether the node could not be spoken with at all, as against having said no.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(self, Trouble::Unreachable(_) | Trouble::Slow)
    }
}

/// Whether a status was made here, because the connection failed, and not sent by a server.
pub(crate) fn is_local(status: &Status) -> bool {
    status.source().is_some()
}

/// The deepest cause is the one that says something: "connection refused", "invalid peer certificate".
pub(super) fn deepest(err: &(dyn Error + 'static)) -> String {
    in_words(innermost(err))
}

/// What TLS says in names of its own.
fn in_words(said: String) -> String {
    let known = [
        ("UnknownIssuer", "its certificate is not of the CA in the talosconfig"),
        ("NotValidForName", "its certificate is for another address"),
        ("alert: CertificateExpired", "it says that our certificate has expired"),
        ("alert: UnknownCA", "it does not know the CA of our certificate"),
        ("alert: BadCertificate", "it does not accept our certificate"),
        ("alert: CertificateUnknown", "it does not accept our certificate"),
        ("alert: CertificateRequired", "it wants a client certificate, and the talosconfig has none"),
    ];
    let found = known.iter().find(|(name, _)| said.contains(name));
    found.map_or(said, |(_, words)| (*words).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_becomes_what_a_person_would_do_about_it() {
        let told = |code, text: &str| Trouble::from(Status::new(code, text));
        assert_eq!(
            told(Code::PermissionDenied, "not authorized"),
            Trouble::Forbidden("not authorized".into())
        );
        assert_eq!(told(Code::DeadlineExceeded, ""), Trouble::Slow);
        assert_eq!(told(Code::Unavailable, "dial\x1b[31m tcp").to_string(), "not reachable: dial tcp");
        let quoted = told(Code::InvalidArgument, "unknown keys: instal diff: token: hunter2");
        assert_eq!(quoted.masked(), "refused: unknown keys: instal");
        assert!(told(Code::Unavailable, "").is_silence() && !told(Code::Unimplemented, "").is_silence());
    }
}
