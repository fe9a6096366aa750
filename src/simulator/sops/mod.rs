//! Files that SOPS has sealed for an age key: written for a world's repository, and opened by its stand-ins.
//!
//! The parts of both formats that a world needs: X25519 recipients, armoured files of one chunk, values of AES-256-GCM
//! bound to their keys, and the code over all values. Both are the real formats: `sops` and `age` read what is written.

mod age;
mod document;
mod key;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use document::{is_sealed, open, seal};
pub(crate) use key::Identity;

/// Why a sealed file cannot be read or written. No text holds a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SopsError {
    #[error("no age identity: {0}")]
    Identity(&'static str),
    #[error("none of the age identities at hand may open it; it was sealed for {0}")]
    NotForUs(String),
    #[error("the data key is no age file that this reads: {0}")]
    Age(&'static str),
    #[error("the value of {path} cannot be opened: {why}")]
    Value { path: String, why: &'static str },
    #[error("the code over all values does not match: the file was changed after it was sealed")]
    Changed,
    #[error("the sops block: {0}")]
    Block(&'static str),
    #[error("{0}")]
    Yaml(#[from] serde_yaml::Error),
}
