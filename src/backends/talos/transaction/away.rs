//! A node goes down and comes back: another Talos is written first where the plan said so, its pods are drained, the
//! leadership of etcd is handed over, everybody else is asked once more, and only then it is booted anew.

use super::installed::Written;
use super::{AtWork, End, Pods};
use crate::git::Published;
use crate::talos::before::{self, Before, passed, skipped};
use crate::talos::orders;
use crate::talos::plan::Installer;
use crate::talos::signs;
use domain::{Act, Aftermath, Digest, MemberId, RollGate};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a node may take to boot anew and pass its gates.
const BOOT: Duration = Duration::from_secs(900);

impl AtWork<'_> {
    /// `expects` is the config that it shall run when it is back.
    pub(super) async fn through_a_reboot(
        &mut self,
        before: &Before,
        pods: Pods,
        installer: Option<&Published<Installer>>,
        expects: &Digest,
    ) -> Result<(), End> {
        let written = match installer {
            Some(installer) => self.write(before, installer).await?,
            None => Written::Yes,
        };
        self.drain(pods).await?;
        // All of that took its time: what must hold before a node goes down must hold now.
        let (places, place) = (self.ground.places, self.place);
        let gates = before::members(places, place, self.name(), true).await?;
        gates.into_iter().for_each(|it| self.pass(it));
        self.hand_over(before.member).await?;
        // Another cockpit may have begun on another node meanwhile: the last look is just before.
        let gate = before::quiet(places, place, self.name(), self.step).await?;
        self.pass(gate);
        before::members(places, place, self.name(), true).await?;
        let down = match (written, installer) {
            (Written::WithTheReboot, Some(installer)) => {
                let (roads, at) = (self.roads(), self.place.at.as_str());
                let image = installer.content().image.clone();
                self.act(Act::Upgrade { image }, orders::upgrade(roads, at, installer)).await
            }
            _ => self.act(Act::Reboot, orders::reboot(self.roads(), &self.place.at)).await,
        };
        match down {
            Ok(_) => {}
            // It may be going down with the answer.
            Err(trouble) if trouble.is_silence() => {}
            Err(trouble) => return Err(End::of(RollGate::Rebooted, trouble.masked())),
        }
        self.say("rebooting");
        self.after = Aftermath::Unknown("it was told to reboot, and what it runs by now is not known".into());
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
                    return Err(End::of(RollGate::Rebooted, saw));
                }
                _ => sleep(self.between()).await,
            }
        }
        self.watch(before, until, None, (expects, installer)).await.map_err(|gate| End {
            gate,
            hint: Some(
                "look at the node: a commit that takes the change back can be rolled out the same way".into(),
            ),
        })?;
        self.after = Aftermath::InForce;
        Ok(())
    }

    /// A roll before this one took it down and was ended before it was back: wait until it is, and uncordon it.
    pub(super) async fn back_again(&mut self) -> Result<(), End> {
        let before = Before::unknown(self.ground.places, self.place).await;
        let back = self.watch(&before, Instant::now() + BOOT, None, (&self.plan.wanted, None)).await;
        back.map_err(|gate| End { gate, hint: Some("look at the node: it is cordoned still".into()) })?;
        self.verify(None).await?;
        self.uncordon().await
    }

    /// Whoever leads etcd hands over before he goes down.
    async fn hand_over(&mut self, member: Option<MemberId>) -> Result<(), End> {
        let (etcd, _) = before::ask_etcd(self.ground.places).await;
        let leads = |etcd: &domain::Etcd| member.is_some() && etcd.leader().map(|it| it.id) == member;
        if !self.place.control_plane || !leads(&etcd) || etcd.voters() < 2 {
            self.pass(skipped(RollGate::Leadership, "it does not lead etcd, or is the only member"));
            return Ok(());
        }
        let forfeits = orders::forfeit(self.roads(), &self.place.at);
        let said = self.act(Act::HandOverLeadership, forfeits).await;
        let said = said.map_err(|trouble| End::of(RollGate::Leadership, trouble.masked()))?;
        let until = Instant::now() + orders::PATIENCE;
        while leads(&before::ask_etcd(self.ground.places).await.0) {
            if Instant::now() > until {
                return Err(End::of(RollGate::Leadership, "it leads etcd still"));
            }
            sleep(self.between()).await;
        }
        self.pass(passed(RollGate::Leadership, said));
        Ok(())
    }
}
