//! `pilothouse status`: the model in a few lines, for people, cron and CI.

use super::problems::{self, Certainty, Evidence, Problem, Weight};
use super::{ages, sources};
use crate::Model;
use domain::{Link, Source};
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

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
    /// proven, likely or unexplained: how sure the cause is.
    pub certainty: &'static str,
    pub cause: Option<String>,
    pub evidence: Vec<EvidenceStatus>,
    /// What can be done, the best first.
    pub remedies: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceStatus {
    pub says: String,
    pub detail: String,
    pub source: &'static str,
    /// Seconds since its source last spoke; none where it never did.
    pub age: Option<u64>,
}

fn problem(model: &Model, it: &Problem) -> ProblemStatus {
    let seconds = |at: domain::Moment| model.now.since(at).as_secs();
    let evidence = |it: &Evidence| EvidenceStatus {
        says: it.says.text(),
        detail: it.detail.clone(),
        source: it.source.word(),
        age: it.heard.map(seconds),
    };
    let remedies = it.remedies.iter().map(|it| match it.detail.as_str() {
        "" => it.title.clone(),
        detail => format!("{}: {detail}", it.title),
    });
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
        stands_for: it.since.map(seconds),
        certainty: match it.certainty {
            Certainty::Proven => "proven",
            Certainty::Likely => "likely",
            Certainty::Unexplained => "unexplained",
        },
        cause: it.cause.clone(),
        evidence: it.evidence.iter().map(evidence).collect(),
        remedies: remedies.collect(),
    }
}

pub fn of(model: &Model) -> Status {
    let marks = sources::marks(model);
    // Git and the cloud say how a cluster is meant, and what it costs; how it is, only the cluster itself.
    let clusters = || Source::ALL.into_iter().filter(|it| !matches!(it, Source::Git | Source::Hcloud));
    let heard = clusters().any(|it| model.world.feeds_of(it).any(|(_, it)| it.link == Link::Live));
    let looked = heard && !clusters().any(|it| sources::wants(model, it));
    let sources = marks
        .into_iter()
        .map(|mark| SourceStatus { name: mark.source.word(), says: mark.says, access: mark.access })
        .collect();
    let found = problems::find(model);
    let wrong = found.iter().any(|it| it.weight > Weight::Notice);
    let problems = found.iter().map(|it| problem(model, it)).collect();
    let exit = match (wrong, looked) {
        (true, _) if heard => 1,
        (_, false) => 2,
        (true, true) => 1,
        (false, true) => 0,
    };
    Status { version: 1, exit, sources, problems }
}

impl Status {
    /// One line for every source, then every problem with its cause.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for source in &self.sources {
            let _ = writeln!(text, "{:<8} {}", source.name, source.says);
            if !source.access.is_empty() {
                let _ = writeln!(text, "{:<8} {}", "", source.access);
            }
        }
        for problem in &self.problems {
            let _ = write!(text, "{:<8} {}", problem.weight, problem.title);
            if let Some(seconds) = problem.stands_for {
                let _ = write!(text, ", for {}", ages::short(Duration::from_secs(seconds)));
            }
            let _ = writeln!(text);
            if let Some(cause) = &problem.cause {
                let guess = if problem.certainty == "likely" { "perhaps: " } else { "" };
                let _ = writeln!(text, "         {guess}{cause}");
            }
        }
        text
    }

    /// Whether it says the same as `earlier`, which is so when only time has passed.
    pub fn same_as(&self, earlier: &Status) -> bool {
        self.timeless() == earlier.timeless()
    }

    fn timeless(&self) -> Status {
        let mut status = self.clone();
        for problem in &mut status.problems {
            problem.stands_for = None;
            for evidence in &mut problem.evidence {
                // Some details say how long ago something was.
                (evidence.age, evidence.detail) = (None, String::new());
            }
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, update};
    use domain::{Feed, Moment, Observation, Source};

    #[test]
    fn passing_time_alone_says_nothing_new() {
        let mut model = Model { now: Moment(100_000), ..Model::default() };
        assert_eq!(of(&model).exit, 2);
        let gone = Link::Degraded { since: Moment(90_000), why: "connection refused".into() };
        for (source, link) in [(Source::Kube, gone), (Source::Talos, Link::Live)] {
            update(&mut model, Message::Observed(Observation::Link(Feed::of(source, "nodes"), link)));
        }
        assert_eq!(of(&model).exit, 2, "it is no problem yet, and it could not be asked");
        model.now = Moment(110_000);
        let first = of(&model);
        assert_eq!(first.exit, 1);
        assert!(
            first
                .text()
                .contains("lost     the Kubernetes API does not answer: connection refused, for 10 s"),
            "{}",
            first.text()
        );
        model.now = Moment(115_000);
        let second = of(&model);
        assert!(second != first && second.same_as(&first));
        update(&mut model, Message::Observed(Observation::Link(Feed::of(Source::Kube, "nodes"), Link::Live)));
        assert!(!of(&model).same_as(&first));
        assert_eq!(of(&model).exit, 0);
    }

    #[test]
    fn a_part_that_was_never_heard_is_not_called_healthy() {
        let mut model = Model { now: Moment(100_000), ..Model::default() };
        let mut hear = |part: &str, link| {
            let feed = Feed::of(Source::Kube, part);
            update(&mut model, Message::Observed(Observation::Link(feed, link)));
            of(&model).exit
        };
        assert_eq!(hear("nodes", Link::Live), 0);
        assert_eq!(hear("budgets", Link::Connecting), 2);
        let why = "it does not answer".to_owned();
        assert_eq!(hear("budgets", Link::Degraded { since: Moment(100_000), why }), 2);
        assert_eq!(hear("budgets", Link::NotInstalled { why: "no such kind".into() }), 0);
    }
}
