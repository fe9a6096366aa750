//! Makefiles, scripts and files of the environment: names that are given a value, and calls of talosctl.

use super::archived;
use super::files::Files;
use super::version::version_in;
use super::versions::nearest;
use crate::plain::plain;
use domain::inventory::{Cluster, Said};

/// One name with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub name: String,
    pub value: String,
    /// From 1.
    pub line: u32,
}

/// A call of `talosctl gen config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GenConfig {
    /// From 1.
    pub line: u32,
    /// All that stands behind `gen config`, with the line of each.
    pub words: Vec<(u32, String)>,
}

/// Names that say something here.
const TELLING: [&str; 5] = ["TALOS", "K8S", "KUBERNETES", "KUBE", "CLUSTER"];

/// `NAME = value`, `NAME := value`, `NAME ?= value`, `export NAME=value`, `ARG NAME=value`.
pub(super) fn assignments(text: &str) -> Vec<Assignment> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let line = ["export ", "readonly ", "local ", "ARG ", "ENV ", "declare "]
            .iter()
            .find_map(|it| line.strip_prefix(it))
            .unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim_end().trim_end_matches(['?', ':', '+']).trim_end();
        let is_name = !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        let upper = name.to_ascii_uppercase();
        if !is_name || !TELLING.iter().any(|it| upper.contains(it)) {
            continue;
        }
        let value = unquoted(value);
        if !value.is_empty() {
            found.push(Assignment { name: upper, value, line: u32::try_from(at + 1).unwrap_or(u32::MAX) });
        }
    }
    found
}

/// The same in a script. Which Kubernetes a script names that never calls anything of Talos is its own affair, unless it
/// does nothing but give names their values, for others to take.
pub(super) fn assigned_in_script(text: &str) -> Vec<Assignment> {
    let mut found = assignments(text);
    let calls = ["talosctl", "talhelper", "topf", "omnictl"].iter().any(|it| text.contains(it));
    let does = |line: &str| {
        let line = line.trim();
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let gives = first.contains('=') || ["export", "readonly", "declare", "set"].contains(&first);
        !line.is_empty() && !line.starts_with('#') && !gives
    };
    if !calls && text.lines().any(does) {
        found.retain(|it| speaks_of(&it.name) != Some("kubernetes"));
    }
    found
}

/// A value without its quotes and without the comment behind it. `${NAME:-value}` is its value.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let body = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
        _ => value.split(" #").next().unwrap_or_default().trim_end(),
    };
    let default =
        body.strip_prefix("${").and_then(|it| it.strip_suffix('}')).and_then(|it| it.split_once(":-"));
    plain(default.map_or(body, |it| it.1)).into_owned()
}

/// Calls of `talosctl gen config`, over lines that go on.
pub(super) fn generated(text: &str) -> Vec<GenConfig> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some((_, rest)) = line.split_once("gen config").filter(|it| it.0.contains("talosctl")) else {
            continue;
        };
        if line.trim_start().starts_with('#') {
            continue;
        }
        let line_of = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
        let mut words = Vec::new();
        let mut next = Some((at, rest));
        while let Some((at, line)) = next {
            let open = line.trim_end().strip_suffix('\\');
            let of = |it: &str| (line_of(at), plain(it.trim_matches(['"', '\''])).into_owned());
            words.extend(open.unwrap_or(line).split_whitespace().map(of));
            next = open.and_then(|_| lines.next());
        }
        found.push(GenConfig { line: line_of(at), words });
    }
    found
}

/// Of which version a name speaks.
fn speaks_of(name: &str) -> Option<&'static str> {
    if !name.contains("VERSION")
        || name.contains("TALOSCTL")
        || name.contains("KUBECTL")
        || name.contains("CONTRACT")
    {
        return None;
    }
    let known = [
        ("TALOS_VERSION", "talos"),
        ("TALOS_OS_VERSION", "talos"),
        ("TALOS_IMAGE_VERSION", "talos"),
        ("K8S_VERSION", "kubernetes"),
        ("KUBERNETES_VERSION", "kubernetes"),
        ("KUBE_VERSION", "kubernetes"),
    ];
    known.iter().find(|it| name == it.0 || name.ends_with(&format!("_{}", it.0))).map(|it| it.1)
}

/// Add what these files say to the clusters that they are of.
pub(super) fn add(files: &Files<'_>, clusters: &mut [Cluster]) {
    for (path, facts) in files.all {
        if facts.assignments.is_empty() || archived::why(&path.0).is_some() {
            continue;
        }
        let Some(cluster) = nearest(clusters, path) else { continue };
        for it in &facts.assignments {
            let Some(of) = speaks_of(&it.name).filter(|_| version_in(&it.value).is_some()) else { continue };
            let said = Said::new(path, it.line, it.value.clone());
            match of {
                "talos" => cluster.talos.sources.push(said),
                _ => cluster.kubernetes.sources.push(said),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_values_are_found_in_every_way_of_writing_them() {
        let text = "# TALOS_VERSION = no\nTALOS_VERSION := v1.12.2 # why\nK8S_VERSION ?= \"v1.35.0\"\nexport CLUSTER_NAME='k8s'\nKUBE_VERSION=${KUBE_VERSION:-1.2.3}\nOTHER = 1\nall:\n\tif [ $(TALOS) = x ]; then\n";
        let said: Vec<String> =
            assignments(text).iter().map(|it| format!("{}:{}={}", it.line, it.name, it.value)).collect();
        assert_eq!(
            said,
            [
                "2:TALOS_VERSION=v1.12.2",
                "3:K8S_VERSION=v1.35.0",
                "4:CLUSTER_NAME=k8s",
                "5:KUBE_VERSION=1.2.3"
            ]
        );
        assert_eq!((speaks_of("TF_VAR_TALOS_VERSION"), speaks_of("TALOSCTL_VERSION")), (Some("talos"), None));
    }

    #[test]
    fn a_script_of_something_else_says_no_version_of_kubernetes() {
        let of = |text: &str| assigned_in_script(text).len();
        assert_eq!(of("#!/bin/sh\nKUBERNETES_VERSION=1.29.0\nkubeconform -v $KUBERNETES_VERSION\n"), 0);
        assert_eq!(of("KUBERNETES_VERSION=1.29.0\ntalosctl upgrade-k8s --to $KUBERNETES_VERSION\n"), 1);
        assert_eq!(of("# of all\nset -a\nexport KUBERNETES_VERSION=1.29.0\n"), 1);
        assert_eq!(of("TALOS_VERSION=v1.9.1\npacker build .\n"), 1);
    }

    #[test]
    fn a_call_over_several_lines_is_one() {
        let text = "set -e\ntalosctl gen config \\\n  \"$NAME\" https://10.0.0.1:6443 \\\n  --kubernetes-version 1.33.1\n";
        let found = generated(text);
        assert_eq!(found[0].line, 2);
        let words: Vec<(u32, &str)> = found[0].words.iter().map(|it| (it.0, it.1.as_str())).collect();
        let of_call =
            [(3, "$NAME"), (3, "https://10.0.0.1:6443"), (4, "--kubernetes-version"), (4, "1.33.1")];
        assert_eq!(words, of_call);
    }
}
