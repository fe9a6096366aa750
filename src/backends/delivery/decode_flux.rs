//! Flux's objects as the words of the house. Total.

use crate::probe::{annotation, condition, items, meta, moment, number, reference, text, text_of, truth};
use domain::{Conditions, FluxObject, FluxStep};
use serde_json::Value;

pub(crate) const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
pub(crate) const HELM: &str = "helm.toolkit.fluxcd.io";
pub(crate) const SOURCE: &str = "source.toolkit.fluxcd.io";

/// What the three kinds share.
fn object(it: &Value, group: &str, kind: &str) -> FluxObject {
    FluxObject {
        meta: meta(it, group, kind),
        suspended: truth(it, "spec.suspend"),
        depends_on: items(it, "spec.dependsOn").filter_map(|it| text(it, "name")).collect(),
        conditions: Conditions(items(it, "status.conditions").filter_map(condition).collect()),
        observed_generation: number(it, "status.observedGeneration").unwrap_or(0),
        handled: text(it, "status.lastHandledReconcileAt"),
        requested: annotation(it, "reconcile.fluxcd.io/requestedAt"),
        resource_count: u32::try_from(items(it, "status.inventory.entries").count()).unwrap_or(u32::MAX),
        ..FluxObject::default()
    }
}

pub(crate) fn kustomization(it: &Value) -> FluxObject {
    let base = object(it, KUSTOMIZE, "Kustomization");
    FluxObject {
        // Where the artifact was made of a commit, that commit is what a person knows.
        applied: text_of(it, &["status.lastAppliedOriginRevision", "status.lastAppliedRevision"]),
        attempted: text(it, "status.lastAttemptedRevision"),
        path: text(it, "spec.path").unwrap_or_else(|| "./".into()),
        source: reference(it, "spec.sourceRef", &base.meta.id.namespace),
        history: items(it, "status.history")
            .map(|it| step(it, "digest", "lastReconciled", "lastReconciledStatus"))
            .collect(),
        ..base
    }
}

pub(crate) fn helm_release(it: &Value) -> FluxObject {
    let base = object(it, HELM, "HelmRelease");
    let namespace = &base.meta.id.namespace;
    let newest = items(it, "status.history").next();
    FluxObject {
        applied: newest
            .and_then(|it| text(it, "chartVersion"))
            .or_else(|| text(it, "status.lastAppliedRevision")),
        attempted: text(it, "status.lastAttemptedRevision"),
        path: text_of(it, &["spec.chart.spec.chart", "spec.chartRef.name"]).unwrap_or_default(),
        source: reference(it, "spec.chart.spec.sourceRef", namespace)
            .or_else(|| reference(it, "spec.chartRef", namespace)),
        follows: text(it, "spec.chart.spec.version").unwrap_or_default(),
        history: items(it, "status.history")
            .map(|it| step(it, "chartVersion", "lastDeployed", "status"))
            .collect(),
        ..base
    }
}

/// Anything that Flux reads from: a repository of Git, of OCI or of Helm, a chart, a bucket.
pub(crate) fn source(it: &Value, kind: &str) -> FluxObject {
    let refs = [
        "spec.ref.branch",
        "spec.ref.tag",
        "spec.ref.semver",
        "spec.ref.digest",
        "spec.ref.commit",
        "spec.ref.name",
        "spec.version",
    ];
    let base = object(it, SOURCE, kind);
    FluxObject {
        applied: text(it, "status.artifact.revision"),
        path: text_of(it, &["spec.url", "spec.chart", "spec.endpoint"])
            .map(without_password)
            .unwrap_or_default(),
        follows: text_of(it, &refs).unwrap_or_default(),
        source: reference(it, "spec.sourceRef", &base.meta.id.namespace),
        ..base
    }
}

/// An address without what stands before its `@`.
fn without_password(url: String) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match host.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => format!("{scheme}://…@{host}/{path}"),
        _ => url,
    }
}

fn step(it: &Value, what: &str, at: &str, status: &str) -> FluxStep {
    FluxStep {
        what: text(it, what).unwrap_or_default(),
        at: moment(it, at),
        status: text(it, status).unwrap_or_default(),
    }
}
