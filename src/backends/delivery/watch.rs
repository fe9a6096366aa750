//! Listen to the delivery engines: Argo CD and Flux, whichever is installed.

use super::decode::{self, ARGO};
use super::decode_flux::{self as flux, HELM, KUSTOMIZE, SOURCE};
use crate::Heard;
use crate::capi::heard;
use crate::kubernetes::{Cluster, Wanted};
use domain::{Change, DeliveryChange, Entity, Feed, Observation, Source};
use futures::StreamExt;
use futures::stream::select_all;
use serde_json::Value;

/// Both engines. One that is not installed says so in its feeds, once for its main kinds.
pub fn delivery(cluster: &Cluster) -> Heard {
    use DeliveryChange as Say;
    let argo = |kind: &str| Wanted::all(ARGO, kind, &["v1alpha1"]);
    let source = |kind: &str| Wanted::all(SOURCE, kind, &["v1", "v1beta2"]);
    let engine = |source, part| (Feed::of(source, part), false);
    let part = |source, part| (Feed::of(source, part), true);
    select_all([
        one(
            cluster,
            argo("Application"),
            engine(Source::Argo, "applications"),
            decode::application,
            Say::Applications,
        ),
        one(cluster, argo("AppProject"), part(Source::Argo, "appprojects"), decode::project, Say::Projects),
        one(
            cluster,
            argo("ApplicationSet"),
            part(Source::Argo, "applicationsets"),
            decode::application_set,
            Say::ApplicationSets,
        ),
        one(
            cluster,
            Wanted::all(KUSTOMIZE, "Kustomization", &["v1", "v1beta2"]),
            engine(Source::Flux, "kustomizations"),
            flux::kustomization,
            Say::Kustomizations,
        ),
        one(
            cluster,
            Wanted::all(HELM, "HelmRelease", &["v2", "v2beta2"]),
            part(Source::Flux, "helmreleases"),
            flux::helm_release,
            Say::HelmReleases,
        ),
        one(
            cluster,
            source("GitRepository"),
            part(Source::Flux, "gitrepositories"),
            |it| flux::source(it, "GitRepository"),
            |it| Say::FluxSources("GitRepository", it),
        ),
        one(
            cluster,
            source("OCIRepository"),
            part(Source::Flux, "ocirepositories"),
            |it| flux::source(it, "OCIRepository"),
            |it| Say::FluxSources("OCIRepository", it),
        ),
        one(
            cluster,
            source("HelmRepository"),
            part(Source::Flux, "helmrepositories"),
            |it| flux::source(it, "HelmRepository"),
            |it| Say::FluxSources("HelmRepository", it),
        ),
        one(
            cluster,
            source("HelmChart"),
            part(Source::Flux, "helmcharts"),
            |it| flux::source(it, "HelmChart"),
            |it| Say::FluxSources("HelmChart", it),
        ),
        one(
            cluster,
            source("Bucket"),
            part(Source::Flux, "buckets"),
            |it| flux::source(it, "Bucket"),
            |it| Say::FluxSources("Bucket", it),
        ),
    ])
    .boxed()
}

fn one<T>(
    cluster: &Cluster,
    wanted: Wanted,
    (feed, optional): (Feed, bool),
    decode: fn(&Value) -> T,
    say: fn(Change<T>) -> DeliveryChange,
) -> Heard
where
    T: Entity + Send + 'static,
    T::Id: Send,
{
    heard(cluster, wanted, feed, optional, decode, move |it| Observation::Delivery(say(it)))
}
