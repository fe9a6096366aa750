//! What an edit would do to the machines, in words: the forecast of the rollout, told for a draft.

use super::rollout::{Edit, Forecast, forecast};
use super::words::{Phrase, Tone};
use crate::Model;
use domain::ObjectRef;

/// What setting `field` of `object` to `after` would do.
pub fn would(model: &Model, object: &ObjectRef, field: &str, after: &str) -> Vec<Phrase> {
    if object.kind.ends_with("MachineTemplate") || object.kind.ends_with("ConfigTemplate") {
        return vec![
            Phrase::new().say(Tone::Wait, "a template that is in use is not changed in place"),
            Phrase::new().faint("make a new one, and point to that"),
        ];
    }
    let rolls =
        ["TalosControlPlane", "KubeadmControlPlane", "MachineDeployment"].contains(&object.kind.as_str());
    let Some(roller) = live(model, object) else {
        if rolls {
            return vec![Phrase::new().faint("its machines are not known yet")];
        }
        return vec![
            Phrase::new().plain("replaces no machine").faint(", the delivery engine applies it live"),
        ];
    };
    match forecast(model, &roller, &edit(field, after)) {
        Some(forecast) => told(forecast),
        None => vec![Phrase::new().faint("nothing is known of its machines")],
    }
}

fn edit(field: &str, after: &str) -> Edit {
    match field.rsplit('.').next().unwrap_or(field) {
        "version" => Edit::Version(after.to_owned()),
        "replicas" => after.parse().map_or(Edit::Config, Edit::Replicas),
        "name" if field.contains("infrastructure") => Edit::Template(after.to_owned()),
        _ => Edit::Config,
    }
}

fn told(forecast: Forecast) -> Vec<Phrase> {
    let mut said = vec![Phrase::new().strong(forecast.title)];
    for (at, (machine, remark)) in forecast.order.iter().enumerate() {
        let name = Phrase::new().faint(format!("{:>3}  ", at + 1)).plain(machine.name.clone());
        said.push(if remark.is_empty() { name } else { name.faint(format!("   {remark}")) });
    }
    if !forecast.notes.is_empty() {
        said.push(Phrase::new());
    }
    for (what, words) in forecast.notes {
        said.push(Phrase::new().faint(format!("{what:<9}")).plain(words));
    }
    said.extend(forecast.warnings.into_iter().map(|it| Phrase::new().say(Tone::Wait, it)));
    said
}

/// The control plane or the deployment as the cluster knows it: Git may leave the namespace to the engine.
fn live(model: &Model, object: &ObjectRef) -> Option<ObjectRef> {
    let capi = &model.world.capi;
    let planes = capi.control_planes().map(|it| &it.meta.id);
    let mut all = planes.chain(capi.machine_deployments.iter().map(|it| &it.meta.id));
    let same = |it: &&ObjectRef| {
        it.kind == object.kind
            && it.name == object.name
            && (object.namespace.is_empty() || object.namespace == it.namespace)
    };
    all.find(same).cloned()
}
