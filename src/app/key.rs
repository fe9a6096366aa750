//! A key as a word: "j", "G", "ctrl-a", "enter", "space". The terminal makes them; nobody but the keymap knows them.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub String);

impl Key {
    /// The character it types, where it types one.
    pub fn typed(&self) -> Option<char> {
        if self.0 == "space" {
            return Some(' ');
        }
        let mut chars = self.0.chars();
        match (chars.next(), chars.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

impl From<&str> for Key {
    fn from(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
