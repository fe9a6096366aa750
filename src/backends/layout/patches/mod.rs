//! Patches of machine configs: where they are written, and what they set.

mod fields;

use fields::{Named, fields};

use super::doc::Doc;
use super::files::{Files, Found};
use super::findings::unresolved;
use super::label::Label;
use super::version::version_in;
use crate::plain::plain;
use crate::relative::{beside, folder_of};
use crate::yaml;
use domain::inventory::{Finding, Patch, PatchField, PatchForm, Said};
use domain::{Quotes, RepoPath, Scalar};

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
        let named = below.iter().map(|(rest, it)| Named::new(rest.trim_start_matches('.'), it));
        let (form, fields) = fields(&named.collect::<Vec<_>>(), "");
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
        let named = doc.scalars.iter().map(|it| Named::new(&it.field, it));
        let (form, fields) = fields(&named.collect::<Vec<_>>(), &kind);
        let form = if facts.template { PatchForm::Template } else { form };
        Patch { scope: scope(), form, file: path.clone(), line: doc.line, fields }
    };
    facts.docs.iter().map(of).collect()
}

/// Of a patch that is written as a text.
fn of_text(scalar: &Scalar) -> (PatchForm, Vec<PatchField>) {
    let Ok(documents) = yaml::documents(&scalar.value) else { return (PatchForm::Template, Vec::new()) };
    let line = line_of(scalar);
    let mut all = (PatchForm::Strategic, Vec::new());
    for document in &documents {
        let kind = document.value("kind").filter(|_| document.value("apiVersion").is_some());
        let kind = kind.map(|it| format!("{it}.")).unwrap_or_default();
        let named =
            document.scalars.iter().map(|it| Named { line: line(it.line), ..Named::new(&it.field, it) });
        let (form, fields) = fields(&named.collect::<Vec<_>>(), &kind);
        if form == PatchForm::Json6902 {
            all.0 = form;
        }
        all.1.extend(fields);
    }
    all
}

/// The line of the file for each line of a text in it. Only a block has its lines in the file as they are; of any other
/// text all of it stands where it begins, as far as can be told.
pub(super) fn line_of(scalar: &Scalar) -> impl Fn(u32) -> u32 + use<> {
    // Empty lines above the text belong to it, and the place is that of its first letter.
    let blank = scalar.value.bytes().take_while(|it| *it == b'\n').count();
    // Of what an anchor shares is not known how it is written; a text of several lines is a block as good as ever.
    let shared = scalar.quotes == Quotes::Shared && scalar.value.trim_end().contains('\n');
    let (block, at) = (shared || scalar.quotes == Quotes::Block, scalar.line);
    let offset = at.saturating_sub(u32::try_from(blank).unwrap_or(0) + 1);
    move |line| if block { offset + line } else { at }
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
    said.written = Some(domain::without_passwords(&image)).filter(|it| *it != said.value);
    said
}
