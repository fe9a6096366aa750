//! What a YAML document is, told by its keys and by group and kind; never by the name of its file.

use crate::git::object_in;
use crate::yaml::{Document, first_key};
use domain::{ObjectRef, Scalar};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Label {
    /// A Kubernetes object of one of the groups that declare clusters or delivery.
    Object {
        object: ObjectRef,
        api_version: String,
    },
    /// A kustomization of kustomize itself.
    Kustomize,
    /// Chart.yaml.
    Chart,
    TalConfig,
    Topf,
    /// A document of an Omni template: its kind.
    Omni(String),
    /// A whole machine config.
    MachineConfig,
    /// One of Talos's own documents: its kind.
    TalosDocument(String),
    /// A part of a machine config.
    Patch,
    /// A list of operations on a machine config.
    Operations,
    /// What an image of the factory is made of.
    Schematic,
    /// Versions alone, one below the other: what templates beside it are filled in from.
    Versions,
    /// A few values of no known kind, which a generator of Argo CD may read.
    Settings,
}

impl Label {
    /// A machine config, or a part of one.
    pub fn is_machine_config(&self) -> bool {
        matches!(self, Self::MachineConfig | Self::TalosDocument(_) | Self::Patch | Self::Operations)
    }
}

/// Values of a document of no known kind that are kept.
const FEW: usize = 64;

/// Groups whose objects are of interest, and the end of those that have a dot before it.
const GROUPS: [&str; 7] = [
    "argoproj.io",
    "cluster.x-k8s.io",
    "tuppr.home-operations.com",
    "upgrade.cattle.io",
    "metal.sidero.dev",
    "fluxcd.controlplane.io",
    "omni.sidero.dev",
];
const ENDS: [&str; 4] = [".cluster.x-k8s.io", ".toolkit.fluxcd.io", ".omni.sidero.dev", ".sidero.dev"];

/// What a machine config has below `machine`, and below `cluster`.
const MACHINE: [&str; 27] = [
    "type",
    "token",
    "ca",
    "acceptedCAs",
    "certSANs",
    "controlPlane",
    "kubelet",
    "pods",
    "network",
    "disks",
    "install",
    "files",
    "env",
    "time",
    "sysctls",
    "sysfs",
    "registries",
    "systemDiskEncryption",
    "features",
    "udev",
    "logging",
    "kernel",
    "seccompProfiles",
    "baseRuntimeSpecOverrides",
    "nodeLabels",
    "nodeAnnotations",
    "nodeTaints",
];
const CLUSTER: [&str; 26] = [
    "id",
    "secret",
    "token",
    "ca",
    "acceptedCAs",
    "aggregatorCA",
    "serviceAccount",
    "secretboxEncryptionSecret",
    "aescbcEncryptionSecret",
    "clusterName",
    "controlPlane",
    "network",
    "apiServer",
    "controllerManager",
    "scheduler",
    "proxy",
    "etcd",
    "discovery",
    "coreDNS",
    "externalCloudProvider",
    "extraManifests",
    "extraManifestHeaders",
    "inlineManifests",
    "adminKubeconfig",
    "allowSchedulingOnControlPlanes",
    "allowSchedulingOnMasters",
];

/// None for whatever declares nothing that is asked for here.
pub(super) fn label(document: &Document) -> Option<Label> {
    let has = |field: &str| document.scalars.iter().any(|it| is_at(it, field));
    let keys = || document.scalars.iter().map(|it| first_key(&it.field));
    let (version, kind) = (document.value("apiVersion"), document.value("kind"));
    match (version, kind) {
        (Some("v1alpha1"), Some(kind)) if !has("metadata.namespace") => {
            return Some(Label::TalosDocument(kind.to_owned()));
        }
        (Some(version), Some(kind)) => {
            let group = version.split_once('/').map_or("", |it| it.0);
            if group == "kustomize.config.k8s.io" {
                return ["Kustomization", "Component"].contains(&kind).then_some(Label::Kustomize);
            }
            let of_interest = GROUPS.contains(&group) || ENDS.iter().any(|it| group.ends_with(it));
            let object = object_in(document).filter(|_| of_interest)?;
            return Some(Label::Object { object, api_version: version.to_owned() });
        }
        (Some("v1" | "v2"), None) if has("name") && has("version") => return Some(Label::Chart),
        (None, Some(kind)) => {
            let omni = ["Cluster", "ControlPlane", "Workers", "Machine"].contains(&kind);
            return omni.then(|| Label::Omni(kind.to_owned()));
        }
        _ => {}
    }
    if has("clusterName") && has("nodes") && (has("nodes[0].hostname") || has("nodes[0].ipAddress")) {
        return Some(Label::TalConfig);
    }
    let topf = has("nodes[0].host") || has("nodes[0].role");
    if has("clusterName") && has("nodes") && (has("clusterEndpoint") || topf) {
        return Some(Label::Topf);
    }
    if has("[0].op") && has("[0].path") {
        let machine = |it: &Scalar| {
            it.field.ends_with("].path")
                && (it.value.starts_with("/machine") || it.value.starts_with("/cluster"))
        };
        return document.scalars.iter().any(machine).then_some(Label::Operations);
    }
    if has("customization") || (has("overlay") && has("overlay.name")) {
        return Some(Label::Schematic);
    }
    if document.value("version") == Some("v1alpha1") && (has("machine") || has("cluster")) {
        return Some(Label::MachineConfig);
    }
    let of_talos = |it: &Scalar| {
        let mut parts = it.field.split(['.', '[']);
        match (parts.next(), parts.next()) {
            (Some("machine"), Some(key)) => MACHINE.contains(&key),
            (Some("cluster"), Some(key)) => CLUSTER.contains(&key),
            _ => false,
        }
    };
    let patch = |it: &str| ["machine", "cluster", "$patch"].contains(&it);
    if !document.scalars.is_empty() && keys().all(patch) && document.scalars.iter().any(of_talos) {
        return Some(Label::Patch);
    }
    let names_version = |it: &str| ["talos_version", "k8s_version", "kubernetes_version"].contains(&it);
    if keys().any(names_version) {
        return Some(Label::Versions);
    }
    // kustomize takes a kustomization without its kind; then it has nothing but keys of kustomize.
    let kustomize = [
        "resources",
        "patches",
        "helmCharts",
        "components",
        "namespace",
        "generatorOptions",
        "images",
        "configMapGenerator",
        "secretGenerator",
        "generators",
        "transformers",
        "labels",
        "commonLabels",
        "commonAnnotations",
        "replacements",
        "patchesStrategicMerge",
        "patchesJson6902",
        "helmGlobals",
        "namePrefix",
        "nameSuffix",
        "configurations",
        "openapi",
    ];
    let has_resources = has("resources[0]") || has("helmCharts[0]");
    if has_resources && keys().all(|it| kustomize.contains(&it)) {
        return Some(Label::Kustomize);
    }
    (version.is_none() && kind.is_none() && document.scalars.len() <= FEW && !has("sops"))
        .then_some(Label::Settings)
}

/// Whether a value is at a field or below it.
fn is_at(scalar: &Scalar, field: &str) -> bool {
    scalar.field.strip_prefix(field).is_some_and(|it| it.is_empty() || it.starts_with(['.', '[']))
}
