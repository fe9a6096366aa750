//! A patch of a machine config: documents that are merged into those of the config, or a list of operations.

use super::delete::{Removal, removals, remove};
use super::merge::{Refused, merge, read};
use super::operation::Operation;
use super::schema::{SCHEMA, Shape};
use serde::Deserialize as _;
use serde_yaml::{Mapping, Value};

/// What tells one document of a config from another: kind and name; the main one has neither.
type Identity = (String, String);

/// One document of a patch.
#[derive(Debug)]
struct Part {
    identity: Identity,
    removals: Vec<Removal>,
    /// Null where the document only takes away.
    rest: Value,
}

/// One patch, read.
#[derive(Debug)]
pub(crate) struct Patch(Form);

#[derive(Debug)]
enum Form {
    Merged(Vec<Part>),
    Operations(Vec<Operation>),
}

impl Patch {
    /// Read the text of a patch.
    pub(crate) fn read(text: &str) -> Result<Self, Refused> {
        let documents = serde_yaml::Deserializer::from_str(text).map(Value::deserialize);
        Self::of(documents.collect::<Result<Vec<_>, _>>().map_err(|why| Refused::new(&[], why.to_string()))?)
    }

    /// Read the documents of a patch. One that says nothing is a list of no operations.
    pub(crate) fn of(documents: Vec<Value>) -> Result<Self, Refused> {
        let said: Vec<Value> = documents.into_iter().filter(|it| !it.is_null()).collect();
        match said.as_slice() {
            [] => return Ok(Self(Form::Operations(Vec::new()))),
            [Value::Sequence(list)] => return Self::operations(list),
            _ => {}
        }
        let mut parts: Vec<Part> = Vec::new();
        for document in said {
            if !document.is_mapping() {
                return Err(Refused::new(&[], "a patch must be keys and values, or a list of operations"));
            }
            let part = part(document)?;
            if parts.iter().any(|it| it.identity == part.identity) {
                return Err(Refused::new(&[], "the same document twice in one patch"));
            }
            parts.push(part);
        }
        Ok(Self(Form::Merged(parts)))
    }

    /// Read operations as RFC 6902 has them.
    pub(crate) fn operations(list: &[Value]) -> Result<Self, Refused> {
        let read = list.iter().map(Operation::read).collect::<Result<_, _>>()?;
        Ok(Self(Form::Operations(read)))
    }

    /// Lay it over the documents of a config.
    pub(crate) fn apply(&self, config: &mut Vec<Value>) -> Result<(), Refused> {
        match &self.0 {
            Form::Merged(parts) => parts.iter().try_for_each(|it| lay(it, config)),
            Form::Operations(all) => {
                let [main] = config.as_mut_slice() else {
                    let why = "JSON patches are not supported for a config of several documents";
                    return Err(Refused::new(&[], why));
                };
                if all.is_empty() {
                    return Ok(());
                }
                all.iter().try_for_each(|it| it.apply(main))?;
                // It is read anew, as Talos does: what the operations wrote may be wrong.
                *main = read(main, &SCHEMA.main, &mut Vec::new())?.unwrap_or_default();
                Ok(())
            }
        }
    }
}

fn word(document: &Value, key: &str) -> String {
    document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn identity(document: &Value) -> Identity {
    let kind = word(document, "kind");
    let name = if SCHEMA.is_named(&kind) { word(document, "name") } else { String::new() };
    (kind, name)
}

/// Whether Talos takes a document: its kind and every key of it, as deep as they go.
pub(crate) fn check(document: &Value) -> Result<(), Refused> {
    let shape = shape(&word(document, "kind"))?;
    let mut fields = document.as_mapping().cloned().unwrap_or_default();
    if !word(document, "kind").is_empty() {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    read(&Value::Mapping(fields), shape, &mut Vec::new()).map(drop)
}

/// The shape of a document of this kind.
fn shape(kind: &str) -> Result<&'static Shape, Refused> {
    let found = if kind.is_empty() { Some(&SCHEMA.main) } else { SCHEMA.document(kind) };
    found.ok_or_else(|| Refused::new(&["kind".to_owned()], format!("there are no documents of {kind}")))
}

fn part(mut document: Value) -> Result<Part, Refused> {
    let identity = identity(&document);
    let shape = shape(&identity.0)?;
    if !identity.0.is_empty() && word(&document, "apiVersion") != "v1alpha1" {
        return Err(Refused::new(&["apiVersion".to_owned()], "only v1alpha1 is known"));
    }
    let removals = removals(&mut document, &mut Vec::new())?;
    if identity.0.is_empty() && removals.iter().any(|it| it.path.is_empty()) {
        return Err(Refused::new(&[], "the main document cannot be deleted"));
    }
    let rest = match document {
        Value::Mapping(mapping) => body(mapping, shape)?,
        _ => Value::Null,
    };
    Ok(Part { identity, removals, rest })
}

/// A document without what names its kind, read by its shape.
fn body(mut mapping: Mapping, shape: &Shape) -> Result<Value, Refused> {
    mapping.remove("apiVersion");
    mapping.remove("kind");
    Ok(read(&Value::Mapping(mapping), shape, &mut Vec::new())?.unwrap_or_default())
}

fn lay(part: &Part, config: &mut Vec<Value>) -> Result<(), Refused> {
    let shape = shape(&part.identity.0)?;
    let Some(index) = config.iter().position(|it| identity(it) == part.identity) else {
        // What is not there needs no taking away; the rest of the document is a new one.
        if part.rest.as_mapping().is_some_and(|it| !it.is_empty() || part.removals.is_empty()) {
            let mut new = Mapping::new();
            new.insert("apiVersion".into(), "v1alpha1".into());
            new.insert("kind".into(), part.identity.0.as_str().into());
            new.extend(part.rest.as_mapping().cloned().unwrap_or_default());
            config.push(Value::Mapping(new));
        }
        return Ok(());
    };
    for removal in &part.removals {
        if removal.path.is_empty() {
            config.remove(index);
            return Ok(());
        }
        if let Some(document) = config.get_mut(index) {
            remove(document, removal, shape)?;
        }
    }
    match config.get_mut(index) {
        Some(document) if !part.rest.is_null() => merge(document, part.rest.clone(), shape, &mut Vec::new()),
        _ => Ok(()),
    }
}

/// A document in the order in which Talos writes its fields.
pub fn ordered(document: Value) -> Value {
    let kind = word(&document, "kind");
    let Ok(shape) = shape(&kind) else { return document };
    let head = ["apiVersion", "kind"].into_iter().filter(|_| !kind.is_empty());
    let head: Mapping = head.filter_map(|key| Some((key.into(), document.get(key)?.clone()))).collect();
    match shape.ordered(document) {
        Value::Mapping(fields) => Value::Mapping(head.into_iter().chain(fields).collect()),
        other => other,
    }
}
