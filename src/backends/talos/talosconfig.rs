//! The talosconfig, read as users have it: contexts, several endpoints, base64 of PEM, keys nobody has heard of.

use crate::Secret;
use crate::talos::tidy::plain;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Moment;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One context of a talosconfig, ready to connect with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TalosConfig {
    /// The name of the context.
    pub context: String,
    pub endpoints: Vec<Authority>,
    /// The default targets; often absent.
    pub nodes: Vec<String>,
    /// PEM; may hold several certificates. Without one the server cannot be checked.
    pub ca: String,
    pub identity: Option<Identity>,
    /// Sent as the `context` header: Omni tells its clusters apart by it.
    pub cluster: Option<String>,
}

/// Who we are to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// PEM, leaf first.
    pub certificate: String,
    /// PEM with the label that TLS libraries know.
    pub key: Secret,
    /// `os:reader`, `os:admin` …: the organisations of the leaf.
    pub roles: Vec<String>,
    /// When the leaf ends, where that can be read.
    pub ends: Option<Moment>,
}

/// Where an API is: a host (name, IPv4 or IPv6 without brackets) and a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Authority {
    pub host: String,
    pub port: u16,
}

impl std::fmt::Display for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What is wrong with a talosconfig. Every message names the file and what in it; none holds key material.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum TalosConfigError {
    #[error("{file}: {why}")]
    Unreadable { file: String, why: String },
    #[error("{file}: not a talosconfig: {why}")]
    Malformed { file: String, why: String },
    #[error("{file}: there is no context `{context}`; it has {known}")]
    NoContext { file: String, context: String, known: String },
    #[error("{file}: context `{context}`: {what}")]
    Context { file: String, context: String, what: String },
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    context: String,
    contexts: BTreeMap<String, Context>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Context {
    endpoints: Vec<String>,
    nodes: Vec<String>,
    /// Of old: one more endpoint.
    target: Option<String>,
    ca: Option<String>,
    crt: Option<String>,
    key: Option<String>,
    cluster: Option<String>,
}

impl TalosConfig {
    /// Our roles in words.
    pub(crate) fn roles(&self) -> String {
        match &self.identity {
            Some(us) if !us.roles.is_empty() => us.roles.join(", "),
            _ => "none".into(),
        }
    }
}

/// Where a talosconfig is looked for where none was named, in the order of talosctl.
pub(crate) fn candidates(env: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let home = match env("TALOS_HOME").filter(|it| !it.is_empty()) {
        Some(home) => Some(PathBuf::from(home).join("config")),
        None => env("HOME").map(|home| Path::new(&home).join(".talos").join("config")),
    };
    home.into_iter().chain([PathBuf::from("/var/run/secrets/talos.dev/config")]).collect()
}

/// Read one context of the talosconfig in `text`; `file` is what the person knows it as.
pub(crate) fn parse(file: &str, text: &str, context: Option<&str>) -> Result<TalosConfig, TalosConfigError> {
    let malformed = |why: String| TalosConfigError::Malformed { file: file.into(), why };
    // The message of a YAML error may quote what it met, and that may be a key: only its place is told.
    let raw: File = serde_yaml::from_str(text).map_err(|err| match err.location() {
        Some(at) => malformed(format!("line {} is not what belongs there", at.line())),
        None => malformed("it is not YAML of that shape".into()),
    })?;
    if raw.contexts.is_empty() {
        return Err(malformed("it has no contexts".into()));
    }
    let name = match context {
        Some(name) => name.to_owned(),
        None if raw.context.is_empty() && raw.contexts.len() == 1 => {
            raw.contexts.keys().next().cloned().unwrap_or_default()
        }
        None if raw.context.is_empty() => {
            return Err(malformed("it does not say which context is current".into()));
        }
        None => raw.context.clone(),
    };
    let Some(found) = raw.contexts.get(&name) else {
        let known = raw.contexts.keys().cloned().collect::<Vec<_>>().join(", ");
        let (context, known) = (plain(&name), plain(&known));
        return Err(TalosConfigError::NoContext { file: file.into(), context, known });
    };
    let name = plain(&name);
    let wrong = |what: String| TalosConfigError::Context {
        file: file.into(),
        context: name.clone(),
        what: plain(&what),
    };

    let said = found.endpoints.iter().chain(&found.target);
    let endpoints = said
        .map(|it| authority(it).ok_or_else(|| wrong(format!("endpoint `{it}` is no host, host:port or URL"))))
        .collect::<Result<Vec<_>, _>>()?;
    let ca = match &found.ca {
        Some(ca) => pem("ca", ca, "CERTIFICATE").map_err(wrong)?,
        None => {
            return Err(wrong("it has no `ca`; only clusters with a CA of their own are supported".into()));
        }
    };
    let identity = match (&found.crt, &found.key) {
        (Some(crt), Some(key)) => Some(identity(crt, key).map_err(wrong)?),
        (None, None) => None,
        (Some(_), None) => return Err(wrong("it has a `crt` and no `key`".into())),
        (None, Some(_)) => return Err(wrong("it has a `key` and no `crt`".into())),
    };
    Ok(TalosConfig {
        context: name.clone(),
        endpoints,
        nodes: found.nodes.clone(),
        ca,
        identity,
        cluster: found.cluster.clone(),
    })
}

fn identity(crt: &str, key: &str) -> Result<Identity, String> {
    let certificate = pem("crt", crt, "CERTIFICATE")?;
    // Talos writes PKCS#8 under a label of its own, which no TLS library knows.
    let key = pem("key", key, "PRIVATE KEY")?.replace("ED25519 PRIVATE KEY", "PRIVATE KEY");
    let (roles, ends) = leaf(&certificate);
    Ok(Identity { certificate, key: Secret::new(key), roles, ends })
}

/// The roles that a client certificate carries, which are its subject's organisations, and when it ends.
fn leaf(certificate: &str) -> (Vec<String>, Option<Moment>) {
    let read = x509_parser::pem::parse_x509_pem(certificate.as_bytes());
    let Ok((_, pem)) = read else { return (Vec::new(), None) };
    let Ok(leaf) = pem.parse_x509() else { return (Vec::new(), None) };
    let roles = leaf.subject().iter_organization().filter_map(|it| it.as_str().ok()).map(plain).collect();
    (roles, Some(Moment(leaf.validity().not_after.timestamp() * 1_000)))
}

/// base64 of PEM text to the PEM text, which must hold a block that ends in `label`.
fn pem(field: &str, base64: &str, label: &str) -> Result<String, String> {
    let packed: String = base64.split_whitespace().collect();
    let bytes = STANDARD.decode(packed).map_err(|_| format!("`{field}` is not base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("`{field}` is not base64 of PEM text"))?;
    let begins = text.lines().any(|line| line.starts_with("-----BEGIN ") && line.contains(label));
    if begins { Ok(text) } else { Err(format!("`{field}` holds no PEM block `{label}`")) }
}

/// A host, `host:port`, a bare or bracketed IPv6 address, or a URL. The port is 50000 where none is said, 443 in
/// an https URL.
pub(crate) fn authority(text: &str) -> Option<Authority> {
    let text = text.trim();
    let (rest, default) = match text.split_once("://") {
        Some(("https", rest)) => (rest, 443),
        Some(("http" | "grpc" | "tcp", rest)) => (rest, 50_000),
        Some(_) => return None,
        None => (text, 50_000),
    };
    let rest = rest.split('/').next().unwrap_or(rest);
    let (host, port) = if let Some(inner) = rest.strip_prefix('[') {
        let (host, after) = inner.split_once(']')?;
        match after.strip_prefix(':') {
            Some(port) => (host, port.parse().ok()?),
            None if after.is_empty() => (host, default),
            None => return None,
        }
    } else if rest.matches(':').count() > 1 {
        (rest, default)
    } else {
        match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (rest, default),
        }
    };
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | ':' | '_');
    (!host.is_empty() && host.chars().all(plain)).then(|| Authority { host: host.to_owned(), port })
}

#[cfg(test)]
#[path = "talosconfig_tests.rs"]
mod tests;
