//! Names that are generated from sealed files: of the ciphertext here, of what is in it where it is delivered.

use crate::git::{Tree, is_locked};
use crate::relative::beside;
use crate::yaml::Node;

/// The names that the generators of a kustomization give to what they make of sealed files, without the hash.
pub(super) fn generated(tree: &Tree, folder: &str, kustomization: &Node) -> Vec<String> {
    let still = |it: &Node, at: &str| it.said(at) == Some("true");
    if still(kustomization, "generatorOptions.disableNameSuffixHash") {
        return Vec::new();
    }
    let is_sealed = |path: &str| {
        // `key=file`.
        let path = path.split_once('=').map_or(path, |(_, path)| path);
        beside(folder, path).and_then(|it| tree.text(&it)).is_some_and(is_locked)
    };
    let generators =
        ["secretGenerator", "configMapGenerator"].into_iter().filter_map(|it| kustomization.get(it));
    generators
        .flat_map(Node::items)
        .filter(|it| !still(it, "options.disableNameSuffixHash"))
        .filter(|it| {
            let lists = ["files", "envs"].into_iter().filter_map(|list| it.get(list)).flat_map(Node::items);
            lists.filter_map(Node::text).chain(it.said("env")).any(is_sealed)
        })
        .filter_map(|it| it.said("name"))
        .map(str::to_owned)
        .collect()
}
