//! `pilothouse drift`: the differences in lines and as JSON, for people, cron and CI.

use super::{detail, shown, since};
use crate::Model;
use crate::queries::{ages, sources};
use domain::{Difference, Link, ObjectRef, Return, Said, Source, Subject, Way};
use serde::Serialize;
use std::fmt::Write;

/// What `drift -o json` prints. `version` changes when a field changes its meaning or goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub version: u32,
    /// The commit that was compared with; none where the repository could not be read.
    pub commit: Option<String>,
    pub compared: Counts,
    /// What could not be compared, by the reason.
    pub unknown: Vec<UnknownPart>,
    pub differences: Vec<Told>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counts {
    pub nodes: usize,
    pub objects: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnknownPart {
    pub why: String,
    pub count: usize,
    pub first: String,
}

/// One difference. Values of secrets are masked; a side is absent where it has no say or is not known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// drifted, stuck, missing, unmanaged, conflict, trying, staged or pending.
    pub class: &'static str,
    /// "cp-1", "Deployment logs/loki", "firewall k8s".
    pub r#where: String,
    /// The object, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Object>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub document: String,
    pub field: String,
    /// A string; `null` where the side has no such field; absent where it has no say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<Place>,
    /// Who wrote what is live, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writer: Option<String>,
    /// Seconds that it has differed, as far as that was seen or is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<u64>,
    pub why: String,
    /// What would bring it together: adopt, plan, sync, roll, wait, or a command.
    pub ways: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Object {
    pub group: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    pub file: String,
    pub line: u32,
    /// exact, by render, by name.
    pub sure: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// Whether every side was heard, or is known not to be: until then a report is not whole.
pub fn settled(model: &Model) -> bool {
    let world = &model.world;
    if world.sources.is_none() {
        return !world.feeds_of(Source::Git).all(|(_, it)| it.link == Link::Connecting);
    }
    // Whether an engine has come to a commit, and whose a node is, these say.
    let joined = [Source::Capi, Source::Argo, Source::Flux, Source::Kube];
    is_fetched(model)
        && !shown::waits(model)
        && !joined.into_iter().any(|it| sources::connects(model, it))
        && super::firewalls::settled(model)
        && !world.uncompared
        && since::settled(model)
}

/// Whether the remote was asked, so that its tip is what is compared with: by this run or within the last minute.
fn is_fetched(model: &Model) -> bool {
    const FRESH: std::time::Duration = std::time::Duration::from_secs(60);
    model.world.repository.as_ref().is_none_or(|it| {
        it.remote.is_none()
            || it.fetch_failed.is_some()
            || it.fetched.is_some_and(|at| model.now.since(at) < FRESH)
    })
}

pub fn report(model: &Model) -> Report {
    let known = shown::compared(model);
    Report {
        version: 1,
        commit: model.world.sources.as_ref().map(|it| it.commit.0.clone()),
        compared: Counts { nodes: known.nodes, objects: known.objects },
        unknown: known
            .unknown
            .into_iter()
            .map(|(why, (count, first))| UnknownPart { why, count, first })
            .collect(),
        differences: model.drift.rows.iter().map(|it| told(model, it)).collect(),
    }
}

fn told(model: &Model, it: &Difference) -> Told {
    let side = |said: &Said| match said {
        Said::Value(value) => Some(Some(value.clone())),
        Said::Nothing => Some(None),
        Said::Unknown(_) | Said::Silent => None,
    };
    let object = |it: &ObjectRef| Object {
        group: it.group.clone(),
        kind: it.kind.clone(),
        namespace: it.namespace.clone(),
        name: it.name.clone(),
    };
    let written = it.written.as_ref().map(|at| {
        let line = since::commit_of(model, at);
        Place {
            file: at.path.0.clone(),
            line: at.line,
            sure: at.sure.word(),
            commit: line.map(|it| it.commit.0.clone()),
            author: line.map(|it| it.author.clone()),
        }
    });
    let way = |it: &Way| match it {
        Way::Adopt(_) => "adopt".to_owned(),
        Way::BringBack(Return::Plan(node)) => format!("plan for {node}"),
        Way::BringBack(Return::Sync(object)) => format!("sync {}", object.name),
        Way::BringBack(Return::Roll { of }) => format!("roll {}", of.name),
        Way::BringBack(Return::Command(command)) => command.clone(),
        Way::Wait(by) => format!("wait: {by}"),
    };
    Told {
        class: it.class.word(),
        r#where: it.of.words(),
        object: match &it.of {
            Subject::Object(of) => Some(object(of)),
            _ => None,
        },
        document: it.document.clone(),
        field: it.field.clone(),
        git: side(&it.git),
        declared: side(&it.declared),
        live: side(&it.live),
        written,
        writer: it.writer.as_ref().map(|it| it.name.clone()),
        stands_for: shown::since_of(model, it).map(|at| model.now.since(at).as_secs()),
        why: it.why.clone(),
        ways: it.ways.iter().map(way).collect(),
    }
}

impl Report {
    /// 0 nothing differs but what passes by itself, 1 something does, 2 not everything could be compared.
    pub fn exit(&self) -> u8 {
        // What is staged, and is not what Git says, comes into force at the next boot and stays.
        let passes = |it: &Told| match it.class {
            "pending" | "trying" => true,
            "staged" => it.declared == it.git,
            _ => false,
        };
        match (self.differences.iter().all(passes), self.unknown.is_empty() && self.commit.is_some()) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 0,
        }
    }
}

/// For people: one paragraph for each difference, and what is not known.
pub fn text(model: &Model) -> String {
    let mut text = String::new();
    let (first, right) = detail::summary(model);
    let _ = writeln!(text, "{}, {}", first.text(), right.text());
    for it in &model.drift.rows {
        let since = shown::since_of(model, it).map(|at| format!(" for {}", ages::short(model.now.since(at))));
        let (title, lines) = detail::of(model, it);
        let _ = writeln!(text, "\n{}{}  {}", it.class.word(), since.unwrap_or_default(), title.text());
        for (head, phrase) in lines.iter().filter(|(head, _)| !["adopt", "bring back", "wait"].contains(head))
        {
            let _ = writeln!(text, "  {head:<9} {}", phrase.text());
        }
    }
    for it in detail::unknown(model) {
        let _ = writeln!(text, "\n{}", it.text());
    }
    text
}
