//! What machines are made with: provider machines, their templates, Talos configs.

use super::decode::{BOOTSTRAP, INFRASTRUCTURE};
use crate::probe::{addresses, annotation, at, conditions, meta, moment, text, text_of, truth};
use domain::{BootstrapConfig, InfraMachine, MachineTemplate};
use serde_json::Value;

const CLONED_FROM: &str = "cluster.x-k8s.io/cloned-from-name";
const CLONED_FROM_KIND: &str = "cluster.x-k8s.io/cloned-from-groupkind";

/// A provider's machine of `kind`: HCloudMachine and its like.
pub(crate) fn infra_machine(it: &Value, kind: &str) -> InfraMachine {
    InfraMachine {
        meta: meta(it, INFRASTRUCTURE, kind),
        provider_id: text(it, "spec.providerID"),
        server_type: text(it, "spec.type"),
        image: text_of(it, &["spec.imageName", "spec.imageURL", "spec.template"]),
        region: text_of(it, &["status.region", "spec.region"]),
        instance_state: text(it, "status.instanceState"),
        boot_state: text(it, "status.bootState"),
        boot_since: moment(it, "status.bootStateSince"),
        ready: truth(it, "status.ready") || truth(it, "status.initialization.provisioned"),
        cloned_from: annotation(it, CLONED_FROM),
        cloned_from_kind: annotation(it, CLONED_FROM_KIND),
        addresses: addresses(it, "status.addresses"),
        conditions: conditions(it),
    }
}

pub(crate) fn machine_template(it: &Value, kind: &str) -> MachineTemplate {
    let spec = at(it, "spec.template.spec").unwrap_or(&Value::Null);
    MachineTemplate {
        meta: meta(it, INFRASTRUCTURE, kind),
        server_type: text(spec, "type"),
        image: text_of(spec, &["imageName", "imageURL", "template"]),
    }
}

/// TalosConfig v1alpha3 and v1beta1.
pub(crate) fn talos_config(it: &Value) -> BootstrapConfig {
    BootstrapConfig {
        meta: meta(it, BOOTSTRAP, "TalosConfig"),
        config: at(it, "spec").map(super::digest::of),
        ready: truth(it, "status.ready") || truth(it, "status.initialization.dataSecretCreated"),
        cloned_from: annotation(it, CLONED_FROM),
        conditions: conditions(it),
    }
}
