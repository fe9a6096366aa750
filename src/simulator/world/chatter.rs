//! What services and the kernel say while nothing happens. Nobody writes it: a line is a function of seed and time, so
//! that a thousand machines which nobody reads cost nothing.

use super::journal::{KERNEL, Line};
use super::node::{Node, clock_text, rfc3339};
use super::{life, seeded};

/// As many of these lines as anybody gets to see at once.
const SHOWN: i64 = 1_500;

/// Seconds between the lines of a source.
fn interval(source: &str) -> i64 {
    match source {
        "kubelet" => 14,
        "cri" => 26,
        "etcd" => 31,
        "apid" => 47,
        "containerd" | "machined" => 121,
        KERNEL => 613,
        "trustd" => 307,
        _ => 3_607,
    }
}

impl Node {
    /// Lines of a source after one moment and up to another, oldest first.
    pub fn lines(&self, source: &str, after: i64, until: i64) -> Vec<Line> {
        let mut lines = self.journal.between(source, after, until);
        let (booted_at, boots) = {
            let state = super::Lock::held(&self.state);
            (state.booted_at, state.boots)
        };
        if boots == 0 {
            return lines;
        }
        if source == KERNEL {
            let kernel = kernel_start(self, booted_at);
            lines.extend(kernel.into_iter().filter(|line| line.at > after && line.at <= until));
        }
        // Services begin to chat when the machine is up, and stop when it goes down.
        let from = after.max(booted_at + 45_000);
        let until = if super::Lock::held(&self.state).powered { until } else { from };
        let span = interval(source) * 1_000;
        let last = (until - booted_at).div_euclid(span);
        let first = (from - booted_at).div_euclid(span).max(last - SHOWN);
        for n in first..=last {
            let named = u64::try_from(n).unwrap_or_default();
            let jitter = seeded::fraction(self.seed, source, named) * span as f64 * 0.9;
            let at = booted_at + n * span + jitter as i64;
            if at > from && at <= until {
                lines.push(Line { at, text: said(self, source, named, at).into() });
            }
        }
        lines.sort_by_key(|line| line.at);
        lines
    }
}

/// A line of the kernel's log as Talos shows it.
pub fn kernel_line(at: i64, facility: &str, severity: &str, message: &str) -> String {
    format!("{facility}: {severity:>7}: [{}]: {message}", rfc3339(at))
}

fn kernel_start(node: &Node, booted_at: i64) -> Vec<Line> {
    let address = node.spec.address;
    let uuid = seeded::uuid(node.seed, "system", 0);
    let platform = node.spec.hardware.platform();
    let lines: [(i64, &str, String); 16] = [
        (
            2_000,
            "notice",
            "Linux version 6.18.5-talos (@buildkitsandbox) (clang 21.1.8, LLD 21.1.8) #1 SMP".into(),
        ),
        (
            2_001,
            "info",
            format!(
                "Command line: BOOT_IMAGE=/A/vmlinuz talos.platform={platform} console=ttyS1,115200n8 console=tty0 init_on_alloc=1 slab_nomerge pti=on consoleblank=0 nvme_core.io_timeout=4294967295 selinux=1 module.sig_enforce=1"
            ),
        ),
        (2_004, "info", "x86/fpu: Supporting XSAVE feature 0x001: 'x87 floating point registers'".into()),
        (2_009, "info", format!("DMI: {}", node.spec.hardware.board())),
        (2_010, "info", "Hypervisor detected: KVM".into()),
        (2_120, "info", "smp: Brought up 1 node, 4 CPUs".into()),
        (2_400, "info", "Memory: 7952328K/8388072K available (22528K kernel code, 5283K rwdata)".into()),
        (3_100, "info", "virtio_net virtio1 eth0: renamed from eth0".into()),
        (
            3_250,
            "info",
            "scsi 0:0:0:0: Direct-Access     QEMU     QEMU HARDDISK    2.5+ PQ: 0 ANSI: 5".into(),
        ),
        (3_300, "notice", "sd 0:0:0:0: [sda] 160006144 512-byte logical blocks: (81.9 GB/76.3 GiB)".into()),
        (3_420, "info", " sda: sda1 sda2 sda3 sda4 sda5 sda6".into()),
        (4_200, "info", "EXT4-fs (sda): no ext4 root found, going on with squashfs".into()),
        (5_600, "info", format!("SMBIOS 2.8 present, system uuid {uuid}")),
        (6_800, "info", "XFS (sda6): Mounting V5 Filesystem".into()),
        (6_990, "info", "XFS (sda6): Ending clean mount".into()),
        (7_800, "info", format!("IPv4: eth0 assigned address {address}/32")),
    ];
    lines
        .into_iter()
        .map(|(offset, severity, message)| {
            let at = booted_at + offset;
            Line { at, text: kernel_line(at, "kern", severity, &message).into() }
        })
        .collect()
}

fn said(node: &Node, source: &str, n: u64, at: i64) -> String {
    let number = |name: &str, low: f64, high: f64| seeded::between(node.seed, name, n, low, high);
    let one = |among: &[&'static str]| *seeded::pick(node.seed, source, n ^ 0x55, among);
    let hex = |digits: usize| seeded::hex(node.seed, source, n, digits);
    match source {
        "kubelet" => {
            let message = one(&[
                "Finished parsing log file",
                "Cleaned up orphaned pod volumes dir",
                "Container garbage collection succeeded",
                "SyncLoop (housekeeping)",
                "Updated pod status",
                "Image garbage collection: nothing to do",
            ]);
            let caller = one(&["kubelet/kubelet.go:2642", "kubelet_volumes.go:163", "log.go:32"]);
            format!("{{\"ts\":{}.{},\"caller\":\"{caller}\",\"msg\":\"{message}\",\"v\":2}}", at, n % 1_000)
        }
        "etcd" => {
            let took = number("took", 101.0, 240.0);
            match n % 4 {
                0 => life::etcd_line(at, "info", "mvcc/index.go:214", "compact tree index"),
                1 => life::etcd_line(
                    at,
                    "info",
                    "mvcc/kvstore_compaction.go:72",
                    "finished scheduled compaction",
                ),
                2 => life::etcd_line(at, "info", "mvcc/hash.go:151", "storing new hash"),
                _ => life::etcd_line(
                    at,
                    "warn",
                    "txn/util.go:93",
                    &format!("apply request took too long, took {took:.3}ms, expected-duration 100ms"),
                ),
            }
        }
        "cri" | "containerd" => {
            let message = match n % 3 {
                0 => format!("ImageUpdate event name:\\\"sha256:{}\\\"", hex(64)),
                1 => format!("RemoveContainer for \\\"{}\\\" returns successfully", hex(64)),
                _ => format!("StopPodSandbox for \\\"{}\\\"", hex(64)),
            };
            format!("time=\"{}\" level=info msg=\"{message}\"", rfc3339(at))
        }
        "apid" => {
            let method = one(&[
                "machine.MachineService/Version",
                "cosi.resource.State/Watch",
                "machine.MachineService/ServiceList",
            ]);
            format!(
                "{} [client] OK [/{method}] {:.3}ms unary Success (:authority={})",
                clock_text(at),
                number("took", 0.4, 9.0),
                node.spec.address
            )
        }
        "trustd" => format!(
            "{} OK [/securityapi.SecurityService/Certificate] {:.3}ms unary Success",
            clock_text(at),
            number("took", 1.0, 6.0)
        ),
        KERNEL => match n % 3 {
            0 => kernel_line(
                at,
                "kern",
                "info",
                &format!("eth0: port {}(veth{}) entered forwarding state", n % 40, hex(8)),
            ),
            1 => kernel_line(
                at,
                "kern",
                "info",
                &format!("IPv6: ADDRCONF(NETDEV_CHANGE): cali{}: link becomes ready", hex(11)),
            ),
            _ => kernel_line(
                at,
                "user",
                "warning",
                "[talos] adjusting time (slew) by 412.417µs via 185.125.190.56, state TIME_OK, status STA_PLL | STA_NANO",
            ),
        },
        "machined" => {
            format!("[talos] {} updated Kubernetes endpoints in the discovery state", clock_text(at))
        }
        _ => format!("{} {source}: {}", clock_text(at), one(&["idle", "rotated log", "no new entries"])),
    }
}
