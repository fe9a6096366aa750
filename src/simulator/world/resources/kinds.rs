//! The kinds of resources a machine has, by the names that Talos knows them by.

use super::Specified;
use super::specs::{block, cluster, kubernetes, machine, meta, network};
use crate::world::node::Node;

/// One kind: where it lives, who may read it, how it is made of a machine's facts.
#[derive(Debug)]
pub struct Kind {
    /// `MachineStatuses.runtime.talos.dev`, spelled as the collection is.
    pub name: &'static str,
    pub namespace: &'static str,
    /// Readable by os:admin alone.
    pub sensitive: bool,
    /// The first Talos minor version that has it.
    pub since: u32,
    /// The controller that keeps it.
    pub owner: &'static str,
    /// (column, JSON path).
    pub columns: &'static [(&'static str, &'static str)],
    pub specs: fn(&Node) -> Vec<Specified>,
}

impl Kind {
    const fn new(
        name: &'static str,
        namespace: &'static str,
        owner: &'static str,
        columns: &'static [(&'static str, &'static str)],
        specs: fn(&Node) -> Vec<Specified>,
    ) -> Self {
        Self { name, namespace, sensitive: false, since: 9, owner, columns, specs }
    }

    const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    const fn since(mut self, minor: u32) -> Self {
        self.since = minor;
        self
    }

    /// `MachineStatus` of `MachineStatuses.runtime.talos.dev`.
    pub fn display(&self) -> String {
        let plural = self.name.split('.').next().unwrap_or(self.name);
        match plural {
            "SecurityStates" => "SecurityState".into(),
            _ if plural.ends_with("sses") => plural.trim_end_matches("es").into(),
            _ if plural.ends_with("uses") => plural.trim_end_matches("es").into(),
            _ if plural.ends_with("ies") => format!("{}y", plural.trim_end_matches("ies")),
            _ => plural.trim_end_matches('s').into(),
        }
    }
}

/// A kind by its name, in any case.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|it| it.name.eq_ignore_ascii_case(name))
}

/// Whether any kind lives there.
pub fn is_namespace(name: &str) -> bool {
    KINDS.iter().any(|it| it.namespace == name)
}

/// Everything that can be read.
pub static KINDS: &[Kind] = &[
    Kind::new("Namespaces.meta.cosi.dev", "meta", "", &[("Description", "{.description}")], meta::namespaces),
    Kind::new(
        "ResourceDefinitions.meta.cosi.dev",
        "meta",
        "",
        &[("Aliases", "{.aliases[:]}")],
        meta::definitions,
    ),
    Kind::new(
        "MachineStatuses.runtime.talos.dev",
        "runtime",
        "runtime.MachineStatusController",
        &[("Stage", "{.stage}"), ("Ready", "{.status.ready}")],
        machine::status,
    ),
    Kind::new("MachineConfigs.config.talos.dev", "config", "config.AcquireController", &[], machine::config)
        .sensitive(),
    Kind::new(
        "MachineTypes.config.talos.dev",
        "config",
        "config.MachineTypeController",
        &[("Type", "{.}")],
        machine::kind,
    ),
    Kind::new(
        "Services.v1alpha1.talos.dev",
        "runtime",
        "v1alpha1.ServiceController",
        &[("Running", "{.running}"), ("Healthy", "{.healthy}"), ("Health Unknown", "{.unknown}")],
        machine::services,
    ),
    Kind::new(
        "Versions.runtime.talos.dev",
        "runtime",
        "runtime.VersionController",
        &[("Version", "{.version}")],
        machine::version,
    )
    .since(10),
    Kind::new(
        "BootIDs.runtime.talos.dev",
        "runtime",
        "runtime.BootIDController",
        &[("Boot ID", "{.bootID}")],
        machine::boot_id,
    )
    .since(14),
    Kind::new(
        "SecurityStates.talos.dev",
        "runtime",
        "runtime.SecurityStateController",
        &[("SecureBoot", "{.secureBoot}"), ("FIPSState", "{.fipsState}")],
        machine::security,
    ),
    Kind::new(
        "Diagnostics.runtime.talos.dev",
        "runtime",
        "runtime.DiagnosticsController",
        &[("Message", "{.message}"), ("Details", "{.details}")],
        machine::diagnostics,
    ),
    Kind::new(
        "ExtensionStatuses.runtime.talos.dev",
        "runtime",
        "runtime.ExtensionStatusController",
        &[("Name", "{.metadata.name}"), ("Version", "{.metadata.version}")],
        machine::extensions,
    ),
    Kind::new(
        "ImageFactorySchematics.runtime.talos.dev",
        "runtime",
        "runtime.ImageFactorySchematicController",
        &[("Schematic", "{.schematicId}")],
        machine::schematic,
    )
    .since(14),
    Kind::new(
        "KernelCmdlines.runtime.talos.dev",
        "runtime",
        "runtime.KernelCmdlineController",
        &[("Cmdline", "{.cmdline}")],
        machine::cmdline,
    )
    .since(11),
    Kind::new(
        "PlatformMetadatas.talos.dev",
        "runtime",
        "network.PlatformConfigController",
        &[
            ("Platform", "{.platform}"),
            ("Type", "{.instanceType}"),
            ("Region", "{.region}"),
            ("Zone", "{.zone}"),
        ],
        machine::platform,
    ),
    Kind::new("MetaKeys.runtime.talos.dev", "runtime", "", &[("Value", "{.value}")], machine::meta_keys),
    Kind::new(
        "MountStatuses.runtime.talos.dev",
        "runtime",
        "block.MountController",
        &[("Source", "{.source}"), ("Target", "{.target}"), ("Filesystem Type", "{.filesystemType}")],
        block::mounts,
    ),
    Kind::new(
        "CPUStats.perf.talos.dev",
        "perf",
        "perf.StatsController",
        &[("User", "{.cpuTotal.user}"), ("System", "{.cpuTotal.system}")],
        machine::cpu,
    ),
    Kind::new(
        "MemoryStats.perf.talos.dev",
        "perf",
        "perf.StatsController",
        &[("Used", "{.used}"), ("Total", "{.total}")],
        machine::memory,
    ),
    Kind::new(
        "TimeStatuses.v1alpha1.talos.dev",
        "runtime",
        "time.SyncController",
        &[("Synced", "{.synced}")],
        machine::time,
    ),
    Kind::new(
        "AdjtimeStatuses.v1alpha1.talos.dev",
        "runtime",
        "time.AdjtimeStatusController",
        &[("Offset", "{.offset}")],
        machine::adjtime,
    ),
    Kind::new(
        "SystemInformations.hardware.talos.dev",
        "hardware",
        "hardware.SystemInfoController",
        &[
            ("Manufacturer", "{.manufacturer}"),
            ("ProductName", "{.productName}"),
            ("SerialNumber", "{.serialnumber}"),
            ("UUID", "{.uuid}"),
        ],
        machine::system,
    ),
    Kind::new(
        "Processors.hardware.talos.dev",
        "hardware",
        "hardware.SystemInfoController",
        &[("Manufacturer", "{.manufacturer}"), ("Cores", "{.coreCount}")],
        machine::processors,
    ),
    Kind::new(
        "MemoryModules.hardware.talos.dev",
        "hardware",
        "hardware.SystemInfoController",
        &[("Size", "{.sizeMiB}")],
        machine::memory_modules,
    ),
    Kind::new(
        "Members.cluster.talos.dev",
        "cluster",
        "cluster.MemberController",
        &[
            ("Hostname", "{.hostname}"),
            ("Machine Type", "{.machineType}"),
            ("OS", "{.operatingSystem}"),
            ("Addresses", "{.addresses}"),
        ],
        cluster::members,
    ),
    Kind::new(
        "Affiliates.cluster.talos.dev",
        "cluster",
        "cluster.AffiliateMergeController",
        &[("Hostname", "{.hostname}"), ("Addresses", "{.addresses}")],
        cluster::affiliates,
    ),
    Kind::new(
        "Infos.cluster.talos.dev",
        "cluster",
        "cluster.InfoController",
        &[("Cluster Name", "{.clusterName}")],
        cluster::info,
    ),
    Kind::new(
        "Identities.cluster.talos.dev",
        "cluster",
        "cluster.NodeIdentityController",
        &[("ID", "{.nodeId}")],
        cluster::identity,
    ),
    Kind::new(
        "EtcdMembers.etcd.talos.dev",
        "etcd",
        "etcd.MemberController",
        &[("ID", "{.memberID}")],
        cluster::etcd_member,
    ),
    Kind::new(
        "EtcdSpecs.etcd.talos.dev",
        "etcd",
        "etcd.SpecController",
        &[("Name", "{.name}"), ("AdvertisedAddresses", "{.advertisedAddresses}")],
        cluster::etcd_spec,
    ),
    Kind::new(
        "PKIStatuses.etcd.talos.dev",
        "etcd",
        "etcd.PKIController",
        &[("Ready", "{.ready}")],
        cluster::etcd_pki,
    ),
    Kind::new(
        "Nodenames.kubernetes.talos.dev",
        "k8s",
        "k8s.NodenameController",
        &[("Nodename", "{.nodename}")],
        kubernetes::nodename,
    ),
    Kind::new(
        "NodeStatuses.kubernetes.talos.dev",
        "k8s",
        "k8s.NodeStatusController",
        &[("Ready", "{.nodeReady}"), ("Unschedulable", "{.unschedulable}")],
        kubernetes::node_status,
    ),
    Kind::new(
        "KubeletSpecs.kubernetes.talos.dev",
        "k8s",
        "k8s.KubeletSpecController",
        &[("Image", "{.image}")],
        kubernetes::kubelet_spec,
    ),
    Kind::new(
        "KubeletStatuses.kubernetes.talos.dev",
        "k8s",
        "k8s.KubeletServiceController",
        &[("Image", "{.image}")],
        kubernetes::kubelet_status,
    )
    .since(14),
    Kind::new(
        "StaticPodStatuses.kubernetes.talos.dev",
        "k8s",
        "k8s.KubeletStaticPodController",
        &[("Ready", "{.conditions[?(@.type==\"Ready\")].status}")],
        kubernetes::static_pods,
    ),
    Kind::new(
        "ConfigStatuses.kubernetes.talos.dev",
        "controlplane",
        "k8s.RenderConfigsStaticPodController",
        &[("Ready", "{.ready}")],
        kubernetes::config_status,
    ),
    Kind::new(
        "SecretStatuses.kubernetes.talos.dev",
        "controlplane",
        "k8s.RenderSecretsStaticPodController",
        &[("Ready", "{.ready}")],
        kubernetes::config_status,
    ),
    Kind::new(
        "ManifestStatuses.kubernetes.talos.dev",
        "controlplane",
        "k8s.ManifestApplyController",
        &[("Manifests Applied", "{.manifestsApplied}")],
        kubernetes::manifests,
    ),
    Kind::new(
        "KubePrismStatuses.kubernetes.talos.dev",
        "k8s",
        "k8s.KubePrismController",
        &[("Healthy", "{.healthy}")],
        kubernetes::prism,
    ),
    Kind::new(
        "Disks.block.talos.dev",
        "runtime",
        "block.DisksController",
        &[
            ("Size", "{.pretty_size}"),
            ("Read Only", "{.readonly}"),
            ("Transport", "{.transport}"),
            ("Model", "{.model}"),
        ],
        block::disks,
    ),
    Kind::new(
        "SystemDisks.block.talos.dev",
        "runtime",
        "block.SystemDiskController",
        &[("Disk", "{.diskID}")],
        block::system_disk,
    ),
    Kind::new(
        "DiscoveredVolumes.block.talos.dev",
        "runtime",
        "block.DiscoveryController",
        &[("Type", "{.type}"), ("Size", "{.pretty_size}"), ("Discovered", "{.name}"), ("Label", "{.label}")],
        block::discovered,
    ),
    Kind::new(
        "VolumeStatuses.block.talos.dev",
        "runtime",
        "block.VolumeManagerController",
        &[("Type", "{.type}"), ("Phase", "{.phase}"), ("Location", "{.location}"), ("Size", "{.prettySize}")],
        block::volumes,
    ),
    Kind::new(
        "HostnameStatuses.net.talos.dev",
        "network",
        "network.HostnameSpecController",
        &[("Hostname", "{.hostname}")],
        network::hostname,
    ),
    Kind::new(
        "NodeAddresses.net.talos.dev",
        "network",
        "network.NodeAddressController",
        &[("Addresses", "{.addresses}")],
        network::node_addresses,
    ),
    Kind::new(
        "AddressStatuses.net.talos.dev",
        "network",
        "network.AddressStatusController",
        &[("Address", "{.address}"), ("Link", "{.linkName}")],
        network::addresses,
    ),
    Kind::new(
        "LinkStatuses.net.talos.dev",
        "network",
        "network.LinkStatusController",
        &[
            ("Type", "{.type}"),
            ("Kind", "{.kind}"),
            ("Hw Addr", "{.hardwareAddr}"),
            ("Oper State", "{.operationalState}"),
        ],
        network::links,
    ),
    Kind::new(
        "RouteStatuses.net.talos.dev",
        "network",
        "network.RouteStatusController",
        &[("Destination", "{.dst}"), ("Gateway", "{.gateway}"), ("Link", "{.outLinkName}")],
        network::routes,
    ),
    Kind::new(
        "ResolverStatuses.net.talos.dev",
        "network",
        "network.ResolverSpecController",
        &[("Resolvers", "{.dnsServers}")],
        network::resolvers,
    ),
    Kind::new(
        "TimeServerStatuses.net.talos.dev",
        "network",
        "network.TimeServerSpecController",
        &[("Timeservers", "{.timeServers}")],
        network::time_servers,
    ),
    Kind::new(
        "HardwareAddresses.net.talos.dev",
        "network",
        "network.HardwareAddrController",
        &[("Hw Addr", "{.hardwareAddr}")],
        network::hardware_addresses,
    ),
    Kind::new(
        "NetworkStatuses.net.talos.dev",
        "network",
        "network.StatusController",
        &[
            ("Address", "{.addressReady}"),
            ("Connectivity", "{.connectivityReady}"),
            ("Hostname", "{.hostnameReady}"),
        ],
        network::status,
    ),
    Kind::new(
        "ProbeStatuses.net.talos.dev",
        "network",
        "network.ProbeController",
        &[("Success", "{.success}")],
        network::probes,
    ),
    Kind::new(
        "KubeSpanPeerStatuses.kubespan.talos.dev",
        "kubespan",
        "kubespan.ManagerController",
        &[("Label", "{.label}"), ("State", "{.state}")],
        network::nothing,
    ),
    Kind::new(
        "SiderolinkStatuses.siderolink.talos.dev",
        "config",
        "siderolink.StatusController",
        &[("Connected", "{.connected}")],
        network::nothing,
    ),
];
