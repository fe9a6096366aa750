//! HCL as OpenTofu, Terraform and Packer have it: read, with every value's place, and never evaluated.

mod read;
mod scan;

pub(crate) use read::read;

/// What stands between two braces, or in a whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub name: String,
    pub value: Value,
}

/// `resource "hcloud_firewall" "main" { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub kind: String,
    pub labels: Vec<String>,
    /// The line of its kind and of its last brace, from 1.
    pub line: u32,
    pub last_line: u32,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// The line it begins at, from 1.
    pub line: u32,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text without anything that is filled in.
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    List(Vec<Value>),
    Map(Vec<Entry>),
    /// Whatever else it is, as it is written: a reference, a call, a text that is filled in.
    Expression(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub key: String,
    /// The line of the key, from 1.
    pub line: u32,
    pub value: Value,
}

/// The first place that does not read. What stands before and behind it is read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// From 1.
    pub line: u32,
    pub why: &'static str,
}

impl Body {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|it| it.name == name).map(|it| &it.value)
    }
}

impl Value {
    /// A text, a number or a truth, as text.
    pub fn literal(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
            Kind::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries().iter().find(|it| it.key == key).map(|it| &it.value)
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Value] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }
}
