//! Whether a machine is what its owner wants, found out anew: TalosControlPlane does not say, nor does anyone where
//! a person replaces machines by hand.

use crate::Capi;
use domain::{ControlPlane, Machine, MachineDeployment, ObjectRef};

/// Why a machine is to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    Version {
        has: String,
        wants: String,
    },
    /// It was made from another template than the one its owner names now.
    Template {
        has: String,
        wants: String,
    },
    /// Its Talos config is not the one of its owner.
    Config,
    /// Its bootstrap template is not the one of its owner.
    Bootstrap {
        has: String,
        wants: String,
    },
    /// Its controller says so, in its own words.
    Said(String),
}

impl Reason {
    pub fn words(&self) -> String {
        match self {
            Reason::Version { has, wants } => format!("runs {has}, wants {wants}"),
            Reason::Template { has, wants } => format!("made from {has}, wants {wants}"),
            Reason::Config => "its Talos config is not the wanted one".into(),
            Reason::Bootstrap { has, wants } => format!("bootstrapped from {has}, wants {wants}"),
            Reason::Said(words) => words.clone(),
        }
    }
}

/// Why the owner of `machine` will replace it; empty where it is as wanted, or has no owner that would.
pub fn reasons(capi: &Capi, machine: &Machine) -> Vec<Reason> {
    if let Some(owner) = capi.control_plane_of_machine(machine) {
        return of_control_plane(capi, machine, owner);
    }
    match capi.deployment_of(machine) {
        Some(owner) => of_deployment(capi, machine, owner),
        None => Vec::new(),
    }
}

/// The rule of the Talos control plane provider: version, template by name, config by value. What is missing
/// counts as equal.
fn of_control_plane(capi: &Capi, machine: &Machine, owner: &ControlPlane) -> Vec<Reason> {
    let mut found = Vec::new();
    found.extend(version(machine, owner.version.as_deref()));
    found.extend(template(capi, machine, owner.template.as_ref()));
    let config = capi.bootstrap_of(machine).and_then(|it| it.config.as_ref());
    if let (Some(has), Some(wants)) = (config, owner.config.as_ref())
        && has != wants
    {
        found.push(Reason::Config);
    }
    if found.is_empty() && !owner.is_talos() {
        found.extend(said(machine));
    }
    found
}

/// A deployment's machines say it themselves where their controller is new enough; else their set is compared.
fn of_deployment(capi: &Capi, machine: &Machine, owner: &MachineDeployment) -> Vec<Reason> {
    let mut found = Vec::new();
    found.extend(version(machine, owner.version.as_deref()));
    found.extend(template(capi, machine, owner.template.as_ref()));
    if let Some(set) = capi.set_of(machine)
        && let (Some(has), Some(wants)) = (&set.bootstrap_template, &owner.bootstrap_template)
        && has.name != wants.name
    {
        found.push(Reason::Bootstrap { has: has.name.clone(), wants: wants.name.clone() });
    }
    if found.is_empty() {
        found.extend(said(machine));
    }
    found
}

fn version(machine: &Machine, wants: Option<&str>) -> Option<Reason> {
    let (has, wants) = (machine.version.as_deref()?, wants?);
    (has != wants).then(|| Reason::Version { has: has.into(), wants: wants.into() })
}

fn template(capi: &Capi, machine: &Machine, wants: Option<&ObjectRef>) -> Option<Reason> {
    let (has, wants) = (capi.infra_of(machine)?.cloned_from.as_deref()?, wants?);
    (has != wants.name).then(|| Reason::Template { has: has.into(), wants: wants.name.clone() })
}

fn said(machine: &Machine) -> Option<Reason> {
    let it = machine.conditions.get("UpToDate").filter(|it| it.is_false() && it.reason == "NotUpToDate")?;
    let words =
        it.message.lines().map(|line| line.trim_start_matches(['*', ' '])).collect::<Vec<_>>().join(", ");
    Some(Reason::Said(words))
}
