//! What Flux delivers: Kustomizations, HelmReleases, and where they come from.

use super::files::{Files, Object};
use super::findings::unresolved;
use domain::inventory::{Finding, Flux, FluxSource, HelmRelease, Kustomization, Said, Substitution};

const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";
const SOURCES: [&str; 4] = ["GitRepository", "OCIRepository", "HelmRepository", "Bucket"];
/// Where a source says which version it is at.
const REVISIONS: [&str; 5] =
    ["spec.ref.tag", "spec.ref.semver", "spec.ref.commit", "spec.ref.name", "spec.ref.branch"];

pub(super) fn flux(files: &Files<'_>, findings: &mut Vec<Finding>) -> Flux {
    let mut found = Flux::default();
    for it in files.every_object() {
        match (it.object.group.as_str(), it.object.kind.as_str()) {
            (KUSTOMIZE, "Kustomization") => found.kustomizations.push(kustomization(files, it, findings)),
            (HELM, "HelmRelease") => found.helm_releases.push(release(files, it)),
            (SOURCE, kind) if SOURCES.contains(&kind) => found.sources.push(source(it)),
            _ => {}
        }
    }
    found
}

fn text(it: Object<'_>, field: &str) -> String {
    it.said(field).map(|it| it.value).unwrap_or_default()
}

fn kustomization(files: &Files<'_>, it: Object<'_>, findings: &mut Vec<Finding>) -> Kustomization {
    let path = text(it, "spec.path");
    let substitutes: Vec<Substitution> = it
        .doc
        .keys("spec.postBuild.substitute")
        .into_iter()
        .filter_map(|name| {
            let source = it.said(&format!("spec.postBuild.substitute.{name}"))?;
            Some(Substitution { name: name.to_owned(), source })
        })
        .collect();
    let from = "spec.postBuild.substituteFrom";
    let substitutes_from =
        (0..it.doc.items(from)).filter_map(|at| it.said(&format!("{from}[{at}].name"))).collect();
    let resolved_path = resolved(&path, &substitutes);
    let ours = it.value("spec.sourceRef.kind").is_none_or(|it| it == "GitRepository")
        && ["flux-system", ""].contains(&it.value("spec.sourceRef.name").unwrap_or_default());
    if let (Some(folder), Some(said)) = (&resolved_path, it.said("spec.path")) {
        let there = folder.is_empty() || files.folders.contains(folder.as_str());
        if ours && !there && it.active() {
            let message =
                format!("the Kustomization {} delivers {path}, which is no folder here", it.object.name);
            findings.push(unresolved(message, said));
        }
    }
    Kustomization {
        name: it.object.name.clone(),
        namespace: it.object.namespace.clone(),
        path,
        resolved_path,
        source: it.name(),
        begins: it.doc.begins(it.path),
        source_ref: [text(it, "spec.sourceRef.kind"), text(it, "spec.sourceRef.name")]
            .join(" ")
            .trim()
            .to_owned(),
        substitutes,
        substitutes_from,
        decryption: text(it, "spec.decryption.provider"),
        active: it.active(),
    }
}

/// The folder from the root, with what the Kustomization itself substitutes; none where that is not all.
fn resolved(path: &str, substitutes: &[Substitution]) -> Option<String> {
    let mut path = path.to_owned();
    for it in substitutes {
        path = path.replace(&format!("${{{}}}", it.name), &it.source.value);
    }
    let path = path.trim_start_matches("./").trim_matches('/');
    (!path.contains("${") && path != ".").then(|| path.to_owned()).or_else(|| (path == ".").then(String::new))
}

fn release(files: &Files<'_>, it: Object<'_>) -> HelmRelease {
    let chart = it.said("spec.chart.spec.chart");
    let version = it.said("spec.chart.spec.version");
    let referred = it.value("spec.chartRef.name").and_then(|name| {
        let kind = it.value("spec.chartRef.kind").unwrap_or("OCIRepository").to_owned();
        let found = files.every_object().filter(|it| it.object.group == SOURCE && it.object.kind == kind);
        let found: Vec<Object<'_>> = found.filter(|it| it.object.name == name).collect();
        found.into_iter().max_by_key(|other| super::files::shared(&other.path.0, &it.path.0))
    });
    let referred_chart =
        referred.map(|it| text(it, "spec.url").rsplit('/').next().unwrap_or_default().to_owned());
    HelmRelease {
        name: it.object.name.clone(),
        namespace: it.object.namespace.clone(),
        chart: chart.map(|it| it.value).or(referred_chart).unwrap_or_default(),
        version: version.or_else(|| revision(referred?)),
        source: it.name(),
        begins: it.doc.begins(it.path),
        active: it.active(),
    }
}

fn revision(it: Object<'_>) -> Option<Said> {
    REVISIONS.iter().find_map(|field| it.said(field))
}

fn source(it: Object<'_>) -> FluxSource {
    FluxSource {
        kind: it.object.kind.clone(),
        name: it.object.name.clone(),
        namespace: it.object.namespace.clone(),
        url: text(it, "spec.url"),
        revision: revision(it),
        source: it.name(),
        begins: it.doc.begins(it.path),
        active: it.active(),
    }
}
