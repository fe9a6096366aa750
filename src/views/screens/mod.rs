//! One file for every screen: `draw(answer, theme, area, buf, targets)`.

mod bridge;
mod changes;
#[cfg(test)]
mod changes_test;
mod delivery;
mod desired;
mod draft;
mod drift;
mod editor;
mod etcd;
mod explain;
mod git;
mod machines;
mod machines_detail;
#[cfg(test)]
mod machines_test;
mod machines_tree;
mod node;
mod node_place;
mod nodes;
mod object;
mod plan;
mod resources;
mod rollout;
mod rollout_scale;
mod rows;
mod timeline;

use crate::{Targets, Theme};
use app::{Model, Page, Place, queries};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draw the place that the person is at.
pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    if let Some(desired) = queries::desired::shown(model) {
        desired::draw(model, desired, theme, area, buf, targets);
        return;
    }
    match &model.screen.place {
        Place::Page(Page::Bridge) => bridge::draw(model, theme, area, buf, targets),
        Place::Page(Page::Drift) => drift::draw(model, theme, area, buf, targets),
        Place::Page(Page::Timeline) => timeline::draw(model, theme, area, buf, targets),
        Place::Explain(id) => explain::draw(model, id, theme, area, buf, targets),
        Place::Page(Page::Git) => git::draw(model, theme, area, buf, targets),
        Place::Commit(id) => git::draw_commit(model, id, theme, area, buf, targets),
        Place::Blame(revision) => git::draw_blame(model, revision, theme, area, buf, targets),
        Place::Plan(commit) => plan::draw(model, commit, theme, area, buf, targets),
        Place::Page(Page::Changes) => changes::draw(model, theme, area, buf, targets),
        Place::Node(_) | Place::NodeTab(..) | Place::NodeSheet(_) | Place::NodeLogs(_) => {
            node_place::draw(model, theme, area, buf, targets);
        }
        Place::Page(Page::Nodes) => nodes::draw(model, theme, area, buf, targets),
        Place::Page(Page::Delivery) => delivery::draw(model, theme, area, buf, targets),
        Place::Page(Page::Machines) => machines::draw(model, theme, area, buf, targets),
        Place::Page(Page::Resources) => resources::draw(model, theme, area, buf, targets),
        Place::Rows(_) => rows::draw(model, theme, area, buf, targets),
        Place::Object(object, tab) => object::draw(model, object, *tab, theme, area, buf, targets),
        Place::PodLogs(_) => object::draw_logs(model, theme, area, buf, targets),
        Place::Page(Page::Etcd) => etcd::draw(model, theme, area, buf, targets),
    }
}
