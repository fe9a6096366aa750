//! The official client of Talos against a world: everything that can be asked, by an administrator and by a reader, of
//! nodes that live and of one that is dead. `tests/talos-client` holds the questions.

use crate::harness::{PATIENCE, go};
use simulator::{Options, serve};
use std::time::Duration;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds a Go program; .ci/run has a step for it"]
async fn the_official_client_hears_nothing_that_a_real_node_would_not_say() {
    let dir = tempfile::tempdir().unwrap();
    let Some(program) = go::build("talos-client", ".", dir.path()) else { return };
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
