//! What is made from other files: Git ignores it, or it is there and is never to be edited.

use super::files::Files;
use crate::relative::{folder_of, inside};
use domain::inventory::Said;

/// Folders that only programs write.
const FOLDERS: [&str; 3] = ["clusterconfig", "rendered", "_out"];
/// Words in what Git ignores that tell of configs and credentials that are made.
const WORDS: [&str; 6] = ["clusterconfig", "rendered", "_out", "talosconfig", "kubeconfig", "secrets.yaml"];

pub(super) fn generated(files: &Files<'_>, clusters: &[String]) -> Vec<Said> {
    let mut found = Vec::new();
    for (path, facts) in files.all {
        let folder = folder_of(&path.0);
        let of_cluster = clusters.iter().any(|it| inside(it, folder) || inside(folder, it));
        for (line, pattern) in facts.ignored.iter().filter(|_| of_cluster) {
            if WORDS.iter().any(|it| pattern.contains(it)) {
                found.push(Said::new(path, *line, pattern.as_str()).as_role("ignored by Git"));
            }
        }
        if folder.split('/').any(|it| FOLDERS.contains(&it)) && facts.yaml {
            found.push(Said::new(path, 1, folder).as_role("made by a program"));
        }
    }
    found
}
