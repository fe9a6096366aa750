//! A config that is taken without a reboot: tried, watched, made permanent. Where a gate fails nothing is sent, and
//! Talos takes the trial back by itself.

use super::{AtWork, End};
use crate::talos::before::{Before, passed};
use crate::talos::orders::{self, How, TRY};
use crate::talos::running;
use crate::talos::trouble::Trouble;
use domain::{Act, Aftermath, RollGate, Running};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Before that is over the gates must be passed and the config made permanent.
const GATES: Duration = Duration::from_secs(90);
/// What a node is given beyond its time to go back.
const GRACE: Duration = Duration::from_secs(60);

impl AtWork<'_> {
    /// Send the config; what it answered.
    async fn send(&self, act: Act, how: How) -> Result<String, Trouble> {
        let (roads, at, config) = (self.roads(), self.place.at.as_str(), self.config.content());
        let said = self.act(act, orders::send(roads, at, config, how)).await?;
        Ok(crate::plain::plain(&said).into_owned())
    }

    pub(super) async fn live(&mut self, before: &Before, old: &Running) -> Result<String, End> {
        let began = Instant::now();
        let seconds = u32::try_from(TRY.as_secs()).unwrap_or(u32::MAX);
        let answer = match self.send(Act::Try { seconds }, How::Try).await {
            Ok(answer) => answer,
            // It may have been taken all the same; what the node runs will tell.
            Err(trouble) if trouble.is_silence() => trouble.to_string(),
            Err(trouble) => return Err(End::of(RollGate::Taken, trouble.masked())),
        };
        self.pass(passed(RollGate::Taken, answer.clone()));
        if let Err(gate) = self.watch(before, began + GATES, Some(old), (&self.plan.wanted, None)).await {
            self.after = self.goes_back(old, began).await;
            return Err(End {
                gate,
                hint: Some("retry it, or push a commit that takes the change back".into()),
            });
        }
        let permanent = match began.elapsed() < TRY {
            true => self.send(Act::MakePermanent, How::Permanent).await,
            false => Err(Trouble::Busy("the trial was over before it could be made permanent".into())),
        };
        match permanent {
            Ok(said) => self.pass(passed(RollGate::Permanent, said)),
            Err(trouble) if trouble.is_silence() => {
                self.pass(passed(RollGate::Permanent, format!("{trouble}; what it runs will tell")));
            }
            Err(trouble) => {
                self.after = self.goes_back(old, began).await;
                return Err(End::of(RollGate::Permanent, trouble.masked()));
            }
        }
        self.after = Aftermath::InForce;
        Ok(answer)
    }

    /// On disk, in force from the next boot on.
    pub(super) async fn stage(&mut self) -> Result<String, End> {
        let answer = self.send(Act::Stage, How::Staged).await.map_err(|trouble| {
            if trouble.is_silence() {
                self.after = Aftermath::Unknown("whether it was staged is not known".into());
            }
            End::of(RollGate::Taken, trouble.masked())
        })?;
        self.pass(passed(RollGate::Taken, answer.clone()));
        self.after = Aftermath::Staged;
        Ok(answer)
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
            sleep(self.between()).await;
        }
    }
}
