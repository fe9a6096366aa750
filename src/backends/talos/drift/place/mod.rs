//! From a field of a node's machine config to the file and line that make it what it is: the patches that are laid over
//! it, the last one that sets it, else the key of a talconfig or of an object that it is rendered from.

mod capi;
mod keys;
#[cfg(test)]
mod official;
mod patch;
mod talconfig;

pub(super) use capi::Found;
pub(super) use patch::{Hit, Patch};

use super::compare::{Step, Unequal};
use super::forms;
use super::sides::Origin;
use crate::git::Tree;
use domain::{ObjectRef, RepoPath, Sureness, Written};

/// A field that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought<'a> {
    /// Kind and name of its document; empty for the main one.
    pub document: &'a str,
    pub path: &'a [Step],
    /// What it should be, as text; none where it should not be there, and where it is no single value.
    pub value: Option<&'a str>,
}

/// What of a repository makes a node's config.
pub(super) struct Source<'a> {
    tree: &'a Tree,
    /// In the order in which they are laid over; a later one wins.
    pub patches: Vec<Patch>,
    rest: Rest<'a>,
}

/// What makes the fields that no patch sets.
enum Rest<'a> {
    Talconfig(talconfig::Talconfig<'a>),
    ClusterApi(capi::Declared<'a>),
    Nothing,
}

impl<'a> Source<'a> {
    pub(super) fn of(tree: &'a Tree, origin: &Origin) -> Self {
        let (patches, rest) = match origin {
            Origin::Talconfig { path, node } => match talconfig::Talconfig::read(tree, path, node) {
                Some(it) => (it.patches(tree), Rest::Talconfig(it)),
                None => (Vec::new(), Rest::Nothing),
            },
            Origin::ClusterApi { by } => match capi::Declared::find(tree, by) {
                Some(it) => (it.patches(), Rest::ClusterApi(it)),
                None => (Vec::new(), Rest::Nothing),
            },
            Origin::Renderer => (Vec::new(), Rest::Nothing),
        };
        Self { tree, patches, rest }
    }

    /// Of an object that has patches itself.
    pub(super) fn of_object(tree: &'a Tree, of: &ObjectRef) -> Option<Self> {
        let declared = capi::Declared::find(tree, of)?;
        Some(Self { tree, patches: declared.patches(), rest: Rest::ClusterApi(declared) })
    }

    /// The last patch that says something of a field, and where in it.
    pub(super) fn hit(&self, sought: &Sought<'_>) -> Option<(usize, Hit)> {
        self.patches.iter().enumerate().rev().find_map(|(at, it)| Some((at, it.find(sought)?)))
    }

    /// The file, the document and the place in it that a field is rendered from which no patch sets.
    pub(super) fn key(&self, sought: &Sought<'_>) -> Option<(RepoPath, usize, Hit)> {
        match &self.rest {
            Rest::Talconfig(it) => it.key(self.tree, sought),
            Rest::ClusterApi(it) => it.key(sought),
            Rest::Nothing => None,
        }
    }

    /// Where the patches of this node alone are listed.
    pub(super) fn entry(&self) -> Option<Entry> {
        match &self.rest {
            Rest::Talconfig(it) => Some(it.entry()),
            _ => None,
        }
    }

    /// The same, else where those of all its kind are.
    pub(super) fn entry_or_list(&self) -> Option<Entry> {
        match &self.rest {
            Rest::ClusterApi(it) => Some(it.entry()),
            _ => self.entry(),
        }
    }

    /// The key that takes away what it stands in. talhelper fills in variables first, and would take it for one.
    pub(super) fn mark(&self) -> &'static str {
        if matches!(self.rest, Rest::Talconfig(_)) { "$$patch" } else { "$patch" }
    }

    fn written(&self, sought: &Sought<'_>) -> Option<Written> {
        if let Some((at, hit)) = self.hit(sought) {
            return Some(hit.written(&self.patches[at].path, sought));
        }
        // What is not wanted is made by nothing.
        sought.value?;
        let (path, _, hit) = self.key(sought)?;
        Some(hit.written(&path, sought))
    }
}

impl Hit {
    fn written(&self, path: &RepoPath, sought: &Sought<'_>) -> Written {
        let exact = self.deletes || self.value.is_some() && self.value.as_deref() == sought.value;
        let sure = if exact { Sureness::Exact } else { Sureness::ByRender };
        Written { path: path.clone(), line: self.line, sure }
    }
}

/// A list of patches in a file, as YAML paths have it, and how many there are.
pub(super) struct Entry {
    pub path: RepoPath,
    pub document: usize,
    pub list: String,
    pub count: usize,
}

/// The document that declares an object.
pub(super) fn object<'a>(tree: &'a Tree, of: &ObjectRef) -> Option<Found<'a>> {
    capi::find(tree, &of.kind, &of.namespace, &of.name)
}

/// Where Git says which Talos the installer of a config is of: by its schematic, else by its version.
pub(super) fn installer(tree: &Tree, origin: &Origin, said: &str) -> Option<Written> {
    let path = ["machine", "install", "image"].map(|it| Step::Key(it.to_owned()));
    Source::of(tree, origin).written(&Sought { document: "", path: &path, value: Some(said) })
}

/// Where Git says what a field should be. None where nothing of it does.
pub(super) fn of(tree: &Tree, origin: &Origin, it: &Unequal) -> Option<Written> {
    let source = Source::of(tree, origin);
    let value = it.wanted.as_ref().map(scalar);
    let sought = Sought { document: &it.document, path: &it.path, value: value.as_deref() };
    source.written(&sought).or_else(|| {
        // Said in the old form, while the node has the new one.
        let field = forms::older(&it.document, &it.field())?;
        let path: Vec<Step> = field.split('.').map(|it| Step::Key(it.to_owned())).collect();
        source.written(&Sought { document: "", path: &path, value: value.as_deref() })
    })
}

/// Whether the patches that Cluster API is given say by now what is in force: then only what this machine was made
/// with is older than both.
pub(super) fn is_in_git(tree: &Tree, origin: &Origin, it: &Unequal) -> bool {
    let (Origin::ClusterApi { .. }, Some(live)) = (origin, it.live.as_ref().map(scalar)) else {
        return false;
    };
    let source = Source::of(tree, origin);
    let sought = Sought { document: &it.document, path: &it.path, value: None };
    source.hit(&sought).is_some_and(|(_, hit)| hit.value == Some(live))
}

/// A value as text; of more than one value, what no scalar is.
pub(super) fn scalar(value: &serde_yaml::Value) -> String {
    match value {
        serde_yaml::Value::String(text) => text.clone(),
        serde_yaml::Value::Bool(it) => it.to_string(),
        serde_yaml::Value::Number(it) => it.to_string(),
        _ => "\0".into(),
    }
}

#[cfg(test)]
mod tests;
