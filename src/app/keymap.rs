//! Which keys mean what, scope by scope. The shipped keymap.toml is the ground; the user's file is laid over it.

use crate::{Action, Page};
use std::collections::BTreeMap;

/// Where a key means something. Searched from the innermost outwards: dialog, page, global.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Global,
    Page(Page),
    Dialog,
    /// While a file is edited as text: every key that is not bound here is typed.
    Editor,
}

impl Scope {
    pub fn word(self) -> String {
        match self {
            Scope::Global => "global".into(),
            Scope::Dialog => "dialog".into(),
            Scope::Editor => "editor".into(),
            Scope::Page(page) => page.title().to_lowercase(),
        }
    }

    fn named(word: &str) -> Option<Scope> {
        match word {
            "global" => Some(Scope::Global),
            "dialog" => Some(Scope::Dialog),
            "editor" => Some(Scope::Editor),
            _ => Page::ALL.into_iter().find(|page| page.title().to_lowercase() == word).map(Scope::Page),
        }
    }
}

/// What is wrong with a keymap, and where. `file` is what the person knows it as.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}:{line}: {why}")]
pub struct KeymapError {
    pub file: String,
    pub line: usize,
    pub why: String,
}

/// What typed keys mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    Action(Action),
    /// More keys are awaited; these would finish the chord.
    Pending(Vec<(String, Action)>),
    Nothing,
}

#[derive(Debug, Clone, Default)]
pub struct Keymap {
    scopes: BTreeMap<Scope, BTreeMap<String, Action>>,
}

impl Keymap {
    /// Read a keymap from the text of `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self, KeymapError> {
        Self::default().overlaid(file, text)
    }

    /// This keymap with another laid over it: what the other binds wins, an empty action unbinds.
    pub fn overlaid(mut self, file: &str, text: &str) -> Result<Self, KeymapError> {
        let wrong = |line: usize, why: String| KeymapError { file: file.into(), line, why };
        let raw: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text).map_err(|err| {
            wrong(err.span().map_or(1, |span| line_at(text, span.start)), err.message().to_owned())
        })?;
        for (word, bindings) in raw {
            let scope = Scope::named(&word).ok_or_else(|| {
                let known = "there are global, dialog, editor and one for every screen";
                wrong(line_of(text, &format!("[{word}]")), format!("no scope is called `{word}`; {known}"))
            })?;
            let chords = self.scopes.entry(scope).or_default();
            for (keys, id) in &bindings {
                if id.is_empty() {
                    chords.remove(keys);
                    continue;
                }
                let action = Action::named(id).ok_or_else(|| {
                    let hint = nearest(id).map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
                    let why = format!("`{word}.\"{keys}\"` names no action: `{id}`{hint}");
                    wrong(line_of(text, &format!("\"{keys}\"")), why)
                })?;
                chords.insert(keys.clone(), action);
            }
            for short in chords.keys() {
                if let Some(long) = chords.keys().find(|long| long.starts_with(&format!("{short} "))) {
                    let why =
                        format!("in `{word}`, \"{short}\" hides \"{long}\"; give one of them another key");
                    return Err(wrong(line_of(text, &format!("\"{short}\"")), why));
                }
            }
        }
        Ok(self)
    }

    /// What `typed` (keys parted by spaces) means when looked for in `scopes`, innermost first.
    pub fn resolve(&self, scopes: &[Scope], typed: &str) -> Resolved {
        for scope in scopes {
            let Some(chords) = self.scopes.get(scope) else { continue };
            if let Some(action) = chords.get(typed) {
                return Resolved::Action(*action);
            }
            let prefix = format!("{typed} ");
            let pending: Vec<(String, Action)> = chords
                .iter()
                .filter(|(keys, _)| keys.starts_with(&prefix))
                .map(|(keys, action)| (keys.clone(), *action))
                .collect();
            if !pending.is_empty() {
                return Resolved::Pending(pending);
            }
        }
        Resolved::Nothing
    }

    /// The keys of an action in `scope`, shortest first.
    pub fn keys_in(&self, scope: Scope, action: Action) -> Vec<&str> {
        let mut keys: Vec<&str> = self
            .scopes
            .get(&scope)
            .into_iter()
            .flatten()
            .filter(|(_, it)| **it == action)
            .map(|(keys, _)| keys.as_str())
            .collect();
        keys.sort_by_key(|it| (it.len(), *it));
        keys
    }

    /// Every binding: scope, keys, action.
    pub fn bindings(&self) -> impl Iterator<Item = (Scope, &str, Action)> {
        self.scopes
            .iter()
            .flat_map(|(scope, chords)| chords.iter().map(|(keys, action)| (*scope, keys.as_str(), *action)))
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count() + 1
}

fn line_of(text: &str, needle: &str) -> usize {
    text.find(needle).map_or(1, |at| line_at(text, at))
}

/// The action whose id shares the longest beginning with `id`.
fn nearest(id: &str) -> Option<String> {
    let shared = |it: &str| it.chars().zip(id.chars()).take_while(|(a, b)| a == b).count();
    Action::ALL
        .iter()
        .map(|it| it.id())
        .max_by_key(|it| shared(it))
        .filter(|it| shared(it) >= 3)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let err = Keymap::parse("k.toml", "[global]\n\"q\" = \"quit\"\n\"x\" = \"nodes.pln\"\n").unwrap_err();
        assert!(err.to_string().starts_with("k.toml:3: `global.\"x\"` names no action"), "{err}");
        let err = Keymap::parse("k.toml", "[global]\n\"g\" = \"quit\"\n\"g g\" = \"top\"\n").unwrap_err();
        assert_eq!(
            err.to_string(),
            "k.toml:2: in `global`, \"g\" hides \"g g\"; give one of them another key"
        );
        let err = Keymap::parse("k.toml", "[globl]\n").unwrap_err();
        assert!(err.to_string().contains("k.toml:1: no scope is called `globl`"), "{err}");
        let err = Keymap::parse("k.toml", "[global]\n\"q\" = \n").unwrap_err();
        assert!(err.to_string().starts_with("k.toml:2: "), "{err}");
    }

    #[test]
    fn a_file_laid_over_another_wins_and_can_unbind() {
        let ground = Keymap::parse("a", "[global]\n\"q\" = \"quit\"\n\"j\" = \"down\"\n").unwrap();
        let laid = ground.overlaid("b", "[global]\n\"q\" = \"help.open\"\n\"j\" = \"\"\n").unwrap();
        assert_eq!(laid.resolve(&[Scope::Global], "q"), Resolved::Action(Action::Help));
        assert_eq!(laid.resolve(&[Scope::Global], "j"), Resolved::Nothing);
    }
}
