//! The one door to every wire: listen, look up, carry.

use crate::git::{Committed, Tree};
use crate::render::Tools;
use crate::road::Road;
use crate::{Sources, capi, declared, delivery, git, hetzner, kubernetes, talos};
use domain::{
    Commit, CommitId, Finding, FormerRules, Look, Mend, Observation, Order, Outcome, Progress, Proposal,
    Watch,
};
use futures::stream::BoxStream;
use std::collections::BTreeSet;
use std::sync::Arc;

/// So many changes of a file are looked back through.
const BACK: usize = 4;

/// A stream of what a watch hears. It ends only when it is dropped: whatever breaks is tried again inside.
pub type Heard = BoxStream<'static, Observation>;

/// Who is told how an order comes along, and writes it down. Where that fails, what was about to be done is not done.
pub type Witness = Arc<dyn Fn(&Progress) -> Result<(), String> + Send + Sync>;

/// Every wire, connected when first needed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hands {
    talos: Arc<talos::Talos>,
    repository: git::Repository,
    cluster: kubernetes::Cluster,
    cloud: hetzner::Cloud,
    tools: Arc<Tools>,
    drift: talos::drift::Drift,
}

impl Hands {
    pub fn new(sources: Sources) -> Self {
        let repository = git::Repository::new(&sources);
        let cluster = kubernetes::Cluster::new(&sources);
        let cloud = hetzner::Cloud::new(&sources);
        let tools = Arc::new(Tools::of(&sources));
        let talos = talos::Talos::new(&sources, &cluster);
        let drift =
            talos::drift::Drift::new(talos.clone(), repository.clone(), cluster.clone(), tools.clone());
        Self { talos, repository, cluster, cloud, tools, drift }
    }

    /// Start listening.
    pub fn watch(&self, watch: &Watch) -> Heard {
        match watch {
            Watch::Fleet => self.talos.fleet(),
            Watch::Machines => self.talos.overhear(capi::machines(&self.cluster)),
            Watch::Delivery => delivery::delivery(&self.cluster),
            Watch::KubeNodes => self.talos.overhear(capi::kube_nodes(&self.cluster)),
            Watch::Repository => self.repository.watch(),
            Watch::Reviews(of) => self.repository.reviews(of.clone()),
            Watch::Configs { tip } => self.drift.watch(tip.clone()),
            Watch::Objects { tip } => declared::objects(&self.repository, &self.cluster, &self.tools, tip),
            Watch::Servers => self.cloud.watch(),
            Watch::Firewalls { closely } => self.cloud.firewalls(*closely),
            Watch::Node(name) => self.talos.node(name),
            Watch::Sheet(of) => self.talos.sheet(of),
            Watch::NodeLogs(of) => self.talos.logs(of),
            Watch::Etcd { closely } => self.talos.etcd(*closely),
            Watch::Kinds => kubernetes::kinds(&self.cluster),
            Watch::Counts => kubernetes::counts(&self.cluster),
            Watch::Rows(of) => kubernetes::rows(&self.cluster, of),
            Watch::Object(of) => kubernetes::object(&self.cluster, of),
            Watch::PodLogs(of) => kubernetes::logs(&self.cluster, of),
        }
    }

    /// How pull requests fare now, with the commits that they offer.
    pub async fn reviewed(&self, of: &BTreeSet<(CommitId, Proposal)>) -> Vec<Observation> {
        self.repository.reviewed(of).await
    }

    /// Answer one question. The error is for a person to read.
    pub async fn look(&self, look: Look) -> Result<Finding, String> {
        match look {
            Look::EtcdSnapshot { node, path } => {
                let bytes = self.talos.snapshot(&node, std::path::Path::new(&path)).await?;
                Ok(Finding::EtcdSnapshot { path, bytes })
            }
            Look::DryRun(draft) => {
                let wished = self.repository.wished(draft.clone()).await?;
                let checks = kubernetes::orders::dry_run(&self.cluster, &wished).await;
                Ok(Finding::DryRun { draft, checks })
            }
            Look::Fields { path, text } => {
                let found = kubernetes::schemas::diagnose(&self.cluster, text.clone()).await;
                let diagnoses = found.map_err(|err| err.to_string())?;
                Ok(Finding::Fields { path, text, diagnoses })
            }
            Look::Plan { commit } => self.road().plan(commit).await.map(|it| Finding::Planned(Box::new(it))),
            Look::Preview { draft, of } => {
                let previewed = match of {
                    Some(of) => self.road().preview_delivered(draft, of).await,
                    None => self.road().preview(draft).await,
                };
                previewed.map(|it| Finding::Previewed(Box::new(it)))
            }
            Look::Mend { tip, mend } => self.mend(tip, mend).await,
            Look::FormerRules { tip, path, firewall } => {
                let before = self.repository.before(tip, vec![path.clone()], BACK).await;
                let rules = |(until, tree): (Commit, Committed<Tree>)| {
                    let rules = hetzner::rules(tree.content(), &path, &firewall);
                    FormerRules { until: until.id, at: until.at, rules }
                };
                let before = before.map_err(|err| err.told())?;
                Ok(Finding::FormerRules(before.into_iter().map(rules).collect()))
            }
            Look::LoadBalancers => self.cloud.load_balancers().await.map(Finding::LoadBalancers),
            Look::Networks => self.cloud.networks().await.map(Finding::Networks),
            Look::File(_)
            | Look::CommitDiff(_)
            | Look::Blame(_)
            | Look::Writers(_)
            | Look::PathLog(_)
            | Look::Check(_)
            | Look::Diagnose { .. }
            | Look::Revert(_)
            | Look::Files(_)
            | Look::Merge(_)
            | Look::Fetch => self.repository.look(look).await,
        }
    }

    /// The commit that a person means by the first digits of its id, or by the name of the tracked branch. The error
    /// is for a person to read.
    pub async fn resolve(&self, said: &str) -> Result<CommitId, String> {
        self.repository.resolve(said).await.map_err(|err| err.told())
    }

    /// The draft that brings a difference together.
    async fn mend(&self, tip: CommitId, mend: Mend) -> Result<Finding, String> {
        let draft = match &mend {
            Mend::Config { node, document, field } => self.drift.adopt(tip, node, document, field).await?,
            Mend::Roll { of } => self.drift.roll(tip, of).await?,
            Mend::Object { object, field } => {
                declared::draft(&self.repository, &self.cluster, &tip, object, field).await?
            }
            Mend::Firewall { name, rule } => {
                let tree = self.repository.tree(tip.clone()).await.map_err(|err| err.told())?;
                self.cloud.adopt(tip, tree.content(), name, rule).await?
            }
        };
        Ok(Finding::Mended { mend, draft })
    }

    fn road(&self) -> Road<'_> {
        Road {
            repository: &self.repository,
            talos: &self.talos,
            kubernetes: &self.cluster,
            tools: &self.tools,
        }
    }

    /// Carry one order to its end, with nobody who is told of its steps.
    pub async fn carry(&self, order: Order) -> Outcome {
        let nobody: Witness = Arc::new(|_| Ok(()));
        self.carry_before(order, &nobody).await
    }

    /// Carry one order to its end, every step of it before a witness.
    pub async fn carry_before(&self, order: Order, witness: &Witness) -> Outcome {
        match order {
            Order::Apply { approval, step } => self.road().apply(&approval, &step, witness).await,
            Order::Commit(draft) => self.repository.commit(draft).await,
            Order::Refresh { object } => delivery::refresh(&self.cluster, object).await,
            Order::Sync { object } => delivery::sync(&self.cluster, object).await,
            Order::Propose { commit, onto, message } => self.repository.propose(commit, onto, message).await,
            Order::Push { commit, branch } => self.repository.push(commit, branch).await,
        }
    }
}
