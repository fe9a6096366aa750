//! The record of pushes: a hook of the remote, which sees those over a file and those over HTTP alike.
//!
//! What the world itself commits comes by another way, and is not seen.

use crate::git_program::{GitError, run};
use std::path::Path;

/// One line of JSON for every ref that somebody moved.
const HOOK: &str = r#"#!/bin/sh
while read -r old new ref; do
  ref=$(printf %s "$ref" | sed 's/[\\"]/\\&/g')
  printf '{"at":"%s","wire":"git","ref":"%s","old":"%s","new":"%s","who":"%s","dry_run":false}\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$ref" "$old" "$new" "${REMOTE_USER:-$(id -un)}" >> RECORD
done
"#;

/// Let the bare repository write into the record at this path.
pub async fn install(bare: &Path, record: &Path) -> Result<(), GitError> {
    let hooks = bare.join("hooks");
    // Whoever pushes to a file brings their own configuration along, and hooks with it.
    run(bare, &["config", "core.hooksPath", &hooks.display().to_string()], None).await?;
    tokio::fs::create_dir_all(&hooks).await?;
    let quoted = format!("'{}'", record.display().to_string().replace('\'', "'\\''"));
    let hook = hooks.join("post-receive");
    tokio::fs::write(&hook, HOOK.replace("RECORD", &quoted)).await?;
    #[cfg(unix)]
    tokio::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o700)).await?;
    Ok(())
}
