//! What all of Flux's objects say of themselves, and when they are looked at again.

use crate::Clock;
use crate::control::{Condition, Key, condition, set_condition, text, timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

pub fn generation(object: &Value) -> i64 {
    object["metadata"]["generation"].as_i64().unwrap_or(1)
}

pub fn is_suspended(object: &Value) -> bool {
    object["spec"]["suspend"] == true
}

/// Somebody asks for a look that has not been taken yet.
pub fn is_requested(object: &Value) -> bool {
    object["metadata"]["annotations"][REQUESTED]
        .as_str()
        .is_some_and(|it| object["status"]["lastHandledReconcileAt"].as_str() != Some(it))
}

/// The newest spec has been looked at.
pub fn is_observed(object: &Value) -> bool {
    object["status"]["observedGeneration"].as_i64() == Some(generation(object))
}

pub fn is_ready(object: &Value) -> bool {
    is_observed(object)
        && condition(&object["status"]["conditions"], "Ready").is_some_and(|it| it["status"] == "True")
}

/// Write that the object was looked at, as it is at this moment.
pub fn observe(object: &mut Value) {
    object["status"]["observedGeneration"] = json!(generation(object));
    if let Some(requested) = object["metadata"]["annotations"][REQUESTED].as_str() {
        object["status"]["lastHandledReconcileAt"] = json!(requested);
    }
}

pub fn set(object: &mut Value, told: &Condition, now: i64) {
    let generation = generation(object);
    set_condition(&mut object["status"]["conditions"], told, Some(generation), &timestamp(now));
}

/// A condition that has nothing to say any more.
pub fn unset(object: &mut Value, kind: &str) {
    if let Some(all) = object["status"]["conditions"].as_array_mut() {
        all.retain(|it| it["type"] != kind);
    }
}

/// A span of a spec, such as `1h30m0s`; what it does not say is ten minutes.
pub fn span(object: &Value, pointer: &str) -> Duration {
    let mut rest = text(object, pointer);
    let mut seconds = 0;
    while let Some(at) = rest.find(|it: char| it.is_ascii_alphabetic()) {
        let (number, tail) = rest.split_at(at);
        let each = match tail.chars().next() {
            Some('h') => 3_600,
            Some('m') => 60,
            _ => 1,
        };
        seconds += number.parse::<u64>().unwrap_or_default() * each;
        rest = tail.get(1..).unwrap_or_default();
    }
    Duration::from_secs(if seconds == 0 { 600 } else { seconds })
}

/// When each object was last looked at, on the world's course: intervals are spans of that.
pub struct Looks {
    clock: Clock,
    at: Mutex<BTreeMap<Key, i64>>,
}

impl Looks {
    pub fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), at: Mutex::default() }
    }

    /// How long until the next look is due by the object's interval; none where it is.
    pub fn rest(&self, key: &Key, interval: Duration) -> Option<Duration> {
        let at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = self.clock.course() - at.get(key)?;
        let rest = interval.checked_sub(Duration::from_millis(u64::try_from(passed).unwrap_or_default()))?;
        (!rest.is_zero()).then_some(rest)
    }

    pub fn looked(&self, key: &Key) {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), self.clock.course());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_go_writes_them() {
        let object = json!({"spec": {"interval": "1h30m5s", "none": ""}});
        assert_eq!(span(&object, "/spec/interval"), Duration::from_secs(5_405));
        assert_eq!(span(&object, "/spec/none"), Duration::from_secs(600));
    }
}
