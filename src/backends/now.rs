//! The wall clock, read where facts come in: each is given its moment here and never again.

use domain::Moment;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
