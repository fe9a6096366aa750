//! The ledger on disk: every order before it is given, every outcome after. Append-only, private, without contents.

use domain::{Order, OrderId, Outcome};
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug)]
pub struct LedgerFile {
    /// None where there is no folder for state; then orders are not refused, only not remembered.
    file: Option<File>,
    run: u128,
}

impl LedgerFile {
    /// Open `ledger.jsonl` in the state folder, making both private.
    pub fn open(state_dir: Option<&Path>) -> io::Result<Self> {
        let file = match state_dir {
            Some(dir) => {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
                let path = dir.join("ledger.jsonl");
                Some(OpenOptions::new().create(true).append(true).mode(0o600).open(path)?)
            }
            None => None,
        };
        Ok(Self { file, run: now() })
    }

    pub fn begins(&mut self, id: OrderId, order: &Order) -> io::Result<()> {
        let what = match order {
            Order::Commit(draft) => json!({
                "commit": draft.files.iter().map(|it| it.path.0.as_str()).collect::<Vec<_>>(),
                "base": draft.base.0, "message": draft.message,
            }),
            Order::Push { commit, branch } => json!({ "push": commit.0, "branch": branch.0 }),
            Order::Refresh { object } => json!({ "refresh": object.to_string() }),
            Order::Sync { object } => json!({ "sync": object.to_string() }),
        };
        self.write(
            json!({ "run": self.run.to_string(), "order": id.0, "at": now().to_string(), "begins": what }),
        )
    }

    pub fn ends(&mut self, id: OrderId, outcome: &Outcome) -> io::Result<()> {
        let what = match outcome {
            Outcome::Committed { commit, paths } => {
                let paths: Vec<&str> = paths.iter().map(|it| it.0.as_str()).collect();
                json!({ "committed": commit.0, "paths": paths })
            }
            Outcome::Overtaken { branch } => json!({ "overtaken": branch.0 }),
            Outcome::Pushed { commit, branch, .. } => json!({ "pushed": commit.0, "branch": branch.0 }),
            Outcome::Asked { object, words } => json!({ "asked": object.to_string(), "what": words }),
            Outcome::Refused(refusal) => json!({ "refused": refusal.why }),
        };
        self.write(
            json!({ "run": self.run.to_string(), "order": id.0, "at": now().to_string(), "ends": what }),
        )
    }

    /// One line, on disk before this returns.
    fn write(&mut self, line: Value) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
