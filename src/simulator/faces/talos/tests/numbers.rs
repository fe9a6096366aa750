//! Every number and list that a machine answers at once.

use super::*;
use wire::machine::{ContainersRequest, StatsRequest};

#[tokio::test]
async fn every_question_is_answered() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1"]);
    let mut client = machine(&example, "cp-1", "os:reader").await;
    let stat = client.system_stat(()).await.unwrap().into_inner().messages.remove(0);
    assert!(stat.boot_time > 0 && stat.cpu.len() == 4 && stat.cpu_total.unwrap().idle > 0.0);
    let load = client.load_avg(()).await.unwrap().into_inner().messages.remove(0);
    assert!(load.load1 > 0.0 && load.load1 < 4.0);
    assert_eq!(client.cpu_info(()).await.unwrap().into_inner().messages[0].cpu_info.len(), 4);
    assert!(
        client.network_device_stats(()).await.unwrap().into_inner().messages[0]
            .devices
            .iter()
            .any(|it| it.name == "eth0")
    );
    assert!(
        client.disk_stats(()).await.unwrap().into_inner().messages[0]
            .devices
            .iter()
            .any(|it| it.name == "sda")
    );
    assert!(
        client.mounts(()).await.unwrap().into_inner().messages[0]
            .stats
            .iter()
            .any(|it| it.mounted_on == "/var")
    );
    let asked = ContainersRequest { namespace: "k8s.io".into(), driver: 1 };
    let containers = client.containers(asked).await.unwrap().into_inner().messages.remove(0).containers;
    assert!(
        containers.iter().any(|it| it.id == "kube-system/kube-apiserver-cp-1:kube-apiserver"),
        "{containers:?}"
    );
    let asked = StatsRequest { namespace: "system".into(), driver: 0 };
    let stats = client.stats(asked).await.unwrap().into_inner().messages.remove(0).stats;
    assert!(stats.iter().any(|it| it.id == "etcd" && it.memory_usage > 0));
    assert!(client.etcd_alarm_list(()).await.unwrap().into_inner().messages[0].member_alarms.is_empty());
    let status = client.etcd_status(()).await.unwrap().into_inner().messages.remove(0).member_status.unwrap();
    assert_eq!(status.leader, status.member_id);
    example.world.fill_etcd();
    assert_eq!(client.etcd_alarm_list(()).await.unwrap().into_inner().messages[0].member_alarms.len(), 1);
}
