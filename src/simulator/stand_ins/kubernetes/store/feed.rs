//! News for the controllers, which look at everything.

use super::Entry;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Change {
    pub resource: String,
    pub entry: Arc<Entry>,
}
