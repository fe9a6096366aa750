//! The rate limit of a project: a bucket of requests that fills again at one a second.

use std::sync::{Mutex, PoisonError};

use crate::Clock;

/// Requests in a full bucket.
pub(crate) const HOURLY: u64 = 3_600;

#[derive(Debug)]
pub(crate) struct Limit {
    clock: Clock,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    /// When `left` was true; milliseconds since the epoch.
    at: i64,
}

/// How the bucket stands after a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub allowed: bool,
    pub remaining: u64,
    /// When the bucket will be full; seconds since the epoch.
    pub reset: i64,
}

impl Limit {
    pub fn new(clock: &Clock) -> Self {
        let bucket = Bucket { left: HOURLY as f64, at: clock.now() };
        Self { clock: clock.clone(), bucket: Mutex::new(bucket) }
    }

    /// Take one request out of the bucket, if there is one.
    pub fn take(&self) -> Standing {
        let now = self.clock.now();
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = (now - bucket.at).max(0) as f64 / 1000.0;
        bucket.left = (bucket.left + passed).min(HOURLY as f64);
        bucket.at = now;
        let allowed = bucket.left >= 1.0;
        if allowed {
            bucket.left -= 1.0;
        }
        let missing = HOURLY as f64 - bucket.left;
        Standing { allowed, remaining: bucket.left as u64, reset: now / 1000 + missing.ceil() as i64 }
    }

    /// Leave only so many requests in the bucket.
    #[cfg(test)]
    pub fn drain(&self, left: u64) {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        *bucket = Bucket { left: left as f64, at: self.clock.now() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_bucket_empties_and_fills_again() {
        let clock = Clock::standing(1_000_000);
        let limit = Limit::new(&clock);
        assert_eq!(limit.take().remaining, HOURLY - 1);
        limit.drain(1);
        assert!(limit.take().allowed);
        assert!(!limit.take().allowed);
        clock.leap(Duration::from_secs(2));
        assert!(limit.take().allowed);
    }
}
