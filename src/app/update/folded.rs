//! Opening a line of the tree of machines: what has lines under it unfolds or folds, the rest is looked at.

use super::looked;
use crate::{Model, Place, RowKey, Tab, queries};

pub(super) fn open(model: &mut Model, key: &RowKey) {
    let Some(row) = queries::machines::tree(model).row(key) else { return };
    match row.open {
        Some(open) => {
            model.screen.folds.insert(key.clone(), !open);
        }
        None => looked::go(model, Place::Object(row.object, Tab::Overview)),
    }
}
