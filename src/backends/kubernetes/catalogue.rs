//! The list of kinds as the cockpit offers it.

use super::cluster::Cluster;
use super::keeper::Known;
use super::listing::now;
use super::told::telling;
use crate::Heard;
use crate::plain::plain;
use domain::{Change, Feed, Kind, KindRef, Link, Observation, Source};

/// Listen to which kinds there are.
pub fn kinds(cluster: &Cluster) -> Heard {
    let cluster = cluster.clone();
    telling(|tell| async move {
        let (mut known, mut silent) = (cluster.kinds(), cluster.silent());
        let mut heard = now();
        loop {
            let state = known.borrow_and_update().clone();
            let silence = silent.borrow_and_update().clone();
            let link = match (state, silence) {
                (Known::Asking, _) => Link::Connecting,
                (Known::Failed(trouble), _) | (Known::Kinds(_), Some(trouble)) => trouble.link(heard),
                (Known::Kinds(kinds), None) => {
                    let all = kinds.favourites().map(|it| Kind {
                        id: KindRef::new(it.group.clone(), it.kind.clone()),
                        version: it.version.clone(),
                        plural: it.plural.clone(),
                        singular: it.singular.clone(),
                        short: it.short.iter().map(|it| plain(it).into_owned()).collect(),
                        namespaced: it.namespaced,
                        watchable: it.can("list") && it.can("watch"),
                    });
                    if tell.send(Observation::Kinds(Change::Snapshot(all.collect()))).await.is_err() {
                        return;
                    }
                    heard = now();
                    Link::Live
                }
            };
            let told = tell.send(Observation::Link(Feed::of(Source::Kube, "kinds"), link)).await;
            let changed = async {
                tokio::select! {
                    changed = known.changed() => changed,
                    changed = silent.changed() => changed,
                }
            };
            if told.is_err() || changed.await.is_err() {
                return;
            }
        }
    })
}
