//! The programs that the operator of this world has at hand, and the key that they need.

use std::path::Path;

/// The age key that opens the sealed files of the repository.
pub(super) const AGE_KEY: &str = "age.key";
const BIN: &str = "bin";

/// Put `talhelper` into the folder of programs: `program`, or this very one, under another name.
pub(super) fn install(dir: &Path, program: Option<&Path>) -> std::io::Result<()> {
    let program = program.map_or_else(std::env::current_exe, |it| Ok(it.to_owned()))?;
    let bin = dir.join(BIN);
    std::fs::create_dir_all(&bin)?;
    let script = format!("#!/bin/sh\nexec {} demo-talhelper \"$@\"\n", quoted(&program));
    let path = bin.join("talhelper");
    std::fs::write(&path, script)?;
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// What a shell needs to reach them.
pub(super) fn variables(dir: &Path) -> String {
    let (bin, key) = (quoted(&dir.join(BIN)), quoted(&dir.join(AGE_KEY)));
    format!("export PATH={bin}:\"$PATH\"\nexport SOPS_AGE_KEY_FILE={key}\n")
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
