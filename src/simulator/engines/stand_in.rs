//! The stand-ins, started in this process.

use super::{Api, EngineError, Engines, certified, client};
use crate::Clock;
use crate::kubernetes::{ApiServer, Options, PodLogs, User};
use crate::mutations::{Mutations, OWN};
use crate::pki::{Authority, Identity, kubeconfig};
use serde_json::Value;
use std::sync::Arc;

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
        let address = api.address();
        let url = format!("https://{address}");
        let viewer = Identity::Token(token.to_owned());
        Ok(Self {
            api: Api::StandIn(api),
            address,
            client: client(&certified(cluster, &url, authority, OWN, &["system:masters"])?).await?,
            admin: certified(cluster, &url, authority, "admin", &["system:masters"])?,
            limited: kubeconfig(cluster, &url, authority.cert_pem(), "viewer", &viewer),
        })
    }
}
