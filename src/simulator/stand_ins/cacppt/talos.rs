//! Talos nodes as the provider talks to them: over gRPC, with the cluster's own talosconfig.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio_stream::StreamExt;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use wire::machine::machine_service_client::MachineServiceClient;
use wire::machine::{
    BootstrapRequest, EtcdForfeitLeadershipRequest, EtcdLeaveClusterRequest, EtcdMember,
    EtcdMemberListRequest, EtcdRemoveMemberByIdRequest, EventsRequest, SequenceEvent, ServiceInfo,
    sequence_event,
};

use crate::control::Problem;
use crate::mutations::OWN_AGENT;
use crate::pki::as_pkcs8;

/// How long one round of questions may take, as in the real provider.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const APID: u16 = 50_000;

/// The credentials of a talosconfig.
#[derive(Clone)]
pub(super) struct Credentials {
    ca: String,
    crt: String,
    key: String,
}

impl Credentials {
    /// From the text of a talosconfig, its current context.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let wrong = |why: String| Problem::Other(format!("talosconfig: {why}"));
        let config: Value = serde_yaml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let context = &config["contexts"][config["context"].as_str().unwrap_or_default()];
        let pem = |field: &str| {
            let encoded = context[field].as_str().ok_or_else(|| wrong(format!("{field} is missing")))?;
            let bytes = STANDARD.decode(encoded).map_err(|error| wrong(error.to_string()))?;
            String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))
        };
        Ok(Self { ca: pem("ca")?, crt: pem("crt")?, key: as_pkcs8(&pem("key")?) })
    }

    /// A node by its address; the connection is made when something is asked.
    pub fn node(&self, address: &str) -> Result<Talos, Problem> {
        let url = if address.contains(':') {
            format!("https://{address}")
        } else {
            format!("https://{address}:{APID}")
        };
        let host = address.split(':').next().unwrap_or(address);
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.ca))
            .identity(Identity::from_pem(&self.crt, &self.key))
            .domain_name(host);
        let wrong =
            |error: tonic::transport::Error| Problem::Other(format!("error constructing client: {error}"));
        let endpoint = Endpoint::from_shared(url).map_err(wrong)?.connect_timeout(PATIENCE).timeout(PATIENCE);
        let endpoint = endpoint.user_agent(OWN_AGENT).map_err(wrong)?;
        let channel = endpoint.tls_config(tls).map_err(wrong)?.connect_lazy();
        Ok(Talos { address: address.to_owned(), client: MachineServiceClient::new(channel) })
    }
}

/// One node.
pub(super) struct Talos {
    pub address: String,
    client: MachineServiceClient<Channel>,
}

fn said(status: tonic::Status) -> Problem {
    Problem::Other(format!("rpc error: code = {:?} desc = {}", status.code(), status.message()))
}

impl Talos {
    pub async fn services(&mut self) -> Result<Vec<ServiceInfo>, Problem> {
        let answer = self.client.service_list(()).await.map_err(said)?.into_inner();
        Ok(answer.messages.into_iter().flat_map(|it| it.services).collect())
    }

    pub async fn members(&mut self) -> Result<Vec<EtcdMember>, Problem> {
        let request = EtcdMemberListRequest { query_local: true };
        let answer = self.client.etcd_member_list(request).await.map_err(said)?.into_inner();
        Ok(answer.messages.into_iter().flat_map(|it| it.members).collect())
    }

    pub async fn forfeit(&mut self) -> Result<(), Problem> {
        let request = EtcdForfeitLeadershipRequest::default();
        self.client.etcd_forfeit_leadership(request).await.map(drop).map_err(said)
    }

    pub async fn leave(&mut self) -> Result<(), Problem> {
        self.client.etcd_leave_cluster(EtcdLeaveClusterRequest::default()).await.map(drop).map_err(said)
    }

    pub async fn remove_member(&mut self, member_id: u64) -> Result<(), Problem> {
        let request = EtcdRemoveMemberByIdRequest { member_id };
        self.client.etcd_remove_member_by_id(request).await.map(drop).map_err(said)
    }

    pub async fn bootstrap(&mut self) -> Result<(), Problem> {
        self.client.bootstrap(BootstrapRequest::default()).await.map(drop).map_err(said)
    }

    /// Whether the node's events say that its boot sequence has come to its end.
    pub async fn booted(&mut self) -> Result<bool, Problem> {
        let request = EventsRequest { tail_events: -1, ..EventsRequest::default() };
        let mut events = self.client.events(request).await.map_err(said)?.into_inner();
        while let Some(event) = events.next().await {
            let Some(data) = event.map_err(said)?.data else { continue };
            if !data.type_url.ends_with("machine.SequenceEvent") {
                continue;
            }
            let Ok(sequence) = <SequenceEvent as prost::Message>::decode(data.value.as_slice()) else {
                continue;
            };
            if sequence.sequence == "boot" && sequence.action == i32::from(sequence_event::Action::Stop) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
