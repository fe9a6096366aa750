//! Who may call what: roles are the organizations of the client's certificate.

use Role::{Admin, EtcdBackup, Operator, Reader};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Reader,
    Operator,
    Admin,
    EtcdBackup,
}

/// The roles of one caller.
#[derive(Debug, Clone, Default)]
pub struct Roles(Vec<Role>);

impl Roles {
    pub fn of<'a>(organizations: impl Iterator<Item = &'a str>) -> Self {
        let role = |name: &str| match name {
            "os:reader" => Some(Reader),
            "os:operator" => Some(Operator),
            "os:admin" => Some(Admin),
            "os:etcd:backup" => Some(EtcdBackup),
            _ => None,
        };
        Self(organizations.filter_map(role).collect())
    }

    pub fn is_admin(&self) -> bool {
        self.0.contains(&Admin)
    }

    /// As certificates spell them, with commas between.
    pub fn words(&self) -> String {
        let word = |role: &Role| match role {
            Reader => "os:reader",
            Operator => "os:operator",
            Admin => "os:admin",
            EtcdBackup => "os:etcd:backup",
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(",")
    }

    /// Whether one of the roles is enough for a method, given by its full path.
    pub fn may(&self, path: &str) -> bool {
        enough(path).iter().any(|role| self.0.contains(role))
    }
}

/// Any of these roles may call the method; what nobody knows is for admins.
fn enough(path: &str) -> &'static [Role] {
    match path.trim_start_matches('/') {
        "machine.MachineService/EtcdMemberList"
        | "machine.MachineService/EtcdStatus"
        | "machine.MachineService/EtcdAlarmList" => &[Reader, Operator, Admin, EtcdBackup],
        "machine.MachineService/EtcdSnapshot" => &[Operator, Admin, EtcdBackup],
        "machine.MachineService/EtcdAlarmDisarm"
        | "machine.MachineService/EtcdDefragment"
        | "machine.MachineService/Reboot"
        | "machine.MachineService/Restart"
        | "machine.MachineService/ServiceRestart"
        | "machine.MachineService/ServiceStart"
        | "machine.MachineService/ServiceStop"
        | "machine.MachineService/Shutdown"
        | "machine.ImageService/Pull" => &[Operator, Admin],
        "cluster.ClusterService/HealthCheck"
        | "inspect.InspectService/ControllerRuntimeDependencies"
        | "machine.MachineService/Version"
        | "machine.MachineService/Hostname"
        | "machine.MachineService/ServiceList"
        | "machine.MachineService/LoadAvg"
        | "machine.MachineService/Memory"
        | "machine.MachineService/SystemStat"
        | "machine.MachineService/CPUInfo"
        | "machine.MachineService/CPUFreqStats"
        | "machine.MachineService/Netstat"
        | "machine.MachineService/List"
        | "machine.MachineService/DiskUsage"
        | "machine.MachineService/ImageList"
        | "machine.MachineService/NetworkDeviceStats"
        | "machine.MachineService/DiskStats"
        | "machine.MachineService/Processes"
        | "machine.MachineService/Mounts"
        | "machine.MachineService/Containers"
        | "machine.MachineService/Stats"
        | "machine.MachineService/Logs"
        | "machine.MachineService/LogsContainers"
        | "machine.MachineService/Dmesg"
        | "machine.MachineService/Events"
        | "machine.ImageService/List"
        | "storage.StorageService/Disks"
        | "time.TimeService/Time"
        | "cosi.resource.State/Get"
        | "cosi.resource.State/List"
        | "cosi.resource.State/Watch" => &[Reader, Operator, Admin],
        _ => &[Admin],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_for_those_who_back_up_but_not_for_readers() {
        let may = |role: &str, method: &str| {
            Roles::of([role].into_iter()).may(&format!("/machine.MachineService/{method}"))
        };
        assert!(may("os:reader", "EtcdStatus") && !may("os:reader", "EtcdSnapshot"));
        assert!(may("os:etcd:backup", "EtcdSnapshot") && !may("os:etcd:backup", "Version"));
        assert!(may("os:operator", "Reboot") && !may("os:operator", "EtcdLeaveCluster"));
        assert!(may("os:admin", "NobodyKnows") && !may("os:operator", "NobodyKnows"));
    }
}
