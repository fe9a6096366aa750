//! A patch as it stands in a file, and what it says of a field.

use super::super::compare::Step;
use super::Sought;
use crate::yaml::{self, Document, Step as YamlStep, ValuePath};
use domain::{Quotes, RepoPath, Scalar};

/// One patch of a config: documents that are merged into it, or a list of operations.
#[derive(Debug, Clone)]
pub(crate) struct Patch {
    /// The file it stands in.
    pub path: RepoPath,
    /// The value of the file that it is, as its document and field; none where it is the whole file.
    pub inside: Option<(usize, String)>,
    /// Of this node alone.
    pub own: bool,
    text: String,
    /// The line of the file that its first line stands in, from 1.
    first: u32,
    /// Its lines are those of the file.
    literal: bool,
}

/// What a patch says of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// In the file, from 1.
    pub line: u32,
    /// None where it says more than one value.
    pub value: Option<String>,
    /// It takes the field away.
    pub deletes: bool,
    /// It says what the field is in, or something in it: a line to look at, and none to edit.
    pub around: bool,
    /// The document of the patch, and the field as YAML paths have it.
    pub document: usize,
    pub field: String,
}

impl Patch {
    /// A whole file.
    pub(super) fn file(path: RepoPath, text: &str, own: bool) -> Self {
        Self { path, inside: None, own, text: text.to_owned(), first: 1, literal: true }
    }

    /// A value of a file that is the text of a patch.
    pub(super) fn value(path: &RepoPath, text: &str, document: usize, scalar: &Scalar, own: bool) -> Self {
        let first = (scalar.quotes == Quotes::Block).then(|| yaml::first_line(text, scalar)).flatten();
        Self {
            path: path.clone(),
            inside: Some((document, scalar.field.clone())),
            own,
            text: scalar.value.clone(),
            first: first.unwrap_or(scalar.line),
            literal: first.is_some(),
        }
    }

    /// Its documents; none where it does not read, because something fills it in first.
    pub(crate) fn documents(&self) -> Vec<Document> {
        yaml::documents(&self.text).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a document of it is merged into the one that is called so.
    pub(crate) fn takes(&self, document: &Document, name: &str) -> bool {
        let merges = document.scalars.first().is_some_and(|it| !it.field.starts_with('['));
        merges && is_called(document, name)
    }

    /// The number of the item of a list whose `key` is `value`.
    pub(crate) fn item(document: &Document, list: &str, key: &str, value: &str) -> Option<usize> {
        item(document, list, key, value)
    }

    /// How many items a list has.
    pub(crate) fn items(document: &Document, list: &str) -> usize {
        let begins = |at: usize| format!("{list}[{at}]");
        (0..).take_while(|at| document.scalars.iter().any(|it| it.field.starts_with(&begins(*at)))).count()
    }

    /// What it says of a field.
    pub(crate) fn find(&self, sought: &Sought<'_>) -> Option<Hit> {
        let documents = self.documents();
        let line = |it: u32| if self.literal { self.first + it.saturating_sub(1) } else { self.first };
        if let [only] = documents.as_slice()
            && only.scalars.first().is_some_and(|it| it.field.starts_with('['))
        {
            let found = operations(only, "", sought)?;
            return Some(Hit { line: line(found.line), ..found });
        }
        let (at, document) = documents.iter().enumerate().find(|(_, it)| is_called(it, sought.document))?;
        let found = merged(document, sought)?;
        Some(Hit { line: line(found.line), document: at, ..found })
    }
}

/// Whether a document of a patch is laid over the one that is called so.
pub(crate) fn is_called(document: &Document, name: &str) -> bool {
    match (document.value("kind"), document.value("name")) {
        (Some(kind), Some(own)) => name == format!("{kind} {own}"),
        (Some(kind), None) => name == kind,
        (None, _) => name.is_empty(),
    }
}

/// Fields that a patch replaces as a whole where it says them: the kind of the document, and the field.
const REPLACED: [(&str, &str); 13] = [
    ("", "cluster.apiServer.auditPolicy"),
    ("", "cluster.network.podSubnets"),
    ("", "cluster.network.serviceSubnets"),
    ("CRIBaseRuntimeSpecConfig", "overrides"),
    ("KubeAuditPolicyConfig", "configuration"),
    ("KubeAuthenticationConfig", "configuration"),
    ("KubeCredentialProviderConfig", "configuration"),
    ("KubeNetworkConfig", "podSubnets"),
    ("KubeNetworkConfig", "serviceSubnets"),
    ("KubeStaticPodConfig", "pod"),
    ("NetworkRuleConfig", "ingress"),
    ("NetworkRuleConfig", "portSelector.ports"),
    ("ResolverConfig", "searchDomains.domains"),
];

/// What a document that is merged says of a field: itself, or that it or what it is in goes or is another.
fn merged(document: &Document, sought: &Sought<'_>) -> Option<Hit> {
    if sought.path.is_empty() {
        // The document itself.
        let line = document.scalars.first()?.line;
        let hit = Hit { line, value: None, deletes: false, around: true, document: 0, field: String::new() };
        return deletion(document, "").or(Some(hit));
    }
    let kind = sought.document.split(' ').next().unwrap_or_default();
    let (mut steps, mut replaced) = (Vec::new(), None);
    for step in sought.path {
        let base = ValuePath(steps.clone()).to_string();
        if let Some(found) = deletion(document, &base).or_else(|| alias(document, &base)) {
            return Some(found);
        }
        if REPLACED.contains(&(kind, base.as_str())) {
            replaced = value(document, &base).map(|it| Hit { value: None, around: true, ..it });
        }
        steps.push(match step {
            Step::Key(key) => YamlStep::Key(key.clone()),
            Step::Item { key, value } => match item(document, &base, key, value) {
                Some(at) => YamlStep::Item(at),
                None => return replaced,
            },
        });
    }
    let field = ValuePath(steps).to_string();
    deletion(document, &field).or_else(|| value(document, &field)).or(replaced)
}

/// What is written elsewhere in the document, and stands here too.
fn alias(document: &Document, base: &str) -> Option<Hit> {
    let stands = |it: &&Scalar| it.field == base && it.quotes == Quotes::Shared && it.value.starts_with('*');
    let line = document.scalars.iter().find(stands)?.line;
    Some(Hit { line, value: None, deletes: false, around: true, document: 0, field: base.to_owned() })
}

fn deletion(document: &Document, base: &str) -> Option<Hit> {
    let dot = if base.is_empty() { "" } else { "." };
    // talhelper fills in variables first: there the mark is written with two.
    let marks = [format!("{base}{dot}$patch"), format!("{base}{dot}$$patch")];
    let found = document.scalars.iter().find(|it| marks.contains(&it.field) && it.value == "delete")?;
    Some(Hit {
        line: found.line,
        value: None,
        deletes: true,
        around: false,
        document: 0,
        field: base.to_owned(),
    })
}

/// The number of the item of a list whose `key` is `value`.
pub(super) fn item(document: &Document, list: &str, key: &str, value: &str) -> Option<usize> {
    let tail = format!("].{}", ValuePath(vec![YamlStep::Key(key.to_owned())]));
    let by_text = document.scalars.iter().find_map(|it| {
        let number = it.field.strip_prefix(list)?.strip_prefix('[')?.strip_suffix(&tail)?;
        number.parse().ok().filter(|_| it.value == value)
    });
    // What it is called by may be more than one value.
    let flow = |at: &usize| {
        let within = format!("{list}[{at}{tail}.");
        let all = document.scalars.iter();
        let each = all.filter_map(|it| Some(format!("{}: {}", it.field.strip_prefix(&within)?, it.value)));
        each.collect::<Vec<_>>().join(", ")
    };
    by_text.or_else(|| (0..Patch::items(document, list)).find(|at| flow(at) == value))
}

/// What stands at a field: a value, or the first of several.
pub(super) fn value(document: &Document, field: &str) -> Option<Hit> {
    let within = |it: &&Scalar| {
        it.field.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let found = document.scalars.iter().find(within)?;
    let alone =
        found.field == field && !(found.quotes == Quotes::Shared && ["{}", "[]"].contains(&&*found.value));
    Some(Hit {
        line: found.line,
        value: alone.then(|| found.value.clone()),
        deletes: false,
        around: false,
        document: 0,
        field: field.to_owned(),
    })
}

/// What a list of operations (RFC 6902) says of a field: the last that touches it.
pub(super) fn operations(document: &Document, base: &str, sought: &Sought<'_>) -> Option<Hit> {
    // The other documents cannot be patched so.
    if !sought.document.is_empty() {
        return None;
    }
    let of = |at: usize, key: &str| document.value(&format!("{base}[{at}].{key}"));
    let all: Vec<(usize, &str, &str)> =
        (0..).map_while(|at| Some((at, of(at, "op")?, of(at, "path").unwrap_or_default()))).collect();
    all.into_iter().rev().find_map(|(at, verb, pointer)| {
        let near = |key: &str, deletes: bool| {
            let line = document.scalars.iter().find(|it| it.field == format!("{base}[{at}].{key}"))?.line;
            let field = format!("{base}[{at}]");
            Some(Hit { line, value: None, deletes, around: !deletes, document: 0, field })
        };
        if verb == "move" && of(at, "from").is_some_and(|it| beyond(it, sought.path).flatten().is_some()) {
            return near("from", false);
        }
        if !["add", "copy", "move", "remove", "replace"].contains(&verb) {
            return None;
        }
        let Some(rest) = beyond(pointer, sought.path)? else { return near("path", false) };
        let field = format!("{base}[{at}].value");
        match verb {
            "remove" => near("path", true),
            "copy" | "move" => near("path", false),
            "add" | "replace" => {
                let steps: Option<Vec<YamlStep>> = rest
                    .iter()
                    .map(|it| match it {
                        Step::Key(key) => Some(YamlStep::Key(key.clone())),
                        Step::Item { .. } => None,
                    })
                    .collect();
                let tail = ValuePath(steps?).to_string();
                value(document, &if tail.is_empty() { field } else { format!("{field}.{tail}") })
            }
            _ => None,
        }
    })
}

/// What of a path is left below the place that a pointer leads to, nothing where that is within it; none where it leads
/// elsewhere.
fn beyond<'a>(pointer: &str, path: &'a [Step]) -> Option<Option<&'a [Step]>> {
    let mut path = path;
    for part in pointer.strip_prefix('/')?.split('/') {
        let part = part.replace("~1", "/").replace("~0", "~");
        let Some((first, rest)) = path.split_first() else { return Some(None) };
        match first {
            Step::Key(key) if *key == part => path = rest,
            // Which item a number is of is not known; that it adds one is.
            Step::Item { .. } if part == "-" || part.parse::<usize>().is_ok() => path = rest,
            _ => return None,
        }
    }
    Some(Some(path))
}
