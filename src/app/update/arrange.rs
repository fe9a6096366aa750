//! Working out which rows of a long list are seen, and letting go of what nobody looks at.

use super::moved;
use crate::{Model, queries, watches};
use domain::{Feed, Source, Watch};

/// Bring the long list on the screen up to date. Call it before a drawing: facts that came since do not call it
/// themselves, so that a flood of them is sorted once a frame and not once a fact.
pub fn arrange(model: &mut Model) {
    let Some(of) = queries::resources::rows_of(model) else { return };
    let Some(rows) = model.world.rows.get(&of) else {
        model.arranged = crate::Arranged::default();
        return;
    };
    let list = model.screen.listing();
    let filter = list.map(|it| it.filter.as_str()).unwrap_or_default();
    // Of events, the latest are wanted first.
    let usual = (of.kind.kind == "Event").then_some((2, false));
    let sort = list.and_then(|it| it.sort).or(usual);
    if model.arranged.arrange(&of, rows, filter, sort) {
        moved::keep_in_sight(model);
    }
}

/// Let go of the rows, objects and logs that are not listened to any more.
pub(super) fn let_go(model: &mut Model) {
    let world = &mut model.world;
    let looked_at = world.sheets.len() + world.node_logs.len();
    if looked_at == 0 && world.rows.is_empty() && world.objects.is_empty() && world.pod_logs.is_empty() {
        return;
    }
    let wanted = watches(model);
    let world = &mut model.world;
    let feeds = &mut world.feeds;
    let mut forget = |part: String| drop(feeds.remove(&Feed::of(Source::Kube, part)));
    world.rows.retain(|of, _| {
        let kept = wanted.contains(&Watch::Rows(of.clone()));
        if !kept {
            forget(of.feed_part());
        }
        kept
    });
    world.objects.retain(|object, _| {
        let kept = wanted.contains(&Watch::Object(object.clone()));
        if !kept {
            forget(object.to_string());
        }
        kept
    });
    world.pod_logs.retain(|of, _| {
        let kept = wanted.contains(&Watch::PodLogs(of.clone()));
        if !kept {
            forget(of.feed_part());
        }
        kept
    });
    world.sheets.retain(|of, _| wanted.contains(&Watch::Sheet(of.clone())));
    world.node_logs.retain(|of, _| wanted.contains(&Watch::NodeLogs(of.clone())));
}
