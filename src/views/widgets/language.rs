//! Colours for the text of a file by its language: YAML by our own few rules, the others by syntect and the syntaxes
//! that two-face brings.

use super::yaml::Syntax;
use crate::Role;
use std::sync::OnceLock;
use syntect::parsing::{ParseState, ScopeStack, SyntaxSet};

/// Lines before the first one in sight that are read along, so that a string or a comment that goes on is known.
const BEFORE: usize = 100;
/// Longer lines have no colours.
const LONG: usize = 2_000;

static SYNTAXES: OnceLock<SyntaxSet> = OnceLock::new();

pub(crate) enum Language {
    Yaml(Syntax),
    Other(Box<ParseState>, ScopeStack),
    Plain,
}

impl Language {
    /// The language of a file, at line `top` of it (from 0).
    pub(crate) fn of(path: &str, lines: &[&str], top: usize) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit('.').next().unwrap_or_default();
        let (mut language, from) = match ending {
            "yaml" | "yml" => (Language::Yaml(Syntax::default()), 0),
            _ => (Language::other(name, ending, lines.first()), top.saturating_sub(BEFORE)),
        };
        for line in lines.iter().take(top).skip(from) {
            language.parts(line);
        }
        language
    }

    fn other(name: &str, ending: &str, first: Option<&&str>) -> Self {
        let syntaxes = SYNTAXES.get_or_init(two_face::syntax::extra_no_newlines);
        let ending = match ending {
            "tfvars" | "hcl" => "tf",
            other => other,
        };
        let by_name =
            || syntaxes.find_syntax_by_extension(name).or(syntaxes.find_syntax_by_extension(ending));
        let by_line = || syntaxes.find_syntax_by_first_line(first.copied().unwrap_or_default());
        match by_name().or_else(by_line) {
            Some(syntax) => Language::Other(Box::new(ParseState::new(syntax)), ScopeStack::new()),
            None => Language::Plain,
        }
    }

    /// The parts of a line and what they are. Call it for every line in turn.
    pub(crate) fn parts<'a>(&mut self, line: &'a str) -> Vec<(Role, &'a str)> {
        match self {
            _ if line.len() > LONG => vec![(Role::Text, line)],
            Language::Yaml(syntax) => syntax.parts(line),
            Language::Plain => vec![(Role::Text, line)],
            Language::Other(state, stack) => {
                let syntaxes = SYNTAXES.get_or_init(two_face::syntax::extra_no_newlines);
                scoped(state, stack, line, syntaxes)
            }
        }
    }
}

fn scoped<'a>(
    state: &mut ParseState,
    stack: &mut ScopeStack,
    line: &'a str,
    syntaxes: &SyntaxSet,
) -> Vec<(Role, &'a str)> {
    let Ok(turns) = state.parse_line(line, syntaxes) else { return vec![(Role::Text, line)] };
    let (mut parts, mut from) = (Vec::new(), 0);
    for (at, turn) in turns {
        if let Some(part) = line.get(from..at).filter(|it| !it.is_empty()) {
            parts.push((role(stack), part));
            from = at;
        }
        if stack.apply(&turn).is_err() {
            return vec![(Role::Text, line)];
        }
    }
    parts.extend(line.get(from..).filter(|it| !it.is_empty()).map(|it| (role(stack), it)));
    parts
}

/// What the innermost scope that means something is to the reader.
fn role(stack: &ScopeStack) -> Role {
    let meaning = |scope: &syntect::parsing::Scope| {
        let name = scope.build_string();
        Some(match name.as_str() {
            it if it.starts_with("comment") => Role::SyntaxComment,
            it if it.starts_with("string") => Role::SyntaxString,
            it if it.starts_with("constant") => Role::SyntaxNumber,
            it if it.starts_with("entity.name") || it.starts_with("support") => Role::SyntaxKey,
            it if it.starts_with("keyword") || it.starts_with("storage") => Role::SyntaxKey,
            it if it.starts_with("variable.other") || it.starts_with("variable.declaration") => {
                Role::SyntaxKey
            }
            it if it.starts_with("punctuation") => return None,
            _ => return None,
        })
    };
    stack.as_slice().iter().rev().find_map(meaning).unwrap_or(Role::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(path: &str, line: &str) -> Vec<Role> {
        Language::of(path, &[line], 0).parts(line).into_iter().map(|it| it.0).collect()
    }

    #[test]
    fn languages_that_are_no_yaml_have_colours_too() {
        assert!(roles("a/main.tf", "name = \"x\" # y").contains(&Role::SyntaxString));
        assert!(roles("Makefile", "# a note").contains(&Role::SyntaxComment));
        assert!(roles("a.toml", "n = 1").contains(&Role::SyntaxNumber));
        assert_eq!(roles("LICENCE", "words"), [Role::Text]);
        assert_eq!(roles("a.yaml", "a: 1")[1], Role::SyntaxKey);
    }

    #[test]
    fn the_parts_of_a_line_are_the_line() {
        let line = "resource \"hcloud_server\" \"a\" { count = var.n } // ü";
        let parts =
            Language::of("x.tf", &[line], 0).parts(line).into_iter().map(|it| it.1).collect::<String>();
        assert_eq!(parts, line);
    }
}
