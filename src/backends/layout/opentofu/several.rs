//! Several clusters of one folder: a module of Talos for each, or a file of values for each.

use super::module::{At, Given, Module, is_talos};
use domain::RepoPath;
use std::collections::BTreeSet;

/// Variables that are the name of a cluster.
const NAMES: [&str; 2] = ["cluster_name", "talos_cluster_name"];

impl<'a> Module<'a> {
    /// The folder as each of its clusters sees it; none where it has no more than one.
    pub fn views(&self) -> Vec<Module<'a>> {
        let by_block = self.by_block();
        if by_block.is_empty() { self.by_file() } else { by_block }
    }

    /// Several modules of Talos that name their clusters differently. Of the rest of the folder each takes what it names.
    fn by_block(&self) -> Vec<Module<'a>> {
        let name = |at: usize| {
            let (path, block) = *self.blocks.get(at)?;
            let value = NAMES.iter().find_map(|it| block.body.get(it))?;
            self.resolved(At { path, line: value.line, value })?.value.literal()
        };
        let is_one = |at: &usize| self.blocks[*at].1.kind == "module" && is_talos(self.blocks[*at].1);
        let all: Vec<usize> = (0..self.blocks.len()).filter(is_one).collect();
        let names: Option<BTreeSet<String>> = all.iter().map(|at| name(*at)).collect();
        if all.len() < 2 || names.is_none_or(|it| it.len() < all.len()) {
            return Vec::new();
        }
        let view = |one: usize| {
            let rest = self.blocks.iter().enumerate().filter(|(at, _)| *at == one || !all.contains(at));
            Module { blocks: rest.map(|it| *it.1).collect(), of_one: true, ..self.clone() }
        };
        all.iter().map(|at| view(*at)).collect()
    }

    /// Several files of values, of which the command line names one, that name their clusters differently.
    fn by_file(&self) -> Vec<Module<'a>> {
        let files = |name: &&str| -> Option<BTreeSet<&'a RepoPath>> {
            let given = self.variables.get(*name)?;
            // A default does not count where a file is named.
            let auto = given.iter().any(|it| it.role.is_none() && it.at.path.0.ends_with(".tfvars"));
            let files = given.iter().filter(|it| is_named(it)).map(|it| it.at.path);
            Some(files.collect()).filter(|it: &BTreeSet<_>| it.len() > 1 && !auto)
        };
        let view = |file: &'a RepoPath| {
            let mut view = self.clone();
            for given in view.variables.values_mut() {
                given.retain(|it| !is_named(it) || it.at.path == file);
                if let Some(at) = given.iter().position(is_named) {
                    let own = given.remove(at);
                    for before in given.iter_mut().filter(|it| it.role.is_none()) {
                        before.role = Some(format!("a default, overridden by {file}"));
                    }
                    given.insert(0, Given { role: None, ..own });
                }
            }
            view
        };
        NAMES.iter().find_map(files).into_iter().flatten().map(view).collect()
    }
}

/// Whether a value counts only where the command line names its file.
fn is_named(given: &Given<'_>) -> bool {
    given.role.as_ref().is_some_and(|it| it.starts_with("only with -var-file"))
}
