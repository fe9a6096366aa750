//! The Bridge: what is wrong, and one line for every subsystem.

use super::problems::{Problem, ProblemId, Remedy};
use super::words::{Phrase, Tone, count};
use crate::{Model, Place, RowKey};

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

/// One line for every subsystem.
pub fn strips(model: &Model) -> Vec<Strip> {
    vec![nodes(model)]
}

fn nodes(model: &Model) -> Strip {
    let world = &model.world;
    let ready = world.nodes.iter().filter(|node| node.ready).count();
    let all = world.nodes.len();
    let tone = if ready == all { Tone::Plain } else { Tone::Bad };
    let first = match all {
        0 => Phrase::new().faint("none is known yet"),
        _ => Phrase::new().say(tone, format!("{ready} of {all} ready")),
    };
    Strip {
        title: "NODES",
        cells: [first, versions(world.nodes.iter().filter_map(|it| it.version.as_deref())), Phrase::new()],
    }
}

/// "7 on v1.35.0", "2 on v1.35.2, 5 on v1.35.0": the newest first.
fn versions<'a>(all: impl Iterator<Item = &'a str>) -> Phrase {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for version in all {
        match counted.iter_mut().find(|(it, _)| *it == version) {
            Some((_, count)) => *count += 1,
            None => counted.push((version, 1)),
        }
    }
    counted.sort_by(|a, b| b.0.cmp(a.0));
    let mut phrase = Phrase::new();
    for (at, (version, on)) in counted.iter().enumerate() {
        let text = format!("{}{on} on {version}", if at > 0 { ", " } else { "" });
        phrase = phrase.say(if at == 0 { Tone::Plain } else { Tone::Faint }, text);
    }
    phrase
}

/// "3 problems", for the tab and the foot.
pub fn problem_count(model: &Model) -> String {
    count(model.problems.len(), "problem", "problems")
}
