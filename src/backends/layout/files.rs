//! The files of a commit, as the layouts ask for them.

use super::doc::Doc;
use super::facts::FileFacts;
use super::label::Label;
use super::remotes::Remotes;
use crate::relative::folder_of;
use domain::{ObjectRef, RepoPath};
use std::collections::{BTreeSet, HashMap};

pub(super) struct Files<'a> {
    /// In the order of their paths.
    pub all: &'a [(RepoPath, &'a FileFacts)],
    pub remotes: &'a Remotes,
    /// Empty where HEAD is detached.
    pub branch: &'a str,
    by_path: HashMap<&'a str, &'a FileFacts>,
    /// Every folder that a file is in, without `/` at its end.
    pub folders: BTreeSet<&'a str>,
    /// Folders of charts.
    charts: BTreeSet<&'a str>,
}

/// One document with the file it is in.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub path: &'a RepoPath,
    pub doc: &'a Doc,
}

impl<'a> Files<'a> {
    pub fn new(all: &'a [(RepoPath, &'a FileFacts)], remotes: &'a Remotes, branch: &'a str) -> Self {
        let mut folders = BTreeSet::new();
        let mut charts = BTreeSet::new();
        for (path, facts) in all {
            let mut at = path.0.as_str();
            while let Some((folder, _)) = at.rsplit_once('/') {
                if !folders.insert(folder) {
                    break;
                }
                at = folder;
            }
            // Helm itself goes by the name of the file.
            let chart = path.0 == "Chart.yaml" || path.0.ends_with("/Chart.yaml");
            if chart || facts.docs.iter().any(|it| it.label == Label::Chart) {
                charts.insert(folder_of(&path.0));
            }
        }
        let by_path = all.iter().map(|(path, facts)| (path.0.as_str(), *facts)).collect();
        Self { all, remotes, branch, by_path, folders, charts }
    }

    pub fn get(&self, path: &str) -> Option<&'a FileFacts> {
        self.by_path.get(path).copied()
    }

    /// Whether a file is a template of a chart, whatever it looks like.
    pub fn is_chart_template(&self, path: &str) -> bool {
        path.match_indices("/templates/").any(|(at, _)| self.charts.contains(&path[..at]))
            || (path.starts_with("templates/") && self.charts.contains(""))
    }

    /// Every document that is no template of a chart, in the order of the files.
    pub fn docs(&self) -> impl Iterator<Item = Found<'a>> + '_ {
        self.all
            .iter()
            .filter(|(path, facts)| !facts.docs.is_empty() && !self.is_chart_template(&path.0))
            .flat_map(|(path, facts)| facts.docs.iter().map(move |doc| Found { path, doc }))
    }

    pub fn labelled<'b>(&'b self, is: impl Fn(&Label) -> bool + 'b) -> impl Iterator<Item = Found<'a>> + 'b {
        self.docs().filter(move |it| is(&it.doc.label))
    }

    /// Objects of a group and a kind.
    pub fn objects<'b>(&'b self, group: &'b str, kind: &'b str) -> impl Iterator<Item = Object<'a>> + 'b {
        self.every_object().filter(move |it| it.object.group == group && it.object.kind == kind)
    }

    pub fn every_object(&self) -> impl Iterator<Item = Object<'a>> + '_ {
        self.docs().filter_map(|it| match &it.doc.label {
            Label::Object { object, api_version } => {
                Some(Object { path: it.path, doc: it.doc, object, api_version })
            }
            _ => None,
        })
    }
}

/// One Kubernetes object with the file it is in.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    pub path: &'a RepoPath,
    pub doc: &'a Doc,
    pub object: &'a ObjectRef,
    pub api_version: &'a str,
}

impl<'a> Object<'a> {
    pub fn value(&self, field: &str) -> Option<&'a str> {
        self.doc.value(field)
    }

    pub fn said(&self, field: &str) -> Option<domain::inventory::Said> {
        self.doc.said(self.path, field)
    }

    /// Its name with the line of it.
    pub fn name(&self) -> domain::inventory::Said {
        let begins = || domain::inventory::Said::new(self.path, self.doc.line, &self.object.name);
        self.said("metadata.name").unwrap_or_else(begins)
    }

    pub fn active(&self) -> bool {
        super::archived::why(&self.path.0).is_none()
    }
}

/// How many folders two paths share from the root.
pub(super) fn shared(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(a, b)| a == b && !a.is_empty()).count()
}
