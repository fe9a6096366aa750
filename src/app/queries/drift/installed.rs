//! The Talos that a node's config names the installer of, against the one that it runs: its version where nothing else
//! in Git says one, and its schematic, which is its extensions and kernel arguments.

use super::nodes::version_of;
use super::since;
use crate::Model;
use crate::queries::source_map;
use domain::{Basis, Class, ConfigComparison, Difference, Node, Release, Return, Said, Subject, Way, Writer};

/// What `found` says of the node already is not said again.
pub(super) fn of_node(model: &Model, node: &Node, found: &[Difference]) -> Vec<Difference> {
    let Some(config) = model.world.configs.get(&node.name) else { return Vec::new() };
    let (Some(named), Some(version)) = (&config.installer, &node.version) else { return Vec::new() };
    let told = |field: &str| {
        let of = Subject::Node(node.name.clone());
        found.iter().find(|it| it.field == field && it.of == of)
    };
    // The row of the installer itself says whether the node's config was changed past Git.
    let by_hand = told("machine.install.image").is_some_and(|it| it.class == Class::Drifted);
    let row =
        |field: &str, wanted: &str, live: &str| row(model, node, config, by_hand, (field, wanted, live));
    let wished = &named.release;
    let runs = Release { version: version.clone(), schematic: node.schematic.clone() };
    // A machine of Cluster API boots an image, and what its config names is for the next upgrade: there only what was
    // built in tells that one of the two is another than was meant.
    let rendered = matches!(config.basis, Ok(Basis::Rendered { .. }));
    let nothing_says = told("talos").is_none() && source_map::declared_node(model, &node.name).is_none();
    let version = (rendered && nothing_says && runs.version != wished.version)
        .then(|| row("talos", &wished.version, &runs.version));
    let built_in = !runs.is(&Release { version: runs.version.clone(), schematic: wished.schematic.clone() });
    let schematic = wished.schematic.as_deref().filter(|_| built_in);
    let schematic = schematic.map(|it| row("schematic", it, runs.schematic.as_deref().unwrap_or("none")));
    version.into_iter().chain(schematic).collect()
}

fn row(
    model: &Model,
    node: &Node,
    config: &ConfigComparison,
    by_hand: bool,
    (field, wanted, live): (&str, &str, &str),
) -> Difference {
    let rendered = matches!(config.basis, Ok(Basis::Rendered { .. }));
    let extensions = match node.extensions.is_empty() {
        true => String::new(),
        false => format!(
            "; it runs {}",
            node.extensions.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
        ),
    };
    let (class, why) = match (rendered, by_hand) {
        (true, true) => (Class::Drifted, "the node was upgraded past Git, and its config with it"),
        (true, false) => (Class::Pending, "the node is upgraded when a person says so: apply the tip to it"),
        (false, _) => (
            Class::Drifted,
            "the node runs another one than its config names: it was upgraded by hand, or its image was made of \
             another",
        ),
    };
    let written = config.installer.as_ref().and_then(|it| it.written.clone());
    let mut it = version_of(node, field, live.into(), class, &format!("{why}{extensions}"));
    match rendered {
        true => it.git = Said::Value(wanted.into()),
        false => {
            it.declared = Said::Value(wanted.into());
            it.git = written.as_ref().map_or(Said::Silent, |_| Said::Value(wanted.into()));
        }
    }
    it.since = match class {
        Class::Pending => written.as_ref().and_then(|it| since::commit_of(model, it)).map(|it| it.at),
        _ => config.changed.filter(|_| by_hand),
    };
    it.writer = (class == Class::Drifted).then(|| Writer { name: "talosctl upgrade?".into(), at: it.since });
    it.written = written;
    it.ways = match rendered {
        true => vec![Way::BringBack(Return::Plan(node.name.clone()))],
        false => Vec::new(),
    };
    it
}
