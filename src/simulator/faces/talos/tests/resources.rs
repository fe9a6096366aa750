//! `cosi.resource.State`.

use super::*;
use wire::cosi::resource::{Event, EventType, GetRequest, ListRequest, WatchOptions, WatchRequest};

fn watch(kind: &str, options: WatchOptions) -> WatchRequest {
    WatchRequest {
        namespace: "runtime".into(),
        r#type: kind.into(),
        id: None,
        options: Some(options),
        api_version: 1,
    }
}

fn bootstrap() -> WatchOptions {
    WatchOptions { bootstrap_contents: true, ..WatchOptions::default() }
}

fn id(event: &Event) -> String {
    event.resource.as_ref().unwrap().metadata.as_ref().unwrap().id.clone()
}

/// The next event, past messages without one.
async fn event(stream: &mut Streaming<wire::cosi::resource::WatchResponse>) -> Event {
    loop {
        if let Some(event) = next(stream).await.event.pop() {
            return event;
        }
    }
}

#[tokio::test]
async fn a_watch_begins_with_what_is_there_and_goes_on_from_a_bookmark() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1"]);
    let mut client = state(&example, "cp-1", "os:reader").await;
    let mut stream =
        client.watch(watch("Services.v1alpha1.talos.dev", bootstrap())).await.unwrap().into_inner();
    assert!(next(&mut stream).await.event.is_empty(), "the first answer says only that the watch stands");
    let mut seen = Vec::new();
    let bookmark = loop {
        let event = event(&mut stream).await;
        match event.event_type() {
            EventType::Created => seen.push(id(&event)),
            EventType::Bootstrapped => break event.bookmark.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(bookmark.len(), 16);
    assert!(seen.is_sorted() && seen.contains(&"etcd".to_owned()), "{seen:?}");

    example.world.stop_etcd("cp-1");
    let gone = event(&mut stream).await;
    assert_eq!((gone.event_type(), id(&gone).as_str()), (EventType::Destroyed, "etcd"));

    let options = WatchOptions { start_from_bookmark: Some(bookmark), ..WatchOptions::default() };
    let mut resumed = client.watch(watch("Services.v1alpha1.talos.dev", options)).await.unwrap().into_inner();
    assert_eq!(id(&event(&mut resumed).await), "etcd", "what happened meanwhile");
    let options = WatchOptions { start_from_bookmark: Some(vec![0; 16]), ..WatchOptions::default() };
    let refused = client.watch(watch("Services.v1alpha1.talos.dev", options)).await;
    assert_eq!(code(refused), Code::FailedPrecondition);
}

#[tokio::test]
async fn one_resource_is_watched_whether_it_is_there_or_not() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1"]);
    let mut client = state(&example, "cp-1", "os:reader").await;
    for (wanted, first) in [("machine", EventType::Created), ("nobody", EventType::Destroyed)] {
        let mut asked = watch("MachineStatuses.runtime.talos.dev", WatchOptions::default());
        asked.id = Some(wanted.into());
        let mut stream = client.watch(asked).await.unwrap().into_inner();
        let event = event(&mut stream).await;
        assert_eq!((event.event_type(), id(&event).as_str()), (first, wanted));
    }
}

#[tokio::test]
async fn secrets_are_for_admins_and_unknown_kinds_for_nobody() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1"]);
    let config = || GetRequest {
        namespace: "config".into(),
        r#type: "MachineConfigs.config.talos.dev".into(),
        id: "v1alpha1".into(),
        options: None,
    };
    let mut reader = state(&example, "cp-1", "os:reader").await;
    assert_eq!(code(reader.get(config()).await), Code::PermissionDenied);
    let unknown = ListRequest { r#type: "Wishes.runtime.talos.dev".into(), ..ListRequest::default() };
    assert_eq!(code(reader.list(unknown).await), Code::PermissionDenied);
    let newer = ListRequest { r#type: "BootIDs.runtime.talos.dev".into(), ..ListRequest::default() };
    assert_eq!(code(reader.list(newer).await), Code::PermissionDenied, "1.14 has it, 1.12 has not");

    let mut admin = state(&example, "cp-1", "os:admin").await;
    let resource = admin.get(config()).await.unwrap().into_inner().resource.unwrap();
    let text = serde_yaml::from_str::<String>(&resource.spec.unwrap().yaml_spec).unwrap();
    assert_eq!(text, example.config("controlplane"), "exactly the bytes that were submitted");
}

#[tokio::test]
async fn everything_that_is_defined_can_be_listed() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1", "worker-1"]);
    for node in ["cp-1", "worker-1"] {
        let mut client = state(&example, "cp-1", "os:admin").await;
        let definitions = ListRequest {
            namespace: "meta".into(),
            r#type: "ResourceDefinitions.meta.cosi.dev".into(),
            options: None,
        };
        let mut stream = client.list(to(node, definitions)).await.unwrap().into_inner();
        let mut kinds = Vec::new();
        while let Some(answer) = stream.next().await {
            let spec = answer.unwrap().resource.unwrap().spec.unwrap().yaml_spec;
            kinds.push(serde_yaml::from_str::<serde_json::Value>(&spec).unwrap());
        }
        assert!(kinds.len() > 35, "{}", kinds.len());
        let mut empty = Vec::new();
        for kind in kinds {
            let (name, namespace) =
                (kind["type"].as_str().unwrap(), kind["defaultNamespace"].as_str().unwrap());
            let asked = ListRequest { namespace: namespace.into(), r#type: name.into(), options: None };
            let mut stream = match client.list(to(node, asked)).await {
                Ok(answer) => answer.into_inner(),
                Err(status) => panic!("{name}: {status}"),
            };
            let mut count = 0;
            while let Some(answer) = stream.next().await {
                let resource = answer.unwrap().resource.unwrap();
                assert_eq!(resource.metadata.unwrap().r#type, name);
                assert!(!resource.spec.unwrap().yaml_spec.is_empty(), "{name}");
                count += 1;
            }
            if count == 0 {
                empty.push(name.to_owned());
            }
        }
        let absent = |name: &str| empty.iter().any(|it| it.starts_with(name));
        assert!(absent("Diagnostics.") && absent("SiderolinkStatuses."), "{node}: {empty:?}");
        assert_eq!(absent("EtcdMembers."), node == "worker-1", "{empty:?}");
        assert_eq!(empty.len(), if node == "cp-1" { 3 } else { 10 }, "{empty:?}");
    }
}

#[tokio::test]
async fn machines_hear_of_each_other() {
    let mut example = Example::new(100.0);
    example.place(&["cp-1"]);
    let mut client = state(&example, "cp-1", "os:reader").await;
    let mut asked = watch("Members.cluster.talos.dev", bootstrap());
    asked.namespace = "cluster".into();
    let mut stream = client.watch(asked).await.unwrap().into_inner();
    assert_eq!(id(&event(&mut stream).await), "cp-1");
    assert_eq!(event(&mut stream).await.event_type(), EventType::Bootstrapped);
    let spec = example.spec("worker-1", "worker");
    let server = spec.server_id;
    example.world.power_on(spec).unwrap();
    let joined = event(&mut stream).await;
    assert_eq!((joined.event_type(), id(&joined).as_str()), (EventType::Created, "worker-1"));
    example.world.remove(server);
    loop {
        let left = event(&mut stream).await;
        if left.event_type() == EventType::Destroyed {
            assert_eq!(id(&left), "worker-1");
            break;
        }
    }
}
