//! Reading every file of a commit once: where each Kubernetes object is written, and what all of them declare.

use super::failure::GitFailure;
use super::open::Opened;
use super::path;
use super::seal::is_locked;
use super::talconfig;
use super::text::clean;
use super::tree_files::{self, Content};
use crate::layout::{self, FileFacts, Head};
use crate::yaml::{self, Document};
use domain::inventory::Inventory;
use domain::{CommitId, DeclaredNode, ObjectRef, RepoPath, SourceMap, SourceObject};
use std::collections::HashMap;
use std::sync::Arc;

/// Values longer than this are texts, not settings.
const LONG: usize = 512;

/// Files that were read before, by content and path.
pub(super) type KnownFiles = HashMap<(gix::ObjectId, String), Arc<FileRead>>;

/// What one file turned out to be.
#[derive(Debug, Clone, Default)]
pub(super) struct FileRead {
    objects: Vec<SourceObject>,
    nodes: Vec<DeclaredNode>,
    locked: bool,
    facts: FileFacts,
}

/// Read the tree of `commit`. Files that are in `known` are not read again; those that are gone are forgotten.
pub(super) fn read(
    opened: &Opened,
    commit: gix::ObjectId,
    known: &mut KnownFiles,
) -> Result<SourceMap, GitFailure> {
    let head = Head {
        commit: commit.to_string(),
        branch: opened.branch.0.clone(),
        remotes: tree_files::remotes(&opened.git),
    };
    let files = tree_files::files(&opened.git, commit, known, read_file)?;
    let mut map = SourceMap { commit: CommitId(commit.to_string()), ..SourceMap::default() };
    for (path, read) in &files {
        map.files += u32::from(read.facts.yaml);
        map.templates += u32::from(read.facts.template && read.facts.yaml);
        map.objects.extend(read.objects.iter().cloned());
        map.nodes.extend(read.nodes.iter().cloned());
        if read.locked {
            map.locked.push(path.clone());
        }
        if let Some((line, why)) = read.facts.unparsed.as_ref().filter(|_| read.facts.yaml) {
            let why = if *line == 0 { why.clone() } else { format!("line {line}: {why}") };
            map.unreadable.push((path.clone(), why));
        }
    }
    map.inventory = Arc::new(joined(&head, &files));
    Ok(map)
}

/// What the files of a commit declare together.
pub(super) fn joined(head: &Head, files: &[(RepoPath, Arc<FileRead>)]) -> Inventory {
    let facts: Vec<_> = files.iter().map(|(path, read)| (path.clone(), &read.facts)).collect();
    layout::inventory(head, &facts)
}

/// Read one file.
pub(super) fn read_file(path: &str, content: &Content<'_>) -> FileRead {
    let of = |facts| FileRead { facts, ..FileRead::default() };
    let is_yaml = path::is_yaml(&RepoPath(path.to_owned()));
    let bytes = match content {
        Content::Bytes(bytes) => *bytes,
        Content::Skipped(why) => {
            let mut facts = FileFacts::skipped(why);
            facts.yaml = is_yaml && *why == tree_files::LARGE_FILE;
            facts.unparsed = facts.yaml.then(|| (0, (*why).to_owned()));
            return of(facts);
        }
    };
    let text = match layout::text_of(bytes) {
        Ok(text) => text,
        Err(mut facts) => {
            facts.yaml = is_yaml;
            facts.unparsed = (is_yaml && facts.skipped.is_some()).then(|| (0, "it is not text".to_owned()));
            return of(*facts);
        }
    };
    if !is_yaml {
        return of(layout::read_text(path, text));
    }
    let locked = is_locked(text);
    let fault = |line, why| FileFacts { yaml: true, unparsed: Some((line, why)), ..FileFacts::default() };
    match yaml::documents(text) {
        Ok(documents) => {
            let facts = FileFacts::of_documents(&documents).with_seal(locked);
            let nodes = talconfig::nodes(path, &documents);
            FileRead { nodes, objects: objects(path, documents), locked, facts }
        }
        Err(_) if yaml::is_template(text) => {
            let facts = layout::read_text(path, text).with_seal(locked);
            FileRead {
                locked,
                facts: FileFacts { yaml: true, template: true, unparsed: None, ..facts },
                ..of(FileFacts::default())
            }
        }
        Err(err) => {
            FileRead { locked, facts: fault(err.line, err.why).with_seal(locked), ..of(FileFacts::default()) }
        }
    }
}

/// The object that a document declares.
pub(crate) fn object_in(document: &Document) -> Option<ObjectRef> {
    let version = document.value("apiVersion")?;
    let group = version.split_once('/').map_or("", |(group, _)| group);
    Some(ObjectRef {
        group: clean(group),
        kind: clean(document.value("kind")?),
        namespace: clean(document.value("metadata.namespace").unwrap_or_default()),
        name: clean(document.value("metadata.name")?),
    })
}

fn objects(path: &str, documents: Vec<Document>) -> Vec<SourceObject> {
    let of = |(at, document): (usize, Document)| {
        let object = object_in(&document)?;
        let secret = object.kind == "Secret" && object.group.is_empty();
        let line = document.line;
        let mut scalars = document.scalars;
        scalars.retain(|it| it.value.len() <= LONG && !it.field.starts_with("sops."));
        scalars
            .retain(|it| !(secret && (it.field.starts_with("data.") || it.field.starts_with("stringData."))));
        for it in &mut scalars {
            it.value = it.value.replace(char::is_control, " ").replace(domain::unseen, "\u{fffd}");
        }
        Some(SourceObject { object, path: RepoPath(path.into()), document: at as u32, line, scalars })
    };
    documents.into_iter().enumerate().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_with_their_lines() {
        let text = "---\n# a\napiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: k8s\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: n}\nstringData:\n  password: hunter2\n";
        let read = read_file("cluster-api/cluster.yaml", &Content::Bytes(text.as_bytes()));
        let said: Vec<String> = read
            .objects
            .iter()
            .map(|it| format!("{} {}:{} [{}]", it.object, it.path, it.line, it.document))
            .collect();
        assert_eq!(
            said,
            ["Cluster k8s cluster-api/cluster.yaml:3 [0]", "Secret n/s cluster-api/cluster.yaml:8 [1]"]
        );
        assert!(!format!("{read:?}").contains("hunter2"));
    }

    #[test]
    fn templates_are_passed_over_and_faults_are_listed() {
        let file = |text: &str| read_file("t.yaml", &Content::Bytes(text.as_bytes()));
        assert!(file("apiVersion: v1\n{{- if .x }}\nkind: {{ .y }}: z\n{{ end }}").facts.template);
        let read = file("apiVersion: v1\nkind: [\n");
        assert!(read.facts.unparsed.is_some() && !read.facts.template);
        assert!(file("apiVersion: v1\ndata: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[x]\n").locked);
    }
}
