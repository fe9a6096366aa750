//! Sources that do not answer, or do not tell.

use super::{Rule, heard};
use crate::queries::etcd::unheard;
use crate::queries::problems::{Certainty, Evidence, Problem, Weight};
use crate::queries::words::{Phrase, count};
use crate::{Model, Page, Place};
use domain::{Etcd, Link, Moment, Source};
use std::collections::BTreeMap;
use std::time::Duration;

/// The sources that are heard through the one Kubernetes API.
const THROUGH_THE_API: [Source; 4] = [Source::Kube, Source::Capi, Source::Argo, Source::Flux];

/// A source none of whose parts answer.
struct Silence<'a> {
    source: Source,
    parts: usize,
    /// When it was found to be silent.
    since: Moment,
    why: &'a str,
    /// When it last said anything.
    heard: Option<Moment>,
}

/// Sources none of whose parts answer. Those behind one API are silent together, and told once.
pub(super) fn lost(model: &Model, rule: &Rule) -> Vec<Problem> {
    let silent: Vec<Silence<'_>> = Source::ALL.into_iter().filter_map(|it| silence(model, it)).collect();
    let (api, others): (Vec<_>, Vec<_>) =
        silent.into_iter().partition(|it| THROUGH_THE_API.contains(&it.source));
    let alone = |it: Silence<'_>| {
        let title = Phrase::new().strong(it.source.word()).plain(" does not answer: ").plain(it.why);
        told(model, rule, it.source, title, &[it])
    };
    let mut found: Vec<Problem> = others.into_iter().filter_map(alone).collect();
    let whole = api.iter().any(|it| it.source == Source::Kube);
    match api.as_slice() {
        [first, ..] if whole => {
            let title =
                Phrase::new().strong("the Kubernetes API").plain(" does not answer: ").plain(first.why);
            let server = model.world.access.get(&Source::Kube).cloned().unwrap_or_default();
            let problem = told(model, rule, Source::Kube, title, &api);
            found.extend(problem.map(|it| of_the_api(model, it).at(server)));
        }
        _ if comes_back(model) => {}
        _ => found.extend(api.into_iter().filter_map(alone)),
    }
    found
}

/// Every watch tries again in its own time, at most so long after the API answers again.
const TRIES_AGAIN: Duration = Duration::from_secs(45);

/// Whether the API has just begun to answer, so that not all that is heard through it has asked again.
fn comes_back(model: &Model) -> bool {
    let live = model.world.feeds_of(Source::Kube).filter(|(_, it)| it.link == Link::Live);
    live.map(|(_, it)| model.now.since(it.since)).max().is_some_and(|it| it < TRIES_AGAIN)
}

fn silence(model: &Model, source: Source) -> Option<Silence<'_>> {
    let mut found: Option<Silence<'_>> = None;
    for (_, state) in model.world.feeds_of(source) {
        match &state.link {
            Link::Degraded { why, .. } => {
                let before = found.take();
                found = Some(Silence {
                    source,
                    parts: before.as_ref().map_or(0, |it| it.parts) + 1,
                    since: before.as_ref().map_or(state.since, |it| it.since.max(state.since)),
                    why,
                    heard: before.and_then(|it| it.heard).max(state.heard),
                });
            }
            Link::Live => return None,
            _ => {}
        }
    }
    found
}

fn told(
    model: &Model,
    rule: &Rule,
    subject: Source,
    title: Phrase,
    silent: &[Silence<'_>],
) -> Option<Problem> {
    let since = silent.iter().map(|it| it.since).min()?;
    if !rule.holds(model.now, Some(since)) {
        return None;
    }
    let mut problem = Problem::new(rule.name, subject.word(), Weight::Lost, title)
        .since(Some(since))
        .because(
            Certainty::Unexplained,
            "what it said before is shown with its age; it is asked again by itself",
        )
        .remedy("wait", "it is tried again, ever more slowly, at most every 30 s", "nothing");
    for it in silent {
        let parts = count(it.parts, "part of it is silent", "parts of it are silent");
        problem = problem.proof(Evidence {
            says: parts.into(),
            detail: it.why.into(),
            source: it.source,
            heard: it.heard,
        });
    }
    Some(problem)
}

/// What Talos and etcd say while the API server says nothing.
fn of_the_api(model: &Model, mut problem: Problem) -> Problem {
    let etcd = Etcd::of(model.world.etcd.iter());
    let answering = model.world.etcd.iter().any(|it| it.answers);
    if answering && etcd.voters() > 0 && unheard(model, &etcd) == 0 {
        problem = problem.proof(Evidence {
            says: Phrase::new()
                .plain("etcd has ")
                .strong(format!("{} of {}", etcd.healthy_voters(), etcd.voters()))
                .plain(" healthy members"),
            detail: etcd.worth(),
            source: Source::Etcd,
            heard: heard(model, Source::Etcd),
        });
        problem = match etcd.may_lose() {
            None => problem.because(
                Certainty::Proven,
                "etcd has no quorum, and without one no API server answers; see to etcd first",
            ),
            Some(_) => problem.because(
                Certainty::Unexplained,
                "etcd is not the cause. What the API said before is shown with its age; it is asked again by itself",
            ),
        };
    }
    let feeds = || model.world.feeds_of(Source::Talos);
    let live = feeds().filter(|(_, it)| it.link == Link::Live).count();
    if live > 0 {
        problem = problem
            .proof(Evidence {
                says: Phrase::new().plain("Talos answers on ").strong(count(live, "node", "nodes")),
                detail: format!("of {}", feeds().count()),
                source: Source::Talos,
                heard: heard(model, Source::Talos),
            })
            .remedy(
                "look at the control plane",
                "its nodes and the logs of kube-apiserver, over Talos",
                "reads only",
            )
            .done_at(Place::Page(Page::Nodes));
    }
    problem
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

    fn tick(model: &mut Model, now: i64) {
        update(model, Message::Ticked(Moment(now)));
    }

    fn gone() -> Link {
        // It was last heard long ago, because there was nothing to say.
        Link::Degraded { since: Moment(20_000), why: "connection refused".into() }
    }

    #[test]
    fn a_source_is_lost_when_no_part_of_it_answers_for_a_while() {
        let mut model = Model { now: Moment(100_000), ..Model::default() };
        hear(&mut model, Source::Hcloud, "servers", gone());
        tick(&mut model, 103_000);
        assert!(find(&model).is_empty(), "held back: {:?}", RULES[0].hold);
        hear(
            &mut model,
            Source::Hcloud,
            "servers",
            Link::Degraded { since: Moment(20_000), why: "timed out".into() },
        );
        tick(&mut model, 106_000);
        let found = find(&model);
        assert_eq!(found[0].title.text(), "hcloud does not answer: timed out");
        assert_eq!(found[0].since, Some(Moment(100_000)), "another reason is the same silence");
        hear(&mut model, Source::Hcloud, "prices", Link::Live);
        assert!(find(&model).is_empty(), "one part still answers");
    }

    #[test]
    fn what_is_heard_through_one_api_is_lost_once() {
        let mut model = Model { now: Moment(100_000), ..Model::default() };
        hear(&mut model, Source::Talos, "cp-1", Link::Live);
        for source in [Source::Kube, Source::Capi, Source::Argo] {
            hear(&mut model, source, "all", gone());
        }
        tick(&mut model, 110_000);
        let found = find(&model);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].title.text(), "the Kubernetes API does not answer: connection refused");
        let from: Vec<Source> = found[0].evidence.iter().map(|it| it.source).collect();
        assert_eq!(from, [Source::Argo, Source::Capi, Source::Kube, Source::Talos]);
        for source in [Source::Kube, Source::Capi] {
            hear(&mut model, source, "all", Link::Live);
        }
        assert!(find(&model).is_empty(), "it has its time to ask again");
        tick(&mut model, 170_000);
        assert_eq!(find(&model)[0].title.text(), "argo does not answer: connection refused");
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
