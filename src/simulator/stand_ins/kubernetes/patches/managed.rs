//! Who manages which fields.

use super::super::route::Target;
use serde_json::Value;

/// Record that `manager` made `new` of `old`.
pub fn updated(_target: &Target, _old: &Value, _new: &mut Value, _manager: &str, _now: &str) {}
