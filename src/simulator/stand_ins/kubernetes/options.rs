//! What API server is wanted.

use crate::Clock;
use crate::mutations::Mutations;
use serde_json::Value;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// The lines of a container's log, oldest first: `(namespace, pod, container, previous)`. Each line begins with its
/// RFC 3339 time and a space, as the container runtime writes it.
pub type PodLogs = Arc<dyn Fn(&str, &str, &str, bool) -> Vec<String> + Send + Sync>;

/// How to start an API server. Build it with [`Options::new`] and change what differs.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    pub server_cert_pem: String,
    pub server_key_pem: String,
    /// Client certificates are trusted if this CA signed them: the common name is the user, organizations its groups.
    pub client_ca_pem: String,
    /// Who may come with a bearer token, and what users of either kind must not do.
    pub users: Vec<User>,
    /// Objects that are already there at the first moment, with their status. Definitions among them serve at once.
    pub seed: Vec<Value>,
    pub clock: Clock,
    /// Where `pods/log` comes from; without it every log is empty.
    pub pod_logs: Option<PodLogs>,
    /// Where it is written what somebody from outside asks to change.
    pub(crate) mutations: Mutations,
    /// Whether the controllers and the scheduler of a cluster run too.
    pub controllers: bool,
}

impl Options {
    /// A server on a free port of 127.0.0.1, with controllers, without users and objects of its own.
    pub fn new(server_cert_pem: &str, server_key_pem: &str, client_ca_pem: &str, clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            server_cert_pem: server_cert_pem.into(),
            server_key_pem: server_key_pem.into(),
            client_ca_pem: client_ca_pem.into(),
            users: Vec::new(),
            seed: Vec::new(),
            clock,
            pod_logs: None,
            mutations: Mutations::default(),
            controllers: true,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("seed", &self.seed.len())
            .finish_non_exhaustive()
    }
}

/// A user of the API.
#[derive(Clone, Default)]
pub struct User {
    /// The bearer token that proves it; `None` for those who come with a certificate.
    pub token: Option<String>,
    pub name: String,
    /// `system:masters` may do everything.
    pub groups: Vec<String>,
    /// Resources that are kept from the user: `secrets`, or with a group `argoproj.io/applications`.
    pub forbidden: Vec<String>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("name", &self.name).field("groups", &self.groups).finish_non_exhaustive()
    }
}
