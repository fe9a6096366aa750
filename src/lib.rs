//! The runtime: the one place where the mind, the face, the hands and the clock meet.

pub mod changes;
pub mod cli;
mod clipboard;
pub mod cockpit;
#[cfg(feature = "demo")]
pub mod demo;
mod desk;
pub mod edit;
pub mod encoder;
mod external_editor;
mod failure;
pub mod headless;
mod input;
pub mod inspect;
mod interrupts;
mod journal;
mod last_known_file;
pub mod ledger;
pub mod rollout;
mod runtime;
mod sealed_editor;
pub mod settings;
mod tasks;
mod terminal;
pub mod texts;

pub use failure::Failure;
