//! The record of everything that somebody from outside asks a world to change: one line of JSON for each request.
//!
//! Every line has `at` (this host's clock, RFC 3339), `wire` and what came of it; bodies are there as SHA-256 alone. A
//! dry run says `dry_run: true`. What the world's own controllers do is not written.

use crate::world::Lock;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The name of the record in a world's folder.
pub(crate) const MUTATIONS: &str = "mutations.jsonl";
/// Who the world's own controllers are to its Kubernetes API, and how its providers name themselves elsewhere.
pub(crate) const OWN: &str = "system:world";
pub(crate) const OWN_AGENT: &str = "world-provider";

/// Where lines go. Cheap to clone; by default nowhere.
#[derive(Clone, Default)]
pub(crate) struct Mutations(Option<Arc<Mutex<File>>>);

impl fmt::Debug for Mutations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutations")
    }
}

impl Mutations {
    /// A record in a world's folder, for its owner alone. It goes on where one is.
    pub fn within(dir: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(Some(Arc::new(Mutex::new(options.open(dir.join(MUTATIONS))?)))))
    }

    /// Write one line; `fields` is an object.
    pub fn write(&self, wire: &str, fields: Value) {
        let Some(file) = &self.0 else { return };
        let mut line = Map::new();
        line.insert("at".into(), json!(format!("{:.3}", jiff::Timestamp::now())));
        line.insert("wire".into(), json!(wire));
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        let text = format!("{}\n", Value::Object(line));
        // One write for a line: the hook of the Git remote writes into the same file.
        let _ = file.held().write_all(text.as_bytes());
    }
}

/// The SHA-256 of a body, in hexadecimal digits.
pub(crate) fn digest(body: &[u8]) -> String {
    Sha256::digest(body).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
