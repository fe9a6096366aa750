//! The containers of a machine's pods, and what they write. Which pods there are the kubelet tells.

use super::journal::Line;
use super::lock::Lock;
use super::node::{Node, rfc3339};
use super::resources::STATIC_PODS;
use super::seeded;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// As many lines of a container as anybody gets to see at once.
const SHOWN: i64 = 1_000;

/// A pod as the kubelet of a machine runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodOnNode {
    pub uid: String,
    /// (container, image)
    pub containers: Vec<(String, String)>,
    /// Milliseconds since the epoch.
    pub since: i64,
}

/// By namespace and name.
pub type PodsOnNode = BTreeMap<(String, String), PodOnNode>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerOnNode {
    /// `namespace/pod:container`, by which logs are asked for.
    pub id: String,
    pub namespace: String,
    pub pod: String,
    pub name: String,
    pub image: String,
    pub uid: String,
    pub since: i64,
    seed: u64,
}

impl ContainerOnNode {
    /// What it wrote after one moment and up to another.
    pub fn lines(&self, after: i64, until: i64) -> Vec<Line> {
        written(self.seed, &self.pod, &self.name, self.since, after, until)
    }
}

/// The containers of a machine at one moment.
#[derive(Debug, Clone)]
pub struct Containers(pub Vec<ContainerOnNode>);

impl Containers {
    pub fn container(self, id: &str) -> Option<ContainerOnNode> {
        self.0.into_iter().find(|it| it.id == id)
    }

    pub fn images(&self) -> impl Iterator<Item = String> + use<'_> {
        self.0.iter().map(|it| it.image.clone())
    }
}

impl Node {
    /// The addresses of its pods: `10.244.7.0/24`.
    pub fn pod_subnet(&self) -> String {
        let n = match self.spec.address {
            IpAddr::V4(address) => u32::from(address) & 0xfff,
            IpAddr::V6(_) => u32::try_from(self.seed % 250).unwrap_or_default(),
        };
        format!("10.{}.{}.0/24", 244 - n / 256, n % 256)
    }

    /// Static pods, and whatever the kubelet runs besides.
    pub fn pods(&self) -> Containers {
        if !self.runs("kubelet") {
            return Containers(Vec::new());
        }
        let mut pods = self.kubelet_pods.held().clone();
        if self.is_control_plane() {
            let version = self.config().kubernetes_version().to_owned();
            let since = self.state.held().booted_at + 38_000;
            for name in STATIC_PODS {
                let key = ("kube-system".to_owned(), format!("{name}-{}", self.hostname()));
                pods.entry(key).or_insert_with(|| PodOnNode {
                    uid: seeded::uuid(self.seed, name, 0),
                    containers: vec![(name.into(), format!("registry.k8s.io/{name}:{version}"))],
                    since,
                });
            }
        }
        let containers = pods.iter().flat_map(|((namespace, pod), it)| {
            it.containers.iter().map(move |(name, image)| ContainerOnNode {
                id: format!("{namespace}/{pod}:{name}"),
                namespace: namespace.clone(),
                pod: pod.clone(),
                name: name.clone(),
                image: image.clone(),
                uid: it.uid.clone(),
                since: it.since,
                seed: self.seed,
            })
        });
        Containers(containers.collect())
    }
}

/// The log of a container as the Kubernetes API gives it, up to now: `previous` is the run before this one.
pub fn pod_logs(
    seed: u64,
    pod: &str,
    container: &str,
    previous: bool,
    started: i64,
    now: i64,
) -> Vec<String> {
    let lines = if previous {
        let mut lines = written(seed ^ 1, pod, container, started - 3_600_000, i64::MIN / 4, started - 2_000);
        let at = started - 1_000;
        lines.push(Line {
            at,
            text: format!("{} ERROR shutting down: signal terminated", rfc3339(at)).into(),
        });
        lines
    } else {
        written(seed, pod, container, started, i64::MIN / 4, now)
    };
    lines.into_iter().map(|line| format!("{} {}", rfc3339(line.at), line.text)).collect()
}

fn written(seed: u64, pod: &str, container: &str, since: i64, after: i64, until: i64) -> Vec<Line> {
    let seed = seeded::mix(seed, pod, 0);
    let span = 4_000 + i64::try_from(seeded::mix(seed, container, 0) % 20_000).unwrap_or_default();
    let from = after.max(since - 1);
    let last = (until - since).div_euclid(span);
    let first = (from - since).div_euclid(span).max(last - SHOWN).max(0);
    let mut lines = Vec::new();
    for n in first..=last {
        let named = u64::try_from(n).unwrap_or_default();
        let at = since + n * span + (seeded::fraction(seed, container, named) * span as f64 * 0.9) as i64;
        if at > from && at <= until {
            lines.push(Line { at, text: said(seed, container, named, at).into() });
        }
    }
    lines
}

fn said(seed: u64, container: &str, n: u64, at: i64) -> String {
    let time = rfc3339(at);
    if n == 0 {
        return format!("{time} INFO starting {container}");
    }
    let number = seeded::mix(seed, container, n);
    let took = seeded::between(seed, container, n, 0.3, 180.0);
    match number % 9 {
        0 => format!(
            "{time} INFO reconciled object={} generation={} took={took:.1}ms",
            number % 400,
            number % 12 + 1
        ),
        1 => format!("{time} DEBUG cache synced objects={}", number % 5_000),
        2 => format!("{time} WARN slow request path=/apis took={:.1}ms", took * 9.0),
        3 => format!(
            "{{\"level\":\"info\",\"ts\":\"{time}\",\"logger\":\"{container}\",\"msg\":\"sync finished\",\"duration\":\"{took:.3}ms\"}}"
        ),
        4 => format!("{time} INFO GET /healthz 200 {took:.2}ms"),
        5 => format!("{time} INFO GET /metrics 200 {:.2}ms bytes={}", took / 4.0, number % 90_000 + 4_000),
        6 => format!("{time} INFO lease renewed holder={container}-{:x}", number % 0xffff),
        7 if number.is_multiple_of(5) => format!(
            "{time} ERROR request failed err=\"context deadline exceeded\" attempt={}",
            number % 3 + 1
        ),
        7 => format!("{time} INFO watch restarted resourceVersion={}", number % 9_000_000),
        _ => format!("{time} INFO tick n={n}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_read_in_two_parts_is_the_same_log() {
        let whole = written(3, "argocd-server-1", "server", 1_000_000, 0, 2_000_000);
        let mut parts = written(3, "argocd-server-1", "server", 1_000_000, 0, 1_500_000);
        parts.extend(written(3, "argocd-server-1", "server", 1_000_000, 1_500_000, 2_000_000));
        let text = |lines: &[Line]| lines.iter().map(|it| it.text.to_string()).collect::<Vec<_>>();
        assert_eq!(text(&whole), text(&parts));
        assert!(whole.len() > 20);
    }

    #[test]
    fn the_run_before_ended() {
        let lines = pod_logs(3, "p", "c", true, 10_000_000, 20_000_000);
        assert!(lines.last().is_some_and(|it| it.contains("shutting down")));
    }
}
