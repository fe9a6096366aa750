//! The Bridge: what is wrong, and one line for every subsystem.

use super::problems::{Problem, ProblemId, Remedy};
use super::sources;
use super::words::{Phrase, Tone, count};
use crate::{Model, Place, RowKey};
use domain::{Link, Source};

/// One subsystem: three phrases in columns of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    pub title: &'static str,
    pub cells: [Phrase; 3],
}

/// The name of a problem's row.
pub fn key(id: &ProblemId) -> RowKey {
    RowKey(format!("{} {}", id.rule, id.subject))
}

/// The problems that the filter lets through.
pub fn shown(model: &Model) -> impl Iterator<Item = &Problem> {
    let at_bridge = model.screen.lists.get(&Place::default());
    let filter = at_bridge.map(|list| list.filter.to_lowercase()).unwrap_or_default();
    model.problems.iter().filter(move |it| {
        filter.is_empty()
            || it.title.text().to_lowercase().contains(&filter)
            || it.whereabouts.to_lowercase().contains(&filter)
    })
}

/// What stands where no problem is shown: how much that is worth. Who hears nothing must not say that all is well.
pub fn calm(model: &Model) -> Phrase {
    // Git and the cloud do not say how a cluster is.
    let of_cluster = |it: &&domain::Feed| !matches!(it.source, Source::Git | Source::Hcloud);
    let feeds = || model.world.feeds.iter().filter(|(feed, _)| of_cluster(feed)).map(|(_, it)| &it.link);
    if feeds().any(|it| *it == Link::Live) {
        let waits = |it: &&sources::SourceMark| it.says == "connecting";
        let waited: Vec<String> =
            sources::marks(model).iter().filter(waits).map(|it| it.source.word().to_owned()).collect();
        let calm = Phrase::new().faint("nothing is wrong");
        return match waited.is_empty() {
            true => calm,
            false => calm.faint(format!(" so far; still asking {}", waited.join(", "))),
        };
    }
    if feeds().any(|it| *it == Link::Connecting) {
        return Phrase::new().faint("nothing is known yet; the sources are being asked");
    }
    Phrase::new()
        .say(Tone::Wait, "nothing is known: no source of the cluster is heard")
        .faint("   i tells which, and why")
}

pub fn rows(model: &Model) -> Vec<RowKey> {
    shown(model).map(|problem| key(&problem.id)).collect()
}

pub fn problem<'a>(model: &'a Model, row: &RowKey) -> Option<&'a Problem> {
    model.problems.iter().find(|problem| key(&problem.id) == *row)
}

pub fn remedies(model: &Model, id: &ProblemId) -> Vec<(RowKey, Remedy)> {
    let found = model.problems.iter().find(|problem| problem.id == *id);
    let remedies = found.map(|problem| problem.remedies.clone()).unwrap_or_default();
    remedies.into_iter().enumerate().map(|(at, remedy)| (RowKey(format!("{at}")), remedy)).collect()
}

pub fn remedy_rows(model: &Model, id: &ProblemId) -> Vec<RowKey> {
    remedies(model, id).into_iter().map(|(row, _)| row).collect()
}

/// "3 problems", for the tab and the foot.
pub fn problem_count(model: &Model) -> String {
    count(model.problems.len(), "problem", "problems")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{Feed, Observation};

    #[test]
    fn who_hears_nothing_does_not_say_that_all_is_well() {
        let mut model = Model::default();
        let mut hear = |source, link| {
            update(&mut model, Message::Observed(Observation::Link(Feed::of(source, ""), link)));
            calm(&model).text()
        };
        let why = || String::from("no kubeconfig was found");
        let nothing = "nothing is known: no source of the cluster is heard   i tells which, and why";
        assert_eq!(hear(Source::Kube, Link::NotConfigured { why: why() }), nothing);
        assert_eq!(
            hear(Source::Talos, Link::Connecting),
            "nothing is known yet; the sources are being asked"
        );
        assert_eq!(hear(Source::Kube, Link::Live), "nothing is wrong so far; still asking talos");
        assert_eq!(hear(Source::Talos, Link::Live), "nothing is wrong");
    }
}
