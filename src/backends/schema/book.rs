//! Types and their fields, as they are looked up while a text is read.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

/// What may stand at a place. Nothing at all may stand everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// It is not known, or anything is taken.
    Any,
    /// Any scalar is one.
    Text,
    Number,
    Truth,
    NumberOrText,
    OneOf(Vec<String>),
    List(Box<Shape>),
    /// A map whose keys are the writer's own.
    Map(Box<Shape>),
    /// A type of the book, by its name.
    Of(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub shape: Shape,
    /// The minor versions that have it.
    pub versions: RangeInclusive<u16>,
}

/// The fields of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Type {
    /// A field may differ from version to version.
    pub fields: BTreeMap<String, Vec<Field>>,
    /// Whether it takes fields that it does not name.
    pub open: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Book {
    pub types: HashMap<String, Type>,
    /// Names of what is no map with fields.
    pub others: HashMap<String, Shape>,
}

/// Names that stand for names are followed no further than this.
const FURTHEST: usize = 8;

impl Book {
    pub fn of(&self, shape: &Shape) -> Option<&Type> {
        match shape {
            Shape::Of(name) => self.types.get(name),
            _ => None,
        }
    }

    /// What a name stands for, where it is none of a type. A name that the book does not have is anything.
    pub fn meaning<'a>(&'a self, mut shape: &'a Shape) -> &'a Shape {
        for _ in 0..FURTHEST {
            match shape {
                Shape::Of(name) if !self.types.contains_key(name) => {
                    shape = self.others.get(name).unwrap_or(&Shape::Any);
                }
                _ => return shape,
            }
        }
        &Shape::Any
    }
}

impl Type {
    /// The field as a version has it; of an unknown version, as the newest does.
    pub fn field(&self, name: &str, minor: Option<u16>) -> Option<&Field> {
        let fields = self.fields.get(name)?;
        match minor {
            Some(minor) => fields.iter().find(|it| it.versions.contains(&minor)),
            None => fields.last(),
        }
    }
}
