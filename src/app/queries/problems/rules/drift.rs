//! What was changed past Git: somebody should say in Git what is live, or bring it back.

use super::{Rule, heard};
use crate::queries::drift;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::{Phrase, count};
use crate::{Model, Page, Place};
use domain::{Class, Difference, Moment, Said, Source, Subject, Way};
use std::collections::BTreeMap;

/// One problem for each node, object or thing in the cloud that is not as Git says, and does not become so by itself.
pub(super) fn past_git(model: &Model, rule: &Rule) -> Vec<Problem> {
    let mut by_subject: BTreeMap<&Subject, Vec<&Difference>> = BTreeMap::new();
    for it in drift::all(model) {
        let lasting = matches!(it.class, Class::Drifted | Class::Missing | Class::Unmanaged);
        // What its engine heals by itself is told on Drift, and is no work.
        let heals = it.ways.iter().any(|way| matches!(way, Way::Wait(_)));
        if lasting && !heals && rule.holds(model.now, drift::since_of(model, it)) {
            by_subject.entry(&it.of).or_default().push(it);
        }
    }
    by_subject.into_iter().filter_map(|(of, all)| told(model, rule, of, &all)).collect()
}

fn told(model: &Model, rule: &Rule, of: &Subject, all: &[&Difference]) -> Option<Problem> {
    let first = all.first()?;
    let name = of.words();
    let title = match first.class {
        Class::Missing => Phrase::new().strong(name.clone()).plain(" is declared in Git and is not there"),
        Class::Unmanaged if first.field.is_empty() => {
            Phrase::new().strong(name.clone()).plain(" is there, and nothing in Git says so")
        }
        _ => {
            let fields = match all.len() {
                1 => first.field.clone(),
                many => count(many, "field", "fields"),
            };
            Phrase::new().strong(name.clone()).plain(format!(" was changed past Git: {fields}"))
        }
    };
    let source = match of {
        Subject::Node(_) => Source::Talos,
        Subject::Object(_) => Source::Kube,
        Subject::Repository => Source::Git,
        _ => Source::Hcloud,
    };
    let since: Option<Moment> = all.iter().filter_map(|it| drift::since_of(model, it)).min();
    let mut problem = Problem::new(rule.name, &name, Weight::Notice, title)
        .at(name.clone())
        .opens(Place::Page(Page::Drift))
        .since(since)
        .because(Certainty::Proven, first.why.clone());
    for it in all.iter().take(4) {
        let (git, live) = (side(&it.git), side(&it.live));
        let says = Phrase::new().plain(format!("{} {}", it.document, it.field).trim().to_owned());
        let detail = format!("Git says {git}, it is {live}");
        problem = problem.proof(Evidence { says, detail, source, heard: heard(model, source) });
    }
    Some(
        problem
            .remedy("say so in Git, or bring it back", "a or A on Drift", name)
            .done_at(Place::Page(Page::Drift)),
    )
}

fn side(said: &Said) -> String {
    match said {
        Said::Value(value) => value.clone(),
        Said::Nothing | Said::Silent => "nothing".into(),
        Said::Unknown(_) => "what is not known".into(),
    }
}
