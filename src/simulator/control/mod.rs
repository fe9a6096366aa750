//! What every controller of the world stands on: a mirror of the API, a queue of things due, conditions, a journal.
//!
//! A controller is an ordinary client of *a* Kubernetes API: it watches, and it patches what differs.

mod conditions;
mod difference;
mod journal;
mod kind;
mod mirror;
mod naming;
mod object;
mod reconcile;
mod watching;

pub(crate) use conditions::{Condition, Legacy, condition, is_true, set_condition, set_legacy};
pub(crate) use difference::difference;
pub(crate) use journal::{Journal, Journals};
pub(crate) use kind::{Kind, kinds};
pub(crate) use mirror::{Mirror, Problem};
pub(crate) use naming::Naming;
pub(crate) use object::{
    Key, controller_of, deleting, is_paused, key, label, name, namespace, owned_by, owner_reference,
    secret_text, set_finalizer, text, timestamp, uid,
};
pub(crate) use reconcile::{Event, Outcome, Reconcile, run};
