//! Machine configs patched as Talos patches them: strategic merge by the shapes of `schema.yaml`, `$patch: delete`, and
//! operations of JSON patches. Held to the official machinery by what it made of a corpus of patches.

mod delete;
mod duration;
mod merge;
mod operation;
mod patch;
mod schema;
mod written;

#[cfg(test)]
mod official;

pub(crate) use merge::{Refused, UNKNOWN};
pub(crate) use patch::{Patch, check, ordered};
pub(crate) use written::text;
