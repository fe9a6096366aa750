//! Applications and ApplicationSets of Argo CD.

mod expand;
mod generator;
mod pattern;
mod template;

use super::files::{Files, Object};
use super::findings::unresolved;
use crate::relative::beside;
use domain::inventory::{Application, Argo, Finding, Said};

const GROUP: &str = "argoproj.io";

pub(super) fn argo(files: &Files<'_>, findings: &mut Vec<Finding>) -> Argo {
    let urls: Vec<String> = files
        .every_object()
        .filter(|it| it.object.group == GROUP)
        .flat_map(|it| {
            let named = it.doc.scalars.iter().filter(|it| it.field.ends_with("repoURL"));
            named.map(|it| it.value.clone()).collect::<Vec<_>>()
        })
        .collect();
    let own = files.remotes.among(urls.iter().map(String::as_str));
    let mut found = Argo::default();
    for it in files.objects(GROUP, "Application") {
        found.applications.push(application(files, &own, it, findings));
    }
    for it in files.objects(GROUP, "ApplicationSet") {
        found.application_sets.push(expand::set(files, &own, it));
    }
    found.projects = files.objects(GROUP, "AppProject").map(|it| it.name()).collect();
    found
}

fn application(
    files: &Files<'_>,
    own: &super::remotes::Own,
    it: Object<'_>,
    findings: &mut Vec<Finding>,
) -> Application {
    let bases: Vec<String> = match it.doc.items("spec.sources") {
        0 => vec!["spec.source".to_owned()],
        several => (0..several).map(|it| format!("spec.sources[{it}]")).collect(),
    };
    let value = |base: &str, name: &str| it.said(&format!("{base}.{name}")).map(|it| it.value);
    let first = |name: &str| bases.iter().find_map(|base| value(base, name)).unwrap_or_default();
    let with_path = bases.iter().find(|base| value(base, "path").is_some());
    let of = |name: &str| with_path.map_or_else(|| first(name), |base| value(base, name).unwrap_or_default());
    let (path, repository) = (of("path"), of("repoURL"));
    let folder = beside("", &path);
    let is_own = own.is(&repository);
    let there = folder
        .is_some_and(|it| it.is_empty() || files.folders.contains(it.as_str()) || files.get(&it).is_some());
    // What another branch or a tag has is not known here.
    let revision = of("targetRevision");
    let is_head = ["", "HEAD", files.branch].contains(&revision.trim_start_matches("refs/heads/"));
    if let Some(base) = with_path.filter(|_| is_own && is_head && !there && it.active())
        && let Some(said) = it.said(&format!("{base}.path"))
    {
        let message = format!("the Application {} delivers {path}, which is no folder here", it.object.name);
        findings.push(unresolved(message, said));
    }
    Application {
        name: it.object.name.clone(),
        namespace: it.object.namespace.clone(),
        source: it.name(),
        begins: it.doc.begins(it.path),
        resolved: with_path.is_some() && is_own && there,
        path,
        revision,
        repository,
        chart: first("chart"),
        active: it.active(),
    }
}

/// The values of a list of texts.
fn texts(it: Object<'_>, field: &str) -> Vec<Said> {
    (0..it.doc.items(field)).filter_map(|number| it.said(&format!("{field}[{number}]"))).collect()
}
