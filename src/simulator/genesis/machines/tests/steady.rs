//! At the first moment nobody finds anything to change.

use std::collections::BTreeMap;

use super::*;
use crate::control::{Kind, key};

const WATCHED: [Kind; 8] = [
    kinds::CLUSTER,
    kinds::MACHINE,
    kinds::MACHINE_SET,
    kinds::MACHINE_DEPLOYMENT,
    kinds::TALOS_CONTROL_PLANE,
    kinds::TALOS_CONFIG,
    kinds::HCLOUD_MACHINE,
    kinds::HETZNER_CLUSTER,
];

/// Every place in which two values differ, and how.
fn differences(at: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                differences(&format!("{at}/{key}"), &old[key], &new[key], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (place, (old, new)) in one.iter().zip(other).enumerate() {
                differences(&format!("{at}/{place}"), old, new, found);
            }
        }
        _ if old == new => {}
        _ => found.push(format!("{at}: {old} -> {new}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_anything() {
    let bench = Bench::new(3, SPEED, 13).await;
    bench.mirror.synced(&WATCHED).await;
    let look = || -> BTreeMap<(Kind, Key), Arc<Value>> {
        let all = WATCHED.iter().flat_map(|kind| bench.mirror.list(*kind).into_iter().map(|it| (*kind, it)));
        all.map(|(kind, it)| ((kind, key(&it)), it)).collect()
    };
    let before = look();
    assert_eq!(half(&bench.mirror, true).len(), 3);
    assert_eq!(half(&bench.mirror, false).len(), 3);
    // The provider looks again each minute of the world's time, and writes a line when it begins.
    let mut told = bench.journals.of_pod("cacppt-controller-manager-x").unwrap().follow();
    told.borrow_and_update();
    let mut events = bench.mirror.listen(&WATCHED);
    while events.try_recv().is_ok() {}
    // A change of ours is seen by everybody; once it has been heard back they have all had their look.
    let mark = json!({"metadata": {"annotations": {"seen": "yes"}}});
    for (kind, at) in
        before.keys().filter(|(kind, _)| *kind == kinds::MACHINE || *kind == kinds::TALOS_CONTROL_PLANE)
    {
        bench.mirror.merge(*kind, at, &mark).await.unwrap();
    }
    bench.bump("v1.35.0").await;
    let patience = tokio::time::timeout(Duration::from_secs(3), async {
        while let Some(event) = events.recv().await {
            let old = &before[&(event.kind, key(&event.object))];
            let mut new = Value::clone(&event.object);
            for field in ["resourceVersion", "annotations", "managedFields"] {
                new["metadata"][field] = old["metadata"][field].clone();
            }
            let mut changed = Vec::new();
            differences("", old, &new, &mut changed);
            assert!(changed.is_empty(), "{} {}: {changed:#?}", event.kind.kind, key(&event.object));
        }
    });
    assert!(patience.await.is_err(), "the watch goes on");
    let plane = bench.control_plane();
    assert!(
        crate::control::is_true(&plane["status"]["conditions"], "EtcdClusterHealthyCondition"),
        "{}",
        bench.picture()
    );
}
