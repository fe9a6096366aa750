//! Random-looking endings of generated names, the same for the same seed.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The letters that Kubernetes itself uses: no vowels, so that no words come about.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

#[derive(Debug, Clone)]
pub(crate) struct Naming {
    random: Arc<Mutex<StdRng>>,
}

impl Naming {
    pub fn new(seed: u64) -> Self {
        Self { random: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    /// `base` and five letters.
    pub fn name(&self, base: &str) -> String {
        format!("{base}{}", self.letters(5))
    }

    pub fn letters(&self, count: usize) -> String {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        (0..count).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
    }

    /// An identifier in the form of a version 4 UUID.
    pub fn uid(&self) -> String {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes: [u8; 16] = random.random();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_names() {
        assert_eq!(Naming::new(7).name("k8s-cp-"), Naming::new(7).name("k8s-cp-"));
        assert_eq!(Naming::new(7).uid().len(), 36);
    }
}
