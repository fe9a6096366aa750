//! One folder of OpenTofu: its variables with what gives them their values, in the order in which OpenTofu takes them, and
//! references followed from place to place. Nothing is evaluated.

use super::super::files::Files;
use crate::hcl::{Attribute, Block, Kind, Value};
use crate::relative::{beside, folder_of};
use domain::RepoPath;
use std::collections::BTreeMap;

/// References to references beyond this are a circle.
const DEEPEST: usize = 16;
/// More steps than this no honest reference takes: locals may refer to each other twice over.
const STEPS: usize = 4_000;

/// A value with the file it is in.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub path: &'a RepoPath,
    pub line: u32,
    pub value: &'a Value,
}

/// What gives a variable its value.
#[derive(Clone)]
pub(super) struct Given<'a> {
    pub at: At<'a>,
    /// Why it does not count: another file overrides it, or it must be named on the command line.
    pub role: Option<String>,
}

#[derive(Default, Clone)]
pub(super) struct Module<'a> {
    pub folder: String,
    /// Seen as one of several clusters: what it is given by name alone is its own.
    pub of_one: bool,
    pub blocks: Vec<(&'a RepoPath, &'a Block)>,
    /// What counts comes first.
    pub variables: BTreeMap<&'a str, Vec<Given<'a>>>,
    /// Variables that must be given.
    pub wanted: Vec<&'a str>,
    pub locals: BTreeMap<&'a str, At<'a>>,
}

/// Every folder that has files of OpenTofu, Terraform or Packer.
pub(super) fn modules<'a>(files: &Files<'a>) -> BTreeMap<String, Module<'a>> {
    let mut found: BTreeMap<String, Module<'a>> = BTreeMap::new();
    for (path, facts) in files.all {
        let Some(body) = &facts.hcl else { continue };
        let folder = folder_of(&path.0).to_owned();
        let module = found.entry(folder.clone()).or_insert_with(|| Module { folder, ..Module::default() });
        if path.0.ends_with(".tfvars") {
            module.assigned(path, &body.attributes);
            continue;
        }
        for block in &body.blocks {
            module.blocks.push((path, block));
            if block.kind == "locals" {
                for it in &block.body.attributes {
                    let at = At { path, line: it.value.line, value: &it.value };
                    module.locals.insert(it.name.as_str(), at);
                }
            }
        }
    }
    for module in found.values_mut() {
        module.defaults();
    }
    found
}

impl<'a> Module<'a> {
    /// Of a file of values. OpenTofu takes `terraform.tfvars` first, then `*.auto.tfvars` by their names, and the last
    /// one counts; any other is taken only where the command line names it.
    fn assigned(&mut self, path: &'a RepoPath, attributes: &'a [Attribute]) {
        let name = path.0.rsplit('/').next().unwrap_or(&path.0);
        let auto = name == "terraform.tfvars" || name.ends_with(".auto.tfvars");
        for it in attributes {
            let given = self.variables.entry(it.name.as_str()).or_default();
            let at = At { path, line: it.value.line, value: &it.value };
            if !auto {
                given.push(Given { at, role: Some(format!("only with -var-file={name}")) });
                continue;
            }
            let role = format!("overridden by {path}");
            // The files come by their names; only terraform.tfvars comes too late.
            let first = given.first().is_some_and(|it| it.role.is_none());
            if name == "terraform.tfvars" && first {
                let by = given.first().map(|it| format!("overridden by {}", it.at.path));
                given.push(Given { at, role: by });
                continue;
            }
            for before in given.iter_mut().filter(|it| it.role.is_none()) {
                before.role = Some(role.clone());
            }
            given.insert(0, Given { at, role: None });
        }
    }

    fn defaults(&mut self) {
        for (path, block) in &self.blocks {
            let (Some(name), "variable") = (block.labels.first(), block.kind.as_str()) else { continue };
            let given = self.variables.entry(name.as_str()).or_default();
            let Some(value) = block.body.get("default").filter(|it| it.kind != Kind::Null) else {
                if given.iter().all(|it| it.role.is_some()) && block.body.get("default").is_none() {
                    self.wanted.push(name);
                }
                continue;
            };
            let over = given.iter().find(|it| it.role.is_none()).map(|it| it.at.path.to_string());
            let role = over.map(|it| format!("a default, overridden by {it}"));
            let at = At { path, line: value.line, value };
            match role {
                None => given.insert(0, Given { at, role }),
                Some(_) => given.push(Given { at, role }),
            }
        }
    }

    /// Blocks of a kind, by the first of their labels.
    pub fn of<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = (&'a RepoPath, &'a Block)> + 'b {
        self.blocks.iter().filter(move |it| it.1.kind == kind).copied()
    }

    /// Folders of the repository that modules here are made of.
    pub fn calls(&self) -> Vec<String> {
        let local = self.of("module").filter_map(|(_, it)| it.body.get("source")?.literal());
        local
            .filter(|it| it.starts_with("./") || it.starts_with("../"))
            .filter_map(|it| beside(&self.folder, &it))
            .collect()
    }

    /// The value behind a reference to a variable or a local; the value itself where it is none, and nothing where what
    /// it refers to is not written here.
    pub fn resolved(&self, at: At<'a>) -> Option<At<'a>> {
        let mut steps = STEPS;
        self.follow(at, DEEPEST, &mut steps)
    }

    fn follow(&self, at: At<'a>, left: usize, steps: &mut usize) -> Option<At<'a>> {
        let left = left.checked_sub(1)?;
        *steps = steps.checked_sub(1)?;
        let Kind::Expression(text) = &at.value.kind else { return Some(at) };
        let text = text.strip_prefix("\"${").and_then(|it| it.strip_suffix("}\"")).unwrap_or(text).trim();
        let plain = |it: char| it.is_ascii_alphanumeric() || ['_', '-', '.'].contains(&it);
        if !text.chars().all(plain) {
            return None;
        }
        let mut keys = text.split('.');
        let mut here = match (keys.next()?, keys.next()?) {
            ("var", name) => self.variables.get(name)?.first().filter(|it| it.role.is_none())?.at,
            ("local", name) => *self.locals.get(name)?,
            _ => return None,
        };
        for key in keys {
            here = self.follow(here, left, steps)?;
            let entry = here.value.entries().iter().find(|it| it.key == key)?;
            here = At { path: here.path, line: entry.value.line, value: &entry.value };
        }
        self.follow(here, left, steps)
    }

    /// Every value that a name stands for, with the way to it: variables that count, locals, arguments of modules and
    /// resources. `cluster.name` is a key of a map.
    pub fn each(&self, to: &mut impl FnMut(&str, &Given<'a>)) {
        for (name, given) in self.variables.iter().filter(|_| !self.of_one) {
            for it in given {
                walk(name, it, 0, to);
            }
        }
        for (name, at) in self.locals.iter().filter(|_| !self.of_one) {
            walk(name, &Given { at: *at, role: None }, 0, to);
        }
        let takes = |it: &Block| ["module", "data", "resource"].contains(&it.kind.as_str());
        for (path, block) in self.blocks.iter().filter(|it| takes(it.1) && is_talos(it.1)) {
            for it in &block.body.attributes {
                let at = At { path, line: it.value.line, value: &it.value };
                walk(known_as(block, &it.name), &Given { at, role: None }, 0, to);
            }
        }
    }
}

/// What an argument of a block of Talos is called elsewhere: the image of such a module is that of Talos, and the version
/// that configs are generated for is the contract.
fn known_as<'a>(block: &Block, argument: &'a str) -> &'a str {
    let generates = ["talos_machine_secrets", "talos_machine_configuration"];
    match argument {
        "image" if block.kind == "module" => "talos_image",
        "talos_version" if block.labels.first().is_some_and(|it| generates.contains(&it.as_str())) => {
            "talos_version_contract"
        }
        _ => argument,
    }
}

fn walk<'a>(name: &str, given: &Given<'a>, depth: usize, to: &mut impl FnMut(&str, &Given<'a>)) {
    to(name, given);
    for it in given.at.value.entries().iter().filter(|_| depth < 4) {
        let at = At { path: given.at.path, line: it.value.line, value: &it.value };
        walk(&format!("{name}.{}", it.key), &Given { at, role: given.role.clone() }, depth + 1, to);
    }
}

/// Whether a block is of Talos: by its type, or by what it is made of.
pub(super) fn is_talos(block: &Block) -> bool {
    let label = block.labels.first().map(String::as_str).unwrap_or_default();
    match block.kind.as_str() {
        "resource" | "data" => label.starts_with("talos_"),
        "module" => {
            let source = block.body.get("source").and_then(Value::literal).unwrap_or_default().to_lowercase();
            ["talos", "hcloud-k8s", "kubernetes/hcloud"].iter().any(|it| source.contains(it))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locals_that_refer_to_each_other_twice_over_are_given_up_soon() {
        let mut text = String::from("locals {\n  end = \"v1\"\n  fine = local.end\n");
        for at in 0..14 {
            let ways = "local.c0".to_owned() + &".x".repeat(14);
            text += &format!("  c{at} = {{ x = local.c{}, y = {ways} }}\n", at + 1);
        }
        text += "  c14 = { x = local.c0, y = local.c0 }\n  many = local.c0.x.x.x.x.x.x.x.x.x.x.x.x.x.y\n}\n";
        let (body, _) = crate::hcl::read(&text);
        let path = RepoPath("main.tf".into());
        let locals = body.blocks[0].body.attributes.iter();
        let locals =
            locals.map(|it| (it.name.as_str(), At { path: &path, line: it.value.line, value: &it.value }));
        let module = Module { locals: locals.collect(), ..Module::default() };
        let said = |name: &str| module.resolved(module.locals[name])?.value.literal();
        assert_eq!(said("fine").as_deref(), Some("v1"));
        assert_eq!(said("many"), None);
    }
}
