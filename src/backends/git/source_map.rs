//! Reading every YAML file of a commit: where each Kubernetes object is written.

use super::failure::GitFailure;
use super::open::Opened;
use super::path;
use super::seal::is_locked;
use super::talconfig;
use super::text::clean;
use crate::yaml::{self, Document};
use domain::{CommitId, DeclaredNode, ObjectRef, RepoPath, SourceMap, SourceObject};
use std::collections::HashMap;
use std::sync::Arc;

/// Files larger than this are generated, not written.
const LARGE: usize = 1024 * 1024;
/// Values longer than this are texts, not settings.
const LONG: usize = 512;

/// Files that were read before, by content and path.
pub(super) type KnownFiles = HashMap<(gix::ObjectId, String), Arc<FileRead>>;

/// What one file turned out to be.
#[derive(Debug, Clone, Default)]
pub(super) struct FileRead {
    objects: Vec<SourceObject>,
    nodes: Vec<DeclaredNode>,
    template: bool,
    locked: bool,
    fault: Option<String>,
}

/// Read the tree of `commit`. Files that are in `known` are not read again; those that are gone are forgotten.
pub(super) fn read(
    opened: &Opened,
    commit: gix::ObjectId,
    known: &mut KnownFiles,
) -> Result<SourceMap, GitFailure> {
    let tree = opened.commit(commit)?.tree().map_err(GitFailure::read)?;
    let mut map = SourceMap { commit: CommitId(commit.to_string()), ..SourceMap::default() };
    let mut seen = KnownFiles::new();
    let mut files = tree.traverse().breadthfirst.files().map_err(GitFailure::read)?;
    files.retain(|it| it.mode.is_blob() && path::is_yaml(&RepoPath(it.filepath.to_string())));
    files.sort_by(|a, b| a.filepath.cmp(&b.filepath));
    for file in files {
        let path = clean(&file.filepath.to_string());
        let key = (file.oid, path.clone());
        let read = match known.remove(&key) {
            Some(read) => read,
            None => {
                let object = opened.git.find_object(file.oid).map_err(GitFailure::read)?;
                Arc::new(read_file(&path, &object.data))
            }
        };
        map.files += 1;
        map.templates += u32::from(read.template);
        map.objects.extend(read.objects.iter().cloned());
        map.nodes.extend(read.nodes.iter().cloned());
        if read.locked {
            map.locked.push(RepoPath(path.clone()));
        }
        if let Some(fault) = &read.fault {
            map.unreadable.push((RepoPath(path), fault.clone()));
        }
        seen.insert(key, read);
    }
    *known = seen;
    Ok(map)
}

fn read_file(path: &str, bytes: &[u8]) -> FileRead {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return FileRead { fault: Some("it is not text".into()), ..FileRead::default() };
    };
    if text.len() > LARGE {
        return FileRead { fault: Some("it is larger than 1 MiB".into()), ..FileRead::default() };
    }
    let locked = is_locked(text);
    if !text.contains("apiVersion") && !locked && !yaml::is_template(text) {
        // No object can be in it, but it should be YAML all the same.
        return match yaml::documents(text) {
            Ok(documents) => FileRead { nodes: talconfig::nodes(path, &documents), ..FileRead::default() },
            Err(fault) => FileRead { fault: Some(fault.to_string()), ..FileRead::default() },
        };
    }
    match yaml::documents(text) {
        Ok(documents) => FileRead { objects: objects(path, documents), locked, ..FileRead::default() },
        Err(_) if yaml::is_template(text) => FileRead { template: true, locked, ..FileRead::default() },
        Err(err) => FileRead { fault: Some(err.to_string()), locked, ..FileRead::default() },
    }
}

/// The object that a document declares.
pub(super) fn object_in(document: &Document) -> Option<ObjectRef> {
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
        let read = read_file("cluster-api/cluster.yaml", text.as_bytes());
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
        assert!(read_file("t.yaml", b"apiVersion: v1\n{{- if .x }}\nkind: {{ .y }}: z\n{{ end }}").template);
        let read = read_file("t.yaml", b"apiVersion: v1\nkind: [\n");
        assert!(read.fault.is_some() && !read.template);
        assert!(
            read_file("s.yaml", b"apiVersion: v1\ndata: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[x]\n")
                .locked
        );
    }
}
