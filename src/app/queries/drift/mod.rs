//! Drift: every field in which Git, the declared objects and what is live differ, and why.

mod cloud;
mod configs;
mod delivered;
mod detail;
#[cfg(test)]
mod drift_test;
mod firewalls;
mod installed;
mod nodes;
mod objects;
mod opentofu;
mod report;
mod repository;
mod rollers;
mod shown;
mod since;

pub use detail::{Detail, mark, of as detail, summary, unknown};
pub use report::{Report, report, settled, text};
pub use shown::{COLUMNS, Compared, compared, find, may, rows, selected, shown, since_of, writer_words};
pub use since::{commit_of, unblamed};

use crate::Model;
use domain::{Difference, NodeName, ObjectRef, Subject};

/// Every difference, worked out anew: what wants a person most first.
pub fn work_out(model: &Model) -> Vec<Difference> {
    let mut found = Vec::new();
    configs::add(model, &mut found);
    nodes::add(model, &mut found);
    rollers::add(model, &mut found);
    objects::add(model, &mut found);
    cloud::add(model, &mut found);
    firewalls::add(model, &mut found);
    repository::add(model, &mut found);
    opentofu::add(model, &mut found);
    found.sort_by(|one, other| (one.class, &one.of, &one.field).cmp(&(other.class, &other.of, &other.field)));
    found
}

/// Every difference, as it was worked out last.
pub fn all(model: &Model) -> &[Difference] {
    &model.drift.rows
}

/// The differences of one node.
pub fn of_node<'a>(model: &'a Model, node: &'a NodeName) -> impl Iterator<Item = &'a Difference> {
    all(model).iter().filter(move |it| matches!(&it.of, Subject::Node(name) if name == node))
}

/// The differences of one object.
pub fn of_object<'a>(model: &'a Model, object: &'a ObjectRef) -> impl Iterator<Item = &'a Difference> {
    all(model).iter().filter(move |it| matches!(&it.of, Subject::Object(of) if of == object))
}

/// How many differences there are in what an application or kustomization delivers.
pub fn delivered_by(model: &Model, by: &ObjectRef) -> usize {
    let of = |it: &&Difference| match &it.of {
        Subject::Object(object) => {
            model.world.declared.get(object).is_some_and(|it| it.delivered_by.as_ref() == Some(by))
        }
        _ => false,
    };
    all(model).iter().filter(of).count()
}

/// Nodes whose versions a talconfig says.
pub fn declared_nodes(model: &Model) -> usize {
    let declared = |it: &&domain::Node| super::source_map::declared_node(model, &it.name).is_some();
    model.world.nodes.iter().filter(declared).count()
}
