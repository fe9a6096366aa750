//! Machines boot, join, leave and come back, and tell of it.

use super::*;
use wire::machine::machine_status_event::MachineStage;
use wire::machine::{
    EtcdLeaveClusterRequest, EtcdMemberListRequest, EtcdRemoveMemberByIdRequest, EventsRequest, RebootRequest,
};

#[tokio::test]
async fn a_new_control_plane_machine_boots_learns_and_votes() {
    let mut example = Example::new(50.0);
    example.place(&["cp-1", "cp-2", "cp-3"]);
    let spec = example.spec("cp-4", "controlplane");
    example.world.power_on(spec).unwrap();
    assert_eq!(example.world.node("cp-4").unwrap().stage, MachineStage::Booting);
    example
        .until("it is ready", |world| {
            world.node("cp-4").is_some_and(|it| it.ready && it.stage == MachineStage::Running)
        })
        .await;
    let etcd = example.world.etcd().unwrap();
    assert!(etcd.members().iter().any(|it| it.name == "cp-4" && !it.learner));

    let mut client = machine(&example, "cp-4", "os:admin").await;
    let mut events =
        client.events(EventsRequest { tail_events: -1, ..Default::default() }).await.unwrap().into_inner();
    next(&mut events).await;
    let mut kinds = Vec::new();
    for _ in 0..60 {
        let event = next(&mut events).await;
        assert_eq!(event.id.len(), 20);
        kinds.push(event.data.unwrap().type_url);
    }
    for kind in ["SequenceEvent", "PhaseEvent", "TaskEvent", "ServiceStateEvent", "MachineStatusEvent"] {
        assert!(kinds.contains(&format!("talos/runtime/machine.{kind}")), "{kind}");
    }

    client.etcd_leave_cluster(EtcdLeaveClusterRequest {}).await.unwrap();
    assert_eq!(etcd.members().len(), 3);
    let services = client.service_list(()).await.unwrap().into_inner().messages.remove(0).services;
    assert_eq!(services.iter().find(|it| it.id == "etcd").unwrap().state, "Finished");
    assert_eq!(code(client.etcd_member_list(EtcdMemberListRequest::default()).await), Code::Unavailable);
}

#[tokio::test]
async fn a_reboot_ends_with_another_boot_id_and_the_same_member() {
    let mut example = Example::new(100.0);
    example.place(&["cp-1", "cp-2", "cp-3"]);
    let before = example.world.node("cp-2").unwrap();
    let mut client = machine(&example, "cp-1", "os:operator").await;
    let answer = client.reboot(to("cp-2", RebootRequest::default())).await.unwrap().into_inner();
    assert_eq!(answer.messages[0].actor_id.len(), 36);
    example
        .until("it goes down", |world| {
            world.node("cp-2").is_some_and(|it| it.stage == MachineStage::Rebooting)
        })
        .await;
    example
        .until("it is up again", |world| {
            world
                .node("cp-2")
                .is_some_and(|it| it.boots == 2 && it.ready && it.stage == MachineStage::Running)
        })
        .await;
    let after = example.world.node("cp-2").unwrap();
    assert_eq!(after.etcd_member, before.etcd_member);
    assert!(after.booted_at > before.booted_at);
}

#[tokio::test]
async fn a_cluster_without_quorum_says_so_and_recovers() {
    let mut example = Example::new(100.0);
    example.place(&["cp-1", "cp-2", "cp-3"]);
    example.world.kill("cp-2");
    example.world.kill("cp-3");
    assert!(!*example.world.etcd_has_quorum().borrow());
    let mut client = machine(&example, "cp-1", "os:admin").await;
    let status = client.etcd_status(()).await.unwrap().into_inner().messages.remove(0).member_status.unwrap();
    assert_eq!((status.leader, status.errors.len()), (0, 1));
    let dead = example.world.node("cp-3").unwrap().etcd_member.unwrap();
    let refused = client.etcd_remove_member_by_id(EtcdRemoveMemberByIdRequest { member_id: dead }).await;
    assert_eq!(code(refused), Code::Unavailable);
    example.until("it is not ready", |world| world.node("cp-1").is_some_and(|it| !it.ready)).await;
    example.world.revive("cp-2");
    example.until("cp-1 is ready", |world| world.node("cp-1").is_some_and(|it| it.ready)).await;
    let etcd = example.world.etcd().unwrap();
    let mut changed = etcd.changed();
    while etcd.leader().is_none() {
        changed.changed().await.unwrap();
    }
    client.etcd_remove_member_by_id(EtcdRemoveMemberByIdRequest { member_id: dead }).await.unwrap();
    let again = client.etcd_remove_member_by_id(EtcdRemoveMemberByIdRequest { member_id: dead }).await;
    assert_eq!(code(again), Code::NotFound);
}

#[tokio::test]
async fn the_first_machine_waits_for_a_bootstrap() {
    let mut example = Example::new(200.0);
    let spec = example.spec("cp-1", "controlplane");
    example.world.power_on(spec).unwrap();
    let mut client = machine(&example, "cp-1", "os:admin").await;
    example.until("its kubelet runs", |world| world.node("cp-1").is_some_and(|it| it.kubelet)).await;
    assert_eq!(code(client.bootstrap(wire::machine::BootstrapRequest::default()).await), Code::Ok);
    example
        .until("it is ready", |world| {
            world.node("cp-1").is_some_and(|it| it.ready && it.stage == MachineStage::Running)
        })
        .await;
    assert_eq!(code(client.bootstrap(wire::machine::BootstrapRequest::default()).await), Code::AlreadyExists);
}
