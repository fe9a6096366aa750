//! One node's whole transaction: what must hold before, the config, another Talos, pods drained and the node booted
//! anew where the plan said so, and what must hold after. It goes by what the node says now, so that one that was
//! ended halfway goes on where it stands.

mod away;
mod drained;
mod installed;
mod live;
mod watch;

use super::before::{self, Before, failed, passed};
use super::places::{Place, Places};
use super::plan::Installer;
use super::release;
use super::roads::Roads;
use super::trouble::Trouble;
use crate::Witness;
use crate::git::Published;
use crate::kubernetes::Cluster;
use crate::render::MachineConfig;
use domain::{
    Act, Aftermath, Approval, GateReport, NodeEffect, NodeName, Outcome, Plan, Progress, Receipt, Release,
    RollGate, RollStep, Running, Stopped,
};
use drained::{Cordon, Pods};
use std::time::Duration;

/// Between two looks at what is waited for, at least and at most.
const BETWEEN: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(1));

/// What a transaction goes by.
pub(crate) struct Ground<'a> {
    pub places: &'a Places,
    pub kubernetes: &'a Cluster,
    pub witness: &'a Witness,
}

/// Put a published config in force on its node, and the Talos that it names; both are seen there at last. `gates` are
/// those that were passed on the way here.
pub(crate) async fn apply(
    ground: &Ground<'_>,
    approval: &Approval,
    step: &RollStep,
    config: &Published<MachineConfig>,
    gates: Vec<GateReport>,
) -> Outcome {
    let plan = approval.plan();
    let Some(place) = ground.places.nodes.get(&plan.target) else {
        let saw = format!("{} is not in the cluster any more", plan.target);
        return untouched(plan, gates, failed(RollGate::Config, saw), None);
    };
    let mut at_work = AtWork {
        ground,
        plan,
        place,
        step,
        config,
        gates,
        after: Aftermath::Untouched,
        cordon: Cordon::None,
        release: None,
    };
    match at_work.run().await {
        Ok(answer) => Outcome::Applied(Receipt {
            revision: config.revision().clone(),
            target: plan.target.clone(),
            digest: config.content().digest().clone(),
            release: at_work.release,
            gates: at_work.gates,
            answer,
        }),
        Err(end) => {
            let (after, cordoned) = (at_work.after, at_work.cordon == Cordon::Ours);
            stopped(plan, at_work.gates, end, after, cordoned)
        }
    }
}

/// An end at a gate before anything was sent.
pub(crate) fn untouched(
    plan: &Plan,
    gates: Vec<GateReport>,
    gate: GateReport,
    hint: Option<String>,
) -> Outcome {
    stopped(plan, gates, End { gate, hint }, Aftermath::Untouched, false)
}

fn stopped(plan: &Plan, mut gates: Vec<GateReport>, end: End, after: Aftermath, cordoned: bool) -> Outcome {
    gates.push(end.gate.clone());
    Outcome::Stopped(Box::new(Stopped {
        revision: plan.revision.clone(),
        target: plan.target.clone(),
        gate: end.gate.gate,
        saw: end.gate.saw,
        hint: end.hint,
        gates,
        after,
        cordoned,
    }))
}

/// Why it does not go on.
struct End {
    gate: GateReport,
    hint: Option<String>,
}

impl End {
    fn of(gate: RollGate, saw: impl Into<String>) -> Self {
        Self { gate: failed(gate, saw), hint: None }
    }

    fn hinted(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }
}

impl From<before::Shut> for End {
    fn from((gate, hint): before::Shut) -> Self {
        Self { gate, hint }
    }
}

struct AtWork<'a> {
    ground: &'a Ground<'a>,
    plan: &'a Plan,
    place: &'a Place,
    step: &'a RollStep,
    config: &'a Published<MachineConfig>,
    gates: Vec<GateReport>,
    /// How the node would be left if it ended here.
    after: Aftermath,
    cordon: Cordon,
    /// The Talos that it runs, as it said last.
    release: Option<Release>,
}

impl AtWork<'_> {
    fn roads(&self) -> &Roads {
        &self.ground.places.roads
    }

    fn name(&self) -> &NodeName {
        &self.plan.target
    }

    /// Between two looks at what is waited for. Whoever believes sooner looks more often, so that there are two at least.
    fn between(&self) -> Duration {
        self.step.steady.clamp(BETWEEN.0, BETWEEN.1)
    }

    /// A gate is passed or skipped: it is told, and kept.
    fn pass(&mut self, gate: GateReport) {
        // A ledger that cannot be written stops the next act, not what was seen.
        let _ = (self.ground.witness)(&Progress::Gate(gate.clone()));
        self.gates.push(gate);
    }

    /// How far it has come, for who looks.
    fn say(&self, words: impl Into<String>) {
        let _ = (self.ground.witness)(&Progress::Doing(words.into()));
    }

    /// Do what changes the node: written down before, and its answer after. Where it cannot be written down it is
    /// not done.
    async fn act<F>(&self, act: Act, done: F) -> Result<String, Trouble>
    where
        F: Future<Output = Result<String, Trouble>>,
    {
        let witness = self.ground.witness;
        witness(&Progress::Acts(act.clone()))
            .map_err(|why| Trouble::Other(format!("not done, for the ledger cannot be written: {why}")))?;
        let answer = done.await;
        let said = match &answer {
            Ok(said) => crate::plain::plain(said).into_owned(),
            Err(trouble) => trouble.masked(),
        };
        let _ = witness(&Progress::Answered(act, said));
        answer
    }

    async fn run(&mut self) -> Result<String, End> {
        let (places, place, plan) = (self.ground.places, self.place, self.plan);
        let (gate, runs) = before::config(places, place, plan).await?;
        self.pass(gate);
        let installer = self.installer().await?;
        let cordon = drained::cordon(self.ground.kubernetes, self.name(), place).await;
        let done = Running { active: plan.wanted.clone(), persistent: plan.wanted.clone() };
        let configures = runs.digests() != done;
        let reboots = installer.is_some() || configures && plan.effect.reboots();
        self.cordon = match cordon {
            // A config that takes effect where it is touches no pod.
            Err(_) if configures && !reboots => Cordon::None,
            cordon => cordon?,
        };
        if !configures && !reboots {
            if self.cordon == Cordon::Ours {
                self.back_again().await?;
            }
            return Ok(String::new());
        }
        for gate in before::members(places, place, self.name(), reboots).await? {
            self.pass(gate);
        }
        let gate = before::quiet(places, place, self.name(), self.step).await?;
        self.pass(gate);
        let pods = if reboots { self.pods().await? } else { Pods::Stay };
        let before = Before::of(places, self.ground.kubernetes, self.name(), place).await?;
        let installer = match installer {
            None if reboots => self.instead_of_what_is_written(&before)?,
            installer => installer,
        };
        let others = places.nodes.iter().filter(|(name, it)| *name != self.name() && it.control_plane);
        let _shunned =
            places.roads.shun(&place.at, others.flat_map(|(_, it)| it.addresses.clone()).collect());
        let mut answer = String::new();
        // A config that only the Talos to come takes waits for it.
        let waits = configures && installer.is_some() && matches!(plan.effect, NodeEffect::AfterUpgrade(_));
        if configures && !waits {
            answer = match plan.effect.reboots() {
                false => self.live(&before, &runs.digests()).await?,
                true => self.stage().await?,
            };
        }
        if reboots {
            let expects = if waits { &runs.digests().active } else { &plan.wanted };
            self.through_a_reboot(&before, pods, installer.as_ref(), expects).await?;
        }
        if waits {
            self.after = Aftermath::Upgraded;
            self.uncordon().await?;
            let before = Before::of(places, self.ground.kubernetes, self.name(), place).await?;
            answer = self.live(&before, &runs.digests()).await?;
        }
        self.verify(installer.as_ref()).await?;
        self.uncordon().await?;
        Ok(answer)
    }

    /// The installer that the plan announced, where the node does not run its Talos yet. It is read out of the
    /// published config, not out of the plan.
    async fn installer(&mut self) -> Result<Option<Published<Installer>>, End> {
        let Some(upgrade) = &self.plan.upgrade else { return Ok(None) };
        let stale = |saw: String| End::of(RollGate::Release, saw).hinted("look at a new plan");
        let installer = self.config.clone().try_map(Installer::of).map_err(stale)?;
        if installer.content().image != upgrade.image {
            return Err(stale("its config names another installer than the plan does".into()));
        }
        let runs = release::release(self.roads(), &self.place.at)
            .await
            .map_err(|trouble| End::of(RollGate::Release, trouble.to_string()))?
            .release;
        self.release = Some(runs.clone());
        if runs.is(&upgrade.to) {
            self.pass(passed(RollGate::Release, format!("it runs {} already", runs.words())));
            return Ok(None);
        }
        if runs != upgrade.from {
            let (is, was) = (runs.words(), upgrade.from.words());
            return Err(stale(format!("it runs {is} now; the plan was made against {was}")));
        }
        Ok(Some(installer))
    }
}
