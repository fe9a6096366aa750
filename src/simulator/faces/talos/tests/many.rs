//! As many streams as a fleet needs on one channel.

use super::*;
use wire::machine::EventsRequest;

#[tokio::test]
async fn one_channel_carries_more_streams_than_a_fleet_needs() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1", "worker-1"]);
    let client = machine(&example, "cp-1", "os:reader").await;
    let mut held = Vec::new();
    for _ in 0..600 {
        let opened = client.clone().events(to("worker-1", EventsRequest::default())).await;
        let mut stream = opened.unwrap().into_inner();
        assert_eq!(next(&mut stream).await.data, None);
        held.push(stream);
    }
}

#[tokio::test]
async fn many_machines_answer_one_call_each_for_itself() {
    let mut example = Example::new(1.0);
    example.place(&["cp-1", "worker-1"]);
    let mut client = machine(&example, "cp-1", "os:reader").await;
    let many = |message| {
        let mut request = Request::new(message);
        for name in ["worker-1", "cp-1", "nobody.example"] {
            request.metadata_mut().append("nodes", name.parse().unwrap());
        }
        request
    };
    let all = client.hostname(many(())).await.unwrap().into_inner().messages;
    let said: Vec<(String, String, i32)> = all
        .into_iter()
        .map(|it| {
            let of = it.metadata.unwrap();
            (of.hostname, it.hostname, of.status.map_or(0, |it| it.code))
        })
        .collect();
    let names: Vec<(&str, &str, i32)> =
        said.iter().map(|(of, name, code)| (of.as_str(), name.as_str(), *code)).collect();
    assert_eq!(names, [("worker-1", "worker-1", 0), ("cp-1", "cp-1", 0), ("nobody.example", "", 14)]);
    let list = wire::cosi::resource::GetRequest::default();
    let mut resources = state(&example, "cp-1", "os:admin").await;
    let mut request = Request::new(list);
    request.metadata_mut().append("nodes", "cp-1".parse().unwrap());
    assert_eq!(code(resources.get(request).await), Code::InvalidArgument);
}
