//! Asking the delivery engines: refresh at once, sync after a question.

use crate::{Dialog, Effect, Model, queries};
use domain::{ObjectRef, Order};

/// The detail of the selected row gets the whole screen, or gives it back.
pub(super) fn open(model: &mut Model) {
    model.screen.panes.insert(model.screen.place.clone(), 1);
    model.screen.zoomed = true;
}

/// Look at Git and the cluster anew. It changes nothing but when the engine looks, so it is not asked about.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    match queries::deliveries::selected(model) {
        Some(object) => carry(model, Order::Refresh { object }),
        None => Vec::new(),
    }
}

/// Open the question.
pub(super) fn ask_sync(model: &mut Model) {
    model.screen.dialog = queries::deliveries::selected(model).map(Dialog::Sync);
}

/// The person said yes.
pub(super) fn sync(model: &mut Model, object: ObjectRef) -> Vec<Effect> {
    carry(model, Order::Sync { object })
}

fn carry(model: &mut Model, order: Order) -> Vec<Effect> {
    let id = model.ledger.open(order.clone());
    vec![Effect::Carry(id, order)]
}
