//! Patches of a talconfig: where each is written, and what is refused of it.

use super::RenderError;
use super::render::Tree;
use super::secrets::opened;
use super::variables::fill;
use crate::patches::{self, Refused};
use crate::sops::is_sealed;
use serde::Deserialize as _;
use serde_yaml::Value;

#[derive(Debug)]
pub struct Patch {
    /// Where it is written, for whoever mends it.
    file: String,
    at: String,
    patch: patches::Patch,
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
        let patch = patches::Patch::of(documents).map_err(|it| placed(file, at, it))?;
        Ok(Self { file: file.to_owned(), at: at.to_owned(), patch })
    }

    /// Lay it over the documents of a config.
    pub fn apply(&self, config: &mut Vec<Value>) -> Result<(), RenderError> {
        self.patch.apply(config).map_err(|it| placed(&self.file, &self.at, it))
    }
}

fn placed(file: &str, at: &str, refused: Refused) -> RenderError {
    let place = refused.at.join(".");
    let at: Vec<&str> = [at, place.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
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
        if !value.is_null() {
            found.push(value);
        }
    }
    Ok(found)
}
