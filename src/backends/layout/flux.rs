//! What Flux delivers: Kustomizations, HelmReleases, and where they come from.

use super::files::{Files, Object};
use super::findings::unresolved;
use domain::inventory::{Finding, Flux, FluxSource, HelmRelease, Kustomization, Said, Substitution};
use std::collections::HashMap;

const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";
const SOURCES: [&str; 4] = ["GitRepository", "OCIRepository", "HelmRepository", "Bucket"];
/// Where a source says which version it is at.
const REVISIONS: [&str; 5] =
    ["spec.ref.tag", "spec.ref.semver", "spec.ref.commit", "spec.ref.name", "spec.ref.branch"];
/// No path is longer.
const LONGEST: usize = 4_096;

pub(super) fn flux(files: &Files<'_>, findings: &mut Vec<Finding>) -> Flux {
    let mut found = Flux::default();
    let sources = sources(files);
    for it in files.every_object() {
        match (it.object.group.as_str(), it.object.kind.as_str()) {
            (KUSTOMIZE, "Kustomization") => found.kustomizations.push(kustomization(files, it, findings)),
            (HELM, "HelmRelease") => found.helm_releases.push(release(&sources, it)),
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
            let mut source = it.said(&format!("spec.postBuild.substitute.{name}"))?;
            source.value = domain::veiled_value(name, &source.value);
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
    let path = substituted(path, substitutes)?;
    let path = path.trim_start_matches("./").trim_matches('/');
    (!path.contains("${") && path != ".").then(|| path.to_owned()).or_else(|| (path == ".").then(String::new))
}

/// Each name is filled in once, also where its value has names in it; none where that makes no path any more.
fn substituted(text: &str, substitutes: &[Substitution]) -> Option<String> {
    let mut made = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, body) = rest.split_at(at);
        let end = body.find('}')? + 1;
        made.push_str(before);
        let found = substitutes.iter().rev().find(|it| it.name == body[2..end - 1]);
        made.push_str(found.map_or(&body[..end], |it| it.source.value.as_str()));
        rest = &body[end..];
        if made.len() > LONGEST {
            return None;
        }
    }
    made.push_str(rest);
    Some(made)
}

/// Sources by kind and name.
type Sources<'a> = HashMap<(&'a str, &'a str), Vec<Object<'a>>>;

fn sources<'a>(files: &Files<'a>) -> Sources<'a> {
    let mut found = Sources::new();
    for it in files.every_object().filter(|it| it.object.group == SOURCE) {
        found.entry((it.object.kind.as_str(), it.object.name.as_str())).or_default().push(it);
    }
    found
}

fn release(sources: &Sources<'_>, it: Object<'_>) -> HelmRelease {
    let chart = it.said("spec.chart.spec.chart");
    let version = it.said("spec.chart.spec.version");
    let referred = it.value("spec.chartRef.name").and_then(|name| {
        let kind = it.value("spec.chartRef.kind").unwrap_or("OCIRepository");
        let near = |other: &&Object<'_>| super::files::shared(&other.path.0, &it.path.0);
        sources.get(&(kind, name))?.iter().max_by_key(near).copied()
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::RepoPath;

    #[test]
    fn substitutes_are_filled_in_once() {
        let file = RepoPath("a.yaml".into());
        let of = |name: &str, value: &str| Substitution {
            name: name.to_owned(),
            source: Said::new(&file, 1, value),
        };
        let mut all: Vec<Substitution> =
            (0..40).map(|it| of(&format!("a{it}"), &format!("${{a{0}}}${{a{0}}}", it + 1))).collect();
        assert_eq!(resolved("./x/${a0}", &all), None, "what is filled in is not filled in again");
        all.push(of("CLUSTER", "main"));
        assert_eq!(resolved("./x/${CLUSTER}/", &all).as_deref(), Some("x/main"));
        all.push(of("long", &"x".repeat(5_000)));
        assert_eq!(resolved("${long}${CLUSTER}", &all), None);
    }
}
