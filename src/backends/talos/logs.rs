//! Logs of nodes: the kernel's, a service's, a container's; several nodes at once, each a writer.

use super::Talos;
use super::decode::log::{Cutter, stamped};
use super::roads::{Client, Roads};
use super::trouble::Trouble;
use crate::backoff::Backoff;
use domain::{LogChange, LogLine, NodeLog, NodeLogs, Observation};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;
use tonic::Streaming;
use wire::common::{ContainerDriver, Data};
use wire::machine as pb;

/// How many lines of the past are asked for.
const PAST: i32 = 2_000;

/// Follow until dropped; a node that reboots is followed again.
pub(super) async fn listen(talos: Arc<Talos>, logs: NodeLogs, heard: Sender<Observation>) {
    let writers = logs.nodes.iter().map(|it| it.0.clone()).collect();
    let _ = heard.send(Observation::NodeLogs(logs.clone(), LogChange::Writers(writers))).await;
    let mut followers = JoinSet::new();
    for (writer, node) in logs.nodes.iter().cloned().enumerate() {
        let (talos, logs, heard) = (talos.clone(), logs.clone(), heard.clone());
        followers.spawn(async move {
            let writer = u16::try_from(writer).unwrap_or(u16::MAX);
            let say = |lines: Vec<LogLine>| {
                let observation = Observation::NodeLogs(logs.clone(), LogChange::Lines(lines));
                let heard = heard.clone();
                async move { heard.send(observation).await.is_ok() }
            };
            let mut backoff =
                Backoff::new(Duration::from_secs(1), Duration::from_secs(15), u64::from(writer));
            let mut first = true;
            loop {
                let trouble = match (talos.roads(), talos.address(&node)) {
                    (Ok(roads), Some(at)) => {
                        follow(&roads, &at, &logs.of, first, writer, &say, &mut backoff).await
                    }
                    _ => Trouble::Other(format!("{node} is not known to Talos")),
                };
                first = false;
                let text = format!("— {trouble}; it is tried again").into_boxed_str();
                if !say(vec![LogLine { at: Some(crate::now::now()), writer, text }]).await {
                    return;
                }
                tokio::time::sleep(backoff.wait()).await;
            }
        });
    }
    while followers.join_next().await.is_some() {}
}

async fn follow<Fut: Future<Output = bool>>(
    roads: &Roads,
    at: &str,
    of: &NodeLog,
    first: bool,
    writer: u16,
    say: &impl Fn(Vec<LogLine>) -> Fut,
    backoff: &mut Backoff,
) -> Trouble {
    let mut stream = match open(roads, at, of, first).await {
        Ok(stream) => stream,
        Err(trouble) => return trouble,
    };
    let mut cutter = Cutter::default();
    loop {
        match stream.message().await {
            Ok(Some(data)) => {
                backoff.reset();
                let lines: Vec<LogLine> =
                    cutter.cut(&data.bytes).iter().map(|it| stamped(it, of, writer)).collect();
                if !lines.is_empty() && !say(lines).await {
                    return Trouble::Other("nobody listens".into());
                }
            }
            Ok(None) => return Trouble::Unreachable("the stream ended".into()),
            Err(status) => return status.into(),
        }
    }
}

/// After a break only what is new is asked for: the past is on the screen already.
async fn open(roads: &Roads, at: &str, of: &NodeLog, first: bool) -> Result<Streaming<Data>, Trouble> {
    let tail_lines = if first { PAST } else { 0 };
    let (namespace, id, driver) = match of {
        NodeLog::Dmesg => {
            let request = pb::DmesgRequest { follow: true, tail: !first };
            return roads
                .stream(at, move |it: Client| async move { it.machine().dmesg(request).await })
                .await;
        }
        NodeLog::Service(id) => ("system", id, ContainerDriver::Containerd),
        NodeLog::Container(id) => ("k8s.io", id, ContainerDriver::Cri),
    };
    let request = pb::LogsRequest {
        namespace: namespace.into(),
        id: id.clone(),
        driver: driver as i32,
        follow: true,
        tail_lines,
    };
    roads
        .stream(at, |it: Client| {
            let request = request.clone();
            async move { it.machine().logs(request).await }
        })
        .await
}
