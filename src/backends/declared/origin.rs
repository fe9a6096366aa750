//! Where the value of a declared object stands in the files, and how sure that is.

use super::manifests::Manifest;
use crate::yaml::{Node, Step, ValuePath, What, nodes};
use domain::{RepoPath, Sureness, Written};
use std::sync::Arc;

/// What makes a declared object.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// It is delivered as it is written.
    File(RepoPath),
    /// It is written, and nothing says that it is delivered from there.
    Named(RepoPath),
    /// It is written, and a kustomization sets some of its fields.
    Changed { path: RepoPath, set: Vec<(String, Written)> },
    /// A program made it.
    Rendered { of: Arc<Makings>, kind: String, name: String },
}

/// What a program made objects of.
#[derive(Debug)]
pub(super) struct Makings {
    /// The file that has it made: a kustomization or a chart.
    pub from: RepoPath,
    /// Objects as they were before.
    pub bases: Vec<Manifest>,
    /// Patches, values, and the kustomizations themselves.
    pub others: Vec<(RepoPath, Node)>,
    /// Names that kustomize generates from sealed files, before what it puts to their ends.
    pub sealed: Vec<String>,
}

impl Origin {
    /// Where a field is written; the whole object where it is empty. `line` is that of the value in what was read,
    /// `wanted` the value.
    pub(super) fn written(&self, line: u32, field: &str, wanted: Option<&str>) -> Written {
        let place = |path: &RepoPath, sure| Written { path: path.clone(), line, sure };
        match self {
            Origin::File(path) => place(path, Sureness::Exact),
            Origin::Named(path) => place(path, Sureness::ByName),
            Origin::Changed { path, set } => {
                let set = set.iter().find(|(it, _)| it == field).map(|(_, written)| written.clone());
                set.unwrap_or_else(|| place(path, Sureness::Exact))
            }
            Origin::Rendered { of, kind, name } => of.place(kind, name, field, wanted),
        }
    }

    /// The file whose bytes are delivered as the value of a field; none where something stands between.
    pub(super) fn file_of(&self, field: &str) -> Option<&RepoPath> {
        match self {
            Origin::File(path) | Origin::Named(path) => Some(path),
            Origin::Changed { path, set } => set.iter().all(|(it, _)| it != field).then_some(path),
            Origin::Rendered { .. } => None,
        }
    }
}

impl Default for Makings {
    fn default() -> Self {
        Self { from: RepoPath(String::new()), bases: Vec::new(), others: Vec::new(), sealed: Vec::new() }
    }
}

impl Makings {
    fn place(&self, kind: &str, name: &str, field: &str, wanted: Option<&str>) -> Written {
        // With a prefix or a suffix the name that is written is a part of the name that is made.
        let named = |it: &&Manifest| {
            it.node.said("kind") == Some(kind)
                && it.node.said("metadata.name").is_some_and(|it| name.contains(it))
        };
        let base =
            self.bases.iter().filter(named).max_by_key(|it| it.node.said("metadata.name").map(str::len));
        let key = field.rsplit(['.', ']']).next().unwrap_or_default();
        if let (Some(base), Some(wanted)) = (base, wanted)
            && let Some(node) = at(&base.node, field)
            && node.text() == Some(wanted)
        {
            return Written { path: base.path.clone(), line: node.line, sure: Sureness::Exact };
        }
        let by_render =
            |path: &RepoPath, line| Written { path: path.clone(), line, sure: Sureness::ByRender };
        if let Some(wanted) = wanted
            && let Some((path, line)) =
                self.others.iter().find_map(|(path, node)| Some((path, line_of(node, key, wanted, 0)?)))
        {
            return by_render(path, line);
        }
        match base {
            Some(base) => by_render(&base.path, at(&base.node, field).map_or(base.node.line, |it| it.line)),
            None => by_render(&self.from, 1),
        }
    }
}

fn at<'a>(top: &'a Node, field: &str) -> Option<&'a Node> {
    ValuePath::parse(field).ok()?.0.iter().try_fold(top, |it, step| match step {
        Step::Key(key) => it.get(key),
        Step::Item(item) => it.items().get(*item),
        Step::Having { .. } => None,
    })
}

/// The line of a value under a key of that name; of an image also that of its tag. Texts that are YAML themselves, as
/// patches are, are read too.
fn line_of(node: &Node, key: &str, wanted: &str, above: u32) -> Option<u32> {
    match &node.what {
        What::Map(entries) => entries.iter().find_map(|(it, node)| {
            let is_value = it == key && node.text() == Some(wanted);
            let is_tag = key == "image"
                && ["newTag", "tag", "digest"].contains(&it.as_str())
                && node.text().is_some_and(|tag| {
                    wanted.ends_with(&format!(":{tag}")) || wanted.ends_with(&format!("@{tag}"))
                });
            let is_count = key == "replicas" && it == "count" && node.text() == Some(wanted);
            // An operation on a path that ends with the key.
            let is_operation = it == "value"
                && node.text() == Some(wanted)
                && entries.iter().any(|(it, path)| {
                    it == "path" && path.text().is_some_and(|it| it.ends_with(&format!("/{key}")))
                });
            match is_value || is_tag || is_count || is_operation {
                true => Some(above + node.line),
                false => line_of(node, key, wanted, above),
            }
        }),
        What::List(items) => items.iter().find_map(|it| line_of(it, key, wanted, above)),
        What::Scalar { text, .. } if text.contains('\n') => nodes(text)
            .ok()?
            .iter()
            .find_map(|it| line_of(it, key, wanted, above + node.line.saturating_sub(1))),
        What::Scalar { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::manifests::of_text;

    #[test]
    fn what_was_rendered_is_found_where_it_is_written() {
        let base = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  paused: false\n  image: web:v1\n";
        let kustomization = "resources: [web.yaml]\nimages:\n- name: web\n  newTag: v2\npatches:\n- patch: |-\n    kind: Deployment\n    spec:\n      replicas: 3\n- patch: |-\n    - op: replace\n      path: /spec/limit\n      value: 9\n";
        let path = |it: &str| RepoPath(it.into());
        let makings = Makings {
            from: path("kustomization.yaml"),
            bases: of_text(&path("web.yaml"), base),
            others: vec![(path("kustomization.yaml"), nodes(kustomization).unwrap().remove(0))],
            sealed: Vec::new(),
        };
        let place = |field: &str, wanted: &str| {
            let it = makings.place("Deployment", "prod-web", field, Some(wanted));
            format!("{}:{} {}", it.path, it.line, it.sure.word())
        };
        assert_eq!(place("spec.paused", "false"), "web.yaml:6 exact");
        assert_eq!(place("spec.replicas", "3"), "kustomization.yaml:9 by render");
        assert_eq!(place("spec.image", "web:v2"), "kustomization.yaml:4 by render");
        assert_eq!(place("spec.limit", "9"), "kustomization.yaml:13 by render");
        assert_eq!(place("spec.other", "x"), "web.yaml:1 by render");
    }
}
