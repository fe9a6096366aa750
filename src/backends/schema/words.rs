//! How what does not fit is told.

use super::book::{Field, Shape, Type};
use crate::plain::plain;

/// No field is called by a longer name than this.
const LONGEST: usize = 80;

/// What a place wants, as "a number"; none where everything is taken.
pub(super) fn wants(shape: &Shape) -> Option<String> {
    Some(match shape {
        Shape::Any => return None,
        Shape::Text => "a text".into(),
        Shape::Number => "a number".into(),
        Shape::Truth => "true or false".into(),
        Shape::NumberOrText => "a number or a text".into(),
        Shape::OneOf(values) => format!("one of {}", values.join(", ")),
        Shape::List(_) => "a list".into(),
        Shape::Map(_) | Shape::Of(_) => "a map".into(),
    })
}

/// Talos, with its version where that is known.
pub(super) fn talos(minor: Option<u16>) -> String {
    minor.map_or_else(|| "Talos".to_owned(), |minor| format!("Talos 1.{minor}"))
}

/// A field that Talos of this version does not have, and where it has one.
pub(super) fn versions(fields: &[Field], minor: u16) -> Option<String> {
    let (first, last) = (
        fields.iter().map(|it| *it.versions.start()).min()?,
        fields.iter().map(|it| *it.versions.end()).max()?,
    );
    Some(match minor < first {
        true => format!("needs Talos 1.{first}, and here it is 1.{minor}"),
        false => format!("is gone since Talos 1.{}, and here it is 1.{minor}", last + 1),
    })
}

/// The field that was perhaps meant: at most two letters away, or the same in other letter case.
pub(super) fn meant<'a>(of: &'a Type, name: &str) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let near = of.fields.keys().map(|it| (strsim::osa_distance(it, name), it)).min()?;
    let far = if name.chars().count() <= 4 { 1 } else { 2 };
    (near.0 <= far || near.1.eq_ignore_ascii_case(name)).then_some(near.1.as_str())
}

/// What a key is called in a sentence: cut where nobody would read on.
pub(super) fn key(name: &str) -> String {
    plain(name).chars().take(60).collect()
}
