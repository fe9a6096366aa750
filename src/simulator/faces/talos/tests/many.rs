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
