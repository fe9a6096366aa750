//! What must hold after a node was changed: asked until all of it has held for a while, and looked at once more.

use super::{AtWork, End};
use crate::git::Published;
use crate::talos::before::{Before, failed, passed};
use crate::talos::gates::{Gates, Round, given_up};
use crate::talos::orders::PATIENCE;
use crate::talos::plan::Installer;
use crate::talos::{release, running};
use domain::{Aftermath, Digest, GateReport, GateState, Progress, Release, RollGate, Running};
use std::collections::BTreeMap;
use tokio::time::{Instant, sleep};

impl AtWork<'_> {
    /// Until every gate has held for a while. The error is the gate that did not. `old` is what a trial goes back to;
    /// then the config that it shall run, and the Talos where another was written.
    pub(super) async fn watch(
        &mut self,
        before: &Before,
        until: Instant,
        old: Option<&Running>,
        (wanted, installer): (&Digest, Option<&Published<Installer>>),
    ) -> Result<(), GateReport> {
        let began = Instant::now();
        let ground = self.ground;
        let gates = Gates {
            places: ground.places,
            kubernetes: ground.kubernetes,
            name: &self.plan.target,
            place: self.place,
            before,
            wanted,
            release: installer.map(|it| &it.content().release),
            rebooted: old.is_none(),
        };
        let mut told: BTreeMap<RollGate, GateReport> = BTreeMap::new();
        let mut steady: Option<Instant> = None;
        let mut taken = false;
        let mut silent: Option<GateReport> = None;
        loop {
            let round = gates.round().await;
            self.tell(&round, &mut told);
            taken |= round.runs.as_ref().is_some_and(|it| it.active == *wanted);
            if round.holds() {
                // One look is no proof, however little is asked for.
                let held = steady.is_some();
                let since = *steady.get_or_insert_with(Instant::now);
                if held && since.elapsed() >= self.step.steady && counts(old.is_some(), Instant::now(), until)
                {
                    self.gates.extend(round.gates);
                    return Ok(());
                }
            } else {
                steady = None;
            }
            let waits = round.waits().cloned();
            // What it was that kept it from going on is told even where the node speaks again by then.
            silent = waits.clone().filter(|it| it.gate != RollGate::Live).or(silent);
            // A trial that is over before its gates were passed: there is nothing left to wait for. Nor is there where
            // the node came back with the Talos that it had.
            let back = taken && old.is_some() && round.runs.as_ref() == old;
            if back || round.fell_back || Instant::now() >= until {
                let waits = if back { silent.take().or(waits) } else { waits };
                let waits =
                    waits.unwrap_or_else(|| failed(RollGate::Live, "it did not hold for long enough"));
                let gate = match round.fell_back {
                    true => failed(waits.gate, waits.saw),
                    false => given_up(&waits, began.elapsed().as_secs()),
                };
                let held = round.gates.into_iter().filter(|it| it.state != GateState::Waiting);
                self.gates.extend(held);
                let _ = (ground.witness)(&Progress::Gate(gate.clone()));
                return Err(gate);
            }
            sleep(self.between()).await;
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

    /// In force and on disk, both are what was committed; and so is the Talos.
    pub(super) async fn verify(&mut self, installer: Option<&Published<Installer>>) -> Result<(), End> {
        let wanted = self.config.content().digest();
        let until = Instant::now() + PATIENCE;
        loop {
            let (runs, release) = tokio::join!(
                running::running(self.roads(), &self.place.at),
                release::release(self.roads(), &self.place.at)
            );
            let release = release.map(|it| it.release);
            let wished = |is: &Release| installer.is_none_or(|it| is.is(&it.content().release));
            let saw = match (runs.map(|it| it.digests()), release) {
                (Ok(runs), _) if runs.active != *wanted || runs.persistent != *wanted => {
                    format!("{} in force, {} on disk", runs.active.short(), runs.persistent.short())
                }
                (Ok(_), Ok(is)) if !wished(&is) => format!("it runs Talos {}", is.words()),
                (Ok(_), Err(trouble)) if installer.is_some() => trouble.to_string(),
                (Ok(_), release) => {
                    let talos = release.as_ref().map(|it| format!(", Talos {}", it.words()));
                    let saw = format!("{} in force and on disk{}", wanted.short(), talos.unwrap_or_default());
                    self.release = release.ok();
                    self.after = Aftermath::InForce;
                    self.pass(passed(RollGate::Verified, saw));
                    return Ok(());
                }
                (Err(trouble), _) => trouble.to_string(),
            };
            if Instant::now() > until {
                self.after = Aftermath::Unknown(saw.clone());
                return Err(End::of(RollGate::Verified, saw));
            }
            sleep(self.between()).await;
        }
    }
}

/// Whether gates that hold now are built upon. A config is made permanent only while its trial lasts, else it would
/// be put in force untried; a node that has booted with one runs it, however late.
fn counts(tried: bool, now: Instant, until: Instant) -> bool {
    !tried || now < until
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_that_hold_too_late_keep_no_trial() {
        let until = Instant::now();
        let (before, after) = (until - PATIENCE, until + PATIENCE);
        assert!(counts(true, before, until) && !counts(true, until, until) && !counts(true, after, until));
        assert!(counts(false, after, until), "what booted is in force already");
    }
}
