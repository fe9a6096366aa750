//! What may be asked of the engine that delivers the selected row, and what a sync would do.

use super::{gate_of, selected};
use crate::queries::words::{Phrase, Tone, count};
use crate::{Action, Availability, Dialog, Model, Page, Place};
use domain::{Gate, ObjectRef, Sync};

/// Whether `action` (a refresh or a sync) can be asked for now, else why not.
pub fn may(model: &Model, action: Action) -> Availability {
    if model.screen.place != Place::Page(Page::Delivery) {
        return Err("that is asked for on Delivery".into());
    }
    let object = selected(model).ok_or("nothing is selected")?;
    if let Some(it) = model.world.delivery.flux().find(|it| it.meta.id == object) {
        return if it.suspended {
            Err(format!("{} is suspended: it answers no request", object.name))
        } else {
            Ok(())
        };
    }
    let Some(app) = model.world.delivery.applications.get(&object) else {
        return Err("it is not there any more".into());
    };
    if action == Action::Refresh {
        return Ok(());
    }
    if app.requested || app.operation.as_ref().is_some_and(|it| !it.phase.done()) {
        return Err(format!("{} syncs already", object.name));
    }
    match gate_of(model, app) {
        Some(Gate::Shut { window, manual: false, .. }) => {
            Err(format!("the window {window} holds it, by hand too"))
        }
        _ => Ok(()),
    }
}

/// The question before a sync, in lines.
pub fn sync_question(model: &Model) -> Vec<Phrase> {
    let Some(Dialog::Sync(object)) = &model.screen.dialog else { return Vec::new() };
    let Some(app) = model.world.delivery.applications.get(object) else { return flux_question(object) };
    let source = app.sources.first();
    let target = source.map(|it| it.target.as_str()).unwrap_or_default();
    let mut lines = vec![
        Phrase::new().plain("Argo CD applies ").strong(&object.name).plain(format!(" as {target} says now.")),
        Phrase::new(),
    ];
    let stale = app.troubled.iter().filter(|it| it.sync == Sync::OutOfSync).count();
    lines.push(match (app.sync, stale) {
        (Sync::Synced, _) => Phrase::new().faint("Nothing is out of sync: it would change nothing."),
        (_, 0) => Phrase::new().faint("It is not told which objects would change."),
        (_, many) => Phrase::new().plain(format!("It would change {}:", count(many, "object", "objects"))),
    });
    for it in app.troubled.iter().filter(|it| it.sync == Sync::OutOfSync).take(6) {
        lines.push(Phrase::new().plain(format!("  {}", it.object)));
    }
    if !app.declares.is_empty() {
        lines.push(Phrase::new().say(Tone::Wait, "It declares machines: a sync may replace some."));
    }
    let prunes = app.automated.is_some_and(|it| it.prune);
    lines.push(Phrase::new().faint(if prunes {
        "What Git no longer has is pruned."
    } else {
        "Nothing is pruned."
    }));
    lines
}

fn flux_question(object: &ObjectRef) -> Vec<Phrase> {
    vec![Phrase::new().plain("Flux reconciles ").strong(object.to_string()).plain(" now.")]
}
