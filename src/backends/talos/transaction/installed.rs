//! Another Talos on a node's disk: its installer is pulled and run, and boots nothing.

use super::{AtWork, End};
use crate::git::Published;
use crate::talos::before::{Before, passed, skipped};
use crate::talos::orders;
use crate::talos::plan::Installer;
use crate::talos::trouble::Trouble;
use domain::{Act, Aftermath, Installed, RollGate};

/// Whether what was asked for is on disk.
pub(super) enum Written {
    Yes,
    /// This Talos writes and reboots in one call.
    WithTheReboot,
}

impl AtWork<'_> {
    /// Pull the image and run it. What the ledger knows to be written in this boot is not written again: a second run
    /// of an installer takes the place of the Talos that the node could fall back to.
    pub(super) async fn write(
        &mut self,
        before: &Before,
        installer: &Published<Installer>,
    ) -> Result<Written, End> {
        let image = &installer.content().image;
        let boot = before.boot.clone().unwrap_or_default();
        let known = self.step.installed.as_ref();
        if !boot.is_empty() && known.is_some_and(|it| it.image == *image && it.boot == boot) {
            self.pass(passed(RollGate::Installed, "in this boot already, as the ledger tells"));
            self.after = Aftermath::Installed;
            return Ok(Written::Yes);
        }
        if self.plan.talos.as_deref().and_then(minor).is_some_and(|it| it < 13) {
            return Ok(self.in_one());
        }
        let (roads, at) = (self.roads(), self.place.at.as_str());
        let say = |words: String| self.say(words);
        let pull = Act::Pull { image: image.clone() };
        match self.act(pull, orders::pull(roads, at, installer, &say)).await {
            Ok(_) => {}
            Err(Trouble::NotServed(_)) => return Ok(self.in_one()),
            Err(trouble) => {
                let hint = "see that the node reaches the registry, and that it has the image; then retry it";
                return Err(End::of(RollGate::Installed, format!("it was not pulled: {}", trouble.masked()))
                    .hinted(hint));
            }
        }
        let install = Act::Install(Installed { image: image.clone(), boot });
        match self.act(install, orders::install(roads, at, installer, &say)).await {
            Ok(last) => {
                self.pass(passed(RollGate::Installed, last));
                self.after = Aftermath::Installed;
                Ok(Written::Yes)
            }
            Err(Trouble::NotServed(_)) => Ok(self.in_one()),
            Err(trouble) => {
                if trouble.is_silence() {
                    let why = "whether the installer has written is not known; it was not rebooted";
                    self.after = Aftermath::Unknown(why.into());
                }
                let hint = "nothing was rebooted: mend what it says and retry it, or push a commit that takes it back";
                Err(End::of(RollGate::Installed, trouble.masked()).hinted(hint))
            }
        }
    }

    /// What a roll before this one wrote in this boot is what the next boot starts. Where the commit names another
    /// installer, that one is written first: taking a Talos back in Git takes it back on the disk.
    pub(super) fn instead_of_what_is_written(
        &mut self,
        before: &Before,
    ) -> Result<Option<Published<Installer>>, End> {
        let known = self.step.installed.as_ref().filter(|it| Some(&it.boot) == before.boot.as_ref());
        let Some(written) = known.map(|it| it.image.clone()) else { return Ok(None) };
        let named = self.config.clone().try_map(Installer::of);
        let named = named.map_err(|why: String| End::of(RollGate::Release, why))?;
        if named.content().image == written {
            return Ok(None);
        }
        self.say(format!("{written} was written before, and its config names another"));
        Ok(Some(named))
    }

    fn in_one(&mut self) -> Written {
        self.pass(skipped(RollGate::Installed, "this Talos writes and reboots in one"));
        Written::WithTheReboot
    }
}

/// 13 of `v1.13.9`.
fn minor(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').nth(1)?.parse().ok()
}
