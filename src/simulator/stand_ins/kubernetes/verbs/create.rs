//! Create an object.

use super::super::cluster::{Cluster, DEFINITIONS};
use super::super::kinds::Kind;
use super::super::route::Target;
use super::super::status::Status;
use super::super::store::{Key, Stored, Write, Written};
use super::{How, fill};
use serde_json::{Value, json};
use std::sync::Arc;

/// Create `object` in the collection of `target`; its name is its own or generated.
pub fn create(cluster: &Cluster, target: &Target, object: Value, how: &How) -> Result<Arc<Stored>, Status> {
    let mut object = object;
    let kind = &*target.kind;
    fits(target, &object)?;
    let namespace = namespace(target, &object)?;
    if kind.namespaced {
        open_for_new(cluster, kind, &object, &namespace)?;
        object["metadata"]["namespace"] = namespace.as_str().into();
    }
    let given = &object["metadata"];
    if given["name"].as_str().is_none_or(str::is_empty)
        && given["generateName"].as_str().is_none_or(str::is_empty)
    {
        let why = "Required value: name or generateName is required";
        return Err(Status::invalid(kind, "", "metadata.name", "FieldValueRequired", why));
    }
    if given["resourceVersion"].as_str().is_some_and(|it| !it.is_empty()) {
        return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
    }
    prepare(cluster, target, &mut object, how);
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    valid_name(kind, &name)?;
    let key = Key::new(&namespace, &name);
    if how.dry_run {
        if cluster.store.get(&kind.resource(), &key).is_some() {
            return Err(Status::already_exists(kind, &name));
        }
        return Ok(Arc::new(Stored::of(key, cluster.store.revision(), object)));
    }
    let written = cluster.store.write(&kind.resource(), &key, |before| match before {
        Some(_) => Err(Status::already_exists(kind, &name)),
        None => Ok::<_, Status>(Write::Put(object)),
    })?;
    cluster.notice(&kind.resource(), &written);
    match written {
        Written::Put(stored) | Written::Removed(stored) => Ok(stored),
        Written::Nothing => Err(Status::new(500, "InternalError", "nothing was written")),
    }
}

/// Everything the server adds to or takes from an object before its first moment.
fn prepare(cluster: &Cluster, target: &Target, object: &mut Value, how: &How) {
    let kind = &*target.kind;
    for key in [
        "uid",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
        "managedFields",
        "selfLink",
    ] {
        object["metadata"][key] = Value::Null;
    }
    let now = cluster.now();
    fill::metadata(cluster, kind, object, &now);
    if kind.status
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    how.record.write_into(target, &json!({}), object, &now);
    if kind.resource() == DEFINITIONS {
        fill::definition(object, &now);
    }
    fill::defaults(kind, object);
}

/// The object must be of the kind and version of the path.
pub fn fits(target: &Target, object: &Value) -> Result<(), Status> {
    if !object.is_object() {
        return Err(Status::bad_request("the object provided is not an object"));
    }
    let (api, kind) =
        (object["apiVersion"].as_str().unwrap_or_default(), object["kind"].as_str().unwrap_or_default());
    if kind.is_empty() && target.kind.custom {
        return Err(Status::bad_request("Object 'Kind' is missing"));
    }
    if !kind.is_empty() && (kind != target.kind.kind || api != target.api_version()) {
        let why = format!(
            "{} in version \"{}\" cannot be handled as a {}: no kind \"{kind}\" is registered for version \"{api}\"",
            kind, target.version, target.kind.kind
        );
        return Err(Status::bad_request(why));
    }
    Ok(())
}

/// The namespace an object goes to: that of the path, which its own must not contradict.
fn namespace(target: &Target, object: &Value) -> Result<String, Status> {
    if !target.kind.namespaced {
        return Ok(String::new());
    }
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
    if own.is_empty() || own == target.namespace {
        return Ok(target.namespace.clone());
    }
    Err(Status::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}

fn open_for_new(cluster: &Cluster, kind: &Kind, object: &Value, namespace: &str) -> Result<(), Status> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match cluster.store.get("namespaces", &Key::new("", namespace)) {
        None => {
            let mut status = Status::new(404, "NotFound", format!("namespaces \"{namespace}\" not found"));
            status.details = json!({ "name": namespace, "kind": "namespaces" });
            Err(status)
        }
        Some(found) if found.deleting => {
            let why = format!(
                "unable to create new content in namespace {namespace} because it is being terminated"
            );
            let cause = json!({
                "reason": "NamespaceTerminating", "field": "metadata.namespace",
                "message": format!("namespace {namespace} is being terminated"),
            });
            Err(Status::forbidden(kind, name, &why).with_causes(vec![cause]))
        }
        Some(_) => Ok(()),
    }
}

fn valid_name(kind: &Kind, name: &str) -> Result<(), Status> {
    // Names of roles and bindings may hold colons; others are subdomains.
    let free = kind.group == "rbac.authorization.k8s.io";
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let subdomain = name.len() <= 253
        && name.chars().all(good)
        && ends(name.chars().next())
        && ends(name.chars().next_back());
    if free && !name.contains(['/', '%']) || subdomain {
        return Ok(());
    }
    let why = format!(
        "Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
         '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
         validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    );
    Err(Status::invalid(kind, name, "metadata.name", "FieldValueInvalid", &why))
}
