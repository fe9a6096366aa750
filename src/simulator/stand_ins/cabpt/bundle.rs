//! The secrets bundle of a Talos cluster: its authorities, tokens and ids.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::control::{Naming, Problem};
use crate::pki::{Authority, KeyKind, PkiError, as_talos};

/// A certificate and key, each base64 of PEM, as Talos writes them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub crt: String,
    pub key: String,
}

impl Pair {
    fn of(authority: &Authority) -> Self {
        let key = authority.key_pem();
        let key = if authority.kind() == KeyKind::Ed25519 { as_talos(&key) } else { key };
        Self { crt: STANDARD.encode(authority.cert_pem()), key: STANDARD.encode(key) }
    }

    pub fn authority(&self) -> Result<Authority, Problem> {
        let pem = |text: &str| {
            let bytes = STANDARD.decode(text).map_err(|error| Problem::Other(format!("bundle: {error}")))?;
            String::from_utf8(bytes).map_err(|error| Problem::Other(format!("bundle: {error}")))
        };
        Authority::from_pem(&pem(&self.crt)?, &pem(&self.key)?)
            .map_err(|error| Problem::Other(error.to_string()))
    }
}

/// Everything secret that the machine configs of a cluster share. Not printable on purpose.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Bundle {
    pub cluster: ClusterIdentity,
    pub secrets: Tokens,
    pub trustdinfo: Trustd,
    pub certs: Certificates,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ClusterIdentity {
    pub id: String,
    pub secret: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub bootstraptoken: String,
    pub secretboxencryptionsecret: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Trustd {
    pub token: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Certificates {
    pub etcd: Pair,
    pub k8s: Pair,
    pub k8saggregator: Pair,
    pub k8sserviceaccount: KeyOnly,
    pub os: Pair,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyOnly {
    pub key: String,
}

impl Bundle {
    /// A bundle of new authorities.
    pub fn generate(naming: &Naming) -> Result<Self, PkiError> {
        let os = Authority::new("talos", KeyKind::Ed25519)?;
        let kubernetes = Authority::new("kubernetes", KeyKind::EcdsaP256)?;
        Self::of(naming, &os, &kubernetes)
    }

    /// A bundle around the authorities that a world has already.
    pub fn of(naming: &Naming, os: &Authority, kubernetes: &Authority) -> Result<Self, PkiError> {
        let etcd = Authority::new("etcd", KeyKind::EcdsaP256)?;
        let aggregator = Authority::new("front-proxy", KeyKind::EcdsaP256)?;
        let accounts = Authority::new("service-account", KeyKind::EcdsaP256)?;
        let token = || format!("{}.{}", naming.letters(6), naming.letters(16));
        Ok(Self {
            cluster: ClusterIdentity {
                id: STANDARD.encode(naming.letters(32)),
                secret: STANDARD.encode(naming.letters(32)),
            },
            secrets: Tokens {
                bootstraptoken: token(),
                secretboxencryptionsecret: STANDARD.encode(naming.letters(32)),
            },
            trustdinfo: Trustd { token: token() },
            certs: Certificates {
                etcd: Pair::of(&etcd),
                k8s: Pair::of(kubernetes),
                k8saggregator: Pair::of(&aggregator),
                k8sserviceaccount: KeyOnly { key: Pair::of(&accounts).key },
                os: Pair::of(os),
            },
        })
    }
}
