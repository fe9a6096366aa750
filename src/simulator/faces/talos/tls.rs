//! Mutual TLS of one machine: a certificate signed by its machine authority, clients verified against the same.

use super::roles::Roles;
use crate::world::Node;
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Made when the first connection comes, and kept.
pub async fn acceptor(node: &Node) -> Option<TlsAcceptor> {
    let config = node.tls.get_or_try_init(|| async { config(node).map(Arc::new) }).await.ok()?;
    Some(TlsAcceptor::from(config.clone()))
}

#[derive(Debug, thiserror::Error)]
enum TlsError {
    #[error("the machine config has no authority, or nobody of the cluster has its key")]
    NoAuthority,
    #[error(transparent)]
    Pki(#[from] crate::pki::PkiError),
    #[error(transparent)]
    Pem(#[from] rustls_pki_types::pem::Error),
    #[error(transparent)]
    Verifier(#[from] rustls::server::VerifierBuilderError),
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

fn config(node: &Node) -> Result<rustls::ServerConfig, TlsError> {
    let machine = node.config();
    let authority = node.cluster.authority().ok_or(TlsError::NoAuthority)?;
    let mut roots = RootCertStore::empty();
    let accepted = machine.accepted_cas.iter().map(String::as_str);
    let own = machine.machine_ca.as_ref().map(|(cert, _)| cert.as_str());
    for pem in own.into_iter().chain([authority.cert_pem()]).chain(accepted) {
        for cert in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(cert?)?;
        }
    }
    let (address, hostname) = (node.spec.address.to_string(), node.hostname());
    let mut names = vec![address.as_str(), &hostname, "127.0.0.1", "localhost"];
    names.extend(machine.cert_sans.iter().map(String::as_str));
    let leaf = authority.server(&names)?;
    let chain = CertificateDer::pem_slice_iter(leaf.cert_pem.as_bytes()).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes())?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build()?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// What the client's certificate allows. None where it is meant for anything but clients.
pub fn roles(stream: &TlsStream<TcpStream>) -> Option<Roles> {
    let (_, session) = stream.get_ref();
    let leaf = session.peer_certificates()?.first()?;
    let (_, cert) = X509Certificate::from_der(leaf).ok()?;
    let purposes = cert.extended_key_usage().ok()??.value;
    let only_client = purposes.client_auth
        && !(purposes.any || purposes.server_auth || purposes.code_signing || purposes.email_protection)
        && purposes.other.is_empty();
    let organizations = cert.subject().iter_organization().filter_map(|it| it.as_str().ok());
    only_client.then(|| Roles::of(organizations))
}
