//! The ways to change a part of an object, and who is then said to have changed it.

pub mod apply;
pub mod fields;
pub mod json;
pub mod managed;
pub mod merge;
pub mod shape;
pub mod strategic;
