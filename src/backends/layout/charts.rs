//! Charts, providers of Cluster API, and manifests of elsewhere, with the version that each shall have.

use super::doc::Doc;
use super::files::{Files, Found, Object};
use super::label::Label;
use super::patches::line_of;
use super::version::{bare, version_in};
use super::{archived, files};
use crate::plain::plain;
use crate::yaml;
use domain::RepoPath;
use domain::inventory::{Chart, Finding, FindingKind, Flux, Provider, Remote, Said};

const OPERATOR: &str = "operator.cluster.x-k8s.io";
/// Kinds of providers: the operator's kind, its chart's key, and the word for it.
const KINDS: [(&str, &str, &str); 6] = [
    ("CoreProvider", "core", "core"),
    ("BootstrapProvider", "bootstrap", "bootstrap"),
    ("ControlPlaneProvider", "controlPlane", "control plane"),
    ("InfrastructureProvider", "infrastructure", "infrastructure"),
    ("AddonProvider", "addon", "addon"),
    ("IPAMProvider", "ipam", "ipam"),
];

pub(super) fn charts(files: &Files<'_>, flux: &Flux) -> Vec<Chart> {
    let mut found = Vec::new();
    for it in files.every_object() {
        match (it.object.group.as_str(), it.object.kind.as_str()) {
            ("argoproj.io", "Application") => {
                for base in sources(it) {
                    let names = (
                        format!("{base}.chart"),
                        format!("{base}.targetRevision"),
                        format!("{base}.repoURL"),
                    );
                    found.extend(of_object(it, "Application", &names));
                }
            }
            ("addons.cluster.x-k8s.io", "HelmChartProxy") => {
                let names = ("spec.chartName".into(), "spec.version".into(), "spec.repoURL".into());
                found.extend(of_object(it, "HelmChartProxy", &names));
            }
            _ => {}
        }
    }
    for it in &flux.helm_releases {
        let Some(version) = it.version.clone() else { continue };
        found.push(Chart {
            chart: it.chart.clone(),
            repository: String::new(),
            by: "HelmRelease".into(),
            name: it.name.clone(),
            version,
            active: it.active,
        });
    }
    for at in files.labelled(|it| *it == Label::Kustomize) {
        found.extend(listed(at, "helmCharts", "repo", "kustomization"));
    }
    for at in files.labelled(|it| *it == Label::Chart) {
        found.extend(listed(at, "dependencies", "repository", "Chart.yaml"));
    }
    found
}

/// The places of an Application's sources.
fn sources(it: Object<'_>) -> Vec<String> {
    match it.doc.items("spec.sources") {
        0 => vec!["spec.source".to_owned()],
        several => (0..several).map(|it| format!("spec.sources[{it}]")).collect(),
    }
}

fn of_object(
    it: Object<'_>,
    by: &str,
    (chart, version, repository): &(String, String, String),
) -> Option<Chart> {
    let text = |field: &str| it.said(field).map(|it| it.value);
    Some(Chart {
        chart: text(chart)?,
        repository: text(repository).unwrap_or_default(),
        by: by.to_owned(),
        name: it.object.name.clone(),
        version: it.said(version)?,
        active: it.active(),
    })
}

fn listed(at: Found<'_>, list: &str, repository: &str, by: &str) -> Vec<Chart> {
    let Found { path, doc } = at;
    let one = |number: usize| {
        let said = |name: &str| doc.said(path, &format!("{list}[{number}].{name}"));
        let chart = said("name")?.value;
        Some(Chart {
            repository: said(repository).map(|it| it.value).unwrap_or_default(),
            by: by.to_owned(),
            name: said("releaseName").map_or_else(|| chart.clone(), |it| it.value),
            version: said("version")?,
            active: archived::why(&path.0).is_none(),
            chart,
        })
    };
    (0..doc.items(list)).filter_map(one).collect()
}

/// What kustomizations bring from elsewhere.
pub(super) fn remotes(files: &Files<'_>) -> Vec<Remote> {
    let mut found = Vec::new();
    for Found { path, doc } in files.labelled(|it| *it == Label::Kustomize) {
        for list in ["resources", "bases", "components"] {
            for said in (0..doc.items(list)).filter_map(|at| doc.said(path, &format!("{list}[{at}]"))) {
                let far = said.value.contains("://")
                    || said.value.starts_with("github.com/")
                    || said.value.starts_with("git@");
                if !far {
                    continue;
                }
                let at_ref =
                    said.value.split_once("ref=").map(|it| it.1.split('&').next().unwrap_or_default());
                let version =
                    at_ref.or_else(|| version_in(said.value.split("://").last()?)).unwrap_or_default();
                let mut version = Said::new(path, said.line, version);
                version.written = Some(said.value);
                found.push(Remote { version, active: archived::why(&path.0).is_none() });
            }
        }
    }
    found
}

pub(super) fn providers(files: &Files<'_>, findings: &mut Vec<Finding>) -> Vec<Provider> {
    let mut found: Vec<Provider> = Vec::new();
    for it in files.every_object().filter(files::Object::active) {
        if it.object.group == OPERATOR
            && let Some((_, _, kind)) = KINDS.iter().find(|kind| kind.0 == it.object.kind)
            && let Some(version) = it.said("spec.version")
        {
            found.push(Provider { kind: (*kind).to_owned(), name: it.object.name.clone(), version });
        }
        let values: Vec<String> = match it.object.kind.as_str() {
            "Application" => sources(it)
                .into_iter()
                .filter(|base| it.value(&format!("{base}.chart")) == Some("cluster-api-operator"))
                .flat_map(|base| [format!("{base}.helm.valuesObject"), format!("{base}.helm.values")])
                .collect(),
            "HelmRelease" if it.value("spec.chart.spec.chart") == Some("cluster-api-operator") => {
                vec!["spec.values".to_owned()]
            }
            _ => Vec::new(),
        };
        for base in values {
            found.extend(of_values(it.path, it.doc, &base));
        }
    }
    for (at, one) in found.iter().enumerate() {
        let same = |it: &&Provider| it.kind == one.kind && it.name == one.name;
        let differs = |it: &&Provider| bare(&it.version.value) != bare(&one.version.value);
        if found[..at].iter().any(|it| same(&it)) || !found.iter().filter(same).any(|it| differs(&it)) {
            continue;
        }
        let sources: Vec<Said> = found.iter().filter(same).map(|it| it.version.clone()).collect();
        let mut versions: Vec<&str> = sources.iter().map(|it| it.value.as_str()).collect();
        versions.dedup();
        let message = format!("the {} provider {} shall be {}", one.kind, one.name, versions.join(" and "));
        findings.push(Finding { kind: FindingKind::Conflict, message, sources });
    }
    found
}

/// Of the values of the operator's chart, written out or as a text.
fn of_values(path: &RepoPath, doc: &Doc, base: &str) -> Vec<Provider> {
    let mut found = Vec::new();
    let mut take = |field: &str, line: u32, value: &str| {
        let mut parts = field.trim_start_matches('.').split('.');
        let (Some(key), Some(name), Some("version"), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        if let Some((_, _, kind)) = KINDS.iter().find(|it| it.1 == key) {
            let version = Said::new(path, line, plain(value));
            found.push(Provider { kind: (*kind).to_owned(), name: plain(name).into_owned(), version });
        }
    };
    match doc.scalar(base) {
        Some(text) => {
            let line = line_of(text);
            for inner in yaml::documents(&text.value).unwrap_or_default() {
                for it in &inner.scalars {
                    take(&it.field, line(it.line), &it.value);
                }
            }
        }
        None => doc.below(base).for_each(|(field, it)| take(field, it.line, &it.value)),
    }
    found
}
