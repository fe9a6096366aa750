//! Patches of machine configs: where they are written, and what they set.

use super::doc::Doc;
use super::files::{Files, Found};
use super::findings::unresolved;
use super::label::Label;
use super::version::version_in;
use crate::plain::plain;
use crate::relative::{beside, folder_of};
use crate::yaml;
use domain::inventory::{Finding, Patch, PatchField, PatchForm, Said};
use domain::{Quotes, RepoPath, Scalar, veiled};

/// Values that are shown of one patch.
const MOST: usize = 500;

/// The patches of a list: texts, maps, or `@` and the name of a file.
pub(super) fn listed(
    files: &Files<'_>,
    at: Found<'_>,
    field: &str,
    scope: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Patch> {
    let mut found = Vec::new();
    for number in 0..at.doc.items(field) {
        found.extend(one(files, at, &format!("{field}[{number}]"), scope, findings));
    }
    found
}

/// The patch at a field.
pub(super) fn one(
    files: &Files<'_>,
    at: Found<'_>,
    field: &str,
    scope: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Patch> {
    let (path, scope) = (at.path, scope.to_owned());
    let Some(scalar) = at.doc.scalar(field) else {
        // A patch that is written out as YAML: a map, or one operation of a list.
        let below: Vec<(&str, &Scalar)> = at.doc.below(field).collect();
        let Some(line) = below.first().map(|it| it.1.line) else { return Vec::new() };
        let named = below
            .iter()
            .map(|(rest, it)| (rest.trim_start_matches('.').to_owned(), it.line, it.value.as_str()));
        let (form, fields) = fields(named.collect());
        return vec![Patch { scope, form, file: path.clone(), line, fields }];
    };
    let Some(name) = scalar.value.strip_prefix('@').map(str::trim) else {
        let (form, fields) = of_text(scalar);
        return vec![Patch { scope, form, file: path.clone(), line: scalar.line, fields }];
    };
    let file = Said::new(path, scalar.line, plain(name));
    named(files, path, &file, &scope, findings)
}

/// The patches of a file that is named in another one, relative to that.
pub(super) fn named(
    files: &Files<'_>,
    path: &RepoPath,
    file: &Said,
    scope: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Patch> {
    let target = beside(folder_of(&path.0), &file.value).filter(|it| files.get(it).is_some());
    if let Some(target) = target {
        return of_file(files, &RepoPath(target), scope);
    }
    findings.push(unresolved(format!("the patch {} is not in the repository", file.value), file.clone()));
    let scope = scope.to_owned();
    vec![Patch { scope, form: PatchForm::Missing, file: path.clone(), line: file.line, fields: Vec::new() }]
}

/// The patches that are written in a file of their own.
pub(super) fn of_file(files: &Files<'_>, path: &RepoPath, scope: &str) -> Vec<Patch> {
    let Some(facts) = files.get(&path.0) else { return Vec::new() };
    let scope = || scope.to_owned();
    if facts.docs.is_empty() {
        let form = if facts.template { PatchForm::Template } else { PatchForm::Strategic };
        return vec![Patch { scope: scope(), form, file: path.clone(), line: 1, fields: Vec::new() }];
    }
    let of = |doc: &Doc| {
        let kind = match &doc.label {
            Label::TalosDocument(kind) => format!("{kind}."),
            _ => String::new(),
        };
        let named = doc.scalars.iter().map(|it| (format!("{kind}{}", it.field), it.line, it.value.as_str()));
        let (form, fields) = fields(named.collect());
        let form = if facts.template { PatchForm::Template } else { form };
        Patch { scope: scope(), form, file: path.clone(), line: doc.line, fields }
    };
    facts.docs.iter().map(of).collect()
}

/// Of a patch that is written as a text.
fn of_text(scalar: &Scalar) -> (PatchForm, Vec<PatchField>) {
    let Ok(documents) = yaml::documents(&scalar.value) else { return (PatchForm::Template, Vec::new()) };
    // Empty lines above the text belong to it, and the place is that of its first letter.
    let blank = scalar.value.bytes().take_while(|it| *it == b'\n').count();
    let offset = match scalar.quotes {
        Quotes::Block => scalar.line.saturating_sub(u32::try_from(blank).unwrap_or(0) + 1),
        _ => scalar.line.saturating_sub(1),
    };
    let named = documents.iter().flat_map(|document| {
        let kind = document.value("kind").filter(|_| document.value("apiVersion").is_some());
        let kind = kind.map(|it| format!("{it}.")).unwrap_or_default();
        document
            .scalars
            .iter()
            .map(move |it| (format!("{kind}{}", it.field), offset + it.line, it.value.as_str()))
    });
    fields(named.collect())
}

/// Values by name, as they are shown. Operations are told by what they are on.
fn fields(named: Vec<(String, u32, &str)>) -> (PatchForm, Vec<PatchField>) {
    let operation = |(field, _, value): &(String, u32, &str)| {
        (field == "path" || field.ends_with("].path")) && value.starts_with('/')
    };
    let form = match named.iter().any(operation) {
        true => PatchForm::Json6902,
        false => PatchForm::Strategic,
    };
    let mut shown = Vec::new();
    let mut on = String::new();
    for (field, line, value) in &named {
        let last = field.rsplit('.').next().unwrap_or(field);
        let field = match form {
            PatchForm::Json6902 => {
                if operation(&(field.clone(), *line, value)) {
                    on =
                        value.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
                    continue;
                }
                if last == "op" || field.ends_with("].op") || field == "op" {
                    continue;
                }
                let rest = field.split_once("value").map_or("", |it| it.1);
                format!("{on}{rest}")
            }
            _ => field.clone(),
        };
        shown.push(PatchField {
            value: masked(&field, value),
            field: plain(&field).into_owned(),
            line: *line,
        });
        if shown.len() == MOST {
            break;
        }
    }
    (form, shown)
}

/// A value as it may be shown.
fn masked(field: &str, value: &str) -> String {
    if value.trim_end().contains('\n') {
        return format!("a text of {} lines", value.trim_end().lines().count());
    }
    let key = field.rsplit(['.', '/']).next().unwrap_or(field);
    let line = veiled(&format!("{key}: {}", plain(value.trim())));
    line.split_once(": ").map_or(line.clone(), |it| it.1.to_owned())
}

/// What patches say of versions: of Talos, and of Kubernetes.
pub(super) fn versions(patches: &[Patch]) -> (Vec<Said>, Vec<Said>) {
    let (mut talos, mut kubernetes) = (Vec::new(), Vec::new());
    for patch in patches {
        for it in &patch.fields {
            let of_talos = ["machine.install.image", "UnattendedInstallConfig.installer.image"];
            let to = match it.field.as_str() {
                field if of_talos.contains(&field) => &mut talos,
                field if is_kubernetes_image(field) => &mut kubernetes,
                _ => continue,
            };
            to.push(tagged(&patch.file, it.line, &it.value));
        }
    }
    (talos, kubernetes)
}

/// Whether a field of a machine config names an image of Kubernetes itself.
pub(super) fn is_kubernetes_image(field: &str) -> bool {
    let old = [
        "machine.kubelet.image",
        "cluster.apiServer.image",
        "cluster.controllerManager.image",
        "cluster.scheduler.image",
        "cluster.proxy.image",
    ];
    let kind = field.strip_suffix(".image").filter(|it| it.starts_with("Kube") && it.ends_with("Config"));
    old.contains(&field) || kind.is_some_and(|it| !it.contains('.'))
}

/// An image by the version of its tag; by all of it, where the tag is none.
pub(super) fn tagged(file: &RepoPath, line: u32, image: &str) -> Said {
    let image = plain(image.trim());
    let mut said = Said::new(file, line, version_in(&image).unwrap_or(&image));
    said.written = Some(image.into_owned()).filter(|it| *it != said.value);
    said
}
