//! Workloads that have run for a while: what their controllers made of them, and the pods on their nodes.

mod crowd;
mod pod;
mod running;

#[cfg(test)]
mod tests;

pub(crate) use crowd::crowd;
pub(crate) use running::running;

use std::collections::BTreeSet;

/// A node that pods can be on.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub name: String,
    pub address: String,
    pub control_plane: bool,
}

/// The nodes, and who got how many pods so far.
#[derive(Debug)]
pub(crate) struct Places {
    all: Vec<Place>,
    load: Vec<usize>,
    /// The nodes for pods that do not stand control planes, the least burdened first: how many pods, and which. Any
    /// node where there are no workers.
    fit: BTreeSet<(usize, usize)>,
    seed: u64,
    now: i64,
}

impl Places {
    /// `now` is in milliseconds since the epoch.
    pub fn new(all: Vec<Place>, seed: u64, now: i64) -> Self {
        let workers = all.iter().any(|it| !it.control_plane);
        let fit = all.iter().enumerate().filter(|(_, it)| !workers || !it.control_plane);
        Self { fit: fit.map(|(index, _)| (0, index)).collect(), load: vec![0; all.len()], all, seed, now }
    }

    /// The least burdened of the fit nodes.
    fn next(&mut self) -> Option<(usize, Place)> {
        let (_, index) = *self.fit.first()?;
        self.burden(index);
        Some((index, self.all.get(index)?.clone()))
    }

    /// All nodes, or the workers alone.
    fn every(&mut self, control_planes_too: bool) -> Vec<(usize, Place)> {
        let fit = self.all.iter().enumerate().filter(|(_, it)| control_planes_too || !it.control_plane);
        let fit: Vec<(usize, Place)> = fit.map(|(index, it)| (index, it.clone())).collect();
        for (index, _) in &fit {
            self.burden(*index);
        }
        fit
    }

    /// One pod more on a node.
    fn burden(&mut self, index: usize) {
        let Some(load) = self.load.get_mut(index) else { return };
        if self.fit.remove(&(*load, index)) {
            self.fit.insert((*load + 1, index));
        }
        *load += 1;
    }
}

/// A number that depends on nothing but these three.
fn mix(seed: u64, name: &str, n: u64) -> u64 {
    let named = name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut z = named.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn uid(seed: u64, name: &str) -> String {
    let (one, two) = (mix(seed, name, 1), mix(seed, name, 2));
    let hex = format!("{one:016x}{two:016x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// Letters as Kubernetes makes names of: no vowels, nothing that reads as another.
fn letters(seed: u64, name: &str, count: usize) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    (0..count)
        .filter_map(|at| {
            let pick = usize::try_from(mix(seed, name, at as u64 + 11) % ALPHABET.len() as u64).ok()?;
            ALPHABET.get(pick).map(|it| char::from(*it))
        })
        .collect()
}

/// A moment as Kubernetes writes it; milliseconds since the epoch.
fn moment(at: i64) -> String {
    jiff::Timestamp::from_second(at.div_euclid(1_000)).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
