//! `pilothouse status`: the model in a few lines, for people, cron and CI.

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
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProblemStatus {
    pub title: String,
}

pub fn of(model: &Model) -> Status {
    let live = model.world.feeds.values().any(|feed| feed.link == Link::Live);
    let sources = sources::marks(model)
        .into_iter()
        .map(|mark| SourceStatus { name: mark.source.word(), says: mark.says })
        .collect();
    Status { version: 1, exit: if live { 0 } else { 2 }, sources, problems: Vec::new() }
}

impl Status {
    pub fn text(&self) -> String {
        let mut text = String::new();
        for source in &self.sources {
            let _ = writeln!(text, "{:<8} {}", source.name, source.says);
        }
        for problem in &self.problems {
            let _ = writeln!(text, "problem  {}", problem.title);
        }
        text
    }
}
