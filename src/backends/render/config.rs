//! A machine config as bytes that must not be seen.

use domain::Digest;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Bytes of a machine config, with their digest. It prints as its digest wherever it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct MachineConfig {
    bytes: Vec<u8>,
    digest: Digest,
}

impl MachineConfig {
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let digest = digest_of(&Sha256::digest(&bytes));
        Self { bytes, digest }
    }

    /// The bytes themselves, for the wire and for what masks them.
    pub(crate) fn reveal(&self) -> &[u8] {
        &self.bytes
    }

    /// The same as text; empty where it is none.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }
}

impl fmt::Debug for MachineConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MachineConfig({})", self.digest.short())
    }
}

/// The hex of a hash.
pub(crate) fn digest_of(hash: &[u8]) -> Digest {
    use fmt::Write;
    Digest(hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
