//! Patches: where each is written, what documents it has, and how they are laid over a config.

use super::RenderError;
use super::delete::{Removal, removals, remove};
use super::merge::{Refused, merge, read};
use super::render::Tree;
use super::schema::{SCHEMA, Shape};
use super::secrets::opened;
use super::variables::fill;
use crate::sops::is_sealed;
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

#[derive(Debug)]
pub struct Patch {
    /// Where it is written, for whoever mends it.
    file: String,
    at: String,
    parts: Vec<Part>,
}

impl Patch {
    /// Read a patch as `talconfig.yaml` names it, at a path of keys there: a file's name after `@`, or its text.
    pub fn read(tree: &Tree<'_>, at: &str, written: &str) -> Result<Self, RenderError> {
        let Some(named) = written.strip_prefix('@') else {
            return Self::of(tree.config, at, documents(tree.config, at, written)?);
        };
        let file = tree.beside(named).ok_or_else(|| {
            let why = format!("@{named}: only files named by @./ are read, from beside this file");
            RenderError::refused(tree.config, at, why)
        })?;
        let text = tree.text(&file)?;
        let found = documents(&file, "", &text)?;
        let filled = match found.as_slice() {
            [one] if is_sealed(one) => vec![opened(&file, &text, tree.identities)?],
            _ => found,
        };
        let filled = filled.into_iter().map(|it| fill(&file, it, tree.variable)).collect::<Result<_, _>>()?;
        Self::of(&file, "", filled)
    }

    fn of(file: &str, at: &str, documents: Vec<Value>) -> Result<Self, RenderError> {
        let mut parts: Vec<Part> = Vec::new();
        for document in documents {
            let part = part(document).map_err(|it| placed(file, at, it))?;
            if parts.iter().any(|it| it.identity == part.identity) {
                return Err(RenderError::refused(file, at, "the same document twice in one patch"));
            }
            parts.push(part);
        }
        Ok(Self { file: file.to_owned(), at: at.to_owned(), parts })
    }

    /// Lay it over the documents of a config.
    pub fn apply(&self, config: &mut Vec<Value>) -> Result<(), RenderError> {
        self.parts
            .iter()
            .try_for_each(|part| lay(part, config).map_err(|it| placed(&self.file, &self.at, it)))
    }
}

fn placed(file: &str, at: &str, refused: Refused) -> RenderError {
    let at: Vec<&str> = [at, refused.at.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
    RenderError::refused(file, at.join(": "), refused.why)
}

fn documents(file: &str, at: &str, text: &str) -> Result<Vec<Value>, RenderError> {
    if text.contains("{{") {
        return Err(RenderError::refused(file, at, "templates ({{ … }}) are not known here"));
    }
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document);
        let value = value.map_err(|source| match at {
            "" => RenderError::Yaml { file: file.to_owned(), source },
            at => RenderError::refused(file, at, source.to_string()),
        })?;
        match value {
            Value::Null => {}
            Value::Mapping(_) => found.push(value),
            Value::Sequence(_) => {
                return Err(RenderError::refused(
                    file,
                    at,
                    "JSON patches are not known here, only strategic merge",
                ));
            }
            _ => return Err(RenderError::refused(file, at, "a patch must be keys and values")),
        }
    }
    Ok(found)
}

fn word(document: &Value, key: &str) -> String {
    document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn identity(document: &Value) -> Identity {
    let kind = word(document, "kind");
    let name = if SCHEMA.is_named(&kind) { word(document, "name") } else { String::new() };
    (kind, name)
}

/// The shape of a document of this kind.
fn shape(kind: &str) -> Result<&'static Shape, Refused> {
    let found = if kind.is_empty() { Some(&SCHEMA.main) } else { SCHEMA.document(kind) };
    found.ok_or_else(|| {
        Refused::new(
            &["kind".to_owned()],
            format!("the stand-in for talhelper does not know documents of {kind}"),
        )
    })
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
        if part.rest.as_mapping().is_some_and(|it| !it.is_empty()) {
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

/// The documents in the order in which Talos writes their fields.
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
