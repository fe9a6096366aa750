//! The cluster's secrets, opened from `talsecret.sops.yaml` or read from `talsecret.yaml`.

use super::RenderError;
use super::variables::{Variable, fill};
use crate::sops::{Identity, is_sealed, open};
use serde::Deserialize;
use serde_yaml::Value;

/// A certificate and its key, or a worker's share of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub crt: String,
    pub key: String,
}

/// Not printable on purpose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    pub cluster: Cluster,
    pub secrets: Tokens,
    pub trustdinfo: Trustd,
    pub certs: Certificates,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    pub id: String,
    pub secret: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    pub bootstraptoken: String,
    pub secretboxencryptionsecret: String,
    pub aescbcencryptionsecret: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trustd {
    pub token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificates {
    pub etcd: Pair,
    pub k8s: Pair,
    pub k8saggregator: Pair,
    pub k8sserviceaccount: Key,
    pub os: Pair,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub key: String,
}

impl Secrets {
    pub fn read(
        file: &str,
        text: &str,
        identities: &[Identity],
        variable: &Variable<'_>,
    ) -> Result<Self, RenderError> {
        let value = opened(file, text, identities)?;
        let value = fill(file, value, variable)?;
        // What the error says of a value stays out: it may be a secret.
        serde_yaml::from_value(value).map_err(|why| {
            let why = why.to_string();
            let known =
                ["missing field", "unknown field", "duplicate field"].iter().any(|it| why.contains(it));
            let why = if known { why } else { "a value is of another kind than it must be".into() };
            RenderError::refused(file, "secrets", why)
        })
    }
}

/// A document as it is, opened where SOPS has sealed it.
pub fn opened(file: &str, text: &str, identities: &[Identity]) -> Result<Value, RenderError> {
    let named = |source| RenderError::Yaml { file: file.to_owned(), source };
    let value: Value = serde_yaml::from_str(text).map_err(named)?;
    if !is_sealed(&value) {
        return Ok(value);
    }
    if identities.is_empty() {
        let why = "sealed by SOPS, and there is no age key: SOPS_AGE_KEY_FILE names no file that holds one";
        return Err(RenderError::refused(file, "sops", why));
    }
    open(&value, identities).map_err(|source| RenderError::Sealed { file: file.to_owned(), source })
}
