//! What a person should know of the files themselves.

use super::archived;
use super::files::Files;
use domain::inventory::{Finding, FindingKind, Said};

pub(super) fn of_files(files: &Files<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, facts) in files.all {
        if archived::why(&path.0).is_some() {
            continue;
        }
        for (name, first, second) in &facts.anchors_twice {
            found.push(Finding {
                kind: FindingKind::DuplicateAnchor,
                message: format!("the anchor {name} is defined again; the last one before an alias counts"),
                sources: vec![Said::new(path, *first, name), Said::new(path, *second, name)],
            });
        }
    }
    found
}

pub(super) fn unresolved(message: String, source: Said) -> Finding {
    Finding { kind: FindingKind::Unresolved, message, sources: vec![source] }
}
