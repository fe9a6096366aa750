//! Certificates of a world: authorities, and the leaves they sign for servers and for people.

mod files;
mod label;

pub use files::{Identity, kubeconfig, talosconfig, write_private};
pub use label::{as_pkcs8, as_talos};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use std::fmt;
use std::sync::Arc;

/// What a key is made of. Talos has Ed25519 for its own authority and P-256 for those of Kubernetes and etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Ed25519,
    EcdsaP256,
}

impl KeyKind {
    fn generate(self) -> Result<KeyPair, rcgen::Error> {
        match self {
            Self::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
            Self::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("a certificate can carry two organizations, not {0}")]
    Organizations(usize),
}

/// A certificate and its key, both PEM; the key is PKCS#8 under the label `PRIVATE KEY`.
#[derive(Clone)]
pub struct Leaf {
    pub cert_pem: String,
    pub key_pem: String,
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf").field("cert_pem", &self.cert_pem).finish_non_exhaustive()
    }
}

/// Somebody who signs. Cheap to clone.
#[derive(Clone)]
pub struct Authority {
    kind: KeyKind,
    cert_pem: Arc<str>,
    issuer: Arc<Issuer<'static, KeyPair>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new self-signed authority, good for ten years.
    pub fn new(common_name: &str, kind: KeyKind) -> Result<Self, PkiError> {
        let key = kind.generate()?;
        let mut params = params(10);
        params.distinguished_name.push(DnType::OrganizationName, common_name);
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let cert_pem = params.self_signed(&key)?.pem().into();
        Ok(Self { kind, cert_pem, issuer: Arc::new(Issuer::new(params, key)) })
    }

    /// An authority that somebody else made; the key under its own label or under Talos's.
    pub fn from_pem(cert_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(&as_pkcs8(key_pem))?;
        let ed25519 = key.is_compatible(&rcgen::PKCS_ED25519);
        let kind = if ed25519 { KeyKind::Ed25519 } else { KeyKind::EcdsaP256 };
        let issuer = Arc::new(Issuer::from_ca_cert_pem(cert_pem, key)?);
        Ok(Self { kind, cert_pem: cert_pem.into(), issuer })
    }

    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    pub fn cert_pem(&self) -> &str {
        &self.cert_pem
    }

    /// PKCS#8 under the label `PRIVATE KEY`; [`as_talos`] gives it the label of Talos's files.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for a server that is known by these names and addresses.
    pub fn server(&self, names: &[&str]) -> Result<Leaf, PkiError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut leaf = CertificateParams::new(names)?;
        let dated = params(1);
        (leaf.not_before, leaf.not_after) = (dated.not_before, dated.not_after);
        leaf.distinguished_name = DistinguishedName::new();
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(leaf)
    }

    /// A certificate for a client: Talos reads its roles, Kubernetes its groups, from the organizations (two at most).
    pub fn client(&self, common_name: &str, organizations: &[&str]) -> Result<Leaf, PkiError> {
        let mut leaf = params(1);
        // The names are a map by kind; the second organization goes in under its number instead of its name.
        let kinds = [DnType::OrganizationName, DnType::CustomDnType(vec![2, 5, 4, 10])];
        if organizations.len() > kinds.len() {
            return Err(PkiError::Organizations(organizations.len()));
        }
        for (kind, organization) in kinds.into_iter().zip(organizations) {
            leaf.distinguished_name.push(kind, *organization);
        }
        if !common_name.is_empty() {
            leaf.distinguished_name.push(DnType::CommonName, common_name);
        }
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(leaf)
    }

    fn sign(&self, mut leaf: CertificateParams) -> Result<Leaf, PkiError> {
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.use_authority_key_identifier_extension = true;
        let key = self.kind.generate()?;
        let cert_pem = leaf.signed_by(&key, &self.issuer)?.pem();
        Ok(Leaf { cert_pem, key_pem: key.serialize_pem() })
    }
}

/// Parameters without a name, good from yesterday on for so many years.
fn params(years: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let yesterday =
        (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24)).to_zoned(jiff::tz::TimeZone::UTC);
    let (year, month, day) =
        (i32::from(yesterday.year()), yesterday.month().unsigned_abs(), yesterday.day().unsigned_abs());
    params.not_before = rcgen::date_time_ymd(year, month, day);
    params.not_after = rcgen::date_time_ymd(year + years, month, day.min(28));
    params
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::*;

    #[test]
    fn a_client_certificate_says_its_roles_and_one_purpose() {
        for kind in [KeyKind::Ed25519, KeyKind::EcdsaP256] {
            let authority = Authority::new("talos", kind).unwrap();
            let leaf = authority.client("", &["os:reader", "os:etcd:backup"]).unwrap();
            let (_, pem) = parse_x509_pem(leaf.cert_pem.as_bytes()).unwrap();
            let cert = pem.parse_x509().unwrap();
            let roles: Vec<_> = cert.subject().iter_organization().map(|it| it.as_str().unwrap()).collect();
            assert_eq!(roles, ["os:reader", "os:etcd:backup"]);
            let purposes = cert.extended_key_usage().unwrap().unwrap().value;
            assert!(purposes.client_auth && !purposes.server_auth && !purposes.any);
            let (_, ca) = parse_x509_pem(authority.cert_pem().as_bytes()).unwrap();
            let ca = ca.parse_x509().unwrap();
            assert_eq!(cert.issuer(), ca.subject());
        }
    }

    #[test]
    fn an_authority_survives_its_files() {
        let made = Authority::new("talos", KeyKind::Ed25519).unwrap();
        let kept = Authority::from_pem(made.cert_pem(), &as_talos(&made.key_pem())).unwrap();
        assert_eq!(kept.key_pem(), made.key_pem());
        assert_eq!(kept.kind, KeyKind::Ed25519);
    }
}
