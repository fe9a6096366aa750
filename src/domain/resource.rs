//! Any Kubernetes object as one row of a list: which kinds there are, what their columns are, what a row says.

use crate::{Entity, Moment, ObjectRef};
use std::fmt;

/// A kind by its name, without its version: "pods" stay pods in whichever version they are served.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KindRef {
    /// Empty for the core group.
    pub group: String,
    pub kind: String,
}

impl KindRef {
    pub fn new(group: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { group: group.into(), kind: kind.into() }
    }

    /// One object of this kind.
    pub fn object(&self, row: &RowId) -> ObjectRef {
        ObjectRef {
            group: self.group.clone(),
            kind: self.kind.clone(),
            namespace: row.namespace().to_owned(),
            name: row.name().to_owned(),
        }
    }
}

impl fmt::Display for KindRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group.as_str() {
            "" => f.write_str(&self.kind),
            group => write!(f, "{}.{group}", self.kind),
        }
    }
}

/// A kind that the server has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kind {
    pub id: KindRef,
    /// The version the server likes best.
    pub version: String,
    /// "pods": the name in permissions, and what people type.
    pub plural: String,
    pub singular: String,
    /// "po".
    pub short: Vec<String>,
    pub namespaced: bool,
    /// Whether it can be listed and watched.
    pub watchable: bool,
}

impl Entity for Kind {
    type Id = KindRef;
    fn id(&self) -> &KindRef {
        &self.id
    }
}

/// Which rows are wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RowsOf {
    pub kind: KindRef,
    /// All namespaces where none.
    pub namespace: Option<String>,
    /// Only the events about this object.
    pub about: Option<ObjectRef>,
}

impl RowsOf {
    pub fn all(kind: KindRef) -> Self {
        Self { kind, ..Self::default() }
    }

    /// What its feed is called: "pods", "pods in kube-system".
    pub fn feed_part(&self) -> String {
        let within = self.namespace.as_ref().map(|it| format!(" in {it}")).unwrap_or_default();
        let about = self.about.as_ref().map(|it| format!(" about {it}")).unwrap_or_default();
        format!("{}{within}{about}", self.kind)
    }
}

/// An object among those of its kind: "namespace/name", or "name" where it lives in no namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RowId(pub Box<str>);

impl RowId {
    pub fn new(namespace: &str, name: &str) -> Self {
        match namespace {
            "" => Self(name.into()),
            namespace => Self(format!("{namespace}/{name}").into()),
        }
    }

    /// Empty where it lives in none.
    pub fn namespace(&self) -> &str {
        self.0.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(_, name)| name)
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cell {
    #[default]
    Nothing,
    Text(Box<str>),
    Number(i64),
    /// So many of so many.
    Share(u32, u32),
    /// Shown as the time that has passed since.
    Since(Moment),
}

impl Cell {
    /// Text, or nothing where it is empty.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Cell::Nothing } else { Cell::Text(text) }
    }
}

/// How an object fares, as far as its own status tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Fare {
    /// It is as it should be.
    Good,
    UnderWay,
    Bad,
    /// It has no health of its own, or it is done.
    #[default]
    Quiet,
}

/// The title of a column, and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnTitle {
    pub title: String,
    /// Numbers hang on the right.
    pub right: bool,
    /// 0 is always shown; higher ones where there is room.
    pub priority: u8,
}

impl ColumnTitle {
    pub fn left(title: &str) -> Self {
        Self { title: title.into(), right: false, priority: 0 }
    }

    pub fn right(title: &str) -> Self {
        Self { right: true, ..Self::left(title) }
    }

    pub fn wide(self) -> Self {
        Self { priority: 1, ..self }
    }
}

/// One object. Its cells stand under the columns of its kind; namespace, name and age are columns of every kind and
/// not among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceRow {
    pub id: RowId,
    pub created: Option<Moment>,
    pub fare: Fare,
    /// `key=value`, parted by commas: for filters, not for the eye.
    pub labels: Box<str>,
    pub cells: Box<[Cell]>,
}

impl Entity for ResourceRow {
    type Id = RowId;
    fn id(&self) -> &RowId {
        &self.id
    }
}

/// What a watch of rows says.
#[derive(Debug, Clone, PartialEq)]
pub enum RowsChange {
    /// What the cells of the rows that follow mean.
    Columns(Vec<ColumnTitle>),
    Rows(crate::Change<ResourceRow>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_knows_its_namespace() {
        let pod = RowId::new("kube-system", "coredns-1");
        assert_eq!((pod.namespace(), pod.name()), ("kube-system", "coredns-1"));
        let node = RowId::new("", "cp-a1");
        assert_eq!((node.namespace(), node.name()), ("", "cp-a1"));
    }
}
