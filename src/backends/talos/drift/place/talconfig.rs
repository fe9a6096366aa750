//! What a talconfig says of one node: the patches in the order in which talhelper lays them over (those of its role,
//! its own, those of all), and the keys that the rest is rendered from.

use super::keys::{self, Scope};
use super::patch::{self, Hit, Patch};
use super::{Entry, Sought};
use crate::git::Tree;
use crate::relative::{beside, folder_of};
use crate::yaml::{self, Document};
use domain::RepoPath;

pub(super) struct Talconfig<'a> {
    path: RepoPath,
    text: &'a str,
    document: Document,
    /// Which node of the list.
    node: usize,
    role: &'static str,
}

impl<'a> Talconfig<'a> {
    pub(super) fn read(tree: &'a Tree, path: &RepoPath, node: &str) -> Option<Self> {
        let text = tree.text(&path.0)?;
        let document = yaml::documents(text).ok()?.into_iter().next()?;
        let at = patch::item(&document, "nodes", "hostname", node)?;
        let plane = document.value(&format!("nodes[{at}].controlPlane")) == Some("true");
        let role = if plane { "controlPlane" } else { "worker" };
        Some(Self { path: path.clone(), text, document, node: at, role })
    }

    fn own(&self) -> String {
        format!("nodes[{}]", self.node)
    }

    pub(super) fn patches(&self, tree: &Tree) -> Vec<Patch> {
        let own = self.own();
        let alone = self.document.value(&format!("{own}.overridePatches")) == Some("true");
        let has_own = self.document.scalars.iter().any(|it| it.field.starts_with(&format!("{own}.patches[")));
        let mut found = Vec::new();
        if !(alone && has_own) {
            self.listed(tree, &format!("{}.patches", self.role), false, &mut found);
        }
        self.listed(tree, &format!("{own}.patches"), true, &mut found);
        self.listed(tree, "patches", false, &mut found);
        found
    }

    fn listed(&self, tree: &Tree, list: &str, own: bool, found: &mut Vec<Patch>) {
        for at in 0.. {
            let field = format!("{list}[{at}]");
            let Some(scalar) = self.document.scalars.iter().find(|it| it.field == field) else { return };
            match scalar.value.strip_prefix('@') {
                Some(file) => {
                    let Some(path) = beside(folder_of(&self.path.0), file.trim()).map(RepoPath) else {
                        continue;
                    };
                    let Some(text) = tree.text(&path.0) else { continue };
                    // A file that others name, too, is not this node's alone.
                    let shared =
                        self.document.scalars.iter().filter(|it| it.value == scalar.value).count() > 1;
                    found.push(Patch::file(path.clone(), text, own && !shared));
                }
                None => found.push(Patch::value(&self.path, self.text, 0, scalar, own)),
            }
        }
    }

    /// The key that a field which no patch sets is rendered from.
    pub(super) fn key(&self, tree: &Tree, sought: &Sought<'_>) -> Option<(RepoPath, usize, Hit)> {
        keys::of(sought).into_iter().find_map(|(scope, key)| {
            let places = match scope {
                Scope::Node => vec![format!("{}.{key}", self.own()), format!("{}.{key}", self.role)],
                Scope::Cluster => vec![key],
                Scope::Secrets => return self.secret(tree, &key),
            };
            let hit = places.iter().find_map(|it| patch::value(&self.document, it))?;
            Some((self.path.clone(), 0, hit))
        })
    }

    fn secret(&self, tree: &Tree, key: &str) -> Option<(RepoPath, usize, Hit)> {
        let names = ["talsecret.sops.yaml", "talsecret.yaml", "talsecret.sops.yml", "talsecret.yml"];
        names.iter().find_map(|name| {
            let path = RepoPath(beside(folder_of(&self.path.0), name)?);
            let read = yaml::documents(tree.text(&path.0)?).ok()?;
            let hit = patch::value(read.first()?, key)?;
            Some((path, 0, Hit { value: None, ..hit }))
        })
    }

    /// Where the node's own patches are listed.
    pub(super) fn entry(&self) -> Entry {
        let list = format!("{}.patches", self.own());
        let count = Patch::items(&self.document, &list);
        Entry { path: self.path.clone(), document: 0, list, count }
    }
}
