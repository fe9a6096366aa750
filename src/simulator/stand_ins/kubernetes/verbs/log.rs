//! The log of a container.

use super::super::call::Call;
use super::super::cluster::Cluster;
use super::super::moments;
use super::super::status::Status;
use super::get::get;
use bytes::Bytes;
use futures::Stream;
use futures::future::Either;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(500);

struct Follow {
    cluster: Arc<Cluster>,
    namespace: String,
    pod: String,
    uid: String,
    container: String,
    previous: bool,
    timestamps: bool,
    /// How many lines were told already.
    told: usize,
}

/// The text, all at once or as it comes.
pub fn log(cluster: &Arc<Cluster>, call: &Call) -> Result<impl Stream<Item = Bytes> + Send + use<>, Status> {
    let (target, query) = (&call.target, &call.query);
    let pod = get(cluster, target)?;
    let value = pod.value();
    let container = container(&value, query.get("container").unwrap_or_default(), &target.name)?;
    let previous = query.flag("previous") && query.get("previous").is_some();
    ready_to_read(&value, &container, &target.name, previous)?;
    let mut follow = Follow {
        cluster: cluster.clone(),
        namespace: target.namespace.clone(),
        pod: target.name.clone(),
        uid: pod.uid.clone(),
        container,
        previous,
        timestamps: query.get("timestamps") == Some("true"),
        told: 0,
    };
    let lines = follow.lines();
    follow.told = lines.len();
    let since = query.get("sinceTime").and_then(moments::parse);
    let since = since.or(query.seconds("sinceSeconds").map(|it| cluster.clock.now() - it.as_millis() as i64));
    let mut wanted: Vec<&String> = lines.iter().collect();
    if let Some(since) = since {
        let moment = |line: &str| line.split(' ').next().and_then(moments::parse);
        wanted.retain(|line| moment(line).is_none_or(|it| it >= since));
    }
    if let Some(tail) = query.number("tailLines") {
        let skip = wanted.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX));
        wanted.drain(..skip);
    }
    let first: String = wanted.into_iter().map(|it| follow.shown(it)).collect();
    let first = futures::stream::once(async move { Bytes::from(first) });
    if query.get("follow") != Some("true") {
        return Ok(Either::Left(first));
    }
    let rest =
        futures::stream::unfold(follow, |mut follow| async move { Some((follow.next().await?, follow)) });
    Ok(Either::Right(futures::StreamExt::chain(first, rest)))
}

fn container(pod: &Value, wanted: &str, name: &str) -> Result<String, Status> {
    let of = |key: &str| -> Vec<String> {
        let list = pod["spec"][key].as_array().into_iter().flatten();
        list.filter_map(|it| it["name"].as_str()).map(String::from).collect()
    };
    let plain = of("containers");
    if wanted.is_empty() {
        return match plain.as_slice() {
            [only] => Ok(only.clone()),
            all => {
                let why = format!(
                    "a container name must be specified for pod {name}, choose one of: [{}]",
                    all.join(" ")
                );
                Err(Status::bad_request(why))
            }
        };
    }
    let known = plain.iter().chain(&of("initContainers")).any(|it| it == wanted);
    let why = || Status::bad_request(format!("container {wanted} is not valid for pod {name}"));
    if known { Ok(wanted.to_owned()) } else { Err(why()) }
}

/// A container that has not begun has no log, and one that never ended has no previous one.
fn ready_to_read(pod: &Value, container: &str, name: &str, previous: bool) -> Result<(), Status> {
    let list = |key: &str| pod["status"][key].as_array().cloned().unwrap_or_default();
    let all: Vec<Value> = [list("containerStatuses"), list("initContainerStatuses")].concat();
    let Some(status) = all.iter().find(|it| it["name"] == container) else { return Ok(()) };
    if previous && status["lastState"]["terminated"].is_null() {
        let why = format!("previous terminated container \"{container}\" in pod \"{name}\" not found");
        return Err(Status::bad_request(why));
    }
    let waiting = status["state"]["waiting"]["reason"].as_str();
    if let Some(reason) = waiting.filter(|_| !previous && status["lastState"]["terminated"].is_null()) {
        let why = format!("container \"{container}\" in pod \"{name}\" is waiting to start: {reason}");
        return Err(Status::bad_request(why));
    }
    Ok(())
}

impl Follow {
    fn lines(&self) -> Vec<String> {
        let source = self.cluster.pod_logs.as_ref();
        source.map(|it| it(&self.namespace, &self.pod, &self.container, self.previous)).unwrap_or_default()
    }

    /// A line as it is sent: with its time only if that is wanted.
    fn shown(&self, line: &str) -> String {
        let text = match line.split_once(' ') {
            Some((time, text)) if !self.timestamps && moments::parse(time).is_some() => text,
            _ => line,
        };
        format!("{text}\n")
    }

    /// The lines that came since, when some have come; `None` when the pod is gone.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            tokio::time::sleep(LOOK).await;
            let key = super::super::store::Key::new(&self.namespace, &self.pod);
            let there = self.cluster.store.get("pods", &key).is_some_and(|it| it.uid == self.uid);
            let lines = self.lines();
            // A log that became shorter began anew.
            let from = if lines.len() < self.told { 0 } else { self.told };
            self.told = lines.len();
            if from < lines.len() {
                let text: String = lines[from..].iter().map(|it| self.shown(it)).collect();
                return Some(text.into());
            }
            if !there {
                return None;
            }
        }
    }
}
