//! What `.sops.yaml` says must be sealed, and is not. Its rules are taken in their order; the first that fits a path
//! counts.

use super::{PLACES, Tree, at};
use crate::git::failure::GitFailure;
use crate::git::land::Landed;
use crate::git::seal;
use crate::yaml::{self, Document};
use domain::{Check, Quotes, RepoPath, Verdict};
use regex::Regex;
use std::collections::HashSet;

/// How many of a rule's files are looked at to learn what it means.
const LOOKED_AT: usize = 400;

/// One of the `creation_rules`.
struct Rule {
    /// Where it is written, from 1.
    line: u32,
    /// None where it is for every path: that says how to seal, not what.
    path: Option<Regex>,
    /// Keys whose values are sealed; none: all but those of `unsealed`.
    sealed: Option<Regex>,
    unsealed: Option<Regex>,
}

/// The rules of one `.sops.yaml`.
struct Rules {
    path: RepoPath,
    /// Its folder, with `/` at its end where it is not the root.
    folder: String,
    rules: Vec<Rule>,
}

pub(super) fn checks(tree: &Tree<'_>) -> Result<Vec<Check>, GitFailure> {
    let mut checks = Vec::new();
    for file in tree.landed {
        let Some(after) = file.after.as_deref() else { continue };
        let rules = match nearest(tree, &file.path) {
            None => continue,
            Some(Ok(rules)) => rules,
            Some(Err(check)) => {
                checks.push(check);
                continue;
            }
        };
        let Some(rule) = rules.of(&file.path.0) else { continue };
        let open = open_values(rule, file, after);
        let Some((field, line, _)) = open.first() else { continue };
        let says = format!("{field} must be sealed, says {}:{}", rules.path, rule.line);
        let fresh = open.iter().find(|(_, _, fresh)| *fresh);
        match fresh {
            Some(_) if is_broad(tree, &rules, rule, &file.path)? => {
                let says = format!("{field} is not sealed, and {}:{} fits it", rules.path, rule.line);
                checks.push(at(Verdict::Note, &file.path, *line, &says));
            }
            Some((field, line, _)) => {
                let says = format!("{field} must be sealed, says {}:{}", rules.path, rule.line);
                checks.push(at(Verdict::Bad, &file.path, *line, &says));
            }
            // It stood in clear before; that is to be known, but this change does not do it.
            None => {
                checks.push(at(Verdict::Note, &file.path, *line, &format!("{says}; it was in clear before")))
            }
        }
    }
    checks.dedup();
    checks.truncate(PLACES.max(checks.iter().filter(|it| it.verdict == Verdict::Bad).count()));
    Ok(checks)
}

/// The rules of the `.sops.yaml` that is next above a file.
fn nearest(tree: &Tree<'_>, path: &RepoPath) -> Option<Result<Rules, Check>> {
    let mut folder = path.0.as_str();
    while let Some((above, _)) =
        folder.rsplit_once('/').or(if folder.is_empty() { None } else { Some(("", "")) })
    {
        folder = above;
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let at_path = format!("{prefix}.sops.yaml");
        let Some(text) = tree.text(&at_path) else { continue };
        if at_path == path.0 {
            continue;
        }
        let path = RepoPath(at_path);
        return Some(match parse(&text) {
            Ok(rules) => Ok(Rules { path, folder: prefix, rules }),
            Err((line, why)) => {
                let says = format!("is not understood, so nobody can say what must be sealed: {why}");
                Err(at(Verdict::Note, &path, line, &says))
            }
        });
    }
    None
}

fn parse(text: &str) -> Result<Vec<Rule>, (u32, String)> {
    let read = yaml::documents(text).map_err(|fault| (fault.line, fault.why))?;
    let Some(document) = read.first() else { return Ok(Vec::new()) };
    let mut rules = Vec::new();
    // What sops leaves open where a rule says nothing of it.
    let usual = Regex::new("_unencrypted$").ok();
    for number in 0.. {
        let head = format!("creation_rules[{number}]");
        let Some(first) = document.scalars.iter().find(|it| {
            it.field.strip_prefix(&head).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }) else {
            return Ok(rules);
        };
        let pattern = |key: &str| match document.scalars.iter().find(|it| it.field == format!("{head}.{key}"))
        {
            None => Ok(None),
            Some(it) => {
                Regex::new(&it.value).map(Some).map_err(|_| (it.line, format!("{key} is no pattern")))
            }
        };
        let suffix = |key: &str| {
            let found = document.value(&format!("{head}.{key}"));
            found.and_then(|it| Regex::new(&format!("{}$", regex::escape(it))).ok())
        };
        let sealed = pattern("encrypted_regex")?.or_else(|| suffix("encrypted_suffix"));
        let unsealed = pattern("unencrypted_regex")?.or_else(|| suffix("unencrypted_suffix"));
        let unsealed = unsealed.or_else(|| usual.clone().filter(|_| sealed.is_none()));
        rules.push(Rule { line: first.line, path: pattern("path_regex")?, sealed, unsealed });
    }
    Ok(rules)
}

impl Rules {
    /// The first rule that fits a path, where it names paths at all.
    fn of(&self, path: &str) -> Option<&Rule> {
        let path = path.strip_prefix(&self.folder).unwrap_or(path);
        let fits = |rule: &&Rule| rule.path.as_ref().is_none_or(|it| it.is_match(path));
        self.rules.iter().find(fits).filter(|it| it.path.is_some())
    }
}

/// Values that the rule would have sealed and that stand in clear: field, line, and whether they are new.
fn open_values(rule: &Rule, file: &Landed, after: &str) -> Vec<(String, u32, bool)> {
    let named_yaml = super::is_yaml(&file.path.0);
    let Some(read) = yaml::documents(after).ok().filter(|_| named_yaml) else {
        let sealed = seal::is_locked(after) || after.contains("ENC[") && after.contains("sops");
        let before = file.before.as_deref().is_some_and(|it| !seal::is_locked(it));
        return if sealed { Vec::new() } else { vec![("this file".into(), 1, !before)] };
    };
    let known: HashSet<(String, String)> = file
        .before
        .as_deref()
        .and_then(|it| yaml::documents(it).ok())
        .into_iter()
        .flatten()
        .flat_map(|it| it.scalars)
        .map(|it| (it.field, it.value))
        .collect();
    let mut found = Vec::new();
    for document in read.iter().filter(|it| concerns(rule, it)) {
        for scalar in &document.scalars {
            let empty = scalar.value.is_empty()
                || (scalar.quotes == Quotes::Shared && ["{}", "[]", "~"].contains(&scalar.value.as_str()));
            if empty || scalar.value.starts_with("ENC[") || !is_chosen(rule, &scalar.field) {
                continue;
            }
            let fresh = !known.contains(&(scalar.field.clone(), scalar.value.clone()));
            found.push((scalar.field.clone(), scalar.line, fresh));
        }
    }
    found
}

/// `^(data|stringData)$` means Secrets: other objects have keys of that name too.
fn concerns(rule: &Rule, document: &Document) -> bool {
    let data = rule.sealed.as_ref().is_some_and(|it| it.is_match("data") || it.is_match("stringData"));
    let object = document.value("apiVersion").is_some().then(|| document.value("kind").unwrap_or_default());
    !data || object.is_none_or(|kind| kind == "Secret")
}

/// Whether a value is sealed by the names on its way.
fn is_chosen(rule: &Rule, field: &str) -> bool {
    if field.is_empty() || field.starts_with("sops.") {
        return false;
    }
    let names = || field.split('.').map(|it| it.split('[').next().unwrap_or(it));
    match (&rule.sealed, &rule.unsealed) {
        (Some(sealed), _) => names().any(|it| sealed.is_match(it)),
        (None, Some(unsealed)) => !names().any(|it| unsealed.is_match(it)),
        (None, None) => true,
    }
}

/// Whether most of what a rule fits stands in clear on the branch: then it says how to seal, and not what.
fn is_broad(tree: &Tree<'_>, rules: &Rules, rule: &Rule, path: &RepoPath) -> Result<bool, GitFailure> {
    let same = |it: &str| rules.of(it).is_some_and(|it| it.line == rule.line);
    let texts = tree.texts(|it| it != path.0 && it.starts_with(&rules.folder) && same(it))?;
    let sealed = texts.iter().take(LOOKED_AT).filter(|(_, text)| seal::is_locked(text)).count();
    Ok(texts.len().min(LOOKED_AT) > 2 * sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gix::object::tree::EntryKind;

    const RULES: &str = "# keys\ncreation_rules:\n  - path_regex: public/.*\n    encrypted_regex: '^nothing$'\n  - path_regex: \\.sops\\.ya?ml$\n    encrypted_regex: ^(data|stringData)$\n    age: age1x\n  - path_regex: talsecret\n    unencrypted_suffix: _open\n  - age: age1y\n";

    fn rules() -> Rules {
        Rules { path: RepoPath(".sops.yaml".into()), folder: String::new(), rules: parse(RULES).unwrap() }
    }

    fn open(path: &str, before: Option<&str>, after: &str) -> Vec<(String, u32, bool)> {
        let file = Landed {
            path: RepoPath(path.into()),
            before: before.map(str::to_owned),
            after: Some(after.into()),
            kind: EntryKind::Blob,
            values: None,
        };
        rules().of(path).map(|rule| open_values(rule, &file, after)).unwrap_or_default()
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let line = |path: &str| rules().of(path).map(|it| it.line);
        assert_eq!(line("a/b.sops.yaml"), Some(5));
        assert_eq!(line("public/b.sops.yaml"), Some(3));
        assert_eq!(line("talos/talsecret.yaml"), Some(8));
        assert_eq!(line("a.yaml"), None, "a rule without a path says how, not what");
        assert_eq!(
            parse("creation_rules:\n  - path_regex: '('\n").err(),
            Some((2, "path_regex is no pattern".into()))
        );
    }

    #[test]
    fn what_the_rule_seals_is_not_in_clear() {
        let secret = "apiVersion: v1\nkind: Secret\nstringData:\n  a: hunter2\n  b: ENC[x]\n  c: ''\n";
        assert_eq!(open("x.sops.yaml", None, secret), [("stringData.a".to_owned(), 4, true)]);
        assert_eq!(open("x.sops.yaml", Some(secret), secret), [("stringData.a".to_owned(), 4, false)]);
        let map = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: b\n";
        assert_eq!(open("x.sops.yaml", None, map), []);
        assert_eq!(
            open("talsecret.yaml", None, "a_open: 1\nb: {c_open: 2, d: 3}\n"),
            [("b.d".to_owned(), 2, true)]
        );
        assert_eq!(open("talsecret.env", None, "A=b\n"), [("this file".to_owned(), 1, true)]);
    }
}
