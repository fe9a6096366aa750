//! Somebody with an administrator's talosconfig who changes a node past everything: by Talos's own API, with nothing
//! of the cockpit's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::path::Path;
use tonic::metadata::MetadataValue;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};
use wire::cosi::resource::GetRequest;
use wire::cosi::resource::state_client::StateClient;
use wire::machine::ApplyConfigurationRequest;
use wire::machine::apply_configuration_request::Mode;
use wire::machine::machine_service_client::MachineServiceClient;

pub struct Talosctl {
    channel: Channel,
}

impl Talosctl {
    /// By the first endpoint of a talosconfig.
    pub fn of(talosconfig: &Path) -> Self {
        let text = std::fs::read_to_string(talosconfig).unwrap();
        let config: Value = serde_yaml::from_str(&text).unwrap();
        let context = &config["contexts"][config["context"].as_str().unwrap()];
        let pem = |key: &str| {
            let text = String::from_utf8(STANDARD.decode(context[key].as_str().unwrap()).unwrap()).unwrap();
            // Talos calls a key by its kind, where others do not.
            text.replace("ED25519 PRIVATE KEY", "PRIVATE KEY")
        };
        let endpoint = context["endpoints"][0].as_str().unwrap();
        let (host, port) = endpoint.rsplit_once(':').unwrap_or((endpoint, "50000"));
        let tls = ClientTlsConfig::new()
            .domain_name(host)
            .ca_certificate(Certificate::from_pem(pem("ca")))
            .identity(Identity::from_pem(pem("crt"), pem("key")));
        let dial = Endpoint::from_shared(format!("https://{host}:{port}")).unwrap();
        Self { channel: dial.tls_config(tls).unwrap().connect_lazy() }
    }

    /// The config in force of the node at an address.
    pub async fn config(&self, at: &str) -> String {
        let mut client = StateClient::with_interceptor(self.channel.clone(), to(at));
        let request = GetRequest {
            namespace: "config".into(),
            r#type: "MachineConfigs.config.talos.dev".into(),
            id: "v1alpha1".into(),
            options: None,
        };
        let answer = client.get(request).await.unwrap().into_inner();
        serde_yaml::from_str(&answer.resource.unwrap().spec.unwrap().yaml_spec).unwrap()
    }

    /// Put a config in force, and on the disk where the mode does that.
    pub async fn apply(&self, at: &str, config: &str, mode: Mode) {
        let mut client = MachineServiceClient::with_interceptor(self.channel.clone(), to(at));
        let data = config.as_bytes().to_vec();
        // What is only tried stays until a test has seen it, however fast the world goes.
        let day = std::time::Duration::from_secs(86_400).try_into().ok();
        let try_mode_timeout = day.filter(|_| mode == Mode::Try);
        let request =
            ApplyConfigurationRequest { data, mode: mode.into(), try_mode_timeout, ..Default::default() };
        client.apply_configuration(request).await.unwrap();
    }

    /// Replace one piece of the config in force.
    pub async fn edit(&self, at: &str, from: &str, to: &str) {
        let before = self.config(at).await;
        let after = before.replacen(from, to, 1);
        assert_ne!(before, after, "there is no {from} in it");
        self.apply(at, &after, Mode::NoReboot).await;
    }
}

fn to(node: &str) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone + use<> {
    let node = MetadataValue::try_from(node).unwrap();
    move |mut request: Request<()>| {
        request.metadata_mut().insert("node", node.clone());
        Ok(request)
    }
}
