//! Numbers and lists that a machine answers at once.

use super::stream::target;
use crate::world::numbers::{self, CORES, DISK, MEMORY};
use crate::world::{Lock, Node, seeded, timestamp};
use tonic::{Request, Response, Status, async_trait};
use wire::machine as w;

pub fn version(node: &Node) -> w::Version {
    let tag = node.talos_version();
    w::Version {
        metadata: None,
        version: Some(w::VersionInfo {
            sha: seeded::hex(0, &tag, 0, 8),
            built: String::new(),
            go_version: "go1.25.6".into(),
            os: "linux".into(),
            arch: "amd64".into(),
            tag,
        }),
        platform: Some(w::PlatformInfo {
            name: node.spec.hardware.platform().into(),
            mode: node.spec.hardware.mode().into(),
        }),
        features: Some(w::FeaturesInfo { rbac: true }),
    }
}

pub fn services(node: &Node) -> w::ServiceList {
    let mut services: Vec<_> = node.state.held().services.iter().map(|it| it.info()).collect();
    services.sort_by(|one, other| one.id.cmp(&other.id));
    w::ServiceList { metadata: None, services }
}

pub fn load_avg(node: &Node) -> w::LoadAvg {
    let load = numbers::load(node).cpu * f64::from(CORES);
    let swing = |name| 0.85 + 0.3 * seeded::wave(node.seed, name, node.uptime());
    w::LoadAvg {
        metadata: None,
        load1: load * swing("load1"),
        load5: load * swing("load5"),
        load15: load * 0.95,
    }
}

pub fn memory(node: &Node) -> w::Memory {
    let used = (MEMORY as f64 * numbers::load(node).memory) as u64;
    let cached = (MEMORY - used) * 2 / 3;
    let meminfo = w::MemInfo {
        memtotal: MEMORY,
        memfree: MEMORY - used - cached,
        memavailable: MEMORY - used,
        buffers: 12_288,
        cached: cached.saturating_sub(12_288),
        active: used * 3 / 5,
        inactive: cached / 2,
        anonpages: used * 4 / 5,
        mapped: used / 6,
        slab: used / 12,
        kernelstack: 14_336,
        pagetables: 22_528,
        committedas: used * 2,
        commitlimit: MEMORY / 2,
        ..w::MemInfo::default()
    };
    w::Memory { metadata: None, meminfo: Some(meminfo) }
}

pub fn system(node: &Node) -> w::SystemStat {
    let (busy, total) = (numbers::busy_seconds(node), node.uptime() * f64::from(CORES));
    let share = |part: f64| w::CpuStat {
        user: busy * 0.68 * part,
        system: busy * 0.24 * part,
        iowait: busy * 0.03 * part,
        soft_irq: busy * 0.03 * part,
        steal: busy * 0.02 * part,
        idle: (total - busy).max(0.0) * part,
        ..w::CpuStat::default()
    };
    let count = |name, rate| numbers::counter(node, name, rate);
    // Let go of the lock before anything below asks the node again.
    let booted_at = node.state.held().booted_at;
    w::SystemStat {
        metadata: None,
        boot_time: u64::try_from(booted_at / 1_000).unwrap_or_default(),
        cpu_total: Some(share(1.0)),
        cpu: (0..CORES).map(|_| share(1.0 / f64::from(CORES))).collect(),
        irq_total: count("irq", 2_100.0),
        context_switches: count("ctxt", 9_000.0),
        process_created: count("forks", 6.0),
        process_running: 1 + count("forks", 6.0) % 4,
        process_blocked: 0,
        soft_irq_total: count("softirq", 3_000.0),
        ..w::SystemStat::default()
    }
}

pub fn cpu_info(_: &Node) -> w::CpUsInfo {
    let one = |processor| w::CpuInfo {
        processor,
        vendor_id: "GenuineIntel".into(),
        model_name: "Intel Xeon Processor (Skylake, IBRS, no TSX)".into(),
        cpu_mhz: 2_294.608,
        cpu_cores: CORES,
    };
    w::CpUsInfo { metadata: None, cpu_info: (0..CORES).map(one).collect() }
}

pub fn network(node: &Node) -> w::NetworkDeviceStats {
    let device = |name: &str, rate: f64| {
        let count = |what: &str, by: f64| numbers::counter(node, &format!("{name}-{what}"), by);
        w::NetDev {
            name: name.into(),
            rx_bytes: count("rx", rate),
            rx_packets: count("rx", rate / 640.0),
            tx_bytes: count("tx", rate * 0.7),
            tx_packets: count("tx", rate / 900.0),
            ..w::NetDev::default()
        }
    };
    let devices = vec![
        device("cni0", 160_000.0),
        device("eth0", 420_000.0),
        device("flannel.1", 110_000.0),
        device("lo", 60_000.0),
    ];
    let sum = |of: fn(&w::NetDev) -> u64| devices.iter().map(of).sum();
    let total = w::NetDev {
        name: "total".into(),
        rx_bytes: sum(|it| it.rx_bytes),
        rx_packets: sum(|it| it.rx_packets),
        tx_bytes: sum(|it| it.tx_bytes),
        tx_packets: sum(|it| it.tx_packets),
        ..w::NetDev::default()
    };
    w::NetworkDeviceStats { metadata: None, total: Some(total), devices }
}

pub fn disk_stats(node: &Node) -> w::DiskStats {
    let device = |name: &str, part: f64| {
        let count = |what: &str, by: f64| numbers::counter(node, &format!("{name}-{what}"), by * part);
        w::DiskStat {
            name: name.into(),
            read_completed: count("reads", 3.0),
            read_sectors: count("reads", 3.0 * 48.0),
            read_time_ms: count("reads", 4.0),
            write_completed: count("writes", 34.0),
            write_sectors: count("writes", 34.0 * 40.0),
            write_time_ms: count("writes", 70.0),
            io_time_ms: count("writes", 40.0),
            io_time_weighted_ms: count("writes", 74.0),
            ..w::DiskStat::default()
        }
    };
    let devices = vec![device("sda", 1.0), device("sda5", 0.02), device("sda6", 0.95), device("loop0", 0.01)];
    let total = devices.first().map(|it| w::DiskStat { name: "total".into(), ..it.clone() });
    w::DiskStats { metadata: None, total, devices }
}

pub fn mounts(node: &Node) -> w::Mounts {
    let var = DISK - 1_262_485_504;
    let used = (var as f64 * numbers::load(node).disk) as u64;
    let one = |filesystem: &str, size: u64, available: u64, on: &str| w::MountStat {
        filesystem: filesystem.into(),
        size,
        available,
        mounted_on: on.into(),
    };
    let stats = vec![
        one("none", MEMORY * 512, MEMORY * 511, "/dev/shm"),
        one("/dev/loop0", 76_546_048, 0, "/"),
        one("tmpfs", 67_108_864, 66_900_000, "/run"),
        one("/dev/sda5", 99_614_720, 92_000_000, "/system/state"),
        one("/dev/sda6", var, var - used, "/var"),
    ];
    w::Mounts { metadata: None, stats }
}

pub fn processes(node: &Node) -> w::Process {
    let busy = numbers::busy_seconds(node);
    let state = node.state.held();
    let mut names: Vec<(String, String)> =
        state.services.iter().map(|it| (it.id.to_owned(), "init".to_owned())).collect();
    drop(state);
    names.insert(0, ("init".into(), String::new()));
    names.extend(node.pods().0.into_iter().map(|it| (it.name, "pod".to_owned())));
    let weights: Vec<f64> =
        names.iter().map(|(name, _)| seeded::between(node.seed, name, 3, 0.2, 6.0)).collect();
    let all: f64 = weights.iter().sum();
    let processes = names.iter().zip(weights).enumerate().map(|(index, ((name, _), weight))| {
        let pid = if index == 0 { 1 } else { 900 + i32::try_from(index).unwrap_or_default() * 37 };
        let resident = (24.0 + weight * 40.0) * 1_048_576.0;
        w::ProcessInfo {
            pid,
            ppid: i32::from(index != 0),
            state: if index % 17 == 3 { "R" } else { "S" }.into(),
            threads: 4 + i32::try_from(seeded::mix(node.seed, name, 4) % 18).unwrap_or_default(),
            cpu_time: busy * weight / all.max(1.0),
            virtual_memory: 1_280_000_000 + (weight * 2.0e8) as u64,
            resident_memory: resident as u64,
            command: name.chars().take(15).collect(),
            executable: format!("/usr/bin/{name}"),
            args: format!("/usr/bin/{name} --v=2"),
            label: String::new(),
        }
    });
    w::Process { metadata: None, processes: processes.collect() }
}

/// Services run in containerd's namespace `system`, pods in `k8s.io`.
pub fn containers(node: &Node, namespace: &str) -> Vec<w::ContainerInfo> {
    let info = |id: &str, image: &str, pod: &str, name: &str, uid: &str| w::ContainerInfo {
        namespace: namespace.into(),
        id: id.into(),
        image: image.into(),
        pid: 2_000 + u32::try_from(seeded::mix(node.seed, id, 1) % 20_000).unwrap_or_default(),
        status: if namespace == "k8s.io" { "CONTAINER_RUNNING" } else { "RUNNING" }.into(),
        pod_id: pod.into(),
        name: name.into(),
        network_namespace: String::new(),
        internal_id: seeded::hex(node.seed, id, 0, 64),
        uid: uid.into(),
    };
    if namespace == "k8s.io" {
        let pods = node.pods().0;
        return pods
            .iter()
            .map(|it| info(&it.id, &it.image, &format!("{}/{}", it.namespace, it.pod), &it.name, &it.uid))
            .collect();
    }
    let inside = ["apid", "trustd", "kubelet", "etcd"].into_iter().filter(|id| node.runs(id));
    inside
        .map(|id| {
            let image = match id {
                "kubelet" => node.config().kubelet_image.clone(),
                "etcd" => "registry.k8s.io/etcd:v3.6.7".into(),
                _ => format!("talos/{id}"),
            };
            info(id, &image, id, id, "")
        })
        .collect()
}

pub fn usage(node: &Node, namespace: &str) -> Vec<w::Stat> {
    containers(node, namespace)
        .into_iter()
        .map(|it| {
            let share = seeded::between(node.seed, &it.id, 5, 0.004, 0.09);
            w::Stat {
                memory_usage: (share * 3.0 * 1_073_741_824.0) as u64,
                cpu_usage: (numbers::busy_seconds(node) * share * 1.0e9) as u64,
                namespace: it.namespace,
                id: it.id,
                pod_id: it.pod_id,
                name: it.name,
            }
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
pub struct Storage;

#[async_trait]
impl wire::storage::storage_service_server::StorageService for Storage {
    async fn disks(&self, request: Request<()>) -> Result<Response<wire::storage::DisksResponse>, Status> {
        let node = target(&request)?;
        let disk = wire::storage::Disk {
            size: DISK,
            model: "QEMU HARDDISK".into(),
            device_name: "/dev/sda".into(),
            serial: node.spec.server_id.to_string(),
            r#type: 1,
            system_disk: true,
            subsystem: "/sys/class/block".into(),
            ..Default::default()
        };
        let message = wire::storage::Disks { metadata: None, disks: vec![disk] };
        Ok(Response::new(wire::storage::DisksResponse { messages: vec![message] }))
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Time;

#[async_trait]
impl wire::time::time_service_server::TimeService for Time {
    async fn time(&self, request: Request<()>) -> Result<Response<wire::time::TimeResponse>, Status> {
        let node = target(&request)?;
        let now = node.now();
        let message = wire::time::Time {
            metadata: None,
            server: node.spec.hardware.time_servers().first().copied().unwrap_or_default().into(),
            localtime: Some(timestamp(now)),
            remotetime: Some(timestamp(now)),
        };
        Ok(Response::new(wire::time::TimeResponse { messages: vec![message] }))
    }
}
