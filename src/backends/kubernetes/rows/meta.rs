//! The metadata that every row needs, read leanly, and the columns every kind starts from.

use crate::plain::plain;
use domain::{Cell, Fare, Moment, ResourceRow, RowId};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Meta {
    pub(crate) name: Box<str>,
    pub(crate) namespace: Box<str>,
    pub(crate) creation_timestamp: Option<Box<str>>,
    pub(crate) deletion_timestamp: Option<Box<str>>,
    pub(crate) labels: Labels,
}

impl Meta {
    pub(crate) fn row(&self, fare: Fare, cells: impl Into<Box<[Cell]>>) -> ResourceRow {
        ResourceRow {
            id: RowId::new(&plain(&self.namespace), &plain(&self.name)),
            created: self.creation_timestamp.as_deref().and_then(moment),
            fare: if self.deletion_timestamp.is_some() { Fare::UnderWay } else { fare },
            labels: self.labels.0.clone(),
            cells: cells.into(),
        }
    }
}

/// The labels of an object in one text, `app=web,tier=front`: they are searched, and a map would cost ten times as
/// much.
#[derive(Default)]
pub(crate) struct Labels(pub(crate) Box<str>);

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Joined)
    }
}

struct Joined;

impl<'de> Visitor<'de> for Joined {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels")
    }

    fn visit_unit<E>(self) -> Result<Labels, E> {
        Ok(Labels::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut joined = String::new();
        while let Some((key, value)) = map.next_entry::<Cow<'_, str>, Cow<'_, str>>()? {
            if !joined.is_empty() {
                joined.push(',');
            }
            joined.push_str(&plain(&key));
            joined.push('=');
            joined.push_str(&plain(&value));
        }
        Ok(Labels(joined.into()))
    }
}

/// A time as Kubernetes writes it.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Moment(at.as_millisecond()))
}

pub(crate) fn since(text: Option<&str>) -> Cell {
    text.and_then(moment).map_or(Cell::Nothing, Cell::Since)
}

/// A cell of text from the wire.
pub(crate) fn text(text: &str) -> Cell {
    Cell::text(plain(text))
}

/// A list in one cell, parted by commas.
pub(crate) fn joined(parts: impl IntoIterator<Item = impl AsRef<str>>) -> Cell {
    let parts: Vec<String> = parts.into_iter().map(|it| plain(it.as_ref()).into_owned()).collect();
    Cell::text(parts.join(","))
}

/// A share of what is wanted; good when all of it is there.
pub(crate) fn share(ready: u32, wanted: u32) -> (Cell, Fare) {
    let fare = match (ready, wanted) {
        (_, 0) => Fare::Quiet,
        (ready, wanted) if ready >= wanted => Fare::Good,
        (0, _) => Fare::Bad,
        _ => Fare::UnderWay,
    };
    (Cell::Share(ready, wanted), fare)
}
