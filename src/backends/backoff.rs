//! How long to wait before trying again: a floor, a ceiling, a growing middle with jitter, and a way back.

use std::time::Duration;

/// Doubles from `floor` to `ceiling`; [`Backoff::reset`] after something went well.
#[derive(Debug, Clone)]
pub struct Backoff {
    floor: Duration,
    ceiling: Duration,
    next: Duration,
    /// State of the jitter; seeded by the caller so that a test can know it.
    seed: u64,
}

impl Backoff {
    pub fn new(floor: Duration, ceiling: Duration, seed: u64) -> Self {
        Self { floor, ceiling, next: floor, seed: seed | 1 }
    }

    /// The next wait: between one and one and a half times the current step, never above the ceiling.
    pub fn wait(&mut self) -> Duration {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let jitter = self.next.mul_f64((self.seed % 1000) as f64 / 2000.0);
        let wait = (self.next + jitter).min(self.ceiling);
        self.next = (self.next * 2).min(self.ceiling);
        wait
    }

    pub fn reset(&mut self) {
        self.next = self.floor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_its_ceiling_and_comes_back() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2), 7);
        let waits: Vec<Duration> = (0..8).map(|_| backoff.wait()).collect();
        assert!(waits[0] >= Duration::from_millis(100) && waits[0] <= Duration::from_millis(150));
        assert!(waits.windows(2).take(4).all(|pair| pair[0] < pair[1]), "{waits:?}");
        assert!(waits.iter().all(|it| *it <= Duration::from_secs(2)));
        backoff.reset();
        assert!(backoff.wait() <= Duration::from_millis(150));
    }
}
