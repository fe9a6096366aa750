//! Stands in for talhelper where there is none: from `talconfig.yaml`, patches and sealed secrets to machine configs.
//!
//! It knows a part of what talhelper 3.1 does, for Talos 1.12 and 1.13: [`talconfig`] lists the keys of
//! `talconfig.yaml`. Patches ([`crate::patches`]) are written in place or read from `@./files`, plain or sealed by SOPS;
//! `$$patch: delete` takes away. Variables are filled in where they are set. Everything else is refused with its place:
//! templates, `talenv.yaml`, legacy network interfaces, a schematic that is more than extensions and kernel arguments,
//! secrets that are missing. A test holds it to the real program.

mod base;
mod command;
mod patches;
mod render;
mod schematic;
mod secrets;
mod talconfig;
mod validate;
mod variables;

#[cfg(test)]
mod tests;

pub use command::run;
pub(crate) use render::{Tree, render};

use crate::sops::SopsError;

/// Why nothing was rendered. Each names the file, and the line or the key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    #[error("{file}: cannot be read: {source}")]
    Unreadable { file: String, source: std::io::Error },
    #[error("{file}: {source}")]
    Yaml { file: String, source: serde_yaml::Error },
    #[error("{file}: {source}")]
    Sealed { file: String, source: SopsError },
    /// `at` is a path of keys.
    #[error("{file}: {at}: {why}")]
    Refused { file: String, at: String, why: String },
    #[error("{0}")]
    Asked(String),
}

impl RenderError {
    fn refused(file: &str, at: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Refused { file: file.to_owned(), at: at.into(), why: why.into() }
    }
}
