//! Flux: repositories are fetched, kustomizations apply what they hold, and charts are said to be released.
//!
//! Ordinary clients of a Kubernetes API and of Git, on the world's clock. Charts are not rendered: of a release only
//! the status is told. A folder with a `kustomization.yaml` of its own is refused, as Kustomize is not played here.

mod apply;
mod definitions;
mod genesis;
mod kustomization;
mod release;
mod source;
mod status;

pub(crate) use definitions::definitions;
pub(crate) use genesis::{Beginning, is_fluxs};

use crate::Clock;
use crate::control::{Journals, Mirror, Reconcile, run};
use crate::stand_ins::sources::Sources;
use apply::Hands;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What all of Flux's controllers share.
#[derive(Clone)]
struct Flux {
    mirror: Mirror,
    clock: Clock,
    sources: Sources,
    hands: Arc<Hands>,
}

/// Run Flux on the mirrored API. `folder` is for its copies of repositories; what a branch points at is believed for
/// `fresh`.
pub(crate) fn start(
    mirror: &Mirror,
    clock: &Clock,
    journals: &Journals,
    folder: PathBuf,
    fresh: Duration,
    tasks: &mut JoinSet<()>,
) {
    let flux = Flux {
        mirror: mirror.clone(),
        clock: clock.clone(),
        sources: Sources::new(folder, fresh),
        hands: Arc::new(Hands::new(mirror.client().clone())),
    };
    let journal = |name: &str| journals.of(&format!("{name}-controller"), clock);
    control(source::Source::git(&flux), &flux, journal("source"), tasks);
    control(source::Source::helm(&flux), &flux, journal("source"), tasks);
    control(kustomization::Kustomizations::new(&flux), &flux, journal("kustomize"), tasks);
    control(release::Releases::new(&flux), &flux, journal("helm"), tasks);
}

fn control<R: Reconcile>(
    controller: R,
    flux: &Flux,
    journal: crate::control::Journal,
    tasks: &mut JoinSet<()>,
) {
    let controller = Arc::new(controller);
    flux.mirror.watch(&controller.kinds(), &flux.clock, tasks);
    tasks.spawn(run(controller, flux.mirror.clone(), flux.clock.clone(), journal));
}
