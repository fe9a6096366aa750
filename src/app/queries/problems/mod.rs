//! What an on-call engineer should know, with its evidence. Every rule finds cases of one thing; the list ranks them.

mod evidence;
mod rules;

pub use evidence::{Certainty, Evidence, Problem, ProblemId, Remedy, Weight};
pub use rules::{RULES, Rule};

use crate::Model;

/// Every problem there is now, the worst first, then the longest standing.
pub fn find(model: &Model) -> Vec<Problem> {
    let mut found: Vec<Problem> = RULES.iter().flat_map(|rule| (rule.find)(model, rule)).collect();
    let explained: Vec<ProblemId> = found.iter().flat_map(|it| it.explains.iter().cloned()).collect();
    found.retain(|it| !explained.contains(&it.id));
    found.sort_by(|a, b| (b.weight, a.since, &a.id).cmp(&(a.weight, b.since, &b.id)));
    found
}
