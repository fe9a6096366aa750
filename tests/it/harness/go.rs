//! Programs of others, built from their Go modules at the version that a folder of `tests/` pins.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Build a package into `dir`; none, with the reason said, where it cannot be built here. It takes minutes where it was
/// never built.
pub fn build(source: &str, package: &str, dir: &Path) -> Option<PathBuf> {
    build_pinned(source, "go.mod", package, dir)
}

/// The same by another file of that folder, which pins other versions.
#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was not tested")]
pub fn build_pinned(source: &str, pins: &str, package: &str, dir: &Path) -> Option<PathBuf> {
    let name = if package == "." { source } else { package.rsplit('/').find(|it| !is_version(it))? };
    std::fs::create_dir_all(dir).expect("a folder for it");
    let program = dir.join(name);
    let built = Command::new("go")
        .args(["build", "-trimpath", "-ldflags", "-s -w", "-modfile", pins, "-o"])
        .arg(&program)
        .arg(package)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(source))
        .env("CGO_ENABLED", "0")
        .output();
    let why = match built {
        Ok(built) if built.status.success() => return Some(program),
        Ok(built) => {
            let said = String::from_utf8_lossy(&built.stderr).into_owned();
            // Without a network there are no modules; a pin that is wrong is no reason to pass it over.
            let no_modules =
                ["dial tcp", "no such host", "i/o timeout", "module lookup disabled", "403 Forbidden"];
            assert!(no_modules.iter().any(|it| said.contains(it)), "{said}");
            said
        }
        Err(err) => format!("go: {err}"),
    };
    eprintln!("skipped: {name} cannot be built here: {why}");
    None
}

/// The `v3` at the end of a module.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|it| it.parse::<u32>().is_ok())
}
