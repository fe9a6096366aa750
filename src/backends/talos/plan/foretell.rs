//! The plan for one node: what it runs is read, compared with what it shall run, and the node asked what it says.

use super::documents::{Comparison, Documents};
use super::effect::{Kin, effect};
use super::installer::Installer;
use crate::git::Committed;
use crate::render::MachineConfig;
use crate::talos::Place;
use crate::talos::orders;
use crate::talos::release::{self, RunningRelease};
use crate::talos::roads::Roads;
use crate::talos::running;
use crate::talos::trouble::Trouble;
use domain::{Confirmed, Digest, NodeEffect, NodeName, Pending, Plan, Upgrade};

/// Which node, and what of the rendering is the same for all.
pub(crate) struct Subject<'a> {
    pub name: &'a NodeName,
    pub place: &'a Place,
    pub cluster: &'a str,
    pub secrets: &'a Digest,
    /// A roll before this one cordoned it, and it is cordoned still.
    pub cordoned: bool,
}

/// Ask the node and say what would come of it. Nothing is changed.
pub(crate) async fn foretell(roads: &Roads, of: &Subject<'_>, config: &Committed<MachineConfig>) -> Plan {
    let wanted = config.content();
    let mut plan = Plan {
        revision: config.revision().clone(),
        cluster: of.cluster.to_owned(),
        target: of.name.clone(),
        role: None,
        talos: None,
        effect: NodeEffect::Unknown(String::new()),
        upgrade: None,
        cordoned: of.cordoned,
        fields: Vec::new(),
        diff: Vec::new(),
        against: None,
        wanted: wanted.digest().clone(),
        secrets: of.secrets.clone(),
        pending: None,
        confirmed: Confirmed::NotAsked("it was not asked".into()),
        notes: Vec::new(),
    };
    let documents = match Documents::read(wanted.text()) {
        Ok(it) => it,
        Err(why) => {
            plan.effect = NodeEffect::Impossible(format!("the rendered config: {why}"));
            return plan;
        }
    };
    plan.role = documents.role();
    let at = of.place.at.as_str();
    let (release, runs) = tokio::join!(release::release(roads, at), running::running(roads, at));
    plan.talos = release.as_ref().ok().map(|it| it.release.version.clone());
    let runs = match runs {
        Ok(runs) => runs,
        Err(trouble) => {
            plan.effect = NodeEffect::Unknown(unread(&trouble, &roads.config.roles()));
            return plan;
        }
    };
    plan.against = Some(runs.digests());
    let staged = runs.pending != Some(Pending::Try) && runs.persistent.digest() == wanted.digest();
    plan.pending = runs.pending.filter(|_| !staged);
    let now = match Documents::read(runs.active.text()) {
        Ok(it) => it,
        Err(why) => {
            plan.effect = NodeEffect::Unknown(format!("what it runs: {why}"));
            return plan;
        }
    };
    let found = Comparison::of(&now, &documents);
    let same = runs.active.digest() == wanted.digest();
    let kin = Kin { running: &now, wanted: &documents };
    (plan.effect, plan.notes) = effect(&kin, &found, same, plan.talos.as_deref());
    (plan.fields, plan.diff) = (found.fields, found.diff);
    upgrade(&mut plan, &documents, release);
    if runs.pending.is_some() && staged {
        plan.notes.push("it is staged there already, and takes effect when the node boots".into());
    }
    if let Some(hostname) = hostname(roads, at).await.filter(|it| *it != of.name.0) {
        plan.effect = NodeEffect::Impossible(format!("who answers at {at} is {hostname}"));
    }
    if plan.cordoned {
        plan.notes
            .push("a roll before this one cordoned it: it takes no new pods until it is uncordoned".into());
    }
    if plan.effect.acts() {
        confirm(roads, at, config, &mut plan).await;
    }
    plan
}

/// Whether the config's installer is of another Talos than the node runs, and whether Talos goes that way.
fn upgrade(plan: &mut Plan, wanted: &Documents, runs: Result<RunningRelease, Trouble>) {
    let installer = match Installer::within(wanted) {
        Ok(installer) => installer,
        Err(why) => return plan.notes.push(why),
    };
    let runs = match runs {
        Ok(runs) => runs,
        Err(trouble) => {
            // Nothing is verified of which half is not known.
            plan.effect = NodeEffect::Unknown(format!("which Talos it runs could not be read: {trouble}"));
            return;
        }
    };
    if runs.release.is(&installer.release) {
        return;
    }
    let upgrade = Upgrade { image: installer.image, from: runs.release, to: installer.release };
    if runs.contained {
        let words = upgrade.words();
        return plan.notes.push(format!("{words}: it runs in a container, where Talos cannot be upgraded"));
    }
    if let Some(refusal) = upgrade.unfit() {
        let hint = refusal.hint.map(|it| format!("; {it}")).unwrap_or_default();
        plan.effect = NodeEffect::Impossible(format!("{}{hint}", refusal.why));
        return;
    }
    plan.notes.retain(|it| !it.starts_with("machine.install is used"));
    if upgrade.leaves_out() {
        plan.notes.push("its config names a plain installer: the extensions that the node has now go".into());
    }
    if upgrade.goes_back() {
        plan.notes.push(format!("{} goes back to an older patch", upgrade.words()));
    }
    plan.upgrade = Some(upgrade);
}

/// What the node's own dry run says to it.
async fn confirm(roads: &Roads, at: &str, config: &Committed<MachineConfig>, plan: &mut Plan) {
    plan.confirmed = match orders::dry_run(roads, at, config).await {
        Ok(words) => Confirmed::Yes(words),
        // It says just what was foretold.
        Err(Trouble::Rejected(said)) if plan.effect.reboots() && said.contains("immediate mode") => {
            Confirmed::Yes("it takes this only with a reboot".into())
        }
        Err(Trouble::Rejected(said)) if said.contains("immediate mode") => {
            plan.effect = NodeEffect::Reboot(Vec::new());
            Confirmed::Yes("it takes this only with a reboot".into())
        }
        Err(Trouble::Rejected(said)) => {
            let said = Trouble::Other(said).masked();
            // A config may be of a form that only the next minor version knows.
            if plan.upgrade.as_ref().is_some_and(Upgrade::is_minor) {
                plan.effect = NodeEffect::AfterUpgrade(format!("the Talos that it runs refuses it: {said}"));
                Confirmed::NotAsked("it is asked again once the node is upgraded".into())
            } else {
                plan.effect = NodeEffect::Impossible(format!("its own dry run refuses the config: {said}"));
                Confirmed::NotAsked("it refuses the config".into())
            }
        }
        Err(Trouble::Forbidden(_)) => Confirmed::NotAsked(lacks(&roads.config.roles())),
        Err(trouble) => Confirmed::NotAsked(format!("its dry run: {}", trouble.masked())),
    };
}

fn unread(trouble: &Trouble, roles: &str) -> String {
    match trouble {
        Trouble::Forbidden(_) => lacks(roles),
        trouble => format!("what it runs could not be read: {trouble}"),
    }
}

/// What role is lacking, in words.
pub(crate) fn lacks(roles: &str) -> String {
    format!("to read its config and to apply one takes the role os:admin, and ours is {roles}")
}

async fn hostname(roads: &Roads, at: &str) -> Option<String> {
    use crate::talos::cosi::{Type, list};
    let all = list(roads, at, &Type::of("network", "HostnameStatuses.net.talos.dev")).await.ok()?;
    let spec = crate::talos::decode::Yaml::read(&all.first()?.yaml);
    let name = spec.text_at(&["hostname"])?;
    name.split('.').next().filter(|it| !it.is_empty()).map(str::to_owned)
}
