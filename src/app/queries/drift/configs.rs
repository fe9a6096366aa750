//! Machine configs that are not what they should be: changed by hand, waiting to be put in force, tried or staged.

use super::since::SKEW_MS;
use crate::Model;
use crate::queries::{departed, source_map};
use domain::{
    Basis, Class, ConfigComparison, Difference, FieldChange, LookedBack, Mend, NodeName, Overtaken, Pending,
    Return, Said, Subject, Unlike, Way, Writer,
};

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    for it in model.world.configs.iter() {
        if model.world.nodes.get(&it.node).is_some_and(|node| departed::departed(model, node)) {
            continue;
        }
        let waits = |field: &Unlike| {
            it.waiting.iter().any(|wait| wait.field == field.field && wait.document == field.document)
        };
        found.extend(it.fields.iter().filter(|field| !waits(field)).map(|field| unlike(model, it, field)));
        found.extend(it.waiting.iter().map(|wait| waiting(it, wait)));
    }
}

fn unlike(model: &Model, it: &ConfigComparison, field: &Unlike) -> Difference {
    // A node that was configured after the commit was set back by somebody.
    let since_then = |over: &&Overtaken| it.changed.is_none_or(|at| at.0 <= over.at.0 + SKEW_MS);
    let same = |over: &&Overtaken| over.field == field.field && over.document == field.document;
    let overtaken = it.overtaken.iter().find(same);
    let later = overtaken.filter(since_then);
    let (class, why) = match (&it.basis, later, overtaken) {
        (Ok(Basis::Rendered { by, .. }), Some(over), _) => (
            Class::Pending,
            format!(
                "it is what Git said until {}; what {by} makes of it now is applied when a person says so",
                over.by.short()
            ),
        ),
        (Ok(basis), None, Some(over)) => (
            Class::Drifted,
            format!(
                "it is not {}: it was set to what Git said until {}, after that commit",
                basis.words(),
                over.by.short()
            ),
        ),
        (Ok(basis @ Basis::Rendered { .. }), ..) => (
            Class::Drifted,
            match &it.back {
                LookedBack::Whole => format!("it is not {}, nor what Git said before", basis.words()),
                LookedBack::Last(many) => {
                    format!("it is not {}, nor what Git said before its last {many} changes", basis.words())
                }
                LookedBack::Failed(why) => {
                    format!("it is not {}; what Git said before is not known: {why}", basis.words())
                }
            },
        ),
        (Ok(basis), ..) => (Class::Drifted, format!("it is not {}", basis.words())),
        (Err(why), ..) => (Class::Drifted, why.clone()),
    };
    let (git, declared) = match it.basis {
        Ok(Basis::Bootstrap { .. }) => (Said::Silent, Said::of(field.wanted.clone())),
        _ => (Said::of(field.wanted.clone()), Said::Silent),
    };
    let guess = || Writer { name: "talosctl?".into(), at: it.changed };
    // What Git may have said is not known to be anybody's hand.
    let by_hand = class == Class::Drifted && (overtaken.is_some() || !is_unsure(it));
    let writer = field.writer.clone().or_else(|| by_hand.then(guess));
    Difference {
        of: Subject::Node(it.node.clone()),
        document: field.document.clone(),
        field: field.field.clone(),
        class,
        // What Cluster API gave the machine came from Git too: where a line there says it, Git says it.
        git: match (&git, &field.written) {
            (Said::Silent, Some(_)) => declared.clone(),
            _ => git,
        },
        declared,
        live: Said::of(field.live.clone()),
        written: field.written.clone(),
        writer,
        // Where Git went ahead, it has differed since then; where the node did, since its config was changed.
        since: later.map_or(it.changed, |over| Some(over.at)),
        why,
        ways: ways(model, it, field, by_hand),
    }
}

/// Whether it cannot be told if Git went ahead, or the node was changed.
fn is_unsure(it: &ConfigComparison) -> bool {
    matches!((&it.basis, &it.back), (Ok(Basis::Rendered { .. }), LookedBack::Failed(_)))
}

fn ways(model: &Model, it: &ConfigComparison, field: &Unlike, by_hand: bool) -> Vec<Way> {
    let adopt = Way::Adopt(Mend::Config {
        node: it.node.clone(),
        document: field.document.clone(),
        field: field.field.clone(),
    });
    let back = match &it.basis {
        Ok(Basis::Bootstrap { .. }) => roller(model, &it.node).map(|of| Way::BringBack(Return::Roll { of })),
        _ => Some(Way::BringBack(Return::Plan(it.node.clone()))),
    };
    let adopt = by_hand.then_some(adopt);
    adopt.into_iter().chain(back).collect()
}

fn roller(model: &Model, node: &NodeName) -> Option<domain::ObjectRef> {
    source_map::roller_of_node(model, &node.0)
}

/// The config in force and the one on disk are two.
fn waiting(it: &ConfigComparison, wait: &FieldChange) -> Difference {
    let (class, why) = match it.pending {
        Some(Pending::Try) => (Class::Trying, Pending::Try.words()),
        Some(other) => (Class::Staged, other.words()),
        None => (Class::Staged, "the config on disk is another one than that in force"),
    };
    let by = match class {
        Class::Trying => "Talos takes it back when its time is over",
        _ => "its next boot puts it in force",
    };
    let said = it.fields.iter().find(|it| it.field == wait.field && it.document == wait.document);
    Difference {
        of: Subject::Node(it.node.clone()),
        document: wait.document.clone(),
        field: wait.field.clone(),
        class,
        git: said.map_or(Said::of(wait.before.clone()), |it| Said::of(it.wanted.clone())),
        declared: Said::of(wait.after.clone()),
        live: Said::of(wait.before.clone()),
        written: said.and_then(|it| it.written.clone()),
        writer: None,
        // When the disk was written is not told.
        since: it.changed.filter(|_| class == Class::Trying),
        why: why.into(),
        ways: vec![Way::Wait(by.into())],
    }
}
