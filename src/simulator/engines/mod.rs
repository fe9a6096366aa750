//! The engines that a world stands on: a Kubernetes API and the ways in. Either the stand-ins, which live in this
//! process, or real ones that somebody has started; whoever uses them need not know which.

mod plant;
mod real;
mod stand_in;

pub(crate) use plant::PlantError;
pub(crate) use real::Real;

use crate::kubernetes::{ApiServer, StartError};
use crate::pki::{Authority, Identity, PkiError, kubeconfig};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
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
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// The folder holds no engines that a world can stand on; the text says what is missing and what helps.
    #[error("{0}")]
    Report(String),
    #[error(transparent)]
    Plant(#[from] PlantError),
    #[error("engines {verb} {process}: {why}")]
    Told { verb: &'static str, process: &'static str, why: String },
}

/// A Kubernetes API and the ways in.
pub(crate) struct Engines {
    pub api: Api,
    pub address: SocketAddr,
    /// As the world's own clients use it.
    pub client: kube::Client,
    /// A kubeconfig that may do everything, and one that may not look at secrets.
    pub admin: String,
    pub limited: String,
}

/// The API server behind it, for whoever lets it fail.
#[derive(Clone)]
pub(crate) enum Api {
    StandIn(Arc<ApiServer>),
    Real(Arc<Real>),
}

impl Api {
    pub fn is_real(&self) -> bool {
        matches!(self, Self::Real(_))
    }

    /// Stop listening and drop every connection, as a dead API server does. The objects stay.
    pub async fn cut(&self) -> Result<(), EngineError> {
        match self {
            Self::StandIn(api) => {
                api.cut().await;
                Ok(())
            }
            Self::Real(real) => real.tell("stop", "kube-apiserver").await,
        }
    }

    /// Listen again on the same port.
    pub async fn restore(&self) -> Result<(), EngineError> {
        match self {
            Self::StandIn(api) => Ok(api.restore().await?),
            Self::Real(real) => real.tell("start", "kube-apiserver").await,
        }
    }

    /// Whether the etcd below has no space. A real API server has an etcd of its own, which has.
    pub fn set_full(&self, full: bool) {
        if let Self::StandIn(api) = self {
            api.set_full(full);
        }
    }
}

impl Engines {
    /// Put objects there as they would be after months, status and all. Real engines get what people and the world
    /// made; what their own controllers derive of it they derive.
    pub async fn load(&self, objects: Vec<Value>) -> Result<(), EngineError> {
        match &self.api {
            Api::StandIn(api) => {
                api.load(objects);
                Ok(())
            }
            Api::Real(_) => Ok(plant::plant(&self.client, objects).await?),
        }
    }

    /// Let Kubernetes' own controllers begin, where they do not run yet.
    pub async fn run_controllers(&self) {
        if let Api::StandIn(api) = &self.api {
            api.run_controllers().await;
        }
    }
}

/// The kubeconfig of somebody with a certificate.
fn certified(
    cluster: &str,
    url: &str,
    authority: &Authority,
    name: &str,
    groups: &[&str],
) -> Result<String, PkiError> {
    let identity = Identity::Certificate(authority.client(name, groups)?);
    Ok(kubeconfig(cluster, url, authority.cert_pem(), name, &identity))
}

/// A client that fails at once instead of trying for long: whoever uses it tries again in its own way.
async fn client(kubeconfig: &str) -> Result<kube::Client, EngineError> {
    let read: Kubeconfig = serde_yaml::from_str(kubeconfig)?;
    let mut config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
    config.connect_timeout = Some(Duration::from_secs(2));
    config.default_retry = false;
    Ok(kube::Client::try_from(config)?)
}
