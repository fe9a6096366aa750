//! The official client of Talos against a world: everything that can be asked, by an administrator and by a reader, of
//! nodes that live and of one that is dead. `tests/talos-client` holds the questions.

use crate::harness::PATIENCE;
use simulator::{Options, serve};
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

/// Where it has never been built, it is built first.
const BUILDING: Duration = Duration::from_secs(600);

/// The program; none, with the reason said, where it cannot be built here.
#[expect(clippy::print_stderr, reason = "whoever runs the tests shall know what was not tested")]
async fn client(dir: &Path) -> Option<std::path::PathBuf> {
    let program = dir.join("talos-client");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/talos-client");
    let building = Command::new("go")
        .args(["build", "-trimpath", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(source)
        .env("CGO_ENABLED", "0")
        .kill_on_drop(true)
        .output();
    let why = match tokio::time::timeout(BUILDING, building).await {
        Ok(Ok(built)) if built.status.success() => return Some(program),
        Ok(Ok(built)) => {
            let said = String::from_utf8_lossy(&built.stderr).into_owned();
            // Without a network there are no modules; a program that is wrong is no reason to pass it over.
            let no_modules =
                ["dial tcp", "no such host", "i/o timeout", "module lookup disabled", "403 Forbidden"];
            assert!(no_modules.iter().any(|it| said.contains(it)), "{said}");
            said
        }
        Ok(Err(err)) => format!("go: {err}"),
        Err(_) => "it was not built in time".into(),
    };
    eprintln!("skipped: the official client of Talos cannot be built here: {why}");
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds a Go program; .ci/run has a step for it"]
async fn the_official_client_hears_nothing_that_a_real_node_would_not_say() {
    let dir = tempfile::tempdir().unwrap();
    let Some(program) = client(dir.path()).await else { return };
    let world = dir.path().join("world");
    let options = Options { dir: world.clone(), story: "node-down".into(), ..Options::default() };
    let served = serve(&options).await.unwrap();
    // By then, on the world's own clock, one worker is dead; it stays so for more than two minutes.
    served.clock.sleep(Duration::from_secs(8)).await;
    let asking = Command::new(program).arg(&world).kill_on_drop(true).output();
    let answered = tokio::time::timeout(PATIENCE, asking).await.expect("it ends").unwrap();
    let said = String::from_utf8_lossy(&answered.stdout);
    assert!(answered.status.success(), "{said}{}", String::from_utf8_lossy(&answered.stderr));
    served.stop().await;
}
