//! Argo CD's and Flux's objects, and shapes that nobody should write.

use super::{decode, decode_flux};
use domain::{Gate, Health, Moment, OperationPhase, Sync, gate};
use serde_json::json;

#[test]
fn an_application_that_could_not_sync() {
    let it = decode::application(&json!({
        "metadata": {"name": "loki", "namespace": "argocd",
            "annotations": {"argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/loki"}},
        "spec": {"project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "obs"},
            "source": {"repoURL": "git@host:o/r.git", "path": "apps/loki", "targetRevision": "main"},
            "syncPolicy": {"automated": {"prune": true, "selfHeal": true}}},
        "status": {
            "sync": {"status": "OutOfSync", "revision": "a91f3c2"}, "health": {"status": "Healthy"},
            "operationState": {"phase": "Failed", "message": "one or more objects failed\nto apply", "retryCount": 5,
                "startedAt": "2026-11-21T08:00:00Z", "finishedAt": "2026-11-21T08:00:09Z",
                "operation": {"initiatedBy": {"automated": true}, "retry": {"limit": 5}},
                "syncResult": {"revision": "a91f3c2", "resources": [
                    {"group": "apps", "kind": "StatefulSet", "name": "loki", "status": "SyncFailed", "message": "forbidden"},
                    {"kind": "Service", "name": "loki", "status": "Synced"}]}},
            "resources": [
                {"group": "apps", "kind": "StatefulSet", "name": "loki", "status": "OutOfSync", "health": {"status": "Healthy"}},
                {"kind": "Service", "name": "loki", "status": "Synced", "health": {"status": "Healthy"}},
                {"group": "argoproj.io", "kind": "Application", "name": "child", "status": "Synced"},
                {"group": "cluster.x-k8s.io", "kind": "Cluster", "name": "k8s", "status": "Synced"}],
            "conditions": [{"type": "SyncError", "message": "x"}],
            "history": [{"id": 0, "revision": "b77c0de", "deployedAt": "2026-11-20T08:00:00Z"}]}
    }));
    assert_eq!((it.sync, it.health, it.parent.as_deref()), (Sync::OutOfSync, Health::Healthy, Some("root")));
    let operation = it.operation.as_ref().unwrap();
    assert_eq!(
        (operation.phase, operation.retries, operation.by.as_str()),
        (OperationPhase::Failed, 5, "automated")
    );
    assert_eq!(operation.message, "one or more objects failed\nto apply");
    assert_eq!(operation.failures.len(), 1);
    assert_eq!(operation.failures[0].message, "forbidden");
    assert_eq!((it.resource_count, it.troubled.len(), it.children.len(), it.declares.len()), (4, 1, 1, 1));
    assert!(it.automated.is_some_and(|it| it.prune && it.self_heal));
    assert_eq!(it.revision(), Some("a91f3c2"));
}

#[test]
fn several_sources_and_a_person_who_syncs() {
    let it = decode::application(&json!({
        "spec": {"sources": [{"chart": "argo-cd", "targetRevision": "9.0.0"}, {"path": "values", "ref": "values"}],
            "syncPolicy": {"automated": {"enabled": false}}},
        "operation": {"sync": {}},
        "status": {"sync": {"status": "Synced", "revisions": ["9.0.0", "abc"]}}}));
    assert_eq!((it.sources.len(), it.revisions.len(), it.automated), (2, 2, None));
    assert!(it.requested);
}

#[test]
fn windows_are_read_and_judged() {
    let it = decode::project(&json!({"metadata": {"name": "default"}, "spec": {"syncWindows": [
        {"kind": "deny", "schedule": "0 8 * * *", "duration": "1h", "applications": ["*"], "manualSync": true},
        {"kind": "allow"}]}}));
    assert_eq!(it.windows.len(), 1, "one without a schedule is none");
    let at_half_past_eight = Moment(1_795_249_800_000);
    let windows: Vec<_> = it.windows.iter().collect();
    assert!(matches!(gate(&windows, at_half_past_eight), Gate::Shut { manual: true, .. }));
}

#[test]
fn what_flux_says() {
    let it = decode_flux::kustomization(&json!({
        "metadata": {"name": "apps", "namespace": "flux-system", "generation": 4,
            "annotations": {"reconcile.fluxcd.io/requestedAt": "2"}},
        "spec": {"path": "./apps", "suspend": true, "dependsOn": [{"name": "infra"}],
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"}},
        "status": {"lastAppliedRevision": "main@sha1:0a1b", "observedGeneration": 4, "lastHandledReconcileAt": "1",
            "inventory": {"entries": [{"id": "x"}, {"id": "y"}]},
            "conditions": [{"type": "Ready", "status": "False", "reason": "BuildFailed"}]}}));
    assert_eq!((it.commit(), it.resource_count, it.suspended, it.awaits()), (Some("0a1b"), 2, true, true));
    assert_eq!(it.source.as_ref().unwrap().to_string(), "GitRepository flux-system/flux-system");
    let release =
        decode_flux::helm_release(&json!({"spec": {"chart": {"spec": {"chart": "loki", "version": "6.x"}}},
        "status": {"history": [{"chartVersion": "6.30.0", "status": "deployed"}]}}));
    assert_eq!((release.applied.as_deref(), release.path.as_str()), (Some("6.30.0"), "loki"));
    let source = decode_flux::source(
        &json!({"metadata": {"name": "podinfo", "namespace": "apps"},
            "spec": {"url": "https://jo:s3cret@x.example/r.git", "ref": {"branch": "main"}}}),
        "GitRepository",
    );
    assert_eq!((source.follows.as_str(), source.path.as_str()), ("main", "https://…@x.example/r.git"));
    assert_eq!(source.meta.id.to_string(), "GitRepository apps/podinfo");
    let of_oci = decode_flux::kustomization(&json!({"status": {
        "lastAppliedRevision": "latest@sha256:77aa", "lastAppliedOriginRevision": "main@sha1:0a1b"}}));
    assert_eq!(of_oci.commit(), Some("0a1b"), "the commit that the artifact was made of");
}

#[test]
fn odd_shapes_lose_a_field_never_the_object() {
    for odd in [
        json!(null),
        json!(3),
        json!({"spec": "x", "status": [1]}),
        json!({"spec": {"sources": {}, "generators": [3], "syncWindows": "x"},
            "status": {"resources": [1, null], "operationState": 4, "history": {"a": 1}, "sync": []}}),
    ] {
        decode::application(&odd);
        decode::project(&odd);
        decode::application_set(&odd);
        decode_flux::kustomization(&odd);
        decode_flux::helm_release(&odd);
        decode_flux::source(&odd, "Bucket");
    }
}
