//! Which of our messages is which of theirs, and which they do not have.

use super::said::said;
use prost::Message;
use prost_reflect::DynamicMessage;
use std::collections::BTreeMap;
use std::fmt::Debug;
use talos_api_rs::api::generated::{common as their_common, google, machine as their_machine};
use wire::{common, machine};

/// What a message says, by path.
pub type Said = BTreeMap<String, String>;

/// One message that both have.
pub struct Pair {
    /// As our protos have it: "machine.NetDev".
    pub name: &'static str,
    /// As theirs have it.
    pub theirs: &'static str,
    /// What was encoded by ours, then by theirs, and is read again by ours: what we say of it first and last, and what
    /// they say of it.
    pub there_and_back: fn(&DynamicMessage) -> [Said; 3],
    /// What was encoded by theirs: what they say of it, and what we say.
    pub from_them: fn(&DynamicMessage) -> [Said; 2],
}

fn there_and_back<O: Message + Default + Debug, T: Message + Default + Debug>(
    it: &DynamicMessage,
) -> [Said; 3] {
    let ours = O::decode(it.encode_to_vec().as_slice()).unwrap();
    let theirs = T::decode(ours.encode_to_vec().as_slice()).unwrap();
    let back = O::decode(theirs.encode_to_vec().as_slice()).unwrap();
    [said(&ours), said(&back), said(&theirs)]
}

fn from_them<O: Message + Default + Debug, T: Message + Default + Debug>(it: &DynamicMessage) -> [Said; 2] {
    let theirs = T::decode(it.encode_to_vec().as_slice()).unwrap();
    let ours = O::decode(theirs.encode_to_vec().as_slice()).unwrap();
    [said(&theirs), said(&ours)]
}

macro_rules! pair {
    ($name:expr, $theirs:expr, $one:ty, $other:ty) => {
        Pair {
            name: $name,
            theirs: $theirs,
            there_and_back: there_and_back::<$one, $other>,
            from_them: from_them::<$one, $other>,
        }
    };
}

/// Those of one file that are called alike, as the generators call them.
macro_rules! alike {
    ($package:literal, $ours:ident, $theirs:ident: $($name:ident)*) => {
        vec![$(pair!(
            concat!($package, ".", stringify!($name)),
            concat!($package, ".", stringify!($name)),
            $ours::$name,
            $theirs::$name
        )),*]
    };
}

pub fn pairs() -> Vec<Pair> {
    let mut all = alike!("common", common, their_common: Metadata Data Error);
    all.push(pair!("common.Status", "google.rpc.Status", common::Status, google::rpc::Status));
    all.extend(alike!("machine", machine, their_machine:
        VersionInfo PlatformInfo FeaturesInfo Version VersionResponse Hostname HostnameResponse
        ServiceHealth ServiceEvent ServiceEvents ServiceInfo ServiceList ServiceListResponse
        LoadAvg LoadAvgResponse MemInfo Memory MemoryResponse CpuStat SoftIrqStat SystemStat SystemStatResponse
        CpuInfo CpUsInfo CpuInfoResponse NetDev NetworkDeviceStats NetworkDeviceStatsResponse
        DiskStat DiskStats DiskStatsResponse ProcessInfo Process ProcessesResponse MountStat Mounts MountsResponse
        ContainersRequest ContainerInfo Container ContainersResponse StatsRequest Stat Stats StatsResponse
        LogsRequest LogsContainer LogsContainersResponse DmesgRequest EventsRequest Event
        SequenceEvent PhaseEvent TaskEvent ServiceStateEvent RestartEvent ConfigLoadErrorEvent
        ConfigValidationErrorEvent AddressEvent MachineStatusEvent
        EtcdMemberListRequest EtcdMember EtcdMembers EtcdMemberListResponse EtcdMemberStatus EtcdStatus
        EtcdStatusResponse EtcdMemberAlarm EtcdAlarm EtcdAlarmListResponse EtcdSnapshotRequest
        EtcdForfeitLeadershipRequest EtcdForfeitLeadership EtcdForfeitLeadershipResponse
        EtcdRemoveMemberByIdRequest EtcdRemoveMemberById EtcdRemoveMemberByIdResponse
        EtcdLeaveClusterRequest EtcdLeaveCluster EtcdLeaveClusterResponse
        ApplyConfigurationRequest ApplyConfiguration ApplyConfigurationResponse
        BootstrapRequest Bootstrap BootstrapResponse RebootRequest Reboot RebootResponse
        ResetRequest Reset ResetResponse UpgradeRequest Upgrade UpgradeResponse));
    all
}

/// Ours that they do not have: theirs are of Talos 1.9, without the services that came with 1.13, and without COSI,
/// storage and time. The official client has them all (`tests/talos-client`).
pub const LACKING: [&str; 32] = [
    "common.ContainerdInstance",
    "cosi.resource.Event",
    "cosi.resource.GetOptions",
    "cosi.resource.GetRequest",
    "cosi.resource.GetResponse",
    "cosi.resource.IDQuery",
    "cosi.resource.LabelQuery",
    "cosi.resource.LabelTerm",
    "cosi.resource.ListOptions",
    "cosi.resource.ListRequest",
    "cosi.resource.ListResponse",
    "cosi.resource.Metadata",
    "cosi.resource.Resource",
    "cosi.resource.Spec",
    "cosi.resource.WatchOptions",
    "cosi.resource.WatchRequest",
    "cosi.resource.WatchResponse",
    "machine.ImageServiceListRequest",
    "machine.ImageServiceListResponse",
    "machine.ImageServicePullLayerProgress",
    "machine.ImageServicePullProgress",
    "machine.ImageServicePullRequest",
    "machine.ImageServicePullResponse",
    "machine.InstallArtifactsSource",
    "machine.LifecycleServiceInstallProgress",
    "machine.LifecycleServiceUpgradeRequest",
    "machine.LifecycleServiceUpgradeResponse",
    "storage.Disk",
    "storage.Disks",
    "storage.DisksResponse",
    "time.Time",
    "time.TimeResponse",
];
