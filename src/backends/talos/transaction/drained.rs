//! The pods of a node make room before it goes down: it is cordoned, they are asked to go as their budgets allow, and
//! it is uncordoned after it came back. Where somebody else cordoned it before, it stays as it was.

use super::{AtWork, End};
use crate::kubernetes::drain::{self, Fate, PodThere};
use crate::kubernetes::orders::{self, Eviction};
use crate::kubernetes::{Cluster, Trouble as KubeTrouble};
use crate::talos::before::{passed, skipped};
use crate::talos::places::Place;
use crate::talos::trouble::Trouble;
use domain::{Act, NodeName, Progress, RollGate};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two askings of a pod whose budget did not let it go.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// How long the API server may be away with the node that came back.
const UNCORDON: Duration = Duration::from_secs(120);

/// Whether a node takes pods, and whose doing it is where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cordon {
    None,
    Ours,
    Theirs,
}

/// What becomes of the pods of a node that goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pods {
    Go,
    Stay,
}

/// How a node stands now. Where Kubernetes does not answer that is not known, and nothing may be built on it.
pub(super) async fn cordon(kubernetes: &Cluster, node: &NodeName, place: &Place) -> Result<Cordon, End> {
    match drain::standing(kubernetes, node, &place.addresses).await {
        Ok(it) if it.ours => Ok(Cordon::Ours),
        Ok(it) if it.cordoned => Ok(Cordon::Theirs),
        // Where there is no Kubernetes, or it does not know the node, nobody cordoned it there.
        Ok(_) | Err(KubeTrouble::Missing(_) | KubeTrouble::NotConfigured(_)) => Ok(Cordon::None),
        Err(trouble) => {
            let saw = format!("whether it takes pods cannot be asked: {trouble}");
            Err(End::of(RollGate::Pods, saw).hinted("see that Kubernetes can be asked, and retry it"))
        }
    }
}

/// Who was asked to go.
struct Asked {
    going: BTreeSet<String>,
    /// Those that could not go yet, and why.
    refused: BTreeMap<String, String>,
    /// When they are asked again.
    again: Instant,
    /// We may not ask: waiting does not help.
    forbidden: bool,
}

impl AtWork<'_> {
    /// Whether its pods can be drained at all: asked before anything is sent to the node.
    pub(super) async fn pods(&mut self) -> Result<Pods, End> {
        match drain::load(self.ground.kubernetes, self.name(), &self.place.addresses).await {
            Err(KubeTrouble::Missing(why)) => {
                let hint = "name the cluster that it is a node of, by --kubeconfig and --context";
                Err(End::of(RollGate::Pods, why).hinted(hint))
            }
            Err(trouble) => {
                let hint = "pods are drained before a node goes down: see that Kubernetes can be asked";
                Err(End::of(RollGate::Pods, format!("Kubernetes cannot be asked: {trouble}")).hinted(hint))
            }
            Ok(load) if load.takers == 0 && load.others > 0 => {
                let saw = format!("none of the {} other nodes takes pods now", load.others);
                Err(End::of(RollGate::Pods, saw).hinted("see why they are cordoned or not ready; retry it"))
            }
            Ok(load) if load.takers == 0 => {
                let saw = "there is no other node: its pods go down and come back with it";
                self.pass(skipped(RollGate::Pods, saw));
                Ok(Pods::Stay)
            }
            Ok(load) => {
                self.pass(passed(RollGate::Pods, load.words()));
                Ok(Pods::Go)
            }
        }
    }

    /// Cordon it and have its pods go. One that cannot go in its time stops it, and the node stays cordoned.
    pub(super) async fn drain(&mut self, pods: Pods) -> Result<(), End> {
        if pods == Pods::Stay {
            return Ok(());
        }
        // Minutes have gone by since it was asked.
        self.cordon = cordon(self.ground.kubernetes, self.name(), self.place).await?;
        if self.cordon == Cordon::None {
            let commit = &self.plan.revision.commit;
            let lost = AtomicBool::new(false);
            let cordons = async {
                let done = orders::cordon(self.ground.kubernetes, self.name(), commit).await;
                let silent = matches!(done, Err(KubeTrouble::Unreachable(_) | KubeTrouble::Silent(_)));
                lost.store(silent, Ordering::Relaxed);
                done.map_err(|it| Trouble::Other(it.to_string()))
            };
            let done = self.act(Act::Cordon, cordons).await;
            // An answer that was lost may have been a yes.
            if lost.load(Ordering::Relaxed) {
                self.cordon = Cordon::Ours;
            }
            done.map_err(|trouble| {
                End::of(RollGate::Drained, format!("it could not be cordoned: {trouble}"))
                    .hinted("patch on nodes is wanted, by Kubernetes' own rules")
            })?;
            self.cordon = Cordon::Ours;
        }
        let (began, patience) = (Instant::now(), Duration::from_secs(self.step.drain_seconds.into()));
        let (going, refused) = (BTreeSet::new(), BTreeMap::new());
        let mut asked = Asked { going, refused, again: began, forbidden: false };
        loop {
            let why = match self.round(&mut asked).await {
                Ok(()) => {
                    let saw = format!("{} pods gone in {} s", asked.going.len(), began.elapsed().as_secs());
                    self.pass(passed(RollGate::Drained, saw));
                    return Ok(());
                }
                Err(why) => why,
            };
            if asked.forbidden || began.elapsed() > patience {
                for (pod, why) in &asked.refused {
                    let act = Act::Evict { pod: pod.clone() };
                    let _ = (self.ground.witness)(&Progress::Answered(act, format!("refused: {why}")));
                }
                let hint = match asked.forbidden {
                    true => "create on pods/eviction is wanted, by Kubernetes' own rules",
                    false => "give the budget room by a commit and retry it, or pass the node over",
                };
                let saw = format!("after {} s {why}", began.elapsed().as_secs());
                return Err(End::of(RollGate::Drained, saw).hinted(hint));
            }
            sleep(self.between()).await;
        }
    }

    /// Look who is there, and ask those to go that have not been asked, or could not go before. The error says why the
    /// node is not empty yet.
    async fn round(&self, asked: &mut Asked) -> Result<(), String> {
        let all = drain::pods(self.ground.kubernetes, self.name()).await;
        let all = all.map_err(|trouble| format!("Kubernetes cannot be asked: {trouble}"))?;
        let there: Vec<PodThere> = all.into_iter().filter(|it| it.fate == Fate::Goes).collect();
        asked.refused.retain(|pod, _| there.iter().any(|it| it.full() == *pod));
        if there.is_empty() {
            return Ok(());
        }
        if Instant::now() >= asked.again {
            for pod in &there {
                self.ask(pod, asked).await?;
            }
            asked.again = Instant::now() + ASK_AGAIN;
        }
        let all = asked.going.len() + asked.refused.len();
        let held = asked.refused.iter().next().map(|(pod, why)| format!(": {pod} waits, {why}"));
        let gone = all.saturating_sub(there.len());
        self.say(format!("draining {gone} of {all} pods{}", held.unwrap_or_default()));
        Err(stays(&there, asked))
    }

    async fn ask(&self, pod: &PodThere, asked: &mut Asked) -> Result<(), String> {
        let (witness, full) = (self.ground.witness, pod.full());
        if pod.deleting {
            asked.refused.remove(&full);
            asked.going.insert(full);
            return Ok(());
        }
        let act = Act::Evict { pod: full.clone() };
        if !asked.refused.contains_key(&full) {
            witness(&Progress::Acts(act.clone()))
                .map_err(|why| format!("not asked to go, for the ledger cannot be written: {why}"))?;
        }
        match orders::evict(self.ground.kubernetes, pod).await {
            Ok(Eviction::Going) => {
                let _ = witness(&Progress::Answered(act, "it goes".into()));
                asked.refused.remove(&full);
                asked.going.insert(full);
            }
            Ok(Eviction::Refused(why)) => _ = asked.refused.insert(full, why),
            Err(trouble) => {
                asked.forbidden |= matches!(trouble, KubeTrouble::Forbidden(_));
                asked.refused.insert(full, format!("it could not be asked to go: {trouble}"));
            }
        }
        Ok(())
    }

    /// It takes pods again, where it was this roll, or one before it, that cordoned it.
    pub(super) async fn uncordon(&mut self) -> Result<(), End> {
        match self.cordon {
            Cordon::None => return Ok(()),
            Cordon::Theirs => {
                self.pass(skipped(RollGate::Uncordoned, "somebody else cordoned it before: it stays so"));
                return Ok(());
            }
            Cordon::Ours => {}
        }
        let until = Instant::now() + UNCORDON;
        let uncordons = async {
            loop {
                match orders::uncordon(self.ground.kubernetes, self.name()).await {
                    Ok(said) => return Ok(said),
                    Err(KubeTrouble::Unreachable(_) | KubeTrouble::Silent(_)) if Instant::now() < until => {
                        sleep(self.between()).await;
                    }
                    Err(trouble) => return Err(Trouble::Other(trouble.to_string())),
                }
            }
        };
        match self.act(Act::Uncordon, uncordons).await {
            Ok(said) => {
                self.cordon = Cordon::None;
                self.pass(passed(RollGate::Uncordoned, said));
                Ok(())
            }
            Err(trouble) => Err(End::of(RollGate::Uncordoned, trouble.to_string())
                .hinted("patch on nodes is wanted; retry it")),
        }
    }
}

/// What keeps a node from being drained: "2 of 12 pods are still there; household/board-1: its budget …"
fn stays(there: &[PodThere], asked: &Asked) -> String {
    let all = asked.going.len() + asked.refused.len();
    let held: Vec<String> = asked.refused.iter().map(|(pod, why)| format!("{pod}: {why}")).collect();
    let names = match held.is_empty() {
        true => {
            let names: Vec<String> = there.iter().map(PodThere::full).collect();
            format!("they do not end: {}", names.join(", "))
        }
        false => held.join("; "),
    };
    format!("{} of {all} pods are still there; {names}", there.len())
}
