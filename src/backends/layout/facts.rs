//! What one file says for itself.

use super::assignments::{Assignment, GenConfig, assigned_in_script, assignments, generated};
use super::doc::Doc;
use super::embedded::embedded;
use super::label::{Label, label};
use super::template::masked;
use crate::git::is_locked;
use crate::hcl;
use crate::plain::plain;
use crate::yaml::{self, Document};

/// Kept as long as the file is the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileFacts {
    /// YAML by its name.
    pub yaml: bool,
    pub template: bool,
    pub docs: Vec<Doc>,
    /// Anchors that are defined again in their document: the name, and both lines.
    pub anchors_twice: Vec<(String, u32, u32)>,
    /// The line, from 1 or 0 for all of it, and why.
    pub unparsed: Option<(u32, String)>,
    pub skipped: Option<String>,
    /// How its secrets are sealed.
    pub sealed: Option<&'static str>,
    pub hcl: Option<hcl::Body>,
    /// Objects inside of a text of another language.
    pub embedded: Vec<Doc>,
    pub assignments: Vec<Assignment>,
    pub gen_configs: Vec<GenConfig>,
    /// Patterns of what Git ignores, with their lines.
    pub ignored: Vec<(u32, String)>,
}

impl FileFacts {
    pub fn skipped(reason: &str) -> Self {
        Self { skipped: Some(reason.to_owned()), ..Self::default() }
    }

    /// Of the documents of a YAML file.
    pub fn of_documents(documents: &[Document]) -> Self {
        let mut facts = Self { yaml: true, ..Self::default() };
        for document in documents {
            facts.anchors_twice.extend(Doc::anchors_twice(document));
            facts.docs.extend(label(document).map(|label| Doc::new(label, document)));
        }
        facts
    }

    /// Where SOPS has sealed values of it.
    #[must_use]
    pub fn with_seal(mut self, locked: bool) -> Self {
        self.sealed = self.sealed.or(locked.then_some("sops"));
        self
    }
}

const PROSE: [&str; 6] = [".md", ".mdx", ".markdown", ".rst", ".txt", ".adoc"];
const SCRIPTS: [&str; 7] = [".sh", ".bash", ".zsh", ".fish", ".nu", ".ps1", ".py"];
/// Files that call programs, by the only names that those who read them take.
const RECIPES: [&str; 9] = [
    "Makefile",
    "GNUmakefile",
    ".mk",
    "justfile",
    ".justfile",
    ".just",
    "Taskfile",
    "Dockerfile",
    "Containerfile",
];

/// The text of a file; what else it is, where it is none.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, Box<FileFacts>> {
    let sealed = |scheme| Err(Box::new(FileFacts { sealed: Some(scheme), ..FileFacts::default() }));
    if bytes.starts_with(b"\0GITCRYPT\0") {
        return sealed("git-crypt");
    }
    if bytes.starts_with(b"age-encryption.org/v1") || bytes.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
    {
        return sealed("age");
    }
    if bytes.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Err(Box::new(FileFacts::skipped("a pointer to Git LFS")));
    }
    if bytes.iter().take(8_000).any(|it| *it == 0) {
        return Err(Box::new(FileFacts::skipped("it is binary")));
    }
    std::str::from_utf8(bytes).map_err(|_| Box::new(FileFacts::skipped("it is not text")))
}

/// A file that is no YAML, or none yet.
pub(crate) fn read_text(path: &str, text: &str) -> FileFacts {
    let mut facts = FileFacts::default().with_seal(is_locked(text));
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == ".gitignore" {
        facts.ignored = ignored(text);
        return facts;
    }
    if [".tf", ".tofu", ".tfvars", ".hcl"].iter().any(|it| name.ends_with(it)) {
        let (body, fault) = hcl::read(text);
        facts.hcl = Some(body);
        facts.embedded = embedded(text);
        facts.unparsed = fault.map(|it| (it.line, it.why.to_owned()));
        return facts;
    }
    if is_yaml(name) || [".j2", ".tpl", ".tftpl", ".tmpl", ".gotmpl"].iter().any(|it| name.ends_with(it)) {
        facts.template = true;
        let read = yaml::documents(&masked(text)).unwrap_or_default();
        let labels = read.iter().filter_map(|it| Some((label(it)?, it)));
        // What a template declares in a cluster is told where it is filled in.
        let of_talos =
            |it: &Label| it.is_machine_config() || matches!(it, Label::Schematic | Label::Versions);
        facts.docs = labels.filter(|it| of_talos(&it.0)).map(|(label, it)| Doc::new(label, it)).collect();
        return facts;
    }
    if name.ends_with(".json") {
        let read = yaml::documents(text).unwrap_or_default();
        let labels = read.iter().filter_map(|it| Some((label(it)?, it)));
        facts.docs = labels.map(|(_, it)| Doc::new(Label::Settings, it)).collect();
        return facts;
    }
    // What is written for people to read is no declaration.
    if PROSE.iter().any(|it| name.to_ascii_lowercase().ends_with(it)) {
        return facts;
    }
    let script = SCRIPTS.iter().any(|it| name.ends_with(it)) || text.starts_with("#!");
    facts.assignments = if script { assigned_in_script(text) } else { assignments(text) };
    if script || RECIPES.iter().any(|it| name.eq_ignore_ascii_case(it) || name.ends_with(it)) {
        facts.gen_configs = generated(text);
    }
    if script {
        facts.embedded = embedded(text);
    }
    facts
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn ignored(text: &str) -> Vec<(u32, String)> {
    let lines = text.lines().enumerate().filter(|(_, it)| !it.trim().is_empty() && !it.starts_with('#'));
    lines.map(|(at, it)| (u32::try_from(at + 1).unwrap_or(u32::MAX), plain(it.trim()).into_owned())).collect()
}
