//! An object of a custom kind held against the schema of its definition: fields that are declared, types, and the
//! values of an enumeration. What a schema leaves open is not judged.

use super::super::call::Call;
use super::super::status::Status;
use serde_json::Value;

/// What does not fit, and where: `spec.replicas`.
struct Misfit {
    field: String,
    fault: Fault,
}

enum Fault {
    Undeclared,
    /// What the schema wants, and what is there.
    Type(String, &'static str),
    /// The values it may have.
    Value(Vec<String>),
}

/// An object as it is created or put: its types always, its undeclared fields where the client wants to hear of them.
pub fn object(call: &Call, object: &Value) -> Result<(), Status> {
    let found = misfits(call, object);
    let strict = call.query.get("fieldValidation") == Some("Strict");
    let undeclared: Vec<String> = found
        .iter()
        .filter(|it| strict && matches!(it.fault, Fault::Undeclared))
        .map(|it| format!("unknown field \"{}\"", it.field))
        .collect();
    if !undeclared.is_empty() {
        return Err(Status::bad_request(format!("strict decoding error: {}", undeclared.join(", "))));
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    for Misfit { field, fault } in &found {
        let (reason, why) = match fault {
            Fault::Undeclared => continue,
            Fault::Type(wants, is) => (
                "FieldValueTypeInvalid",
                format!("Invalid value: \"{is}\": {field} in body must be of type {wants}: \"{is}\""),
            ),
            Fault::Value(values) => {
                let quoted: Vec<String> = values.iter().map(|it| format!("\"{it}\"")).collect();
                (
                    "FieldValueNotSupported",
                    format!("Unsupported value: supported values: {}", quoted.join(", ")),
                )
            }
        };
        return Err(Status::invalid(&call.target.kind, name, field, reason, &why));
    }
    Ok(())
}

/// What is applied must be typed before it can be merged: the first that does not fit refuses it.
pub fn applied(call: &Call, object: &Value) -> Result<(), Status> {
    let target = &call.target;
    let Some(Misfit { field, fault }) = misfits(call, object).into_iter().next() else { return Ok(()) };
    let why = match fault {
        Fault::Undeclared => format!(".{field}: field not declared in schema"),
        Fault::Type(wants, is) => {
            let wants = match wants.as_str() {
                "integer" | "number" => "numeric (int or float)",
                "array" => "list",
                "object" => "map",
                other => other,
            };
            format!(".{field}: expected {wants}, got {is}")
        }
        // Only what is merged is judged by its values.
        Fault::Value(_) => return self::object(call, object),
    };
    let (namespace, name) = (&target.namespace, &target.name);
    let of = format!("{namespace}/{name}; {}, Kind={}", target.api_version(), target.kind.kind);
    Err(Status::new(500, "InternalError", format!("failed to create typed patch object ({of}): {why}")))
}

fn misfits(call: &Call, object: &Value) -> Vec<Misfit> {
    let mut found = Vec::new();
    let schema = call.target.kind.schemas.get(&call.target.version);
    if let Some(spec) = schema.and_then(|it| it.pointer("/properties/spec")) {
        walk(spec, &object["spec"], "spec", &mut found);
    }
    found
}

fn walk(schema: &Value, value: &Value, at: &str, found: &mut Vec<Misfit>) {
    let mut say = |field: String, fault| found.push(Misfit { field, fault });
    if value.is_null() || schema["x-kubernetes-int-or-string"] == true {
        return;
    }
    let wants = schema["type"].as_str().unwrap_or_default();
    let is = match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        _ => "object",
    };
    if !wants.is_empty() && wants != is && (wants, is) != ("number", "integer") {
        return say(at.to_owned(), Fault::Type(wants.to_owned(), is));
    }
    let values: Vec<String> = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect();
    if value.as_str().is_some_and(|it| !values.is_empty() && !values.iter().any(|one| one == it)) {
        return say(at.to_owned(), Fault::Value(values));
    }
    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
        walk(&schema["items"], item, &format!("{at}[{place}]"), found);
    }
    let fields = schema.get("properties").and_then(Value::as_object);
    for (key, value) in value.as_object().into_iter().flatten() {
        let below = format!("{at}.{key}");
        match (fields.and_then(|it| it.get(key)), schema.get("additionalProperties")) {
            (Some(field), _) => walk(field, value, &below, found),
            (None, Some(rest)) => walk(rest, value, &below, found),
            (None, None) if fields.is_some() && schema["x-kubernetes-preserve-unknown-fields"] != true => {
                found.push(Misfit { field: below, fault: Fault::Undeclared });
            }
            (None, None) => {}
        }
    }
}
