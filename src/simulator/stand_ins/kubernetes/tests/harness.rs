//! A server with certificates of its own, and clients for it.

use super::super::{ApiServer, Options, User};
use crate::Clock;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{KubeConfigOptions, Kubeconfig};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;
use std::path::PathBuf;

pub struct Harness {
    pub server: ApiServer,
    pub dir: tempfile::TempDir,
    kubeconfig: String,
}

impl Harness {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let authority = authority();
        let (server_cert, server_key) = signed(&authority, "kube-apiserver", &[]);
        let (cert, key) = signed(&authority, "admin", &["system:masters"]);
        let mut options = Options::new(&server_cert, &server_key, &authority.pem(), Clock::running(1.0));
        options.users.push(User {
            token: Some("limited".into()),
            name: "limited".into(),
            groups: Vec::new(),
            forbidden: vec!["secrets".into()],
        });
        change(&mut options);
        let server = ApiServer::start(options).await.unwrap();
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "admin",
            "clusters": [{ "name": "test", "cluster": {
                "server": format!("https://{}", server.address()),
                "certificate-authority-data": STANDARD.encode(authority.pem()),
            } }],
            "contexts": [
                { "name": "admin", "context": { "cluster": "test", "user": "admin" } },
                { "name": "limited", "context": { "cluster": "test", "user": "limited" } },
                { "name": "nobody", "context": { "cluster": "test", "user": "nobody" } },
            ],
            "users": [
                { "name": "admin", "user": {
                    "client-certificate-data": STANDARD.encode(cert), "client-key-data": STANDARD.encode(key),
                } },
                { "name": "limited", "user": { "token": "limited" } },
                { "name": "nobody", "user": { "token": "wrong" } },
            ],
        })
        .to_string();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("kubeconfig"), &kubeconfig).unwrap();
        Self { server, dir, kubeconfig }
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    /// A client of kube-rs, as one of `admin`, `limited` and `nobody`.
    pub async fn client(&self, context: &str) -> kube::Client {
        let kubeconfig = Kubeconfig::from_yaml(&self.kubeconfig).unwrap();
        let options = KubeConfigOptions { context: Some(context.into()), ..Default::default() };
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
        kube::Client::try_from(config).unwrap()
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "kubernetes");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn signed(authority: &CertifiedIssuer<'static, KeyPair>, name: &str, groups: &[&str]) -> (String, String) {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    for group in groups {
        params.distinguished_name.push(DnType::OrganizationName, *group);
    }
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}
