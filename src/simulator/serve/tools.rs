//! The programs that the operator of a world has at hand, and what they need.

use std::path::Path;

/// The age key that opens the sealed files of the repository.
pub(super) const AGE_KEY: &str = "age.key";
const BIN: &str = "bin";

/// Put a program into the folder of programs: `program`, or this very one, under another name.
pub(super) fn install(dir: &Path, program: Option<&Path>, name: &str) -> std::io::Result<()> {
    let program = program.map_or_else(std::env::current_exe, |it| Ok(it.to_owned()))?;
    let bin = dir.join(BIN);
    std::fs::create_dir_all(&bin)?;
    let script = format!("#!/bin/sh\nexec {} demo-{name} \"$@\"\n", quoted(&program));
    let path = bin.join(name);
    std::fs::write(&path, script)?;
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// What a shell needs to reach talhelper, and what that needs.
pub(super) fn talhelper(dir: &Path) -> String {
    format!("{}export SOPS_AGE_KEY_FILE={}\n", path(dir), quoted(&dir.join(AGE_KEY)))
}

/// What a shell needs to reach tofu, and what that needs: a token that may change things.
pub(super) fn tofu(dir: &Path, token: &str, endpoint: &str) -> String {
    format!("{}export HCLOUD_TOKEN={token}\nexport HCLOUD_ENDPOINT={endpoint}\n", path(dir))
}

fn path(dir: &Path) -> String {
    format!("export PATH={}:\"$PATH\"\n", quoted(&dir.join(BIN)))
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
