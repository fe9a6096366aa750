//! What changes a Talos node, and the one transaction in which it does. Every licence of this wire is in this file,
//! each at its one call: a config, which takes published content; a reboot that the plan announced; the leadership of
//! etcd, before that.

use super::before::{self, Before, failed, passed, skipped};
use super::gates::{Gates, Round, given_up};
use super::places::{Place, Places};
use super::roads::{Client, Roads};
use super::running;
use super::signs;
use super::trouble::Trouble;
use crate::Witness;
use crate::git::{Committed, Published};
use crate::kubernetes::Cluster;
use crate::render::MachineConfig;
use domain::{
    Act, Aftermath, Approval, GateReport, GateState, MemberId, NodeName, Outcome, Plan, Progress, Receipt,
    RollGate, RollStep, Running, Stopped,
};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use wire::machine as pb;
use wire::machine::apply_configuration_request::Mode;

/// How long a config is tried. Whoever does not come back within it goes back by himself.
const TRY: Duration = Duration::from_secs(120);
/// Before that is over the gates must be passed and the config made permanent.
const GATES: Duration = Duration::from_secs(90);
/// How long a node may take to boot anew and pass its gates.
const BOOT: Duration = Duration::from_secs(900);
/// All gates must hold for so long: a service that is about to end still looks well.
const STEADY: Duration = Duration::from_secs(4);
const BETWEEN: Duration = Duration::from_secs(1);
/// How long one change may take to be answered.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a node is given beyond its time to go back.
const GRACE: Duration = Duration::from_secs(60);

/// How a config is sent.
#[derive(Debug, Clone, Copy)]
enum How {
    /// Only asked: nothing takes effect. Always in the mode TRY: every other one ends somebody's trial, even here.
    DryRun,
    Try,
    Permanent,
    Staged,
}

/// Ask a node what it would say to a config. Nothing is changed; the answer holds nothing of the config.
pub(super) async fn dry_run(
    roads: &Roads,
    at: &str,
    config: &Committed<MachineConfig>,
) -> Result<String, Trouble> {
    let said = send(roads, at, config.content(), How::DryRun).await?;
    // What follows the first lines is a diff with secrets in it.
    let words = said.lines().nth(1).unwrap_or_default().replace("(skipped in dry-run).", "");
    Ok(crate::plain::plain(words.trim()).into_owned())
}

/// The one call that sends a config.
async fn send(roads: &Roads, at: &str, config: &MachineConfig, how: How) -> Result<String, Trouble> {
    let (mode, dry_run) = match how {
        How::DryRun => (Mode::Try, true),
        How::Try => (Mode::Try, false),
        How::Permanent => (Mode::NoReboot, false),
        How::Staged => (Mode::Staged, false),
    };
    let span = prost_types::Duration { seconds: i64::try_from(TRY.as_secs()).unwrap_or(60), nanos: 0 };
    let request = pb::ApplyConfigurationRequest {
        data: config.reveal().to_vec(),
        mode: mode.into(),
        dry_run,
        try_mode_timeout: (mode == Mode::Try).then_some(span),
    };
    let call = |client: Client| {
        let request = request.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the one road of a config to a node: its callers take committed content for a dry run and published content for all else"
        )]
        async move {
            client.machine().apply_configuration(request).await
        }
    };
    let answer = roads.once(at, PATIENCE, call).await?;
    Ok(answer.messages.into_iter().map(|it| it.mode_details).collect::<Vec<_>>().join("\n"))
}

/// The one call that takes a node down.
async fn reboot(roads: &Roads, at: &str) -> Result<String, Trouble> {
    let call = |client: Client| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the reboot that the approved plan announced, after the config was staged"
        )]
        async move {
            client.machine().reboot(pb::RebootRequest::default()).await
        }
    };
    roads.once(at, PATIENCE, call).await.map(|_| "reboots".into())
}

/// The one call that has a member of etcd hand over its leadership.
async fn forfeit(roads: &Roads, at: &str) -> Result<String, Trouble> {
    let call = |client: Client| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the leader goes down with an announced reboot: it hands over first, so that no election is waited for"
        )]
        async move {
            client.machine().etcd_forfeit_leadership(pb::EtcdForfeitLeadershipRequest::default()).await
        }
    };
    let answer = roads.once(at, PATIENCE, call).await?;
    let to = answer.messages.into_iter().map(|it| crate::plain::plain(&it.member).into_owned());
    Ok(format!("handed over to {}", to.collect::<Vec<_>>().join(", ")))
}

/// What a transaction goes by.
pub(crate) struct Ground<'a> {
    pub places: &'a Places,
    pub kubernetes: &'a Cluster,
    pub witness: &'a Witness,
}

/// Put a published config in force on its node: preconditions, a trial or a reboot, gates, and both digests at last.
/// `gates` are those that were passed on the way here.
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
        return stopped(plan, gates, failed(RollGate::Config, saw), None, Aftermath::Untouched);
    };
    let mut at_work = AtWork { ground, plan, place, step, config, gates };
    match at_work.run().await {
        Ok(answer) => Outcome::Applied(Receipt {
            revision: config.revision().clone(),
            target: plan.target.clone(),
            digest: config.content().digest().clone(),
            gates: at_work.gates,
            answer,
        }),
        Err(end) => stopped(plan, at_work.gates, end.gate, end.hint, end.after),
    }
}

/// An end at a gate.
pub(crate) fn stopped(
    plan: &Plan,
    mut gates: Vec<GateReport>,
    gate: GateReport,
    hint: Option<String>,
    after: Aftermath,
) -> Outcome {
    gates.push(gate.clone());
    Outcome::Stopped(Box::new(Stopped {
        revision: plan.revision.clone(),
        target: plan.target.clone(),
        gate: gate.gate,
        saw: gate.saw,
        hint,
        gates,
        after,
    }))
}

/// Why it does not go on.
struct End {
    gate: GateReport,
    hint: Option<String>,
    after: Aftermath,
}

impl End {
    fn untouched((gate, hint): before::Shut) -> Self {
        Self { gate, hint, after: Aftermath::Untouched }
    }

    fn of(gate: RollGate, saw: impl Into<String>, after: Aftermath) -> Self {
        Self { gate: failed(gate, saw), hint: None, after }
    }
}

/// Whether gates that hold now are built upon. A config is made permanent only while its trial lasts, else it would
/// be put in force untried; a node that has booted with one runs it, however late.
fn counts(tried: bool, now: Instant, until: Instant) -> bool {
    !tried || now < until
}

struct AtWork<'a> {
    ground: &'a Ground<'a>,
    plan: &'a Plan,
    place: &'a Place,
    step: &'a RollStep,
    config: &'a Published<MachineConfig>,
    gates: Vec<GateReport>,
}

impl AtWork<'_> {
    fn roads(&self) -> &Roads {
        &self.ground.places.roads
    }

    fn name(&self) -> &NodeName {
        &self.plan.target
    }

    /// A gate is passed or skipped: it is told, and kept.
    fn pass(&mut self, gate: GateReport) {
        // A ledger that cannot be written stops the next act, not what was seen.
        let _ = (self.ground.witness)(&Progress::Gate(gate.clone()));
        self.gates.push(gate);
    }

    /// Do what changes the node: written down before, and its answer after. Where it cannot be written down it is
    /// not done.
    async fn act(&self, act: Act) -> Result<String, Trouble> {
        let witness = self.ground.witness;
        witness(&Progress::Acts(act))
            .map_err(|why| Trouble::Other(format!("not done, for the ledger cannot be written: {why}")))?;
        let (roads, at, config) = (self.roads(), self.place.at.as_str(), self.config.content());
        let answer = match act {
            Act::Try { .. } => send(roads, at, config, How::Try).await,
            Act::MakePermanent => send(roads, at, config, How::Permanent).await,
            Act::Stage => send(roads, at, config, How::Staged).await,
            Act::HandOverLeadership => forfeit(roads, at).await,
            Act::Reboot => reboot(roads, at).await,
        };
        let said = match &answer {
            Ok(said) => crate::plain::plain(said).into_owned(),
            Err(trouble) => trouble.masked(),
        };
        let _ = witness(&Progress::Answered(act, said));
        answer
    }

    async fn run(&mut self) -> Result<String, End> {
        let (places, place, plan) = (self.ground.places, self.place, self.plan);
        let (gate, runs) = before::config(places, place, plan).await.map_err(End::untouched)?;
        self.pass(gate);
        let done = Running { active: plan.wanted.clone(), persistent: plan.wanted.clone() };
        if runs.digests() == done {
            return Ok(String::new());
        }
        for gate in before::members(places, place, self.name(), plan).await.map_err(End::untouched)? {
            self.pass(gate);
        }
        let gate = before::quiet(places, self.name(), self.step).await.map_err(End::untouched)?;
        self.pass(gate);
        let before = Before::of(places, self.ground.kubernetes, self.name(), place).await;
        let _shunned = places.roads.shun(&place.at);
        match plan.effect.reboots() {
            false => self.live(&before, &runs.digests()).await,
            true => self.through_a_reboot(&before).await,
        }
    }

    /// Tried, watched, made permanent.
    async fn live(&mut self, before: &Before, old: &Running) -> Result<String, End> {
        let began = Instant::now();
        let seconds = u32::try_from(TRY.as_secs()).unwrap_or(u32::MAX);
        let answer = match self.act(Act::Try { seconds }).await {
            Ok(answer) => crate::plain::plain(&answer).into_owned(),
            // It may have been taken all the same; what the node runs will tell.
            Err(trouble) if trouble.is_silence() => trouble.to_string(),
            Err(trouble) => {
                let saw = trouble.masked();
                return Err(End::of(RollGate::Taken, saw, Aftermath::Untouched));
            }
        };
        self.pass(passed(RollGate::Taken, answer.clone()));
        if let Err(gate) = self.watch(before, began + GATES, Some(old)).await {
            let after = self.goes_back(old, began).await;
            return Err(End {
                gate,
                hint: Some("retry it, or push a commit that takes the change back".into()),
                after,
            });
        }
        let permanent = match began.elapsed() < TRY {
            true => self.act(Act::MakePermanent).await,
            false => Err(Trouble::Busy("the trial was over before it could be made permanent".into())),
        };
        match permanent {
            Ok(said) => self.pass(passed(RollGate::Permanent, crate::plain::plain(&said).into_owned())),
            Err(trouble) if trouble.is_silence() => {
                self.pass(passed(RollGate::Permanent, format!("{trouble}; what it runs will tell")));
            }
            Err(trouble) => {
                let saw = trouble.masked();
                let after = self.goes_back(old, began).await;
                return Err(End::of(RollGate::Permanent, saw, after));
            }
        }
        self.verify().await?;
        Ok(answer)
    }

    /// Staged, the leadership handed over, booted anew, watched.
    async fn through_a_reboot(&mut self, before: &Before) -> Result<String, End> {
        let answer = self.act(Act::Stage).await.map_err(|trouble| {
            let saw = trouble.masked();
            let after = match trouble.is_silence() {
                true => Aftermath::Unknown("whether it was staged is not known".into()),
                false => Aftermath::Untouched,
            };
            End::of(RollGate::Taken, saw, after)
        })?;
        let answer = crate::plain::plain(&answer).into_owned();
        self.pass(passed(RollGate::Taken, answer.clone()));
        self.hand_over(before.member).await?;
        self.act(Act::Reboot).await.or_else(|trouble| match trouble.is_silence() {
            // It may be going down with the answer.
            true => Ok(String::new()),
            false => Err(End::of(RollGate::Rebooted, trouble.masked(), Aftermath::Staged)),
        })?;
        let until = Instant::now() + BOOT;
        loop {
            let boot = signs::boot(self.roads(), &self.place.at).await;
            match (boot, &before.boot) {
                (Ok(boot), Some(old)) if boot != *old => break self.pass(passed(RollGate::Rebooted, "yes")),
                (Ok(_), None) => {
                    break self.pass(skipped(RollGate::Rebooted, "when it booted before is not known"));
                }
                (Ok(_) | Err(_), _) if Instant::now() > until => {
                    let saw = format!("not within {} min", BOOT.as_secs() / 60);
                    let after =
                        Aftermath::Unknown("the new config is staged; the node was told to reboot".into());
                    return Err(End::of(RollGate::Rebooted, saw, after));
                }
                _ => sleep(BETWEEN).await,
            }
        }
        self.watch(before, until, None).await.map_err(|gate| End {
            gate,
            hint: Some(
                "look at the node: a commit that takes the change back can be rolled out the same way".into(),
            ),
            after: Aftermath::InForce,
        })?;
        self.verify().await?;
        Ok(answer)
    }

    /// Whoever leads etcd hands over before he goes down.
    async fn hand_over(&mut self, member: Option<MemberId>) -> Result<(), End> {
        let (etcd, _) = before::ask_etcd(self.ground.places).await;
        let leads = |etcd: &domain::Etcd| member.is_some() && etcd.leader().map(|it| it.id) == member;
        if !self.place.control_plane || !leads(&etcd) || etcd.voters() < 2 {
            self.pass(skipped(RollGate::Leadership, "it does not lead etcd, or is the only member"));
            return Ok(());
        }
        let said = self.act(Act::HandOverLeadership).await;
        let said =
            said.map_err(|trouble| End::of(RollGate::Leadership, trouble.masked(), Aftermath::Staged))?;
        let until = Instant::now() + PATIENCE;
        while leads(&before::ask_etcd(self.ground.places).await.0) {
            if Instant::now() > until {
                return Err(End::of(RollGate::Leadership, "it leads etcd still", Aftermath::Staged));
            }
            sleep(BETWEEN).await;
        }
        self.pass(passed(RollGate::Leadership, said));
        Ok(())
    }

    /// Until every gate has held for a while. The error is the gate that did not.
    async fn watch(
        &mut self,
        before: &Before,
        until: Instant,
        old: Option<&Running>,
    ) -> Result<(), GateReport> {
        let began = Instant::now();
        let wanted = self.config.content().digest().clone();
        let ground = self.ground;
        let gates = Gates {
            places: ground.places,
            kubernetes: ground.kubernetes,
            name: &self.plan.target,
            place: self.place,
            before,
            wanted: &wanted,
        };
        let mut told: BTreeMap<RollGate, GateReport> = BTreeMap::new();
        let mut steady: Option<Instant> = None;
        let mut taken = false;
        let mut silent: Option<GateReport> = None;
        loop {
            let round = gates.round().await;
            self.tell(&round, &mut told);
            taken |= round.runs.as_ref().is_some_and(|it| it.active == wanted);
            if round.holds() {
                let since = *steady.get_or_insert_with(Instant::now);
                if since.elapsed() >= STEADY && counts(old.is_some(), Instant::now(), until) {
                    self.gates.extend(round.gates);
                    return Ok(());
                }
            } else {
                steady = None;
            }
            let waits = round.waits().cloned();
            // What it was that kept it from going on is told even where the node speaks again by then.
            silent = waits.clone().filter(|it| it.gate != RollGate::Live).or(silent);
            // A trial that is over before its gates were passed: there is nothing left to wait for.
            let back = taken && old.is_some() && round.runs.as_ref() == old;
            if back || Instant::now() >= until {
                let waits = if back { silent.take().or(waits) } else { waits };
                let waits =
                    waits.unwrap_or_else(|| failed(RollGate::Live, "it did not hold for long enough"));
                let gate = given_up(&waits, began.elapsed().as_secs());
                let held = round.gates.into_iter().filter(|it| it.state != GateState::Waiting);
                self.gates.extend(held);
                let _ = (ground.witness)(&Progress::Gate(gate.clone()));
                return Err(gate);
            }
            sleep(BETWEEN).await;
        }
    }

    /// Say what is other than in the round before.
    fn tell(&self, round: &Round, told: &mut BTreeMap<RollGate, GateReport>) {
        for gate in &round.gates {
            if told.get(&gate.gate) != Some(gate) {
                told.insert(gate.gate, gate.clone());
                let _ = (self.ground.witness)(&Progress::Gate(gate.clone()));
            }
        }
    }

    /// Nothing is sent: Talos goes back by itself. Wait until that is seen.
    async fn goes_back(&self, old: &Running, began: Instant) -> Aftermath {
        let until = began + TRY + GRACE;
        loop {
            let last = match running::running(self.roads(), &self.place.at).await {
                Ok(runs) if runs.digests() == *old => return Aftermath::Reverted,
                Ok(runs) if runs.digests().persistent == *self.config.content().digest() => {
                    return Aftermath::InForce;
                }
                Ok(_) => "it still runs what was tried".to_owned(),
                Err(trouble) => {
                    format!("it does not answer ({trouble}); Talos takes the trial back by itself")
                }
            };
            if Instant::now() > until {
                return Aftermath::Unknown(last);
            }
            sleep(BETWEEN).await;
        }
    }

    /// In force and on disk, both are what was committed.
    async fn verify(&mut self) -> Result<(), End> {
        let wanted = self.config.content().digest();
        let until = Instant::now() + PATIENCE;
        loop {
            let saw = match running::running(self.roads(), &self.place.at).await.map(|it| it.digests()) {
                Ok(runs) if runs.active == *wanted && runs.persistent == *wanted => {
                    self.pass(passed(RollGate::Verified, format!("{} in force and on disk", wanted.short())));
                    return Ok(());
                }
                Ok(runs) => format!("{} in force, {} on disk", runs.active.short(), runs.persistent.short()),
                Err(trouble) => trouble.to_string(),
            };
            if Instant::now() > until {
                let after = Aftermath::Unknown(saw.clone());
                return Err(End::of(RollGate::Verified, saw, after));
            }
            sleep(BETWEEN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_that_hold_too_late_keep_no_trial() {
        let until = Instant::now();
        let (before, after) = (until - BETWEEN, until + BETWEEN);
        assert!(counts(true, before, until) && !counts(true, until, until) && !counts(true, after, until));
        assert!(counts(false, after, until), "what booted is in force already");
    }
}
