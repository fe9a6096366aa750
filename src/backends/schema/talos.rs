//! Talos's own documents: the fields that each version knows, from a table beside this file.

use super::book::{Book, Field, Shape, Type};
use super::check::{Root, System};
use super::words;
use crate::yaml::Document;
use domain::{Quotes, Scalar};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

pub(super) const API_VERSION: &str = "v1alpha1";
/// The heading of the table below which each kind of document is told.
pub(super) const DOCUMENTS: &str = "documents";
/// The minor versions that the table was read from. What is newer is taken for the newest.
const KNOWN: RangeInclusive<u16> = 9..=14;

pub(super) static BOOK: LazyLock<Book> = LazyLock::new(|| book(include_str!("talos.txt")));

/// `13` of `v1.13.9`, no further than the table goes.
pub(super) fn minor(version: &str) -> Option<u16> {
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next()?, parts.next()?.parse::<u16>().ok()?);
    (major == "1" && minor >= *KNOWN.start()).then(|| minor.min(*KNOWN.end()))
}

/// Whether a value is a text that could be a patch.
pub(super) fn may_hold(scalar: &Scalar) -> bool {
    let names = |it: &str| scalar.value.lines().any(|line| line.trim_end() == it);
    scalar.quotes == Quotes::Block
        && (names("machine:") || names("cluster:") || names("apiVersion: v1alpha1"))
}

/// What a document is held against; none where it is not Talos's.
pub(super) fn root(document: &Document, minor: Option<u16>) -> Option<Root<'static>> {
    let named = |kind: &str, what: String| {
        let shape = &BOOK.types.get(DOCUMENTS)?.field(kind, minor)?.shape;
        Some(Root { book: &BOOK, shape, what, system: System::Talos { minor } })
    };
    if document.value("apiVersion") == Some(API_VERSION) {
        let kind = document.value("kind")?;
        return named(kind, kind.to_owned());
    }
    is_config(document).then(|| named(API_VERSION, String::new())).flatten()
}

/// The kind of a document that Talos of this version does not have, and what is to be said of it.
pub(super) fn unheard_of(document: &Document, minor: Option<u16>) -> Option<(&Scalar, String)> {
    let kind = document.scalars.iter().find(|it| it.field == "kind")?;
    let documents = BOOK.types.get(DOCUMENTS)?;
    if document.value("apiVersion") != Some(API_VERSION) || documents.field(&kind.value, minor).is_some() {
        return None;
    }
    let name = words::key(&kind.value);
    let gone =
        minor.zip(documents.fields.get(&kind.value)).and_then(|(minor, of)| words::versions(of, minor));
    let talos = words::talos(minor);
    Some((
        kind,
        match (gone, words::meant(documents, &kind.value)) {
            (Some(gone), _) => format!("the document {name} {gone}"),
            (None, Some(near)) => format!("{talos} knows no document {name}: is it {near}?"),
            (None, None) => format!("{talos} knows no document {name}"),
        },
    ))
}

/// The oldest form of a config has no kind, and a patch of it may have no more than one key: it is known by its keys.
fn is_config(document: &Document) -> bool {
    let first = |field: &str| field.split(['.', '[']).next().unwrap_or_default().to_owned();
    let config = BOOK.types.get("v1alpha1.Config");
    let known = |key: &str| key.starts_with('$') || config.is_some_and(|it| it.fields.contains_key(key));
    let part = |key: &str, name: &str| {
        let fields = BOOK.types.get(name).map(|it| &it.fields);
        document.scalars.iter().any(|it| {
            it.field
                .strip_prefix(key)
                .and_then(|it| it.strip_prefix('.'))
                .is_some_and(|rest| fields.is_some_and(|fields| fields.contains_key(first(rest).as_str())))
        })
    };
    document.scalars.iter().all(|it| known(&first(&it.field)))
        && (part("machine", "v1alpha1.MachineConfig") || part("cluster", "v1alpha1.ClusterConfig"))
}

/// Read the table: headings at the margin, fields indented below them.
fn book(table: &str) -> Book {
    let mut book = Book::default();
    let mut heading = String::new();
    for line in table.lines().filter(|it| !it.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        if !line.starts_with(' ') {
            heading = name.to_owned();
            book.types.entry(heading.clone()).or_default();
            continue;
        }
        let shape = words.next().map_or(Shape::Any, shape);
        let versions = words.next().map_or(KNOWN, versions);
        let of: &mut Type = book.types.entry(heading.clone()).or_default();
        of.fields.entry(name.to_owned()).or_default().push(Field { shape, versions });
    }
    book
}

fn shape(said: &str) -> Shape {
    let inside = |open: char, close: char| said.strip_prefix(open).and_then(|it| it.strip_suffix(close));
    if let Some(of) = inside('[', ']') {
        return Shape::List(Box::new(shape(of)));
    }
    if let Some(of) = inside('{', '}') {
        return Shape::Map(Box::new(shape(of)));
    }
    match said {
        "any" => Shape::Any,
        "text" | "duration" => Shape::Text,
        "number" | "real" => Shape::Number,
        "yes" => Shape::Truth,
        said if said.contains('|') => Shape::OneOf(said.split('|').map(ToOwned::to_owned).collect()),
        name => Shape::Of(name.to_owned()),
    }
}

/// `1.12-`, `-1.13` or `1.10-1.12`.
fn versions(said: &str) -> RangeInclusive<u16> {
    let minor = |it: &str| it.strip_prefix("1.").and_then(|it| it.parse().ok());
    let (from, until) = said.split_once('-').unwrap_or((said, said));
    minor(from).unwrap_or(*KNOWN.start())..=minor(until).unwrap_or(*KNOWN.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_table_names_is_in_it() {
        fn names(shape: &Shape) -> Option<&String> {
            match shape {
                Shape::List(of) | Shape::Map(of) => names(of),
                Shape::Of(name) => Some(name),
                _ => None,
            }
        }
        let fields = BOOK.types.values().flat_map(|it| it.fields.values().flatten());
        let missing: Vec<_> = fields
            .filter_map(|it| names(&it.shape))
            .filter(|name| !BOOK.types.contains_key(name.as_str()))
            .collect();
        assert!(BOOK.types.len() > 200, "{}", BOOK.types.len());
        assert_eq!(missing, Vec::<&String>::new());
    }

    #[test]
    fn versions_are_read_as_the_table_writes_them() {
        assert_eq!((versions("1.12-"), versions("-1.13"), versions("1.10-1.12")), (12..=14, 9..=13, 10..=12));
        assert_eq!(
            (minor("v1.13.9"), minor("v1.31.0"), minor("v1.8.0"), minor("v2.0.0")),
            (Some(13), Some(14), None, None)
        );
    }
}
