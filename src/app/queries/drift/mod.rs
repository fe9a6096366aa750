//! Drift: every field in which Git, the declared objects and what is live differ, and why.

mod cloud;
#[cfg(test)]
mod cloud_test;
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

pub use cloud::unsure;
pub use detail::{Detail, mark, of as detail, summary, unknown};
pub use firewalls::unremembered;
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
pub fn of_node<'a>(model: &'a Model, node: &NodeName) -> impl Iterator<Item = &'a Difference> {
    let rows = model.drift.index.of_subject(&Subject::Node(node.clone()));
    rows.iter().filter_map(|at| all(model).get(*at))
}

/// How many differences the Drift page has of a thing: every page that counts them says this number.
pub fn count(model: &Model, of: &Subject) -> usize {
    model.drift.index.of_subject(of).len()
}

/// How many differences there are in what an application or kustomization delivers.
pub fn delivered_by(model: &Model, by: &ObjectRef) -> usize {
    model.drift.index.delivered_by(by)
}

/// Nodes whose versions a talconfig says.
pub fn declared_nodes(model: &Model) -> usize {
    let declared = |it: &&domain::Node| super::source_map::declared_node(model, &it.name).is_some();
    model.world.nodes.iter().filter(declared).count()
}
