//! `talconfig.yaml`, as much of it as the stand-in knows. A key that is not here is refused with its line.

use super::RenderError;
use serde::Deserialize;
use serde_yaml::Value;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Talconfig {
    pub cluster_name: String,
    /// `https://host:port` of the Kubernetes API.
    pub endpoint: String,
    /// With the leading `v`.
    pub talos_version: String,
    /// With the leading `v`.
    pub kubernetes_version: String,
    pub domain: Option<String>,
    #[serde(default)]
    pub cluster_pod_nets: Vec<String>,
    #[serde(default)]
    pub cluster_svc_nets: Vec<String>,
    #[serde(default)]
    pub additional_api_server_cert_sans: Vec<String>,
    #[serde(default)]
    pub additional_machine_cert_sans: Vec<String>,
    #[serde(default)]
    pub allow_scheduling_on_control_planes: bool,
    pub cni_config: Option<Cni>,
    #[serde(default)]
    pub patches: Vec<String>,
    pub control_plane: Option<Group>,
    pub worker: Option<Group>,
    pub nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cni {
    pub name: String,
    #[serde(default)]
    pub urls: Vec<String>,
}

/// What a group's nodes share, and what a node may say itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    pub node_labels: Option<BTreeMap<String, String>>,
    pub node_annotations: Option<BTreeMap<String, String>>,
    pub node_taints: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub nameservers: Vec<String>,
    #[serde(default)]
    pub disable_search_domain: bool,
    #[serde(rename = "certSANs", default)]
    pub cert_sans: Vec<String>,
    #[serde(default)]
    pub patches: Vec<String>,
    #[serde(rename = "talosImageURL")]
    pub talos_image_url: Option<String>,
    pub schematic: Option<Value>,
}

#[derive(Debug)]
pub struct Node {
    pub own: Own,
    pub shared: Group,
}

/// What only a node says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Own {
    pub hostname: String,
    pub ip_address: String,
    #[serde(default)]
    pub control_plane: bool,
    pub install_disk: Option<String>,
    pub install_disk_selector: Option<Value>,
    #[serde(default)]
    pub override_patches: bool,
    #[serde(rename = "overrideMachineCertSANs", default)]
    pub override_machine_cert_sans: bool,
}

const OWN: [&str; 7] = [
    "hostname",
    "ipAddress",
    "controlPlane",
    "installDisk",
    "installDiskSelector",
    "overridePatches",
    "overrideMachineCertSANs",
];

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mapping = serde_yaml::Mapping::deserialize(from)?;
        let is_own = |key: &Value| key.as_str().is_some_and(|it| OWN.contains(&it));
        let (own, shared) = mapping.into_iter().partition(|(key, _)| is_own(key));
        let read = |it: serde_yaml::Error| serde::de::Error::custom(it);
        Ok(Self {
            own: serde_yaml::from_value(Value::Mapping(own)).map_err(read)?,
            shared: serde_yaml::from_value(Value::Mapping(shared)).map_err(read)?,
        })
    }
}

impl Node {
    /// The group that it belongs to, and how that is called in the file.
    fn group<'a>(&self, talconfig: &'a Talconfig) -> (&'static str, Option<&'a Group>) {
        if self.own.control_plane {
            ("controlPlane", talconfig.control_plane.as_ref())
        } else {
            ("worker", talconfig.worker.as_ref())
        }
    }

    /// Its patches and where each is written: first its group's, unless it overrides them, then its own.
    pub fn patches<'a>(&'a self, talconfig: &'a Talconfig, number: usize) -> Vec<(String, &'a str)> {
        let (name, group) = self.group(talconfig);
        let group = group.filter(|_| !self.own.override_patches).map(|it| it.patches.as_slice());
        let placed = |place: String, patches: &'a [String]| {
            patches.iter().enumerate().map(move |(at, it)| (format!("{place}.patches[{at}]"), it.as_str()))
        };
        placed(name.to_owned(), group.unwrap_or_default())
            .chain(placed(format!("nodes[{number}]"), &self.shared.patches))
            .collect()
    }

    /// What else holds for the node: its own words before its group's, names of both unless it overrides them.
    pub fn settled(&self, talconfig: &Talconfig) -> Group {
        let (_, group) = self.group(talconfig);
        let (own, group) = (self.shared.clone(), group.cloned().unwrap_or_default());
        let overrides = self.own.override_machine_cert_sans;
        Group {
            node_labels: own.node_labels.or(group.node_labels),
            node_annotations: own.node_annotations.or(group.node_annotations),
            node_taints: own.node_taints.or(group.node_taints),
            nameservers: if own.nameservers.is_empty() { group.nameservers } else { own.nameservers },
            disable_search_domain: own.disable_search_domain || group.disable_search_domain,
            cert_sans: if overrides { own.cert_sans } else { [group.cert_sans, own.cert_sans].concat() },
            // They are asked for with their places.
            patches: Vec::new(),
            talos_image_url: own.talos_image_url.or(group.talos_image_url),
            schematic: own.schematic.or(group.schematic),
        }
    }
}

impl Talconfig {
    /// The minor version of Talos whose form of configs is written: 12 or 13.
    pub fn contract(&self, file: &str) -> Result<u32, RenderError> {
        let mut parts = self.talos_version.strip_prefix("v1.").unwrap_or_default().split('.');
        match (parts.next().and_then(|it| it.parse().ok()), parts.next()) {
            (Some(minor @ 12..=13), Some(_)) => Ok(minor),
            _ => Err(RenderError::refused(
                file,
                "talosVersion",
                format!("the stand-in for talhelper knows v1.12 and v1.13, not {}", self.talos_version),
            )),
        }
    }
}
