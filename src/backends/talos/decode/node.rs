//! A node's own resources to what the house knows of a node.

use super::Yaml;
use crate::talos::cosi::{Resource, Told, Type};
use crate::talos::tidy::plain;
use crate::talos::trouble::Trouble;
use domain::{ConfigFact, KubernetesSide, MemberId, Node, NodeRole, Service, Stage};
use prost::Message;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What of a node is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    MachineStatus,
    Services,
    MachineType,
    Hostname,
    NodeAddresses,
    NodeStatus,
    TimeStatus,
    Diagnostics,
    Extensions,
    EtcdMember,
    KubeletSpec,
    KubeletStatus,
    MachineConfig,
}

impl Kind {
    pub(crate) const ALL: [Kind; 13] = [
        Kind::MachineStatus,
        Kind::Services,
        Kind::MachineType,
        Kind::Hostname,
        Kind::NodeAddresses,
        Kind::NodeStatus,
        Kind::TimeStatus,
        Kind::Diagnostics,
        Kind::Extensions,
        Kind::EtcdMember,
        Kind::KubeletSpec,
        Kind::KubeletStatus,
        Kind::MachineConfig,
    ];

    pub(crate) fn of(self) -> Type {
        let (namespace, name) = match self {
            Kind::MachineStatus => ("runtime", "MachineStatuses.runtime.talos.dev"),
            Kind::Services => ("runtime", "Services.v1alpha1.talos.dev"),
            Kind::MachineType => ("config", "MachineTypes.config.talos.dev"),
            Kind::Hostname => ("network", "HostnameStatuses.net.talos.dev"),
            Kind::NodeAddresses => ("network", "NodeAddresses.net.talos.dev"),
            Kind::NodeStatus => ("k8s", "NodeStatuses.kubernetes.talos.dev"),
            Kind::TimeStatus => ("runtime", "TimeStatuses.v1alpha1.talos.dev"),
            Kind::Diagnostics => ("runtime", "Diagnostics.runtime.talos.dev"),
            Kind::Extensions => ("runtime", "ExtensionStatuses.runtime.talos.dev"),
            Kind::EtcdMember => ("etcd", "EtcdMembers.etcd.talos.dev"),
            Kind::KubeletSpec => ("k8s", "KubeletSpecs.kubernetes.talos.dev"),
            Kind::KubeletStatus => ("k8s", "KubeletStatuses.kubernetes.talos.dev"),
            Kind::MachineConfig => ("config", "MachineConfigs.config.talos.dev"),
        };
        Type::of(namespace, name)
    }

    /// What a person calls it, where it is withheld.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::MachineStatus => "stage",
            Kind::Services => "services",
            Kind::MachineType => "role",
            Kind::Hostname => "hostname",
            Kind::NodeAddresses => "addresses",
            Kind::NodeStatus => "Kubernetes state",
            Kind::TimeStatus => "time",
            Kind::Diagnostics => "diagnostics",
            Kind::Extensions => "extensions",
            Kind::EtcdMember => "etcd member",
            Kind::KubeletSpec | Kind::KubeletStatus => "kubelet",
            Kind::MachineConfig => "machine config",
        }
    }
}

/// The resources of one node as they were told, by kind and id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    resources: BTreeMap<Kind, BTreeMap<String, Resource>>,
    withheld: BTreeMap<Kind, Trouble>,
}

impl Known {
    pub(crate) fn hear(&mut self, kind: Kind, told: Told) {
        match told {
            Told::All(all) => {
                self.withheld.remove(&kind);
                self.resources
                    .insert(kind, all.into_iter().map(|it| (it.id.clone(), slim(kind, it))).collect());
            }
            Told::Put(it) => {
                self.withheld.remove(&kind);
                self.resources.entry(kind).or_default().insert(it.id.clone(), slim(kind, it));
            }
            Told::Gone(id) => {
                self.resources.entry(kind).or_default().remove(&id);
            }
            Told::Withheld(trouble) => {
                self.resources.remove(&kind);
                self.withheld.insert(kind, trouble);
            }
            Told::Broken(_) => {}
        }
    }

    fn spec(&self, kind: Kind, id: &str) -> Option<Yaml> {
        self.resources.get(&kind)?.get(id).map(|it| Yaml::read(&it.yaml))
    }

    fn only(&self, kind: Kind) -> Option<(&Resource, Yaml)> {
        self.resources.get(&kind)?.values().next().map(|it| (it, Yaml::read(&it.yaml)))
    }

    fn each(&self, kind: Kind) -> impl Iterator<Item = (&str, Yaml)> {
        self.resources.get(&kind).into_iter().flatten().map(|(id, it)| (id.as_str(), Yaml::read(&it.yaml)))
    }

    /// The host name, without its domain.
    pub(crate) fn hostname(&self) -> Option<String> {
        let name = self.spec(Kind::Hostname, "hostname")?.text_at(&["hostname"])?;
        name.split('.').next().filter(|it| !it.is_empty()).map(str::to_owned)
    }

    /// Write what is known into `node`; what these resources do not tell stays as it is.
    pub(crate) fn write(&self, node: &mut Node) {
        if let Some(spec) = self.spec(Kind::MachineStatus, "machine") {
            node.stage = Stage::named(&spec.text_at(&["stage"]).unwrap_or_default());
            node.ready = spec.flag_at(&["status", "ready"]).unwrap_or(false);
            let unmet = spec.list_at(&["status", "unmetConditions"]);
            node.unmet = unmet
                .iter()
                .filter_map(|it| Some((it.text_at(&["name"])?, it.text_at(&["reason"]).unwrap_or_default())))
                .collect();
        }
        if let Some((_, spec)) = self.only(Kind::MachineType) {
            node.role = match spec.text().as_deref() {
                Some("controlplane" | "init") => Some(NodeRole::ControlPlane),
                Some("worker") => Some(NodeRole::Worker),
                _ => node.role,
            };
        }
        if self.resources.contains_key(&Kind::Services) {
            node.services = self.each(Kind::Services).map(|(id, spec)| service(id, &spec)).collect();
        }
        if let Some(spec) = self.spec(Kind::NodeAddresses, "current") {
            let bare = |it: String| it.split('/').next().unwrap_or_default().to_owned();
            node.addresses = spec.texts_at(&["addresses"]).into_iter().map(bare).collect();
        }
        if self.resources.contains_key(&Kind::NodeStatus) {
            node.kubernetes = self.only(Kind::NodeStatus).map(|(resource, spec)| KubernetesSide {
                name: spec.text_at(&["nodename"]).unwrap_or_else(|| plain(&resource.id)),
                ready: spec.flag_at(&["nodeReady"]).unwrap_or(false),
                unschedulable: spec.flag_at(&["unschedulable"]).unwrap_or(false),
            });
        }
        if let Some((_, spec)) = self.only(Kind::TimeStatus) {
            node.time_synced = spec.flag_at(&["synced"]);
        }
        if self.resources.contains_key(&Kind::Diagnostics) {
            let said = |(id, spec): (&str, Yaml)| (plain(id), spec.text_at(&["message"]).unwrap_or_default());
            node.diagnostics = self.each(Kind::Diagnostics).map(said).collect();
        }
        if self.resources.contains_key(&Kind::Extensions) {
            self.extensions(node);
        }
        if let Some((_, spec)) = self.only(Kind::EtcdMember) {
            let id = spec.text_at(&["memberID"]).and_then(|it| u64::from_str_radix(&it, 16).ok());
            node.etcd = id.map(MemberId);
        } else if self.resources.contains_key(&Kind::EtcdMember) {
            node.etcd = None;
        }
        let kubelet = [Kind::KubeletStatus, Kind::KubeletSpec].into_iter().find_map(|kind| self.only(kind));
        if let Some(image) = kubelet.and_then(|(_, spec)| spec.text_at(&["image"])) {
            node.kubelet = version_of(&image);
        }
        self.config(node);
        // Either of the two kubelet types will do; the one that a version lacks is not missed.
        let known = |word: &str| word == "kubelet" && node.kubelet.is_some();
        let told = self.withheld.iter().filter(|(kind, _)| !known(kind.word()));
        node.withheld = told.map(|(kind, trouble)| (kind.word().to_owned(), trouble.to_string())).collect();
    }

    fn extensions(&self, node: &mut Node) {
        let mut extensions = Vec::new();
        for (_, spec) in self.each(Kind::Extensions) {
            let name = spec.text_at(&["metadata", "name"]).unwrap_or_default();
            let version = spec.text_at(&["metadata", "version"]).unwrap_or_default();
            match name.as_str() {
                // Two entries that are no extensions.
                "schematic" => node.schematic = Some(version),
                "" | "modules.dep" => {}
                _ => extensions.push((name, version)),
            }
        }
        node.extensions = extensions;
    }

    fn config(&self, node: &mut Node) {
        if matches!(self.withheld.get(&Kind::MachineConfig), Some(Trouble::Forbidden(_))) {
            node.config = ConfigFact::Forbidden;
        }
        let Some(configs) = self.resources.get(&Kind::MachineConfig) else { return };
        // `slim` left the digest where the text was.
        let digest = |id: &str| configs.get(id).map(|it| it.yaml.clone());
        if let Some(active) = digest("v1alpha1") {
            let persistent = digest("persistent").filter(|it| *it != active);
            node.config = ConfigFact::Known { active, persistent };
        }
    }
}

/// What is kept of a resource. A machine config holds secrets: its digest is all that stays.
fn slim(kind: Kind, resource: Resource) -> Resource {
    if kind != Kind::MachineConfig {
        return Resource { proto: Default::default(), ..resource };
    }
    let yaml = hex(&Sha256::digest(config_bytes(&resource)));
    Resource { yaml, proto: Default::default(), ..resource }
}

#[derive(Clone, PartialEq, Message)]
struct MachineConfigSpec {
    #[prost(bytes = "vec", tag = "1")]
    yaml_marshalled: Vec<u8>,
}

/// The config's bytes exactly as they were submitted. Secrets are in them.
pub(crate) fn config_bytes(resource: &Resource) -> Vec<u8> {
    let spec = MachineConfigSpec::decode(resource.proto.clone()).unwrap_or_default();
    if !spec.yaml_marshalled.is_empty() {
        return spec.yaml_marshalled;
    }
    match serde_yaml::from_str::<String>(&resource.yaml) {
        Ok(text) => text.into_bytes(),
        Err(_) => resource.yaml.clone().into_bytes(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn service(id: &str, spec: &Yaml) -> Service {
    let unknown = spec.flag_at(&["unknown"]).unwrap_or(false);
    Service {
        name: plain(id),
        running: spec.flag_at(&["running"]).unwrap_or(false),
        healthy: spec.flag_at(&["healthy"]).filter(|_| !unknown),
    }
}

/// The tag of an image reference, without its digest: "v1.35.0".
fn version_of(image: &str) -> Option<String> {
    let (_, tag) = image.split('@').next()?.rsplit_once('/').unwrap_or(("", image)).1.rsplit_once(':')?;
    Some(tag.to_owned())
}

#[cfg(test)]
#[path = "node_tests.rs"]
mod tests;
