//! The manifests in the files of a tree: every document that is an object, and lists taken apart.

use super::deliverer::Directory;
use crate::git::{Leaf, Tree};
use crate::yaml::{Node, nodes};
use domain::RepoPath;

/// One object as it is written.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    pub path: RepoPath,
    /// Which document of the file, from 0.
    pub document: usize,
    /// Where in the document, where it stands in a list of several.
    pub inside: String,
    pub node: Node,
}

/// Files larger than this are generated, not written; CRDs of some operators come close.
const LARGE: usize = 4 << 20;

/// What a plain folder delivers. Templates and what is no YAML are passed over: nothing is known of them.
pub(super) fn of_folder(tree: &Tree, folder: &str, directory: &Directory) -> Vec<Manifest> {
    let inside = |path: &RepoPath| {
        let name = match folder {
            "" => path.0.as_str(),
            folder => path.0.strip_prefix(folder)?.strip_prefix('/')?,
        };
        let counts = is_manifest(name)
            && (directory.recurse || !name.contains('/'))
            && (directory.exclude.is_empty() || !glob(&directory.exclude, name))
            && (directory.include.is_empty() || glob(&directory.include, name));
        counts.then_some(())
    };
    let files = tree.leaves().iter().filter(|(path, _)| inside(path).is_some());
    files.flat_map(|(path, leaf)| of_leaf(path, leaf)).collect()
}

/// Every object of a tree that is not in a folder of what was, of examples, or of a chart.
pub(super) fn of_tree(tree: &Tree) -> Vec<Manifest> {
    let charts: Vec<&str> =
        tree.leaves().iter().filter_map(|(path, _)| path.0.strip_suffix("Chart.yaml")).collect();
    let files = tree.leaves().iter().filter(|(path, _)| {
        is_manifest(&path.0) && !is_inactive(&path.0) && !charts.iter().any(|it| path.0.starts_with(it))
    });
    files.flat_map(|(path, leaf)| of_leaf(path, leaf)).collect()
}

/// The objects of a tree that deliver: files that do not speak of such are not read.
pub(super) fn of_deliverers(tree: &Tree) -> Vec<Manifest> {
    let kinds = ["Application", "HelmRelease"];
    let speaks =
        |bytes: &[u8]| std::str::from_utf8(bytes).is_ok_and(|it| kinds.iter().any(|kind| it.contains(kind)));
    let files = tree.leaves().iter().filter(|(path, leaf)| {
        is_manifest(&path.0)
            && !is_inactive(&path.0)
            && matches!(leaf, Leaf::File { bytes, .. } if bytes.len() <= LARGE && speaks(bytes))
    });
    let is_one = |it: &Manifest| it.node.said("kind").is_some_and(|it| kinds.contains(&it));
    files.flat_map(|(path, leaf)| of_leaf(path, leaf)).filter(is_one).collect()
}

/// The objects of one file.
pub(super) fn of_file(tree: &Tree, path: &RepoPath) -> Vec<Manifest> {
    tree.text(&path.0).map(|text| of_text(path, text)).unwrap_or_default()
}

fn of_leaf(path: &RepoPath, leaf: &Leaf) -> Vec<Manifest> {
    match leaf {
        Leaf::File { bytes, .. } if bytes.len() <= LARGE => {
            std::str::from_utf8(bytes).map(|text| of_text(path, text)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The objects of a text.
pub(super) fn of_text(path: &RepoPath, text: &str) -> Vec<Manifest> {
    if !text.contains("apiVersion") {
        return Vec::new();
    }
    read(path, text).unwrap_or_default()
}

/// The objects of a text, or the line where it cannot be read.
pub(super) fn read(path: &RepoPath, text: &str) -> Result<Vec<Manifest>, u32> {
    let mut found = Vec::new();
    for (document, node) in nodes(text).map_err(|fault| fault.line)?.into_iter().enumerate() {
        taken_apart(Manifest { path: path.clone(), document, inside: String::new(), node }, &mut found);
    }
    Ok(found)
}

fn taken_apart(of: Manifest, found: &mut Vec<Manifest>) {
    let node = &of.node;
    let list = node.said("kind").is_some_and(|it| it.ends_with("List"))
        && node.get("metadata").is_none_or(|it| it.get("name").is_none());
    match node.get("items").filter(|_| list) {
        Some(items) => {
            for (at, item) in items.items().iter().enumerate() {
                let inside = format!("{}items[{at}].", of.inside);
                taken_apart(Manifest { inside, node: item.clone(), ..of.clone() }, found);
            }
        }
        None if node.said("kind").is_some() && node.said("apiVersion").is_some() => found.push(of),
        None => {}
    }
}

fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
}

fn is_inactive(path: &str) -> bool {
    const FOLDERS: [&str; 12] = [
        "archive",
        "archived",
        "attic",
        "old",
        "deprecated",
        "disabled",
        "examples",
        "example",
        "docs",
        "test",
        "tests",
        "templates",
    ];
    let mut folders = path.split('/').rev().skip(1);
    folders.any(|it| it.starts_with('.') || FOLDERS.contains(&it.trim_start_matches('_')))
}

/// `*` and `?` match across folders and `{a,b}` is either, as Argo CD's matcher has it.
fn glob(pattern: &str, name: &str) -> bool {
    if let Some((before, rest)) = pattern.split_once('{')
        && let Some((either, after)) = rest.split_once('}')
    {
        return either.split(',').any(|one| glob(&format!("{before}{}{after}", one.trim()), name));
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut of, mut star) = (0, 0, None);
    while of < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(it) if *it == '?' || Some(it) == name.get(of) => (at, of) = (at + 1, of + 1),
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    (at, of) = (back + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|it| *it == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &[Manifest]) -> Vec<String> {
        found
            .iter()
            .map(|it| format!("{} {}:{}", it.node.said("kind").unwrap(), it.path, it.node.line))
            .collect()
    }

    #[test]
    fn a_folder_gives_its_objects() {
        let object = |kind: &str| format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n");
        let two = format!("{}---\n# what\n{}", object("B"), object("C"));
        let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: D\n  metadata: {name: d}\n";
        let tree = Tree::of(&[
            ("apps/a/one.yaml", &two),
            ("apps/a/x.sops.yaml", &object("Secret")),
            ("apps/a/deep/two.yml", list),
            ("apps/ab/three.yaml", &object("E")),
            ("apps/a/values.yaml", "a: 1\n"),
            ("old/a.yaml", &object("F")),
        ]);
        let directory = Directory { recurse: true, exclude: "*.sops.yaml".into(), ..Directory::default() };
        assert_eq!(
            names(&of_folder(&tree, "apps/a", &directory)),
            ["D apps/a/deep/two.yml:4", "B apps/a/one.yaml:1", "C apps/a/one.yaml:6"]
        );
        assert_eq!(of_folder(&tree, "apps/a", &Directory::default()).len(), 3);
        assert!(!names(&of_tree(&tree)).iter().any(|it| it.starts_with('F')));
    }

    #[test]
    fn patterns_match_like_those_of_argo() {
        for (pattern, name, fits) in [
            ("{*.sops.yaml,*.txt}", "a/b.sops.yaml", true),
            ("*.sops.yaml", "b.yaml", false),
            ("?.yaml", "b.yaml", true),
            ("*a*b*c*", "xaxbxcx", true),
            ("*a*b*c*", "xaxcxbx", false),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
    }
}
