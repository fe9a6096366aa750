//! What a repository declares, told from its files: each file is read once for what it says for itself, and what all of
//! them say is joined. Nothing is evaluated, filled in or fetched.

mod archived;
mod argo;
mod assignments;
mod capi;
mod charts;
mod doc;
mod embedded;
mod facts;
mod files;
mod findings;
mod flux;
mod generated;
mod label;
mod machine_configs;
mod omni;
mod opentofu;
mod patches;
mod remotes;
mod talhelper;
mod template;
mod topf;
mod upgrades;
mod version;
mod versions;

pub(crate) use facts::{FileFacts, read_text, text_of};
pub(crate) use remotes::Remotes;

use domain::RepoPath;
use domain::inventory::{self, Cluster, Inventory, Repository};
use files::Files;

/// What is known of a commit beside its files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub commit: String,
    /// Empty where HEAD is detached.
    pub branch: String,
    pub remotes: Remotes,
}

/// Join what the files of a commit say. They are in the order of their paths.
pub(crate) fn inventory(head: &Head, all: &[(RepoPath, &FileFacts)]) -> Inventory {
    let files = Files::new(all, &head.remotes, &head.branch);
    let mut findings = findings::of_files(&files);
    findings.extend(embedded::stale(&files));
    let mut clusters: Vec<Cluster> = Vec::new();
    clusters.extend(talhelper::clusters(&files, &mut findings));
    clusters.extend(capi::clusters(&files, &mut findings));
    let (of_tofu, modules) = opentofu::clusters(&files, &mut findings);
    clusters.extend(of_tofu);
    clusters.extend(topf::clusters(&files));
    clusters.extend(omni::clusters(&files, &mut findings));
    let by_configs = machine_configs::clusters(&files, &clusters, &mut findings);
    clusters.extend(by_configs);
    schematics(&files, &mut clusters);
    let upgrades = upgrades::upgrades(&files, &mut clusters, &mut findings);
    assignments::add(&files, &mut clusters);
    opentofu::add_images(&files, &mut clusters);
    for cluster in &mut clusters {
        versions::settle(cluster, &mut findings);
    }
    clusters.sort_by(|a, b| {
        b.active.cmp(&a.active).then_with(|| (&a.folder, &a.name).cmp(&(&b.folder, &b.name)))
    });
    let folders: Vec<String> = clusters.iter().map(|it| it.folder.clone()).collect();
    let flux = flux::flux(&files, &mut findings);
    let delivery = inventory::Delivery {
        argo: argo::argo(&files, &mut findings),
        charts: charts::charts(&files, &flux),
        flux,
        providers: charts::providers(&files, &mut findings),
        remotes: charts::remotes(&files),
    };
    findings.sort_by(|a, b| (a.kind, &a.sources, &a.message).cmp(&(b.kind, &b.sources, &b.message)));
    findings.dedup();
    Inventory {
        version: inventory::VERSION,
        repository: repository(head, &files),
        clusters,
        modules,
        delivery,
        capi: capi::objects(&files),
        upgrades,
        secrets: secrets(&files),
        generated: generated::generated(&files, &folders),
        cloud: opentofu::cloud(&files),
        findings,
    }
}

/// Schematics that are files of their own, for the cluster that they are beside.
fn schematics(files: &Files<'_>, clusters: &mut [Cluster]) {
    for at in files.labelled(|it| *it == label::Label::Schematic) {
        let extensions = "customization.systemExtensions.officialExtensions";
        let names: Vec<String> = (0..at.doc.items(extensions))
            .filter_map(|it| at.doc.said(at.path, &format!("{extensions}[{it}]")))
            .map(|it| it.value)
            .collect();
        let value = if names.is_empty() { "no extensions".to_owned() } else { names.join(", ") };
        let said = inventory::Said::new(at.path, at.doc.line, value);
        if let Some(cluster) =
            versions::nearest(clusters, at.path).filter(|_| archived::why(&at.path.0).is_none())
        {
            cluster.schematics.push(said);
        }
    }
}

fn secrets(files: &Files<'_>) -> Vec<inventory::Sealed> {
    let sealed = files.all.iter().filter_map(|(path, facts)| Some((path, facts.sealed?)));
    sealed.map(|(file, scheme)| inventory::Sealed { file: file.clone(), scheme: scheme.to_owned() }).collect()
}

fn repository(head: &Head, files: &Files<'_>) -> Repository {
    let mut said = Repository {
        head: head.commit.clone(),
        branch: head.branch.clone(),
        files: u32::try_from(files.all.len()).unwrap_or(u32::MAX),
        ..Repository::default()
    };
    for (path, facts) in files.all {
        said.yaml_files += u32::from(facts.yaml);
        let of_chart = files.is_chart_template(&path.0);
        said.templates += u32::from(facts.template || (of_chart && facts.unparsed.is_some()));
        if let Some((line, reason)) = facts.unparsed.as_ref().filter(|_| !of_chart) {
            let (file, line, reason) = (path.clone(), *line, reason.clone());
            said.unparsed.push(inventory::Unparsed { file, line, reason });
        }
        if let Some(reason) = &facts.skipped {
            said.skipped.push(inventory::Skipped { file: path.clone(), reason: reason.clone() });
        }
    }
    said
}
