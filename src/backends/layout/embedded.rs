//! Objects that are written inside of something else, such as a script that gives them to kubectl: copies, which fall
//! behind what they are copies of.

use super::archived;
use super::doc::Doc;
use super::files::{Files, Object};
use super::label::{Label, label};
use super::template::masked;
use super::version::is_open;
use crate::yaml;
use domain::Scalar;
use domain::inventory::{Finding, FindingKind, Said};
use std::collections::{BTreeMap, BTreeSet};

/// Longer ones are no object.
const LONG: usize = 2_000;
/// More of them are not looked for in one file.
const MOST: usize = 64;

/// The objects in a text of another language: from a line that begins with `apiVersion:` to one that stands further left,
/// or ends the text that they are in.
pub(super) fn embedded(text: &str) -> Vec<Doc> {
    let mut found = Vec::new();
    if !text.contains("apiVersion:") {
        return found;
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    while let Some(begin) = lines.iter().skip(at).position(|it| it.trim_start().starts_with("apiVersion:")) {
        let begin = at + begin;
        let indent = lines[begin].len() - lines[begin].trim_start().len();
        let stands = |it: &&&str| {
            let body = it.trim();
            let word = !body.is_empty() && body.chars().all(|it| it.is_ascii_uppercase() || it == '_');
            body.is_empty() || (it.len() - it.trim_start().len() >= indent && !word && body != "---")
        };
        let length = lines[begin..].iter().take(LONG).take_while(stands).count();
        at = begin + length.max(1);
        let body: Vec<&str> =
            lines[begin..begin + length].iter().map(|it| it.get(indent..).unwrap_or_default()).collect();
        let read = yaml::documents(&masked(&body.join("\n"))).unwrap_or_default();
        for mut document in read {
            let below = u32::try_from(begin).unwrap_or(0);
            document.line += below;
            document.scalars.iter_mut().for_each(|it| it.line += below);
            if let Some(label @ Label::Object { .. }) = label(&document) {
                found.push(Doc::new(label, &document));
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// Copies that say something else than the object itself.
pub(super) fn stale(files: &Files<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, facts) in files.all.iter().filter(|(path, _)| archived::why(&path.0).is_none()) {
        for copy in &facts.embedded {
            let Label::Object { object, .. } = &copy.label else { continue };
            let same = |it: &Object<'_>| {
                it.object.kind == object.kind
                    && it.object.group == object.group
                    && it.object.name == object.name
            };
            let originals: Vec<Object<'_>> =
                files.every_object().filter(Object::active).filter(same).collect();
            let [original] = originals.as_slice() else { continue };
            let (ours, theirs) = (values(copy), values(original.doc));
            let missing = original.doc.scalars.iter().find(|it| lacks(&ours, it));
            let more = copy.scalars.iter().find(|it| lacks(&theirs, it));
            if missing.is_none() && more.is_none() {
                continue;
            }
            let said = |path, it: &Scalar| {
                Said::new(path, it.line, domain::veiled_value(&it.field, &crate::plain::plain(&it.value)))
            };
            let mut sources: Vec<Said> = copy.said(path, "metadata.name").into_iter().collect();
            sources.extend(more.map(|it| said(path, it)));
            sources.extend(missing.map(|it| said(original.path, it)));
            let message = format!(
                "the copy of the {} {} here is not what {} says",
                object.kind, object.name, original.path
            );
            found.push(Finding { kind: FindingKind::Stale, message, sources });
        }
    }
    found
}

/// The values of each field, of all items of a list together.
type Values<'a> = BTreeMap<String, BTreeSet<&'a str>>;

fn values(doc: &Doc) -> Values<'_> {
    let mut found = Values::new();
    for it in &doc.scalars {
        found.entry(of_all_items(&it.field)).or_default().insert(&it.value);
    }
    found
}

/// `a[0].b` is `a[].b`.
fn of_all_items(field: &str) -> String {
    let mut inside = false;
    let keep = |it: &char| {
        let number = inside && it.is_ascii_digit();
        inside = *it == '[' || number;
        !number
    };
    field.chars().filter(keep).collect()
}

/// Whether a value is not among those that the other one has there. Where it has nothing there, or what is filled in, the
/// two are not alike enough to tell.
fn lacks(other: &Values<'_>, it: &Scalar) -> bool {
    let open = |value: &str| is_open(value) || value.contains("{{");
    other.get(&of_all_items(&it.field)).is_some_and(|values| {
        !open(&it.value) && !values.contains(it.value.as_str()) && !values.iter().any(|it| open(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_in_texts_with_the_lines_of_the_file() {
        let text = "x = <<-EOT\n  cat <<EOF | kubectl apply -f -\n    apiVersion: argoproj.io/v1alpha1\n    kind: ApplicationSet\n    metadata:\n      name: apps\n    spec:\n      a: ${var.a}\n  EOF\nEOT\n# apiVersion: v1\n";
        let found = embedded(text);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].scalar("metadata.name").unwrap().line), (3, 6));
    }
}
