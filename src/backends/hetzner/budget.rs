//! How often the project is asked: so many calls in any hour and no more, and what each list gets of them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Calls in any hour where nothing says another number.
const USUAL: u32 = 60;
const HOUR: Duration = Duration::from_secs(3_600);

/// The lists that are read, each at its own rhythm. Of sixty calls that is 36 + 10 + 2 + 1; the rest is for a closer
/// look and for asking what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Servers,
    Firewalls,
    LoadBalancers,
    Networks,
}

impl List {
    /// Between two looks, where sixty calls an hour are made.
    fn usual(self) -> Duration {
        Duration::from_secs(match self {
            List::Servers => 100,
            List::Firewalls => 360,
            List::LoadBalancers => 1_800,
            List::Networks => 3_600,
        })
    }
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// The rhythm of a list.
    Rhythm,
    /// Somebody looks, or something has changed: only of what the rhythms leave.
    Close,
    /// A person asked for just this.
    Asked,
}

/// Calls of the last hour.
#[derive(Debug)]
pub(super) struct Budget {
    hourly: u32,
    calls: VecDeque<(Instant, For)>,
}

impl Budget {
    pub(super) fn new(hourly: Option<u32>) -> Self {
        Self { hourly: hourly.unwrap_or(USUAL).max(1), calls: VecDeque::new() }
    }

    /// Between two looks at a list that has so many pages.
    pub(super) fn between(&self, list: List, pages: u32) -> Duration {
        self.paced(list.usual()).saturating_mul(pages.max(1))
    }

    /// The `n`th wait of somebody who looks closely: soon at first, then less often.
    pub(super) fn closely(&self, n: u32) -> Duration {
        let wait = Duration::from_secs(15).saturating_mul(1 << n.min(3));
        self.paced(wait).max(Duration::from_secs(2))
    }

    /// A span that is meant for sixty calls an hour, for as many as are made here.
    fn paced(&self, span: Duration) -> Duration {
        span.mul_f64(f64::from(USUAL) / f64::from(self.hourly))
    }

    /// Take one call; else how long until there is one.
    pub(super) fn take(&mut self, what: For, now: Instant) -> Result<(), Duration> {
        while self.calls.front().is_some_and(|(at, _)| now.duration_since(*at) >= HOUR) {
            self.calls.pop_front();
        }
        let hourly = self.hourly as usize;
        let close = self.calls.iter().filter(|(_, it)| *it == For::Close);
        let (used, limit) = match what {
            For::Rhythm | For::Asked => (self.calls.len(), hourly),
            // A sixth, and never the last one.
            For::Close => (close.clone().count(), (hourly / 6).min(hourly - 1)),
        };
        let first = match what {
            _ if self.calls.len() >= hourly => self.calls.front(),
            For::Close if used >= limit => close.clone().next(),
            _ => {
                self.calls.push_back((now, what));
                return Ok(());
            }
        };
        Err(first.map_or(HOUR, |(at, _)| HOUR.saturating_sub(now.duration_since(*at))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Run every list at its rhythm for some hours, with somebody who always looks closely; answers the most calls of
    /// any hour.
    fn busiest(hourly: Option<u32>, pages: u32) -> usize {
        let mut budget = Budget::new(hourly);
        let start = Instant::now();
        let lists = [List::Servers, List::Firewalls, List::LoadBalancers, List::Networks];
        let mut due = lists.map(|_| Duration::ZERO);
        let (mut close, mut made) = (Duration::ZERO, Vec::new());
        for second in 0..4 * 3_600 {
            let at = Duration::from_secs(second);
            for (list, due) in lists.iter().zip(&mut due) {
                if *due <= at {
                    for _ in 0..pages {
                        if budget.take(For::Rhythm, start + at).is_ok() {
                            made.push(at);
                        }
                    }
                    *due = at + budget.between(*list, pages);
                }
            }
            if close <= at {
                if budget.take(For::Close, start + at).is_ok() {
                    made.push(at);
                }
                close = at + budget.closely(0);
            }
        }
        let within = |from: &Duration| made.iter().filter(|it| **it >= *from && **it < *from + HOUR).count();
        made.iter().map(within).max().unwrap_or_default()
    }

    #[test]
    fn no_hour_has_more_calls_than_may_be_made() {
        assert!((55..=60).contains(&busiest(None, 1)), "{}", busiest(None, 1));
        assert!(busiest(None, 3) <= 60);
        assert!(busiest(Some(600), 1) <= 600);
        assert!(busiest(Some(1), 1) <= 1);
    }

    #[test]
    fn the_rhythms_alone_leave_a_sixth() {
        let budget = Budget::new(None);
        let calls = |list| 3_600 / budget.between(list, 1).as_secs();
        let all = calls(List::Servers)
            + calls(List::Firewalls)
            + calls(List::LoadBalancers)
            + calls(List::Networks);
        assert_eq!(all, 49);
    }

    #[test]
    fn who_looks_closely_is_told_when_to_come_back() {
        let mut budget = Budget::new(None);
        let start = Instant::now();
        for _ in 0..10 {
            assert!(budget.take(For::Close, start).is_ok());
        }
        assert_eq!(
            budget.take(For::Close, start + Duration::from_secs(600)),
            Err(Duration::from_secs(3_000))
        );
        assert!(budget.take(For::Rhythm, start + Duration::from_secs(600)).is_ok());
        assert!(budget.take(For::Close, start + HOUR).is_ok());
    }
}
