//! Argo CD's objects as the words of the house. Total; long lists are cut to what needs attention.

use crate::probe::{
    at, condition, go_duration, items, line, lines, meta, moment, number, text, text_of, texts, truth,
};
use domain::{
    AppCondition, AppResource, AppSource, Application, ApplicationSet, Automated, Conditions, Cron, Deployed,
    Health, ObjectRef, Operation, OperationPhase, Project, SetMember, Sync, SyncWindow,
};
use serde_json::Value;

pub(crate) const ARGO: &str = "argoproj.io";
/// More troubled objects than this are counted, not kept.
const KEPT: usize = 200;

pub(crate) fn application(it: &Value) -> Application {
    let meta = meta(it, ARGO, "Application");
    let resources: Vec<AppResource> = items(it, "status.resources").map(resource).collect();
    let sources: Vec<AppSource> = match at(it, "spec.sources").and_then(Value::as_array) {
        Some(all) if !all.is_empty() => all.iter().map(source).collect(),
        _ => at(it, "spec.source").map(source).into_iter().collect(),
    };
    let revisions = texts(it, "status.sync.revisions");
    let tracked = meta.tracking.as_deref().and_then(|it| it.split(':').next()).map(str::to_owned);
    Application {
        project: text(it, "spec.project").unwrap_or_default(),
        sources,
        destination: text_of(it, &["spec.destination.name", "spec.destination.server"]).unwrap_or_default(),
        namespace: text(it, "spec.destination.namespace").unwrap_or_default(),
        automated: at(it, "spec.syncPolicy.automated")
            .filter(|it| at(it, "enabled").is_none_or(|it| it.as_bool() != Some(false)))
            .map(|it| Automated { prune: truth(it, "prune"), self_heal: truth(it, "selfHeal") }),
        sync: sync(text(it, "status.sync.status").as_deref()),
        revisions: if revisions.is_empty() {
            text(it, "status.sync.revision").into_iter().collect()
        } else {
            revisions
        },
        health: health(text(it, "status.health.status").as_deref()),
        health_message: at(it, "status.health.message").and_then(lines).unwrap_or_default(),
        health_since: moment(it, "status.health.lastTransitionTime"),
        operation: at(it, "status.operationState").and_then(operation),
        requested: at(it, "operation").is_some(),
        refreshing: crate::probe::annotation(it, "argocd.argoproj.io/refresh").is_some(),
        resource_count: u32::try_from(resources.len()).unwrap_or(u32::MAX),
        children: of_group(&resources, |it| it.group == ARGO && it.kind == "Application"),
        declares: of_group(&resources, |it| it.group.ends_with("cluster.x-k8s.io")),
        troubled: resources.into_iter().filter(troubled).take(KEPT).collect(),
        conditions: items(it, "status.conditions").filter_map(app_condition).collect(),
        history: items(it, "status.history").map(deployed).collect(),
        reconciled: moment(it, "status.reconciledAt"),
        set: meta.owner.as_ref().filter(|it| it.kind == "ApplicationSet").map(|it| it.name.clone()),
        parent: tracked.or_else(|| crate::probe::label(it, "app.kubernetes.io/instance")),
        meta,
    }
}

fn of_group(resources: &[AppResource], wanted: fn(&ObjectRef) -> bool) -> Vec<ObjectRef> {
    resources.iter().map(|it| &it.object).filter(|it| wanted(it)).cloned().collect()
}

fn troubled(it: &AppResource) -> bool {
    it.prune
        || it.sync == Sync::OutOfSync
        || !matches!(it.health, None | Some(Health::Healthy | Health::Unknown))
}

fn source(it: &Value) -> AppSource {
    AppSource {
        repository: text(it, "repoURL").unwrap_or_default(),
        path: text(it, "path").unwrap_or_default(),
        chart: text(it, "chart").unwrap_or_default(),
        target: text(it, "targetRevision").unwrap_or_default(),
    }
}

fn sync(word: Option<&str>) -> Sync {
    match word {
        Some("Synced") => Sync::Synced,
        Some("OutOfSync") => Sync::OutOfSync,
        _ => Sync::Unknown,
    }
}

fn health(word: Option<&str>) -> Health {
    match word {
        Some("Healthy") => Health::Healthy,
        Some("Progressing") => Health::Progressing,
        Some("Suspended") => Health::Suspended,
        Some("Degraded") => Health::Degraded,
        Some("Missing") => Health::Missing,
        _ => Health::Unknown,
    }
}

fn resource(it: &Value) -> AppResource {
    AppResource {
        object: ObjectRef {
            group: text(it, "group").unwrap_or_default(),
            kind: text(it, "kind").unwrap_or_default(),
            namespace: text(it, "namespace").unwrap_or_default(),
            name: text(it, "name").unwrap_or_default(),
        },
        sync: sync(text(it, "status").as_deref()),
        health: text(it, "health.status").map(|it| health(Some(&it))),
        message: at(it, "health.message").or_else(|| at(it, "message")).and_then(lines).unwrap_or_default(),
        prune: truth(it, "requiresPruning"),
    }
}

fn operation(it: &Value) -> Option<Operation> {
    let phase = match text(it, "phase").as_deref() {
        Some("Running") => OperationPhase::Running,
        Some("Terminating") => OperationPhase::Terminating,
        Some("Failed") => OperationPhase::Failed,
        Some("Error") => OperationPhase::Error,
        Some("Succeeded") => OperationPhase::Succeeded,
        _ => return None,
    };
    let failed = |it: &&Value| {
        text(it, "status").as_deref() == Some("SyncFailed")
            || matches!(text(it, "hookPhase").as_deref(), Some("Failed" | "Error"))
    };
    Some(Operation {
        phase,
        message: at(it, "message").and_then(lines).unwrap_or_default(),
        started: moment(it, "startedAt"),
        finished: moment(it, "finishedAt"),
        retries: crate::probe::count(it, "retryCount").unwrap_or(0),
        retry_limit: number(it, "operation.retry.limit"),
        revision: text(it, "syncResult.revision")
            .or_else(|| texts(it, "syncResult.revisions").into_iter().next()),
        by: if truth(it, "operation.initiatedBy.automated") {
            "automated".into()
        } else {
            text(it, "operation.initiatedBy.username").unwrap_or_default()
        },
        failures: items(it, "syncResult.resources").filter(failed).take(KEPT).map(failure).collect(),
    })
}

/// An entry of a sync result says how it went in `message`, and nothing of its health.
fn failure(it: &Value) -> AppResource {
    AppResource { sync: Sync::OutOfSync, health: None, ..resource(it) }
}

fn app_condition(it: &Value) -> Option<AppCondition> {
    Some(AppCondition {
        kind: text(it, "type")?,
        message: at(it, "message").and_then(lines).unwrap_or_default(),
        since: moment(it, "lastTransitionTime"),
    })
}

fn deployed(it: &Value) -> Deployed {
    Deployed {
        id: number(it, "id").unwrap_or(0),
        revision: text(it, "revision")
            .or_else(|| texts(it, "revisions").into_iter().next())
            .unwrap_or_default(),
        at: moment(it, "deployedAt"),
        by: if truth(it, "initiatedBy.automated") {
            "automated".into()
        } else {
            text(it, "initiatedBy.username").unwrap_or_default()
        },
    }
}

pub(crate) fn project(it: &Value) -> Project {
    Project {
        meta: meta(it, ARGO, "AppProject"),
        windows: items(it, "spec.syncWindows").filter_map(window).collect(),
    }
}

fn window(it: &Value) -> Option<SyncWindow> {
    let schedule = text(it, "schedule")?;
    let zone = text(it, "timeZone").and_then(|name| jiff::tz::TimeZone::get(&name).ok());
    Some(SyncWindow {
        allow: text(it, "kind").as_deref() == Some("allow"),
        cron: Cron::parse(&schedule),
        schedule,
        duration: text(it, "duration").and_then(|it| go_duration(&it)).unwrap_or_default(),
        manual: truth(it, "manualSync"),
        applications: texts(it, "applications"),
        namespaces: texts(it, "namespaces"),
        clusters: texts(it, "clusters"),
        all: truth(it, "andOperator"),
        utc_offset: zone.map_or(0, |it| i64::from(it.to_offset(jiff::Timestamp::now()).seconds())),
        description: text(it, "description").unwrap_or_default(),
    })
}

pub(crate) fn application_set(it: &Value) -> ApplicationSet {
    let generators = items(it, "spec.generators").filter_map(Value::as_object).flat_map(|it| it.keys());
    ApplicationSet {
        meta: meta(it, ARGO, "ApplicationSet"),
        conditions: Conditions(items(it, "status.conditions").filter_map(condition).collect()),
        members: items(it, "status.applicationStatus").filter_map(member).collect(),
        generators: generators
            .filter(|it| *it != "selector")
            .filter_map(|it| line(&Value::String(it.clone())))
            .collect(),
    }
}

fn member(it: &Value) -> Option<SetMember> {
    Some(SetMember {
        application: text(it, "application")?,
        status: text(it, "status").unwrap_or_default(),
        step: text(it, "step").unwrap_or_default(),
        message: at(it, "message").and_then(lines).unwrap_or_default(),
    })
}
