//! Who is it that asks.

use super::options::User;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use rustls::pki_types::CertificateDer;

/// Who somebody proved to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub groups: Vec<String>,
    /// Resources that are kept from them.
    pub forbidden: Vec<String>,
}

impl Identity {
    pub fn is_master(&self) -> bool {
        self.groups.iter().any(|it| it == "system:masters")
    }
}

/// The user of a client certificate: the common name, with the organizations as groups.
pub fn by_certificate(certificate: &CertificateDer<'_>, users: &[User]) -> Option<Identity> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let subject = parsed.subject();
    let name = subject.iter_common_name().next()?.as_str().ok()?.to_owned();
    let groups = subject.iter_organization().filter_map(|it| it.as_str().ok()).map(String::from);
    let known = users.iter().find(|user| user.name == name);
    let mut groups: Vec<String> = groups.collect();
    groups.push("system:authenticated".into());
    Some(Identity { name, groups, forbidden: known.map(|user| user.forbidden.clone()).unwrap_or_default() })
}

/// The user of a request. A bearer token that nobody has is refused, even beside a good certificate.
pub fn identify(headers: &HeaderMap, certificate: Option<&Identity>, users: &[User]) -> Option<Identity> {
    let token = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
    let Some(token) = token else { return certificate.cloned() };
    let user = users.iter().find(|user| user.token.as_deref() == Some(token.trim()))?;
    let mut groups = user.groups.clone();
    groups.push("system:authenticated".into());
    Some(Identity { name: user.name.clone(), groups, forbidden: user.forbidden.clone() })
}
