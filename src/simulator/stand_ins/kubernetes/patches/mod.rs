//! The ways to change a part of an object.

pub mod json;
pub mod managed;
pub mod merge;
