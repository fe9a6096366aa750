//! Roles, routing, lists and streams.

use super::*;
use wire::machine::{EtcdMemberListRequest, EtcdSnapshotRequest, EventsRequest, LogsRequest, RebootRequest};

#[tokio::test]
async fn a_reader_reads_every_machine_through_one_endpoint() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1", "cp-2", "worker-1"]);
    let mut client = machine(&example, "cp-1", "os:reader").await;
    let target = example.world.node("worker-1").unwrap().address.to_string();
    for (target, name) in [("cp-2", "cp-2"), (target.as_str(), "worker-1"), ("localhost", "cp-1")] {
        let answer = client.hostname(to(target, ())).await.unwrap().into_inner();
        assert_eq!(answer.messages[0].hostname, name);
        assert_eq!(answer.messages[0].metadata, None);
    }
    let version = client.version(()).await.unwrap().into_inner().messages.remove(0);
    assert_eq!(version.version.unwrap().tag, "v1.12.2");
    let services =
        client.service_list(to("worker-1", ())).await.unwrap().into_inner().messages.remove(0).services;
    assert!(services.iter().all(|it| it.state == "Running" && it.id != "etcd"), "{services:?}");
    let members = client.etcd_member_list(EtcdMemberListRequest::default()).await.unwrap().into_inner();
    let names: Vec<&str> = members.messages[0].members.iter().map(|it| it.hostname.as_str()).collect();
    assert_eq!(names, ["cp-1", "cp-2"]);
    assert!(client.memory(()).await.unwrap().into_inner().messages[0].meminfo.as_ref().unwrap().memtotal > 0);
    assert!(
        !client.processes(to("worker-1", ())).await.unwrap().into_inner().messages[0].processes.is_empty()
    );
}

#[tokio::test]
async fn what_may_not_be_is_refused_with_its_own_code() {
    let mut example = Example::new(1_000.0);
    example.place(&["cp-1", "worker-1"]);
    let mut reader = machine(&example, "cp-1", "os:reader").await;
    assert_eq!(code(reader.etcd_snapshot(EtcdSnapshotRequest {}).await), Code::PermissionDenied);
    assert_eq!(code(reader.reboot(RebootRequest::default()).await), Code::PermissionDenied);
    assert_eq!(code(reader.etcd_status(to("worker-1", ())).await), Code::Unimplemented);
    assert_eq!(code(reader.version(to("127.0.0.99", ())).await), Code::Unavailable);
    let mut two = to("cp-1", ());
    two.metadata_mut().append("node", "worker-1".parse().unwrap());
    assert_eq!(code(reader.version(two).await), Code::InvalidArgument);
    let mut worker = machine(&example, "worker-1", "os:reader").await;
    assert_eq!(code(worker.version(to("cp-1", ())).await), Code::PermissionDenied);
    assert_eq!(code(worker.version(to("worker-1", ())).await), Code::Ok);

    let other = Example::new(1.0);
    let leaf = other.authority.client("", &["os:admin"]).unwrap();
    let at = example.world.endpoint("cp-1").await.unwrap();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(example.authority.cert_pem()))
        .identity(Identity::from_pem(leaf.cert_pem, leaf.key_pem));
    let channel =
        Endpoint::from_shared(format!("https://{at}")).unwrap().tls_config(tls).unwrap().connect_lazy();
    let refused = MachineServiceClient::new(channel).version(()).await;
    assert!(refused.is_err(), "a certificate of somebody else's authority");
}

#[tokio::test]
async fn a_dark_machine_is_unavailable_through_others_and_its_streams_end() {
    let mut example = Example::new(1_000.0);
    example.place(&["cp-1", "cp-2", "cp-3"]);
    let mut client = machine(&example, "cp-1", "os:reader").await;
    let mut events = client.events(to("cp-3", EventsRequest::default())).await.unwrap().into_inner();
    assert_eq!(next(&mut events).await.data, None, "the first message is an empty hello");
    example.world.kill("cp-3");
    let refused = client.version(to("cp-3", ())).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("dial tcp"), "{refused}");
    let ended = loop {
        match events.next().await {
            Some(Ok(_)) => {}
            ended => break ended,
        }
    };
    assert_eq!(ended.unwrap().unwrap_err().code(), Code::Unavailable);

    example.world.cut_talos("cp-2");
    let refused = client.version(to("cp-2", ())).await.unwrap_err();
    assert!(refused.message().contains("connection refused"), "{refused}");
    assert!(*example.world.etcd_has_quorum().borrow(), "only its API is cut");
}

#[tokio::test]
async fn logs_come_in_chunks_and_their_tail_is_what_was_asked_for() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1"]);
    let mut client = machine(&example, "cp-1", "os:reader").await;
    let mut read = async |id: &str, tail_lines| {
        let asked =
            LogsRequest { namespace: "system".into(), id: id.into(), tail_lines, ..Default::default() };
        let mut stream = client.logs(asked).await?.into_inner();
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.next().await {
            bytes.extend(chunk?.bytes);
        }
        Ok::<_, tonic::Status>(String::from_utf8(bytes).unwrap())
    };
    assert!(read("kubelet", -1).await.unwrap().lines().count() > 200);
    assert_eq!(read("kubelet", 7).await.unwrap().lines().count(), 7);
    assert_eq!(read("kubelet", 0).await.unwrap(), "");
    assert_eq!(read("nobody", -1).await.unwrap_err().code(), Code::NotFound);
    assert!(read("kernel", -1).await.unwrap().contains("Linux version"));
    let ids = client.logs_containers(()).await.unwrap().into_inner().messages.remove(0).ids;
    assert!(ids.contains(&"etcd".to_owned()) && ids.contains(&"kernel".to_owned()));
}
