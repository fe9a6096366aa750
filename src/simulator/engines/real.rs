//! Real engines that somebody has started and described in `engines.json`.

use super::{Api, EngineError, Engines, certified, client, plant};
use crate::mutations::OWN;
use crate::pki::{Authority, Identity, kubeconfig};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::process::Command;

/// What of `engines.json` a world needs.
#[derive(Debug, Deserialize)]
struct Report {
    state: String,
    folder: PathBuf,
    /// What stops and starts single processes.
    program: PathBuf,
    kubernetes: Option<Kubernetes>,
    talos_bootstrap: Option<Value>,
    talos_control_plane: Option<Value>,
    argo_cd: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Kubernetes {
    url: String,
    authority: PathBuf,
    authority_key: PathBuf,
    users: BTreeMap<String, User>,
}

#[derive(Debug, Deserialize)]
struct User {
    token: String,
}

/// The user of the engines who may look at all but secrets.
const READER: &str = "reader";

/// Engines that run.
pub(crate) struct Real {
    folder: PathBuf,
    program: PathBuf,
    url: String,
    address: SocketAddr,
    reader: String,
    authority: Authority,
}

impl Real {
    /// Look what runs in `dir`; the default world needs Cluster API, the Talos providers and Argo CD.
    pub async fn find(dir: &Path) -> Result<Self, EngineError> {
        let path = dir.join("engines.json");
        let text = read(&path).await.map_err(|err| match err {
            EngineError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                EngineError::Report(format!(
                    "{}: no engines run here; `tests/engines/engines up --dir DIR` starts them",
                    dir.display()
                ))
            }
            err => err,
        })?;
        let report: Report = serde_json::from_str(&text)
            .map_err(|err| EngineError::Report(format!("{}: {err}", path.display())))?;
        let missing = |what: &str| {
            EngineError::Report(format!(
                "{}: {what}; `engines up --dir DIR` starts everything that a world needs",
                path.display()
            ))
        };
        if report.state != "ready" {
            return Err(missing(&format!("the engines are {}", report.state)));
        }
        let kubernetes = report.kubernetes.ok_or_else(|| missing("there is no Kubernetes API"))?;
        for (there, what) in [
            (report.talos_bootstrap.is_some(), "the bootstrap provider for Talos"),
            (report.talos_control_plane.is_some(), "the control-plane provider for Talos"),
            (report.argo_cd.is_some(), "Argo CD"),
        ] {
            if !there {
                return Err(missing(&format!("{what} does not run")));
            }
        }
        let reader = kubernetes.users.get(READER).ok_or_else(|| missing("there is no user `reader`"))?;
        let address = kubernetes.url.trim_start_matches("https://").parse();
        let address = address.map_err(|_| missing("the Kubernetes API has no address of its own"))?;
        let authority = Authority::from_pem(
            &read(&kubernetes.authority).await?,
            &read(&kubernetes.authority_key).await?,
        )?;
        Ok(Self {
            folder: report.folder,
            program: report.program,
            reader: reader.token.clone(),
            url: kubernetes.url,
            address,
            authority,
        })
    }

    /// Who signs the certificates of the Kubernetes API and of its clients.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The ways in, after the kinds of `definitions` that are not known yet are defined. Refused where a world
    /// stands on these engines already.
    pub async fn engines(self, cluster: &str, definitions: Vec<Value>) -> Result<Engines, EngineError> {
        let client =
            client(&certified(cluster, &self.url, &self.authority, OWN, &["system:masters"])?).await?;
        if plant::any(&client, "cluster.x-k8s.io", "Cluster").await? {
            return Err(EngineError::Report(format!(
                "{}: a world stands on these engines already; start others in another folder",
                self.folder.display()
            )));
        }
        plant::define(&client, definitions).await?;
        let viewer = Identity::Token(self.reader.clone());
        Ok(Engines {
            address: self.address,
            client,
            admin: certified(cluster, &self.url, &self.authority, "admin", &["system:masters"])?,
            limited: kubeconfig(cluster, &self.url, self.authority.cert_pem(), READER, &viewer),
            api: Api::Real(Arc::new(self)),
        })
    }

    /// Stop or start one process.
    pub async fn tell(&self, verb: &'static str, process: &'static str) -> Result<(), EngineError> {
        let failed = |why: String| EngineError::Told { verb, process, why };
        let mut command = Command::new(&self.program);
        command.arg(verb).arg("--dir").arg(&self.folder).arg(process);
        let told = command.output().await.map_err(|err| failed(err.to_string()))?;
        match told.status.success() {
            true => Ok(()),
            false => Err(failed(String::from_utf8_lossy(&told.stderr).trim().to_owned())),
        }
    }
}

async fn read(path: &Path) -> Result<String, EngineError> {
    tokio::fs::read_to_string(path)
        .await
        .map_err(|source| EngineError::File { path: path.to_owned(), source })
}
