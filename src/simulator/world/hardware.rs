//! What a machine is made of and who lets it: everything that Talos tells of where it runs.

use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hardware {
    /// A server of Hetzner Cloud in a region such as `nbg1`.
    Hetzner { region: String },
    /// A small computer on somebody's shelf.
    Metal,
}

impl Hardware {
    /// Talos's name of the platform.
    pub fn platform(&self) -> &'static str {
        match self {
            Self::Hetzner { .. } => "hcloud",
            Self::Metal => "metal",
        }
    }

    pub fn mode(&self) -> &'static str {
        match self {
            Self::Hetzner { .. } => "cloud",
            Self::Metal => "metal",
        }
    }

    /// `spec.providerID` of its Node, where a cloud has given it one.
    pub fn provider_id(&self, server_id: u64) -> Option<String> {
        match self {
            Self::Hetzner { .. } => Some(format!("hcloud://{server_id}")),
            Self::Metal => None,
        }
    }

    /// The labels that a cloud gives its Node.
    pub fn labels(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Hetzner { region } => vec![
                ("node.kubernetes.io/instance-type", "cx33".into()),
                ("topology.kubernetes.io/region", region.clone()),
                ("topology.kubernetes.io/zone", format!("{region}-dc3")),
            ],
            Self::Metal => Vec::new(),
        }
    }

    /// `PlatformMetadata`.
    pub fn metadata(&self, name: &str, server_id: u64) -> Value {
        match self {
            Self::Hetzner { region } => json!({
                "platform": "hcloud", "hostname": name, "region": region, "zone": format!("{region}-dc3"),
                "instanceType": "cx33", "instanceId": server_id.to_string(),
                "providerId": format!("hcloud://{server_id}"),
            }),
            Self::Metal => json!({"platform": "metal"}),
        }
    }

    /// Maker, product and version of its firmware.
    pub fn maker(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Hetzner { .. } => ("Hetzner", "vServer", "20171111"),
            Self::Metal => ("LENOVO", "11DTS0AB00", "M2WKT5DA"),
        }
    }

    /// How the kernel names the board.
    pub fn board(&self) -> &'static str {
        match self {
            Self::Hetzner { .. } => {
                "Hetzner vServer/Standard PC (Q35 + ICH9, 2009), BIOS 20171111 11/11/2017"
            }
            Self::Metal => "LENOVO 11DTS0AB00/3178, BIOS M2WKT5DA 09/18/2024",
        }
    }

    pub fn time_servers(&self) -> &'static [&'static str] {
        match self {
            Self::Hetzner { .. } => &["ntp1.hetzner.de", "ntp2.hetzner.com", "ntp3.hetzner.net"],
            Self::Metal => &["time.cloudflare.com"],
        }
    }

    pub fn resolvers(&self) -> &'static [&'static str] {
        match self {
            Self::Hetzner { .. } => &["185.12.64.1", "185.12.64.2"],
            Self::Metal => &["192.168.10.1"],
        }
    }
}
