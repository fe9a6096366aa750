//! A new version of Kubernetes rolls through the control plane and through the workers.

use std::collections::BTreeSet;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_control_plane_is_replaced_one_by_one() {
    let bench = Bench::new(0, SPEED, 13).await;
    let etcd = bench.world.etcd().unwrap();
    let mut changed = etcd.changed();
    let mut seen = vec![bench.members()];
    let watching = tokio::spawn(async move {
        let mut seen = vec![3];
        while changed.changed().await.is_ok() {
            let now = etcd.members().len();
            if seen.last() != Some(&now) {
                seen.push(now);
            }
            if seen == [3, 4, 3, 4, 3, 4, 3] {
                break;
            }
        }
        seen
    });
    bench.bump("v1.35.2").await;
    let mut most = 0;
    bench
        .until("three machines on v1.35.2", |mirror| {
            most = most.max(half(mirror, true).len());
            settled(mirror, true, 3, "v1.35.2")
        })
        .await;
    assert_eq!(most, 4, "never more than one over");
    bench
        .until("the control plane says so", |_| {
            let plane = bench.control_plane();
            plane["status"]["version"] == "v1.35.2"
                && crate::control::is_true(&plane["status"]["conditions"], "MachinesSpecUpToDate")
                && crate::control::is_true(&plane["status"]["conditions"], "EtcdClusterHealthyCondition")
                && crate::control::is_true(&plane["status"]["conditions"], "Ready")
        })
        .await;
    seen = tokio::time::timeout(PATIENCE, watching).await.unwrap().unwrap();
    assert_eq!(seen, [3, 4, 3, 4, 3, 4, 3]);
    assert_eq!(bench.world.nodes().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_wait_for_the_control_plane_and_then_roll() {
    let bench = Bench::new(2, SPEED, 13).await;
    let before: BTreeSet<String> =
        half(&bench.mirror, false).iter().map(|it| crate::control::name(it).to_owned()).collect();
    let at = Key::new("default", "k8s-md-0");
    let patch = json!({"spec": {"template": {"spec": {"version": "v1.35.2"}}}});
    bench.mirror.merge(kinds::MACHINE_DEPLOYMENT, &at, &patch).await.unwrap();
    bench.until("two workers on v1.35.2", |mirror| settled(mirror, false, 2, "v1.35.2")).await;
    bench
        .until("one set is left and the deployment is done", |mirror| {
            let deployment = mirror.get(kinds::MACHINE_DEPLOYMENT, &at).unwrap();
            mirror.list(kinds::MACHINE_SET).len() == 1
                && crate::control::condition(&deployment["status"]["conditions"], "RollingOut")
                    .is_some_and(|it| it["status"] == "False")
                && deployment["status"]["upToDateReplicas"] == 2
        })
        .await;
    assert!(half(&bench.mirror, false).iter().all(|it| !before.contains(crate::control::name(it))));
}
