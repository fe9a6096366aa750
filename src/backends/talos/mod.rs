//! Talos: gRPC with mutual TLS, as a talosconfig says. Every call names one node; only `orders` changes one.

mod before;
mod cosi;
mod decode;
pub(crate) mod drift;
mod etcd;
mod events;
mod fleet;
mod gates;
mod glance;
mod hearsay;
mod lent;
mod logs;
mod node;
pub(crate) mod orders;
mod places;
pub(crate) mod plan;
mod redact;
mod release;
mod roads;
mod running;
mod sheets;
mod signs;
mod snapshot;
mod talosconfig;
mod tidy;
pub(crate) mod transaction;
mod trouble;

pub(crate) use places::{Place, Places};

use crate::kubernetes::Cluster;
use crate::{Heard, Sources};
use decode::stats::{self, Ticks};
use domain::{EtcdView, Link, Moment, Node, NodeLogs, NodeName, NodeRole, NodeUse, Observation, SheetOf};
use futures::StreamExt;
use hearsay::{Hearsay, Made};
use lent::Lent;
use roads::Roads;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// How long borrowed credentials are used before they are looked up again.
const LENT_FOR: std::time::Duration = std::time::Duration::from_secs(300);

/// Everything that listens to Talos shares this: the roads, who is who, and what of each node is known.
pub struct Talos {
    /// The file that was named, and the context.
    path: Option<PathBuf>,
    context: Option<String>,
    /// Whose secrets hold a talosconfig where none is configured.
    management: Cluster,
    shared: Mutex<Shared>,
    /// Something was learned that the fleet goes by: the name of an address, or where a control plane may be.
    learned: Notify,
    /// Counts up when a node comes or goes, is found elsewhere, or Cluster API says something else of it.
    roster: tokio::sync::watch::Sender<u64>,
}

#[derive(Default)]
struct Shared {
    roads: Option<(String, Arc<Roads>)>,
    hearsay: Hearsay,
    lent: Option<Lent>,
    names: BTreeMap<String, NodeName>,
    nodes: BTreeMap<NodeName, Node>,
    uses: BTreeMap<NodeName, (NodeUse, Option<Ticks>)>,
    /// Nodes that the fleet listens to in full; in a large one the others are only glanced at.
    listened_to: BTreeSet<NodeName>,
    /// What etcd said last on each node, and when it last said anything.
    etcd: BTreeMap<NodeName, (EtcdView, Option<Moment>)>,
    /// When something last happened to an etcd: it started, stopped, or its members changed.
    etcd_moved: Option<Instant>,
}

impl fmt::Debug for Talos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Talos")
            .field("path", &self.path)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

impl Talos {
    pub fn new(sources: &Sources, management: &Cluster) -> Arc<Self> {
        let from_environment =
            || std::env::var_os("TALOSCONFIG").filter(|it| !it.is_empty()).map(PathBuf::from);
        Arc::new(Self {
            path: sources.talosconfig.clone().or_else(from_environment),
            context: sources.talos_context.clone(),
            management: management.clone(),
            shared: Mutex::default(),
            learned: Notify::new(),
            roster: tokio::sync::watch::Sender::default(),
        })
    }

    /// Listen to what others say in passing of where control planes are.
    pub fn overhear(self: &Arc<Self>, heard: Heard) -> Heard {
        let talos = self.clone();
        heard
            .inspect(move |told| {
                if talos.shared().hearsay.hear(told) {
                    talos.learned.notify_one();
                    talos.roster.send_modify(|it| *it += 1);
                }
            })
            .boxed()
    }

    /// Listen to every node.
    pub fn fleet(self: &Arc<Self>) -> Heard {
        let talos = self.clone();
        spoken(move |heard| fleet::listen(talos, heard))
    }

    /// Listen to etcd on every control-plane node that the fleet has found.
    pub fn etcd(self: &Arc<Self>, closely: bool) -> Heard {
        let talos = self.clone();
        spoken(move |heard| etcd::listen(talos, closely, heard))
    }

    /// Listen to one node closely.
    pub fn node(self: &Arc<Self>, name: &NodeName) -> Heard {
        let (talos, name) = (self.clone(), name.clone());
        spoken(move |heard| node::listen_closely(talos, name, heard))
    }

    /// A table or a text of one node, kept up to date.
    pub fn sheet(self: &Arc<Self>, of: &SheetOf) -> Heard {
        let (talos, of) = (self.clone(), of.clone());
        spoken(move |heard| sheets::listen(talos, of, heard))
    }

    /// Follow logs of nodes.
    pub fn logs(self: &Arc<Self>, of: &NodeLogs) -> Heard {
        let (talos, of) = (self.clone(), of.clone());
        spoken(move |heard| logs::listen(talos, of, heard))
    }

    /// Write a snapshot of etcd to a new file. The error is for a person to read.
    pub async fn snapshot(&self, node: &NodeName, path: &Path) -> Result<u64, String> {
        snapshot::save(self, node, path).await
    }

    /// Something happens to an etcd: it is looked at closely for a while.
    fn etcd_moves(&self) {
        self.shared().etcd_moved = Some(Instant::now());
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The roads of the talosconfig as it is now; the same ones as long as it says the same.
    fn roads(&self) -> Result<Arc<Roads>, Link> {
        let (from, text) = match self.read()? {
            Some(read) => read,
            None => match &self.shared().lent {
                Some(lent) => (lent.name.clone(), lent.text.reveal().to_owned()),
                None => return Err(lent::nothing_found()),
            },
        };
        let mut shared = self.shared();
        if let Some((of, roads)) = &shared.roads
            && *of == text
        {
            return Ok(roads.clone());
        }
        let degraded = |why: String| Link::Degraded { since: crate::now::now(), why };
        let config = talosconfig::parse(&from, &text, self.context.as_deref())
            .map_err(|err| degraded(err.to_string()))?;
        let ends = config.identity.as_ref().and_then(|it| it.ends);
        if let Some(ended) = ends.filter(|it| *it < crate::now::now()) {
            let day = jiff::Timestamp::from_second(ended.seconds()).unwrap_or_default().strftime("%Y-%m-%d");
            let why = format!(
                "{from}: the certificate of context `{}` ended on {day}; `talosctl config new` makes another",
                config.context
            );
            return Err(degraded(why));
        }
        let nowhere = config.endpoints.is_empty() && config.nodes.is_empty();
        if nowhere && shared.hearsay.control_planes().is_empty() {
            let why = format!("{from}: context `{}` has no endpoints", config.context);
            return Err(Link::NotConfigured { why });
        }
        let roads = Roads::new(from.clone(), config).map_err(|err| degraded(format!("{from}: {err}")))?;
        let roads = Arc::new(roads);
        shared.roads = Some((text, roads.clone()));
        Ok(roads)
    }

    /// The talosconfig on this disk: what a person calls it, and its text. None where none is configured.
    fn read(&self) -> Result<Option<(String, String)>, Link> {
        let named = self.path.clone().map(|it| vec![it]);
        let candidates = named.unwrap_or_else(|| talosconfig::candidates(|name| std::env::var(name).ok()));
        for path in &candidates {
            let file = path.display().to_string();
            match std::fs::read_to_string(path) {
                Ok(text) => return Ok(Some((file, text))),
                Err(err) if err.kind() == std::io::ErrorKind::NotFound && self.path.is_none() => {}
                Err(err) => {
                    let why = talosconfig::TalosConfigError::Unreadable { file, why: err.to_string() };
                    return Err(Link::Degraded { since: crate::now::now(), why: why.to_string() });
                }
            }
        }
        Ok(None)
    }

    /// Where no talosconfig is configured, take the one that Cluster API keeps for the cluster.
    async fn borrow(&self) -> Result<(), Link> {
        if self.read()?.is_some() {
            return Ok(());
        }
        let cluster = self.shared().hearsay.cluster().cloned();
        let lent = lent::borrow(&self.management, cluster.as_ref()).await?;
        self.shared().lent = Some(lent);
        Ok(())
    }

    /// What was borrowed is borrowed anew now and then: the provider renews it. Where that fails, it serves on.
    async fn renew(&self) {
        let old = |it: &Lent| it.since.elapsed() > LENT_FOR;
        if self.shared().lent.as_ref().is_some_and(old) {
            let _ = self.borrow().await;
        }
    }

    /// Where others have control planes.
    fn heard_of(&self) -> BTreeSet<String> {
        self.shared().hearsay.control_planes().into_iter().map(str::to_owned).collect()
    }

    /// A node joins the list; what was known of it before is kept.
    fn meet(&self, name: &NodeName, at: &str, control_plane: Option<bool>) -> Node {
        let role = control_plane.map(|it| if it { NodeRole::ControlPlane } else { NodeRole::Worker });
        let node = self.write(name, |node| {
            node.address = at.to_owned();
            node.role = node.role.or(role);
        });
        self.roster.send_modify(|it| *it += 1);
        node
    }

    fn write(&self, name: &NodeName, change: impl FnOnce(&mut Node)) -> Node {
        let mut shared = self.shared();
        let node = shared.nodes.entry(name.clone()).or_insert_with(|| node::unheard(name, ""));
        change(node);
        node.clone()
    }

    /// The control planes and their addresses, as far as they are known.
    fn control_planes(&self) -> BTreeMap<NodeName, String> {
        let shared = self.shared();
        let planes = shared.nodes.values().filter(|it| it.role == Some(NodeRole::ControlPlane));
        planes.map(|it| (it.name.clone(), it.address.clone())).collect()
    }

    /// Where a node is asked at.
    fn address(&self, name: &NodeName) -> Option<String> {
        self.shared().nodes.get(name).map(|it| it.address.clone()).filter(|it| !it.is_empty())
    }

    /// Where each node of the fleet is asked at.
    fn asked_at(&self) -> BTreeMap<NodeName, String> {
        let shared = self.shared();
        let nodes = shared.nodes.values().filter(|it| !it.address.is_empty());
        nodes.map(|it| (it.name.clone(), it.address.clone())).collect()
    }

    /// Every node of the fleet with its addresses, and how Cluster API made those that it did.
    fn roster(&self) -> (Vec<(NodeName, Vec<String>)>, Vec<Made>) {
        let shared = self.shared();
        let of = |it: &Node| {
            let all = it.addresses.iter().chain([&it.address]).filter(|it| !it.is_empty());
            (it.name.clone(), all.cloned().collect())
        };
        (shared.nodes.values().map(of).collect(), shared.hearsay.made().cloned().collect())
    }

    /// Go on from what was counted before, whoever counted it.
    fn count(&self, name: &NodeName, answers: &stats::Answers) -> NodeUse {
        let mut shared = self.shared();
        let (uses, ticks) = shared.uses.entry(name.clone()).or_default();
        uses.name = name.clone();
        stats::absorb(uses, ticks, answers);
        uses.clone()
    }

    fn is_listened_to(&self, name: &NodeName) -> bool {
        self.shared().listened_to.contains(name)
    }

    fn listen_to(&self, name: &NodeName, fully: bool) {
        let listened_to = &mut self.shared().listened_to;
        if fully {
            listened_to.insert(name.clone())
        } else {
            listened_to.remove(name)
        };
    }

    fn forget(&self, name: &NodeName) {
        let mut shared = self.shared();
        shared.nodes.remove(name);
        shared.uses.remove(name);
        shared.listened_to.remove(name);
        drop(shared);
        self.roster.send_modify(|it| *it += 1);
    }

    /// The node at `at` says that it is called `hostname`.
    fn name(&self, at: &str, hostname: &str) {
        let new = self.shared().names.insert(at.to_owned(), NodeName(hostname.to_owned()));
        if new.is_none_or(|it| it.0 != hostname) {
            self.learned.notify_one();
        }
    }

    /// The versions of Talos that the nodes run, as far as they were heard.
    pub(crate) fn versions(&self) -> BTreeMap<NodeName, String> {
        let shared = self.shared();
        shared.nodes.values().filter_map(|it| Some((it.name.clone(), it.version.clone()?))).collect()
    }

    fn names(&self) -> BTreeMap<String, NodeName> {
        self.shared().names.clone()
    }
}

/// A stream of what a task says. The task starts when the stream is first asked, and ends with it.
fn spoken<F, Fut>(task: F) -> Heard
where
    F: FnOnce(mpsc::Sender<Observation>) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let start = async move {
        let (heard, ears) = mpsc::channel(256);
        let running = AbortOnDropHandle::new(tokio::spawn(task(heard)));
        futures::stream::unfold((ears, running), |(mut ears, running)| async move {
            let told = ears.recv().await?;
            Some((told, (ears, running)))
        })
    };
    futures::stream::once(start).flatten().boxed()
}

#[cfg(test)]
mod tests;
