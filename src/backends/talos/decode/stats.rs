//! What a node's kernel counts, to shares and rates.

use domain::{Moment, NodeUse, Share};
use wire::machine as pb;

/// How many figures a trend keeps.
const TREND: usize = 60;

/// The answers of one round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    pub load: Option<pb::LoadAvg>,
    pub memory: Option<pb::MemInfo>,
    pub system: Option<pb::SystemStat>,
    pub mounts: Vec<pb::MountStat>,
}

/// What was counted before: a rate is the difference of two counts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Ticks {
    busy: f64,
    all: f64,
}

/// Write one round of answers into `uses`, and remember the counts for the next one.
pub(crate) fn absorb(uses: &mut NodeUse, before: &mut Option<Ticks>, answers: &Answers) {
    if let Some(load) = &answers.load {
        uses.load = [load.load1, load.load5, load.load15].map(|it| if it.is_finite() { it } else { 0.0 });
    }
    if let Some(memory) = &answers.memory {
        let bytes = |kib: u64| kib.saturating_mul(1024);
        let used = memory.memtotal.saturating_sub(memory.memavailable);
        uses.memory = Share { used: bytes(used), of: bytes(memory.memtotal) };
        uses.memory.percent().into_iter().for_each(|it| push(&mut uses.memory_trend, it));
    }
    if let Some(system) = &answers.system {
        uses.booted = i64::try_from(system.boot_time).ok().filter(|it| *it > 0).map(Moment::from_seconds);
        let ticks = ticks(&system.cpu_total.unwrap_or_default());
        uses.cpu = before.and_then(|before| rate(before, ticks)).or(uses.cpu);
        if before.is_some() {
            uses.cpu.into_iter().for_each(|it| push(&mut uses.cpu_trend, it.round() as u8));
        }
        *before = Some(ticks);
    }
    let disk = ["/var", "/"].iter().find_map(|at| answers.mounts.iter().find(|it| it.mounted_on == *at));
    if let Some(disk) = disk {
        uses.disk = Share { used: disk.size.saturating_sub(disk.available), of: disk.size };
    }
}

fn ticks(cpu: &pb::CpuStat) -> Ticks {
    // Guest time is part of user time already.
    let busy = cpu.user + cpu.nice + cpu.system + cpu.irq + cpu.soft_irq + cpu.steal;
    Ticks { busy, all: busy + cpu.idle + cpu.iowait }
}

/// Percent of the time between two counts; none where the node booted in between.
fn rate(before: Ticks, now: Ticks) -> Option<f32> {
    let (busy, all) = (now.busy - before.busy, now.all - before.all);
    (all > 0.0 && busy >= 0.0).then(|| ((busy / all * 100.0) as f32).clamp(0.0, 100.0))
}

fn push(trend: &mut Vec<u8>, percent: u8) {
    if trend.len() >= TREND {
        trend.remove(0);
    }
    trend.push(percent.min(100));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(user: f64, idle: f64) -> Answers {
        Answers {
            load: Some(pb::LoadAvg { load1: 0.5, load5: f64::NAN, load15: 0.1, metadata: None }),
            memory: Some(pb::MemInfo { memtotal: 8 << 20, memavailable: 2 << 20, ..Default::default() }),
            system: Some(pb::SystemStat {
                boot_time: 1_700_000_000,
                cpu_total: Some(pb::CpuStat { user, idle, ..Default::default() }),
                ..Default::default()
            }),
            mounts: vec![pb::MountStat {
                size: 80,
                available: 60,
                mounted_on: "/var".into(),
                ..Default::default()
            }],
        }
    }

    #[test]
    fn a_rate_needs_two_counts() {
        let (mut uses, mut before) = (NodeUse::default(), None);
        absorb(&mut uses, &mut before, &answers(100.0, 900.0));
        assert_eq!((uses.cpu, uses.cpu_trend.len()), (None, 0));
        assert_eq!(uses.memory, Share { used: 6 << 30, of: 8 << 30 });
        assert_eq!(uses.disk, Share { used: 20, of: 80 });
        assert_eq!(uses.load, [0.5, 0.0, 0.1]);
        absorb(&mut uses, &mut before, &answers(103.0, 907.0));
        assert_eq!((uses.cpu, uses.cpu_trend.clone()), (Some(30.0), vec![30]));
        // A reboot: the counts begin anew, and the figure of before stays until there are two again.
        absorb(&mut uses, &mut before, &answers(1.0, 1.0));
        assert_eq!(uses.cpu, Some(30.0));
    }

    proptest::proptest! {
        #[test]
        fn noise_never_breaks_it(user in proptest::num::f64::ANY, idle in proptest::num::f64::ANY, size: u64, available: u64, boot_time: u64) {
            let (mut uses, mut before) = (NodeUse::default(), None);
            for _ in 0..2 {
                let mut noise = answers(user, idle);
                noise.mounts[0].size = size;
                noise.mounts[0].available = available;
                noise.system.as_mut().unwrap().boot_time = boot_time;
                absorb(&mut uses, &mut before, &noise);
            }
        }
    }
}
