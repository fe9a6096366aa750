//! The log of one container: its past, and what it writes from then on.

use super::line::Read;
use super::path;
use crate::backoff::Backoff;
use crate::kubernetes::cluster::Cluster;
use crate::kubernetes::connection::piece;
use crate::kubernetes::listing::encoded;
use crate::kubernetes::trouble::Trouble;
use domain::{LogLine, ObjectRef};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::sleep;

pub(super) type Heard = Vec<LogLine>;

pub(super) struct Container {
    pub(super) pod: ObjectRef,
    pub(super) name: String,
    pub(super) previous: bool,
}

/// A log may be silent for long; now and then it is opened anew, so that a dead wire is noticed.
const SILENCE: Duration = Duration::from_secs(120);
/// How much of a line may be pending before it is taken as it is.
const PENDING: usize = 64 << 10;

impl Container {
    /// Its name beside others.
    pub(super) fn shown(&self, with_pod: bool) -> String {
        if with_pod { format!("{}/{}", self.pod.name, self.name) } else { self.name.clone() }
    }

    fn query(&self, more: &str) -> String {
        let former = if self.previous { "&previous=true" } else { "" };
        format!("{}/log?container={}&timestamps=true{former}{more}", path(&self.pod), encoded(&self.name))
    }

    /// The last lines it wrote. A container that has not begun yet has none.
    pub(super) async fn past(&self, cluster: &Cluster, lines: usize) -> Result<Vec<Read>, Trouble> {
        let asked = self.query(&format!("&tailLines={lines}"));
        match cluster.read_bytes(&asked, "*/*").await {
            Ok(bytes) => {
                Ok(bytes.split(|it| *it == b'\n').filter(|it| !it.is_empty()).map(Read::parse).collect())
            }
            Err(Trouble::Refused { status: 400, .. }) => Ok(Vec::new()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Follow it until it will write no more, over breaks of the wire and restarts of the container.
    pub(super) async fn follow(
        &self,
        cluster: &Cluster,
        writer: u16,
        mut reached: Option<String>,
        found: mpsc::Sender<Heard>,
    ) {
        let seed = u64::from(writer) + 1;
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(15), seed);
        loop {
            let begun = Instant::now();
            match self.read(cluster, writer, &mut reached, &found).await {
                // The pod is gone, or nobody listens.
                Err(Some(Trouble::Missing(_))) | Err(None) => return,
                _ => {}
            }
            if begun.elapsed() > Duration::from_secs(10) {
                backoff.reset();
            }
            if self.done(cluster).await {
                return;
            }
            sleep(backoff.wait()).await;
        }
    }

    async fn read(
        &self,
        cluster: &Cluster,
        writer: u16,
        reached: &mut Option<String>,
        found: &mpsc::Sender<Heard>,
    ) -> Result<(), Option<Trouble>> {
        let from = match reached {
            Some(stamp) => format!("&sinceTime={}", encoded(stamp)),
            None => String::new(),
        };
        let asked = self.query(&format!("&follow=true{from}"));
        let mut body = cluster.connection().open(&asked, "*/*").await.map_err(Some)?.into_body();
        let mut pending: Vec<u8> = Vec::new();
        while let Some(data) = piece(&mut body, SILENCE).await.map_err(Some)? {
            pending.extend_from_slice(&data);
            let end = match pending.iter().rposition(|it| *it == b'\n') {
                Some(at) => at + 1,
                None if pending.len() > PENDING => pending.len(),
                None => continue,
            };
            let rest = pending.split_off(end);
            let whole = std::mem::replace(&mut pending, rest);
            let mut lines = Vec::new();
            for line in whole.split(|it| *it == b'\n').filter(|it| !it.is_empty()) {
                let read = Read::parse(line);
                // sinceTime knows whole seconds only: what was heard already comes again.
                let known = reached.as_ref().is_some_and(|it| !read.stamp.is_empty() && read.stamp <= *it);
                if !known {
                    if !read.stamp.is_empty() {
                        *reached = Some(read.stamp.clone());
                    }
                    lines.push(read.line(writer));
                }
            }
            if !lines.is_empty() {
                found.send(lines).await.map_err(|_| None)?;
            }
        }
        Ok(())
    }

    /// Whether its pod is over and will write no more.
    async fn done(&self, cluster: &Cluster) -> bool {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Pod {
            status: Status,
        }
        #[derive(serde::Deserialize, Default)]
        #[serde(rename_all = "camelCase", default)]
        struct Status {
            phase: String,
            init_container_statuses: Vec<Init>,
        }
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Init {
            name: String,
            state: State,
        }
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct State {
            terminated: Option<serde::de::IgnoredAny>,
        }
        match cluster.read::<Pod>(&path(&self.pod)).await {
            Ok(Pod { status }) => {
                let ended = |it: &Init| it.name == self.name && it.state.terminated.is_some();
                matches!(status.phase.as_str(), "Succeeded" | "Failed")
                    || status.init_container_statuses.iter().any(ended)
            }
            Err(Trouble::Missing(_)) => true,
            Err(_) => false,
        }
    }
}
