//! `pilothouse status`: the model in a few lines, for people, cron and CI.

use super::problems::{self, Problem, Weight};
use super::sources;
use crate::Model;
use domain::Link;
use serde::Serialize;
use std::fmt::Write;

/// What `status -o json` prints. `version` changes when a field changes its meaning or goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    pub version: u32,
    /// 0 healthy, 1 problems, 2 could not look.
    pub exit: u8,
    pub sources: Vec<SourceStatus>,
    pub problems: Vec<ProblemStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceStatus {
    pub name: &'static str,
    pub says: String,
    /// By which credentials it is asked; absent where that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub access: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProblemStatus {
    /// The rule that found it, and what it found: stable from one run to the next.
    pub rule: &'static str,
    pub subject: String,
    /// notice, stuck, lost or critical; a notice alone is no reason to exit with 1.
    pub weight: &'static str,
    pub title: String,
    pub whereabouts: String,
    /// Seconds that it has stood, where that is known.
    pub stands_for: Option<u64>,
    pub cause: Option<String>,
    pub evidence: Vec<String>,
}

fn problem(model: &Model, it: &Problem) -> ProblemStatus {
    let evidence =
        it.evidence.iter().map(|it| format!("{}: {} ({})", it.says.text(), it.detail, it.source.word()));
    ProblemStatus {
        rule: it.id.rule,
        subject: it.id.subject.clone(),
        weight: match it.weight {
            Weight::Notice => "notice",
            Weight::Stuck => "stuck",
            Weight::Lost => "lost",
            Weight::Critical => "critical",
        },
        title: it.title.text(),
        whereabouts: it.whereabouts.clone(),
        stands_for: it.since.map(|since| model.now.since(since).as_secs()),
        cause: it.cause.clone(),
        evidence: evidence.collect(),
    }
}

pub fn of(model: &Model) -> Status {
    let live = model.world.feeds.values().any(|feed| feed.link == Link::Live);
    let sources = sources::marks(model)
        .into_iter()
        .map(|mark| SourceStatus { name: mark.source.word(), says: mark.says, access: mark.access })
        .collect();
    let found = problems::find(model);
    let wrong = found.iter().any(|it| it.weight > Weight::Notice);
    let problems = found.iter().map(|it| problem(model, it)).collect();
    let exit = match (live, wrong) {
        (false, _) => 2,
        (true, true) => 1,
        (true, false) => 0,
    };
    Status { version: 1, exit, sources, problems }
}

impl Status {
    pub fn text(&self) -> String {
        let mut text = String::new();
        for source in &self.sources {
            let _ = writeln!(text, "{:<8} {}", source.name, source.says);
            if !source.access.is_empty() {
                let _ = writeln!(text, "{:<8} {}", "", source.access);
            }
        }
        for problem in &self.problems {
            let _ = writeln!(text, "problem  {}", problem.title);
        }
        text
    }
}
