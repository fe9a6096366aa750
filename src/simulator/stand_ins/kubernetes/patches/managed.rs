//! Who manages which fields: `metadata.managedFields`.

use super::super::route::Target;
use super::fields::{Fields, compare};
use super::shape::Shape;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Apply,
    Update,
}

/// What one manager manages.
#[derive(Debug, Clone)]
pub struct Entry {
    pub manager: String,
    pub operation: Operation,
    pub api_version: String,
    pub time: String,
    pub subresource: String,
    pub fields: Fields,
}

impl Entry {
    /// How conflicts call it.
    pub fn described(&self) -> String {
        let mut text = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {:?}", self.subresource);
        }
        match self.operation {
            Operation::Apply => text,
            Operation::Update => format!("{text} using {} at {}", self.api_version, self.time),
        }
    }
}

pub fn entries(object: &Value) -> Vec<Entry> {
    let list = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entry = |it: &Value| Entry {
        manager: text(&it["manager"]),
        operation: if it["operation"] == "Apply" { Operation::Apply } else { Operation::Update },
        api_version: text(&it["apiVersion"]),
        time: text(&it["time"]),
        subresource: text(&it["subresource"]),
        fields: Fields::read(&it["fieldsV1"]),
    };
    list.filter(|it| it.is_object()).map(entry).collect()
}

/// The list as it is kept; managers of nothing are left out.
pub fn written(mut entries: Vec<Entry>) -> Value {
    entries.retain(|it| !it.fields.is_empty());
    entries.sort_by(|a, b| (a.operation, &a.time, &a.manager).cmp(&(b.operation, &b.time, &b.manager)));
    let one = |it: &Entry| {
        let mut value = json!({
            "manager": it.manager, "operation": format!("{:?}", it.operation), "apiVersion": it.api_version,
            "time": it.time, "fieldsType": "FieldsV1", "fieldsV1": it.fields.write(),
        });
        if !it.subresource.is_empty() {
            value["subresource"] = it.subresource.as_str().into();
        }
        value
    };
    entries.iter().map(one).collect::<Vec<_>>().into()
}

/// Take out what nobody manages: what names the object, what the server fills in, and the half that is not written.
pub fn strip(target: &Target, object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    map.remove("apiVersion");
    map.remove("kind");
    if target.subresource == "status" {
        map.retain(|key, _| key == "status");
        return;
    }
    if target.kind.status {
        map.remove("status");
    }
    let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    for key in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "generation",
        "resourceVersion",
        "managedFields",
        "selfLink",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        metadata.remove(key);
    }
    if metadata.is_empty() {
        map.remove("metadata");
    }
}

/// Record in `new` that `manager` made it of `old`.
pub fn updated(target: &Target, old: &Value, new: &mut Value, manager: &str, now: &str) {
    let shape = Shape::of(&target.kind, &target.version);
    let (mut before, mut after) = (old.clone(), new.clone());
    strip(target, &mut before);
    strip(target, &mut after);
    let (changed, gone) = compare(&before, &after, shape);
    if changed.is_empty() && gone.is_empty() {
        return;
    }
    let mut entries = entries(new);
    let api_version = target.api_version();
    let is_own = |it: &Entry| {
        it.operation == Operation::Update
            && it.manager == manager
            && it.api_version == api_version
            && it.subresource == target.subresource
    };
    for entry in &mut entries {
        entry.fields.remove(&gone);
        if !is_own(entry) {
            entry.fields.remove(&changed);
        }
    }
    match entries.iter_mut().find(|it| is_own(it)) {
        Some(own) => {
            own.fields.add(&changed);
            own.time = now.to_owned();
        }
        None => entries.push(Entry {
            manager: manager.to_owned(),
            operation: Operation::Update,
            api_version,
            time: now.to_owned(),
            subresource: target.subresource.clone(),
            fields: changed,
        }),
    }
    new["metadata"]["managedFields"] = written(entries);
}
