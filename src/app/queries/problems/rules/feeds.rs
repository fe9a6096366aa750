//! Sources that do not answer, or do not tell.

use super::Rule;
use crate::Model;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::{Phrase, count};
use domain::{Link, Moment, Source};
use std::collections::BTreeMap;

/// Sources none of whose parts answer.
pub(super) fn lost(model: &Model, rule: &Rule) -> Vec<Problem> {
    Source::ALL.into_iter().filter_map(|source| lost_source(model, rule, source)).collect()
}

fn lost_source(model: &Model, rule: &Rule, source: Source) -> Option<Problem> {
    let mut silent: Vec<(&str, Moment, &str, Option<Moment>)> = Vec::new();
    for (feed, state) in model.world.feeds_of(source) {
        match &state.link {
            Link::Degraded { since, why } => silent.push((&feed.part, *since, why, state.heard)),
            Link::Live => return None,
            _ => {}
        }
    }
    let (_, since, why, heard) = silent.iter().copied().min_by_key(|(_, since, ..)| *since)?;
    if !rule.holds(model.now, Some(since)) {
        return None;
    }
    let title = Phrase::new().strong(source.word()).plain(" does not answer: ").plain(why);
    let parts = count(silent.len(), "part of it is silent", "parts of it are silent");
    let proof = Evidence { says: parts.into(), detail: why.into(), source, heard };
    Some(
        Problem::new(rule.name, source.word(), Weight::Lost, title)
            .since(Some(since))
            .because(
                Certainty::Unexplained,
                "what it said before is shown with its age; it is asked again by itself",
            )
            .proof(proof)
            .remedy("wait", "it is tried again, ever more slowly, at most every 30 s", "nothing"),
    )
}

/// Parts of sources that we may not read, one problem for a source.
pub(super) fn forbidden(model: &Model, rule: &Rule) -> Vec<Problem> {
    let mut refused: BTreeMap<Source, Vec<(&str, &str, Moment)>> = BTreeMap::new();
    for (feed, state) in &model.world.feeds {
        if let Link::Forbidden { why } = &state.link {
            refused.entry(feed.source).or_default().push((&feed.part, why, state.since));
        }
    }
    refused.into_iter().map(|(source, parts)| forbidden_source(model, rule, source, &parts)).collect()
}

fn forbidden_source(model: &Model, rule: &Rule, source: Source, parts: &[(&str, &str, Moment)]) -> Problem {
    let names: Vec<&str> = parts.iter().map(|(part, ..)| *part).filter(|it| !it.is_empty()).collect();
    let what = if names.is_empty() { "anything".to_owned() } else { names.join(", ") };
    let title = Phrase::new().strong(source.word()).plain(" does not let us read ").plain(what);
    let since = parts.iter().map(|(.., since)| *since).min();
    let mut problem = Problem::new(rule.name, source.word(), Weight::Notice, title)
        .since(since)
        .because(Certainty::Proven, "the credentials in use lack the right; everything else still works")
        .remedy("use other credentials", "another context, or a role that may list these", "nothing");
    for (part, why, since) in parts {
        let heard = Some(*since).filter(|it| *it <= model.now);
        let part = if part.is_empty() { source.word() } else { part };
        problem = problem.proof(Evidence { says: part.into(), detail: (*why).into(), source, heard });
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::super::RULES;
    use crate::queries::problems::find;
    use crate::{Message, Model, update};
    use domain::{Feed, Link, Moment, Observation, Source};

    fn hear(model: &mut Model, source: Source, part: &str, link: Link) {
        update(model, Message::Observed(Observation::Link(Feed::of(source, part), link)));
    }

    #[test]
    fn a_source_is_lost_when_no_part_of_it_answers_for_a_while() {
        let mut model = Model { now: Moment(100_000), ..Model::default() };
        let gone = Link::Degraded { since: Moment(98_000), why: "connection refused".into() };
        hear(&mut model, Source::Kube, "pods", gone.clone());
        assert!(find(&model).is_empty(), "held back: {:?}", RULES[0].hold);
        model.now = Moment(104_000);
        let found = find(&model);
        assert_eq!(found[0].title.text(), "kube does not answer: connection refused");
        assert_eq!(found[0].since, Some(Moment(98_000)));
        hear(&mut model, Source::Kube, "nodes", Link::Live);
        assert!(find(&model).is_empty(), "one part still answers");
    }

    #[test]
    fn what_we_may_not_read_is_said_once_for_a_source() {
        let mut model = Model::default();
        for part in ["secrets", "configmaps"] {
            hear(&mut model, Source::Kube, part, Link::Forbidden { why: "may not list".into() });
        }
        let found = find(&model);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title.text(), "kube does not let us read configmaps, secrets");
        assert_eq!(found[0].evidence.len(), 2);
    }
}
