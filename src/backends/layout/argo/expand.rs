//! The Applications that an ApplicationSet makes.

use super::super::files::{Files, Object};
use super::super::remotes::Own;
use super::generator::{Asked, Gives};
use super::template::{Given, filled};
use domain::inventory::{ApplicationSet, Generated};
use std::collections::HashSet;

pub(super) fn set(files: &Files<'_>, own: &Own, set: Object<'_>) -> ApplicationSet {
    let asked = Asked::new(files, own, set);
    let mut all = Gives::default();
    let mut kinds: Vec<String> = Vec::new();
    for number in 0..set.doc.items("spec.generators") {
        let gives = asked.give(&format!("spec.generators[{number}]"), &Given::new());
        if !kinds.contains(&gives.kind) {
            kinds.push(gives.kind);
        }
        all.from.extend(gives.from);
        all.without.extend(gives.without);
        all.given.extend(gives.given);
        all.unresolved = all.unresolved.or(gives.unresolved);
    }
    let name = set.value("spec.template.metadata.name").unwrap_or_default();
    let path = ["spec.template.spec.source.path", "spec.template.spec.sources[0].path"];
    let path = path.iter().find_map(|it| set.value(it)).unwrap_or_default();
    let mut generates: Vec<Generated> = Vec::new();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for given in &all.given {
        let (name, whole) = filled(name, given);
        if !whole && all.unresolved.is_none() {
            all.unresolved = Some("its template names what Git alone does not say".into());
        }
        let path = filled(path, given).0;
        if seen.insert((name.clone(), path.clone())) {
            generates.push(Generated { name, path });
        }
    }
    ApplicationSet {
        name: set.object.name.clone(),
        namespace: set.object.namespace.clone(),
        generator: kinds.join(" and "),
        from: all.from,
        without: all.without,
        generates,
        unresolved: all.unresolved,
        source: set.name(),
        begins: set.doc.begins(set.path),
        active: set.active(),
    }
}
