//! Places of the repository that say one thing in two ways.

use crate::Model;
use crate::queries::sources;
use domain::inventory::{Finding, FindingKind};
use domain::{Class, Difference, Said, Subject, Sureness, Written};

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    let Some(map) = &model.world.sources else { return };
    let entry = sources::entry(model);
    let ours = |it: &&Finding| {
        it.kind == FindingKind::Conflict
            && it.sources.iter().any(|said| entry.is_none_or(|entry| entry.holds(&said.file)))
    };
    found.extend(map.inventory.findings.iter().filter(ours).map(conflict));
}

fn conflict(it: &Finding) -> Difference {
    let mut values: Vec<&str> = it.sources.iter().map(|it| it.value.as_str()).collect();
    values.dedup();
    let places: Vec<String> =
        it.sources.iter().map(|it| format!("{} in {}:{}", it.value, it.file, it.line)).collect();
    let written =
        it.sources.first().map(|it| Written { path: it.file.clone(), line: it.line, sure: Sureness::Exact });
    Difference {
        of: Subject::Repository,
        document: String::new(),
        field: it.message.clone(),
        class: Class::Conflict,
        git: Said::Value(values.join(" and ")),
        declared: Said::Silent,
        live: Said::Silent,
        written,
        writer: None,
        since: None,
        why: places.join(", "),
        ways: Vec::new(),
    }
}
