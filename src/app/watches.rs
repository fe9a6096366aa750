//! What the house needs to hear, given what it shows.

use crate::{Model, Page, Place, queries};
use domain::Watch;
use std::collections::BTreeSet;

/// The runtime starts what is missing and drops what is no longer wanted; no view and no action starts a stream.
pub fn watches(model: &Model) -> BTreeSet<Watch> {
    let always = [
        Watch::Fleet,
        Watch::Etcd { closely: model.screen.place == Place::Page(Page::Etcd) },
        Watch::Machines,
        Watch::Delivery,
        Watch::KubeNodes,
        Watch::Repository,
        Watch::Servers,
        Watch::Firewalls { closely: model.screen.place == Place::Page(Page::Drift) },
        Watch::Kinds,
    ];
    let tip = model.world.sources.iter().map(|it| it.commit.clone());
    let compared = tip.flat_map(|tip| [Watch::Configs { tip: tip.clone() }, Watch::Objects { tip }]);
    let offered = queries::proposal::open(model);
    always
        .into_iter()
        .chain((!offered.is_empty()).then_some(Watch::Reviews(offered)))
        .chain(compared)
        .chain(queries::resources::watches(model))
        .chain(queries::sheets::watches(model))
        .collect()
}
