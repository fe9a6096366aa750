//! The one place where engines are started that exist for real. Whoever has the real ones starts those instead and
//! hands out the same: an address, and credentials to it.

use super::kubernetes::{ApiServer, Options, PodLogs, StartError, User};
use crate::Clock;
use crate::mutations::{Mutations, OWN};
use crate::pki::{Authority, Identity, KeyKind, PkiError, kubeconfig};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Api(#[from] StartError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error("the API server's own kubeconfig: {0}")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
    #[error("a client for the API server: {0}")]
    Client(#[from] kube::Error),
    #[error("cannot read the kubeconfig back: {0}")]
    Yaml(#[from] serde_yaml::Error),
}

/// A Kubernetes API and the ways in.
pub(crate) struct Engines {
    pub api: Arc<ApiServer>,
    /// As the world's own clients use it.
    pub client: kube::Client,
    /// A kubeconfig that may do everything, and one that may not look at secrets.
    pub admin: String,
    pub limited: String,
}

impl Engines {
    /// Start an API server that its kubeconfigs call `cluster`, that trusts `authority`, knows the kinds that `definitions` define, and lets the holder of
    /// `token` look at all but secrets.
    pub async fn start(
        cluster: &str,
        clock: &Clock,
        authority: &Authority,
        token: &str,
        definitions: Vec<Value>,
        logs: PodLogs,
        mutations: Mutations,
    ) -> Result<Self, EngineError> {
        let server = authority.server(&["127.0.0.1", "localhost", "kubernetes", "kubernetes.default.svc"])?;
        let mut options =
            Options::new(&server.cert_pem, &server.key_pem, authority.cert_pem(), clock.clone());
        options.seed = definitions;
        options.pod_logs = Some(logs);
        options.mutations = mutations;
        // They begin with what is there, so everything must be there first.
        options.controllers = false;
        options.users = vec![User {
            token: Some(token.to_owned()),
            name: "viewer".into(),
            groups: vec!["viewers".into()],
            forbidden: vec!["secrets".into()],
        }];
        let api = Arc::new(ApiServer::start(options).await?);
        let url = format!("https://{}", api.address());
        let admin = Identity::Certificate(authority.client("admin", &["system:masters"])?);
        let admin = kubeconfig(cluster, &url, authority.cert_pem(), "admin", &admin);
        let limited =
            kubeconfig(cluster, &url, authority.cert_pem(), "viewer", &Identity::Token(token.to_owned()));
        let own = Identity::Certificate(authority.client(OWN, &["system:masters"])?);
        let client = client(&kubeconfig(cluster, &url, authority.cert_pem(), OWN, &own)).await?;
        Ok(Self { api, client, admin, limited })
    }

    /// The authority that the API server's clients and certificate come from.
    pub fn authority() -> Result<Authority, PkiError> {
        Authority::new("kubernetes", KeyKind::EcdsaP256)
    }
}

/// A client that fails at once instead of trying for long: whoever uses it tries again in its own way.
async fn client(kubeconfig: &str) -> Result<kube::Client, EngineError> {
    let read: Kubeconfig = serde_yaml::from_str(kubeconfig)?;
    let mut config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
    config.connect_timeout = Some(Duration::from_secs(2));
    config.default_retry = false;
    Ok(kube::Client::try_from(config)?)
}
