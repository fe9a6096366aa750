//! The known flaw of 0.5.12: a machine left etcd, its deletion was lost, and nobody can go on.

use super::*;
use crate::control::{condition, deleting, key};

fn stuck(bench: &Bench) -> bool {
    let plane = bench.control_plane();
    let etcd =
        condition(&plane["status"]["conditions"], "EtcdClusterHealthyCondition").cloned().unwrap_or_default();
    let message = etcd["message"].as_str().unwrap_or_default();
    etcd["status"] == "False"
        && half(&bench.mirror, true).len() == 4
        && bench.members() == 3
        && (message.contains("expected to have 4 members, got 3")
            || message.contains("current state [Finished]"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_delete_stops_the_roll_until_a_person_deletes_the_machine() {
    let bench = Bench::new(0, SPEED, 12).await;
    bench.version.lose_deletes(1);
    bench.bump("v1.35.2").await;
    bench.until("the deadlock", |_| stuck(&bench)).await;
    let journal = bench.journals.of_pod("cacppt-controller-manager-x").unwrap();
    let waits = || {
        let lines = journal.lines();
        lines
            .iter()
            .filter(|it| it.contains("waiting for etcd to become healthy before scaling down"))
            .count()
    };
    let mut written = journal.follow();
    let earlier = waits();
    let more = async {
        while waits() < earlier + 3 {
            written.changed().await.unwrap();
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, more).await.is_ok(),
        "it looks again and again\n{}",
        bench.picture()
    );
    assert!(stuck(&bench) && half(&bench.mirror, true).iter().all(|it| !deleting(it)));

    let members: Vec<String> =
        bench.world.etcd().unwrap().members().iter().map(|it| it.name.clone()).collect();
    let lost = half(&bench.mirror, true).into_iter().find(|it| {
        let node = crate::control::text(it, "/status/nodeRef/name");
        !members.iter().any(|member| member == node)
    });
    bench.mirror.delete(kinds::MACHINE, &key(&lost.unwrap())).await.unwrap();
    bench.until("the roll goes on to its end", |mirror| settled(mirror, true, 3, "v1.35.2")).await;
    assert_eq!(bench.members(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_fix_a_lost_delete_is_made_good() {
    let bench = Bench::new(0, SPEED, 13).await;
    bench.version.lose_deletes(1);
    bench.bump("v1.35.2").await;
    bench.until("three machines on v1.35.2", |mirror| settled(mirror, true, 3, "v1.35.2")).await;
}
