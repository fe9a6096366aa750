//! What putting a config in force would do to a node: how it differs, what that does, and what the node says to it.

pub(crate) mod documents;
mod effect;
mod foretell;
mod installer;

pub(crate) use documents::{Comparison, Documents};
pub(crate) use effect::{Kin, effect};
pub(crate) use foretell::{Subject, foretell, lacks};
pub(crate) use installer::Installer;
