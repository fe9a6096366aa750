//! One object, live: its YAML and a summary. Secret values are masked here, before anything else sees the object.

mod conditions;
mod masked;
mod pods;
mod summary;

use super::cluster::Cluster;
use super::listing::{Wanted, encoded, watch_kind};
use super::told::Told;
use crate::Heard;
use crate::plain::plain;
use domain::{Change, Entity, Feed, ObjectRef, ObjectText, Observation, RowId, Source};
use futures::StreamExt;
use serde_json::Value;

/// Listen to one object.
pub fn object(cluster: &Cluster, of: &ObjectRef) -> Heard {
    let mut wanted = Wanted::all(&of.group, &of.kind, &[]);
    wanted.namespace = Some(of.namespace.clone()).filter(|it| !it.is_empty());
    wanted.query = format!("&fieldSelector={}", encoded(&format!("metadata.name={}", of.name)));
    let (group, kind, name) = (of.group.clone(), of.kind.clone(), of.name.clone());
    let told = watch_kind(cluster, wanted, move |value: Value, served| {
        // Some servers pass over the selector.
        if value.pointer("/metadata/name").and_then(Value::as_str) != Some(name.as_str()) {
            return None;
        }
        Some(One::read(value, &group, &served.version, &kind))
    });
    let of = of.clone();
    told.map(move |told| match told {
        Told::Link(link) => Observation::Link(Feed::of(Source::Kube, of.to_string()), link),
        Told::Change(change) => {
            let text = match change {
                Change::Snapshot(all) | Change::Part(all) => all.into_iter().next_back(),
                Change::Upsert(one) => Some(one),
                Change::Remove(_) => None,
            };
            Observation::Object(of.clone(), text.map(|it| Box::new(it.text)))
        }
    })
    .boxed()
}

/// The object as it is shown, under its name.
struct One {
    id: RowId,
    text: ObjectText,
}

impl Entity for One {
    type Id = RowId;
    fn id(&self) -> &RowId {
        &self.id
    }
}

impl One {
    fn read(mut value: Value, group: &str, version: &str, kind: &str) -> Self {
        if let Some(fields) = value.as_object_mut() {
            // The objects of a list do not name what they are.
            let api = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
            fields.entry("apiVersion").or_insert_with(|| Value::String(api));
            fields.entry("kind").or_insert_with(|| Value::String(kind.to_owned()));
        }
        masked::mask(&mut value, group, kind);
        let at = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let id = RowId::new(&plain(at("/metadata/namespace")), &plain(at("/metadata/name")));
        let has_logs = group.is_empty() && kind == "Pod";
        let yaml = lines(&value);
        Self { id, text: ObjectText { yaml, summary: summary::summary(&value), has_logs } }
    }
}

/// The object as YAML, line by line.
fn lines(value: &Value) -> Vec<Box<str>> {
    match serde_yaml::to_string(value) {
        Ok(text) => text.lines().map(|line| Box::from(plain(line).as_ref())).collect(),
        Err(err) => vec![format!("# it cannot be written as YAML: {err}").into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_secret_value_leaves_this_module() {
        let secret = json!({"metadata": {"name": "s", "namespace": "default", "managedFields": [{"manager": "x"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"p\":\"aHVudGVyMg==\"}}"}},
            "type": "Opaque", "data": {"p": "aHVudGVyMg=="}, "stringData": {"q": "hunter2"}});
        let one = One::read(secret, "", "v1", "Secret");
        let shown = format!("{:?}", one.text);
        assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
        assert!(!shown.contains("managedFields"), "{shown}");
        assert!(shown.contains("7 bytes"), "{shown}");
        assert_eq!(one.text.yaml[0].as_ref(), "apiVersion: v1");
        assert_eq!(one.id.0.as_ref(), "default/s");
    }

    #[test]
    fn a_pod_is_told_in_words() {
        let pod = json!({"metadata": {"name": "web-1", "namespace": "default", "labels": {"app": "web"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web", "controller": true}]},
            "spec": {"nodeName": "cp-1", "containers": [{"name": "web", "image": "nginx:1"}]},
            "status": {"phase": "Running", "podIP": "10.0.0.1",
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "no\u{1b}[2J"}],
            "containerStatuses": [{"name": "web", "ready": false, "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]}});
        let text = One::read(pod, "", "v1", "Pod").text;
        let said: Vec<String> = text
            .summary
            .iter()
            .flat_map(|it| it.lines.iter().map(|line| format!("{}/{}: {}", it.title, line.label, line.value)))
            .collect();
        let has = |words: &str| assert!(said.iter().any(|it| it == words), "no {words:?} in {said:#?}");
        has("Pod/owner: ReplicaSet web");
        has("Pod/labels: app=web");
        has("conditions/Ready: False, ContainersNotReady: no");
        has(
            "containers/web: waiting, CrashLoopBackOff · not ready · 3 restarts, the last ended OOMKilled (137) · nginx:1",
        );
    }
}
