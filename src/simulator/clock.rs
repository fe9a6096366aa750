//! Time in the world: it runs, stands, or leaps. Moments are those of the wall, so that what the world says can be
//! compared with what a cockpit's own clock says; only waiting is made shorter by the speed.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

#[derive(Debug, Clone)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    speed: f64,
    /// When this clock was made.
    begun: i64,
    /// None while time runs; else the standing moment, in milliseconds since the epoch.
    standing: watch::Sender<Option<i64>>,
}

impl Clock {
    /// Time that runs; waiting takes one `speed`th of what it would.
    pub fn running(speed: f64) -> Self {
        Self::new(speed, None)
    }

    /// Time that stands at `now` until it is told to leap.
    pub fn standing(now: i64) -> Self {
        Self::new(1.0, Some(now))
    }

    fn new(speed: f64, standing: Option<i64>) -> Self {
        let speed = if speed > 0.0 { speed } else { 1.0 };
        Self { inner: Arc::new(Inner { speed, begun: wall(), standing: watch::Sender::new(standing) }) }
    }

    /// Milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        if let Some(now) = *self.inner.standing.borrow() {
            return now;
        }
        wall()
    }

    /// Milliseconds on the world's own course, on which spans are what they would be in life: with a speed of 10 it
    /// goes ten times as fast as moments do. Only differences mean something.
    pub fn course(&self) -> i64 {
        if self.inner.standing.borrow().is_some() {
            return self.now();
        }
        // The course of a few years at any speed fits well.
        ((self.now() - self.inner.begun) as f64 * self.inner.speed) as i64
    }

    /// How many milliseconds of the wall a span of the world's course takes.
    pub fn shortened(&self, milliseconds: i64) -> i64 {
        if self.inner.standing.borrow().is_some() {
            milliseconds
        } else {
            (milliseconds as f64 / self.inner.speed) as i64
        }
    }

    /// How long a span of the wall is on the world's course.
    pub fn lengthened(&self, milliseconds: i64) -> i64 {
        if self.inner.standing.borrow().is_some() {
            milliseconds
        } else {
            (milliseconds as f64 * self.inner.speed) as i64
        }
    }

    /// Wait for a span of the world's time.
    pub async fn sleep(&self, span: Duration) {
        let mut standing = self.inner.standing.subscribe();
        let start = *standing.borrow_and_update();
        match start {
            None => tokio::time::sleep(span.div_f64(self.inner.speed)).await,
            Some(start) => {
                let until = start.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
                // An error means that the clock is gone, and with it everybody who could wait.
                let _ = standing.wait_for(|now| now.is_none_or(|now| now >= until)).await;
            }
        }
    }

    /// Move standing time on, waking whoever has waited long enough.
    pub fn leap(&self, span: Duration) {
        self.inner.standing.send_modify(|now| {
            if let Some(now) = now {
                *now = now.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
            }
        });
    }
}

/// What the wall clock says.
fn wall() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn standing_time_wakes_those_who_waited_long_enough() {
        let clock = Clock::standing(1_000);
        let waiter = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(60)).await }
        });
        tokio::task::yield_now().await;
        clock.leap(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        clock.leap(Duration::from_secs(1));
        waiter.await.unwrap();
        assert_eq!(clock.now(), 61_000);
    }
}
