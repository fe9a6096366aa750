//! Delivery: applications and Flux objects in one list, and the detail of one of them.

mod asks;
mod detail;
mod rows;

pub use asks::{may, sync_question};
pub use detail::{Detail, gate_of, of as detail};
pub use rows::{COLUMNS, DeliveryRow, key, rows, silence, summary};

use crate::Model;
use domain::ObjectRef;

/// The object of the selected row.
pub fn selected(model: &Model) -> Option<ObjectRef> {
    let key = model.screen.listing()?.selected.as_ref()?;
    rows(model).into_iter().find(|it| it.key == *key).map(|it| it.object)
}
