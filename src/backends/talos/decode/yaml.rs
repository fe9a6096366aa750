//! Reading a resource's YAML leniently: what is not there, or not of that shape, is nothing.

use crate::talos::tidy::plain;
use serde_yaml::Value;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Yaml(Value);

impl Yaml {
    pub(crate) fn read(text: &str) -> Self {
        Self(serde_yaml::from_str(text).unwrap_or(Value::Null))
    }

    /// What lies at a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Yaml {
        let mut here = &self.0;
        for key in path {
            match here.get(*key) {
                Some(it) => here = it,
                None => return Yaml(Value::Null),
            }
        }
        Yaml(here.clone())
    }

    /// Text, or a number or truth value as text; without control characters.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.0 {
            Value::String(it) => Some(plain(it)),
            Value::Number(it) => Some(it.to_string()),
            Value::Bool(it) => Some(it.to_string()),
            _ => None,
        }
    }

    pub(crate) fn text_at(&self, path: &[&str]) -> Option<String> {
        self.at(path).text().filter(|it| !it.is_empty())
    }

    pub(crate) fn flag_at(&self, path: &[&str]) -> Option<bool> {
        self.at(path).0.as_bool()
    }

    pub(crate) fn number_at(&self, path: &[&str]) -> Option<u64> {
        self.at(path).0.as_u64()
    }

    pub(crate) fn list_at(&self, path: &[&str]) -> Vec<Yaml> {
        match self.at(path).0 {
            Value::Sequence(all) => all.into_iter().map(Yaml).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn texts_at(&self, path: &[&str]) -> Vec<String> {
        self.list_at(path).iter().filter_map(Yaml::text).collect()
    }
}
