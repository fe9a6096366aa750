//! Which key of a talconfig a field of a machine config is rendered from.

use super::super::compare::{Step, path_words};
use super::Sought;
use crate::yaml::{Step as YamlStep, ValuePath};

/// Where a key of a talconfig stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// At the node, else at those of its role.
    Node,
    Cluster,
    /// In the file of secrets beside it.
    Secrets,
}

use Scope::{Cluster, Node, Secrets};

/// A field of the main document, and what it is rendered from; what is below the field is below the key, too.
const FIELDS: [(&str, Scope, &str); 41] = [
    ("machine.install.image", Node, "talosImageURL"),
    ("machine.install.disk", Node, "installDisk"),
    ("machine.install.diskSelector", Node, "installDiskSelector"),
    ("machine.nodeLabels", Node, "nodeLabels"),
    ("machine.nodeAnnotations", Node, "nodeAnnotations"),
    ("machine.nodeTaints", Node, "nodeTaints"),
    ("machine.files", Node, "machineFiles"),
    ("machine.disks", Node, "machineDisks"),
    ("machine.kernel.modules", Node, "kernelModules"),
    ("machine.certSANs", Node, "certSANs"),
    ("machine.certSANs", Cluster, "additionalMachineCertSans"),
    ("machine.type", Node, "controlPlane"),
    ("machine.network.hostname", Node, "hostname"),
    ("machine.network.nameservers", Node, "nameservers"),
    ("machine.network.disableSearchDomain", Node, "disableSearchDomain"),
    ("machine.network.interfaces", Node, "networkInterfaces"),
    ("machine.kubelet.image", Cluster, "kubernetesVersion"),
    ("cluster.apiServer.image", Cluster, "kubernetesVersion"),
    ("cluster.controllerManager.image", Cluster, "kubernetesVersion"),
    ("cluster.scheduler.image", Cluster, "kubernetesVersion"),
    ("cluster.proxy.image", Cluster, "kubernetesVersion"),
    ("cluster.clusterName", Cluster, "clusterName"),
    ("cluster.controlPlane.endpoint", Cluster, "endpoint"),
    ("cluster.network.dnsDomain", Cluster, "domain"),
    ("cluster.network.podSubnets", Cluster, "clusterPodNets"),
    ("cluster.network.serviceSubnets", Cluster, "clusterSvcNets"),
    ("cluster.network.cni", Cluster, "cniConfig"),
    ("cluster.apiServer.certSANs", Cluster, "additionalApiServerCertSans"),
    ("cluster.allowSchedulingOnControlPlanes", Cluster, "allowSchedulingOnControlPlanes"),
    ("cluster.allowSchedulingOnControlPlanes", Cluster, "allowSchedulingOnMasters"),
    ("cluster.inlineManifests", Cluster, "inlineManifests"),
    ("machine.token", Secrets, "trustdinfo.token"),
    ("machine.ca", Secrets, "certs.os"),
    ("cluster.id", Secrets, "cluster.id"),
    ("cluster.secret", Secrets, "cluster.secret"),
    ("cluster.token", Secrets, "secrets.bootstraptoken"),
    ("cluster.secretboxEncryptionSecret", Secrets, "secrets.secretboxencryptionsecret"),
    ("cluster.ca", Secrets, "certs.k8s"),
    ("cluster.aggregatorCA", Secrets, "certs.k8saggregator"),
    ("cluster.etcd.ca", Secrets, "certs.etcd"),
    ("cluster.serviceAccount", Secrets, "certs.k8sserviceaccount"),
];

/// A document of its own, the beginning of its field, and what it is rendered from.
const DOCUMENTS: [(&str, &str, &str); 17] = [
    ("HostnameConfig", "hostname", "hostname"),
    ("HostnameConfig", "auto", "ignoreHostname"),
    ("ResolverConfig", "nameservers", "nameservers"),
    ("ResolverConfig", "searchDomains.disableDefault", "disableSearchDomain"),
    ("VolumeConfig", "", "volumes"),
    ("UserVolumeConfig", "", "userVolumes"),
    ("ExtensionServiceConfig", "", "extensionServices"),
    ("NetworkRuleConfig", "", "ingressFirewall"),
    ("NetworkDefaultActionConfig", "", "ingressFirewall"),
    ("LinkConfig", "", "networkInterfaces"),
    ("BondConfig", "", "networkInterfaces"),
    ("BridgeConfig", "", "networkInterfaces"),
    ("VLANConfig", "", "networkInterfaces"),
    ("DHCPv4Config", "", "networkInterfaces"),
    ("DHCPv6Config", "", "networkInterfaces"),
    ("Layer2VIPConfig", "", "networkInterfaces"),
    ("KernelModuleConfig", "", "kernelModules"),
];

/// What a field may be rendered from, the likeliest first: where, and the key as YAML paths have it.
pub(super) fn of(sought: &Sought<'_>) -> Vec<(Scope, String)> {
    let field = path_words(sought.path);
    if !sought.document.is_empty() {
        let kind = sought.document.split(' ').next().unwrap_or_default();
        let fits = DOCUMENTS.iter().filter(|(of, begins, _)| *of == kind && field.starts_with(begins));
        return fits.map(|(.., key)| (Node, (*key).to_owned())).collect();
    }
    let mut found = Vec::new();
    for (of, scope, key) in &FIELDS {
        let depth = of.split('.').count();
        if sought.path.len() < depth || path_words(&sought.path[..depth]) != *of {
            continue;
        }
        let below: Vec<YamlStep> = sought.path[depth..]
            .iter()
            .map_while(|it| match it {
                Step::Key(key) => Some(YamlStep::Key(key.clone())),
                Step::Item { .. } => None,
            })
            .collect();
        // Of a list that is told item by item, the list is named.
        let tail = ValuePath(below).to_string();
        if !tail.is_empty() {
            found.push((*scope, format!("{key}.{tail}")));
        }
        found.push((*scope, (*key).to_owned()));
        if *of == "machine.install.image" {
            let schematic = [(Node, "schematic".to_owned()), (Node, "imageSchematic".to_owned())];
            let version = (Cluster, "talosVersion".to_owned());
            // A bare schematic is asked for, or an image with its version.
            match sought.value.is_some_and(|it| !it.contains(':')) {
                true => found.extend(schematic.into_iter().chain([version])),
                false => found.push(version),
            }
        }
    }
    found
}
