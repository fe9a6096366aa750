//! Versions that go back, and places that say different versions of one thing.

use super::{PLACES, Tree, at, is_yaml};
use crate::git::failure::GitFailure;
use crate::git::land::Landed;
use crate::yaml::{self, Document};
use domain::{Check, RepoPath, Verdict};
use std::cmp::Ordering;

/// Words by which a text is known to say a version that other places say too.
const TELLING: [&str; 6] = [
    "talosVersion",
    "TalosUpgrade",
    "KubernetesUpgrade",
    "upgrade.cattle.io",
    "operator.cluster.x-k8s.io",
    "capi-operator",
];

/// One place that says a version of something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// "Talos", "Kubernetes", "the control plane provider talos".
    what: String,
    version: String,
    path: RepoPath,
    line: u32,
    /// It is where the nodes are declared, rather than a plan for them.
    declares: bool,
}

pub(super) fn checks(tree: &Tree<'_>) -> Result<Vec<Check>, GitFailure> {
    let mut checks: Vec<Check> = tree.landed.iter().flat_map(back).take(PLACES).collect();
    let tells = |text: &str| TELLING.iter().any(|it| text.contains(it));
    let touched =
        |it: &Landed| it.after.as_deref().is_some_and(tells) || it.before.as_deref().is_some_and(tells);
    if !tree.landed.iter().any(touched) {
        return Ok(checks);
    }
    let texts = tree.texts(is_yaml)?;
    let all: Vec<Said> =
        texts.iter().filter(|(_, text)| tells(text)).flat_map(|(path, text)| said(path, text)).collect();
    let ours = |it: &Said| tree.landed.iter().any(|file| file.path == it.path);
    for (at_one, one) in all.iter().enumerate() {
        for other in &all[at_one + 1..] {
            let differ = bare(&one.version) != bare(&other.version);
            if one.what != other.what || !differ || !(ours(one) || ours(other)) || !belong(&all, one, other) {
                continue;
            }
            // The place that this change touches comes first.
            let (here, there) = if ours(one) { (one, other) } else { (other, one) };
            let says = format!(
                "says {} {}, and {}:{} says {}",
                here.what, here.version, there.path, there.line, there.version
            );
            checks.push(at(Verdict::Note, &here.path, here.line, &says));
        }
    }
    checks.truncate(2 * PLACES);
    Ok(checks)
}

/// Values of one file that are an older version than before.
fn back(file: &Landed) -> Vec<Check> {
    let (Some(before), Some(after)) = (&file.before, &file.after) else { return Vec::new() };
    if !is_yaml(&file.path.0) {
        return Vec::new();
    }
    let (Ok(before), Ok(after)) = (yaml::documents(before), yaml::documents(after)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (document, field, old, new) in pairs(&before, &after) {
        let (Some(was), Some(is)) = (release(&old), release(&new)) else { continue };
        if older(&is, &was) {
            let line = after.get(document).and_then(|it| it.scalars.iter().find(|it| it.field == field));
            let says = format!("{field} goes back from {} to {}", told(&old), told(&new));
            found.push(at(Verdict::Note, &file.path, line.map_or(1, |it| it.line), &says));
        }
    }
    found
}

/// Values that differ under one name: document, field, before, after.
fn pairs(before: &[Document], after: &[Document]) -> Vec<(usize, String, String, String)> {
    let mut found = Vec::new();
    for (at, (one, other)) in before.iter().zip(after).enumerate() {
        for scalar in &one.scalars {
            match other.value(&scalar.field) {
                Some(new) if new != scalar.value => {
                    found.push((at, scalar.field.clone(), scalar.value.clone(), new.to_owned()));
                }
                _ => {}
            }
        }
    }
    found
}

/// The version in a value: itself, or the tag of an image.
fn told(value: &str) -> &str {
    let value = value.split('@').next().unwrap_or(value);
    match value.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => value,
    }
}

/// Numbers, and what comes before the release; none where a value is no version of three numbers.
fn release(value: &str) -> Option<([u64; 3], Option<String>)> {
    let text = told(value);
    let text = text.strip_prefix('v').unwrap_or(text).split('+').next()?;
    let (numbers, early) = match text.split_once('-') {
        Some((numbers, early)) => (numbers, Some(early.to_owned())),
        None => (text, None),
    };
    let mut parts = numbers.split('.').map(|it| it.parse::<u64>().ok());
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some((found, early))
}

fn older(one: &([u64; 3], Option<String>), other: &([u64; 3], Option<String>)) -> bool {
    match (one.0.cmp(&other.0), &one.1, &other.1) {
        (Ordering::Less, ..) => true,
        (Ordering::Equal, Some(_), None) => true,
        // Both are before a release: by their words, where those are of one kind.
        (Ordering::Equal, Some(one), Some(other)) => {
            let head = |it: &str| it.trim_end_matches(|it: char| it.is_ascii_digit()).to_owned();
            let number = |it: &str| it[head(it).len()..].parse::<u64>().ok();
            head(one) == head(other) && number(one) < number(other)
        }
        _ => false,
    }
}

fn bare(version: &str) -> &str {
    version.strip_prefix('v').unwrap_or(version)
}

/// The versions that one file says.
fn said(path: &RepoPath, text: &str) -> Vec<Said> {
    let Ok(read) = yaml::documents(text) else { return Vec::new() };
    let mut found = Vec::new();
    for document in &read {
        let mut say = |what: &str, field: &str, declares: bool| {
            let scalar = document.scalars.iter().find(|it| it.field == field);
            if let Some(scalar) = scalar.filter(|it| release(&it.value).is_some()) {
                found.push(Said {
                    what: what.to_owned(),
                    version: told(&scalar.value).to_owned(),
                    path: path.clone(),
                    line: scalar.line,
                    declares,
                });
            }
        };
        let value = |field: &str| document.value(field).unwrap_or_default();
        let kind = value("kind");
        if document.value("clusterName").is_some() && document.value("talosVersion").is_some() {
            say("Talos", "talosVersion", true);
            say("Kubernetes", "kubernetesVersion", true);
        }
        match kind {
            "TalosUpgrade" => say("Talos", "spec.talos.version", false),
            "KubernetesUpgrade" => say("Kubernetes", "spec.kubernetes.version", false),
            "Plan" if value("apiVersion").starts_with("upgrade.cattle.io/") => {
                let name = value("metadata.name");
                if name.contains("talos") {
                    say("Talos", "spec.version", false);
                } else if name.contains("kube") || name.contains("k8s") {
                    say("Kubernetes", "spec.version", false);
                }
            }
            _ if value("apiVersion").starts_with("operator.cluster.x-k8s.io/") => {
                if let Some(role) = role(kind) {
                    say(&format!("{role} {}", value("metadata.name")), "spec.version", true);
                }
            }
            "Application" if text.contains("capi-operator") => {
                for (key, role) in ROLES {
                    let head = format!("spec.source.helm.valuesObject.{key}.");
                    let fields = document.scalars.iter().filter_map(|it| {
                        let name = it.field.strip_prefix(&head)?.strip_suffix(".version")?;
                        (!name.contains('.')).then(|| (name.to_owned(), it.field.clone()))
                    });
                    for (name, field) in fields.collect::<Vec<_>>() {
                        say(&format!("{role} {name}"), &field, true);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The keys of the operator's chart, and what they are in words.
const ROLES: [(&str, &str); 5] = [
    ("core", "the core provider"),
    ("bootstrap", "the bootstrap provider"),
    ("controlPlane", "the control plane provider"),
    ("infrastructure", "the infrastructure provider"),
    ("addon", "the addon provider"),
];

fn role(kind: &str) -> Option<&'static str> {
    let key = kind.strip_suffix("Provider")?;
    ROLES.iter().find(|(it, _)| it.eq_ignore_ascii_case(key)).map(|(_, role)| *role)
}

/// Whether two places speak of the same cluster. Two declarations of nodes are two clusters; a plan belongs to the
/// declaration that is nearest to it, where one is.
fn belong(all: &[Said], one: &Said, other: &Said) -> bool {
    if one.what.contains("provider") {
        return true;
    }
    match (one.declares, other.declares) {
        (true, true) => false,
        (true, false) => nearest(all, other) == Some(&one.path),
        (false, true) => nearest(all, one) == Some(&other.path),
        (false, false) => nearest(all, one).is_some() && nearest(all, one) == nearest(all, other),
    }
}

fn nearest<'a>(all: &'a [Said], plan: &Said) -> Option<&'a RepoPath> {
    let shared =
        |it: &Said| it.path.0.split('/').zip(plan.path.0.split('/')).take_while(|(a, b)| a == b).count();
    let declared: Vec<&Said> = all.iter().filter(|it| it.declares && it.what == plan.what).collect();
    let best = declared.iter().map(|it| shared(it)).max()?;
    let mut nearest = declared.iter().filter(|it| shared(it) == best);
    let first = nearest.next()?;
    nearest.next().is_none().then_some(&first.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gix::object::tree::EntryKind;

    #[test]
    fn versions_that_go_back_are_told() {
        let file = |before: &str, after: &str| Landed {
            path: RepoPath("a.yaml".into()),
            before: Some(before.into()),
            after: Some(after.into()),
            kind: EntryKind::Blob,
            values: None,
        };
        let told = |before: &str, after: &str| {
            back(&file(before, after)).into_iter().map(|it| it.says).collect::<Vec<_>>()
        };
        assert_eq!(
            told("v: v1.35.2\n", "# x\nv: v1.35.0\n"),
            ["a.yaml:2 v goes back from v1.35.2 to v1.35.0"]
        );
        assert_eq!(
            told("i: r/x:v1.10.0@sha256:aa\n", "i: r/x:v1.9.0\n"),
            ["a.yaml:1 i goes back from v1.10.0 to v1.9.0"]
        );
        assert_eq!(told("v: 1.0.0\n", "v: 1.0.0-rc.1\n").len(), 1);
        for (before, after) in
            [("1.0.0-rc.1", "1.0.0"), ("1.0.0-rc.9", "1.0.0-rc.10"), ("10.0.0.1", "10.0.0.0"), ("3", "1")]
        {
            assert_eq!(
                told(&format!("v: {before}\n"), &format!("v: {after}\n")),
                Vec::<String>::new(),
                "{before}"
            );
        }
    }

    #[test]
    fn places_of_one_cluster_are_compared_and_those_of_two_are_not() {
        let talconfig = |path: &str| {
            said(
                &RepoPath(path.into()),
                "clusterName: a\ntalosVersion: v1.11.2\nkubernetesVersion: v1.34.0\nnodes: []\n",
            )
        };
        let plan = |path: &str| {
            let text = "apiVersion: tuppr.home-operations.com/v1alpha1\nkind: TalosUpgrade\nspec:\n  talos:\n    version: v1.11.1\n";
            said(&RepoPath(path.into()), text)
        };
        let one = [talconfig("clusters/a/talconfig.yaml"), plan("clusters/a/plan.yaml")].concat();
        assert!(belong(&one, &one[0], &one[2]));
        let two = [one.clone(), talconfig("clusters/b/talconfig.yaml")].concat();
        assert!(
            belong(&two, &two[2], &two[0])
                && !belong(&two, &two[2], &two[3])
                && !belong(&two, &two[0], &two[3])
        );
        let between =
            [talconfig("a/talconfig.yaml"), talconfig("b/talconfig.yaml"), plan("apps/plan.yaml")].concat();
        assert!(!belong(&between, &between[0], &between[4]), "nobody can say whose plan that is");
    }

    #[test]
    fn a_provider_is_found_wherever_it_is_pinned() {
        let object = "apiVersion: operator.cluster.x-k8s.io/v1alpha2\nkind: ControlPlaneProvider\nmetadata:\n  name: talos\nspec:\n  version: v0.5.12\n";
        let chart = "kind: Application\nmetadata: {name: capi-operator}\nspec:\n  source:\n    helm:\n      valuesObject:\n        controlPlane:\n          talos:\n            version: v0.5.13\n";
        let all =
            [said(&RepoPath("p.yaml".into()), object), said(&RepoPath("o.yaml".into()), chart)].concat();
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(all[0].what, "the control plane provider talos");
        assert_eq!(
            (all[1].what.as_str(), all[1].version.as_str(), all[1].line),
            (all[0].what.as_str(), "v0.5.13", 9)
        );
    }
}
