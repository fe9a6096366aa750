//! What an edit would do, in words: to machines the forecast of the rollout, to all else how it takes effect.

use super::reach::{Reach, reach};
use super::rollout::{Edit, Forecast, forecast};
use super::words::{Phrase, Tone, count};
use crate::Model;
use domain::{ObjectRef, ValueChange};
use std::collections::BTreeMap;

/// Objects that are told one by one at most.
const OBJECTS: usize = 8;

/// What setting `field` of `object` to `after` would do.
pub fn would(model: &Model, object: &ObjectRef, field: &str, after: &str) -> Vec<Phrase> {
    told(model, object, &[reach(object, field, Some(after))])
}

/// What all of these would do, object by object.
pub fn would_all(model: &Model, changes: &[ValueChange]) -> Vec<Phrase> {
    let mut objects: BTreeMap<&ObjectRef, Vec<Reach>> = BTreeMap::new();
    for change in changes {
        let Some(object) = &change.object else { continue };
        objects.entry(object).or_default().push(reach_of(object, change));
    }
    if objects.is_empty() {
        return vec![Phrase::new().faint(match changes.is_empty() {
            true => "nothing: no value differs, only how it is written",
            false => "it declares no Kubernetes object: what reads the file decides",
        })];
    }
    let one = objects.len() == 1;
    let more = objects.len().saturating_sub(OBJECTS);
    let mut said = Vec::new();
    // What reaches machines first.
    let mut objects: Vec<(&ObjectRef, Vec<Reach>)> = objects.into_iter().collect();
    objects.sort_by_key(|(_, reaches)| reaches.iter().min().cloned());
    for (object, reaches) in objects.into_iter().take(OBJECTS) {
        if !one {
            if !said.is_empty() {
                said.push(Phrase::new());
            }
            said.push(Phrase::new().faint(format!("{} {}", object.kind, object.name)));
        }
        said.extend(told(model, object, &reaches));
    }
    if more > 0 {
        said.push(Phrase::new().faint(format!("and {}", count(more, "more object", "more objects"))));
    }
    said
}

fn reach_of(object: &ObjectRef, change: &ValueChange) -> Reach {
    match (change.field.is_empty(), &change.after) {
        (true, Some(_)) => Reach::Comes,
        (true, None) => Reach::Goes,
        (false, after) => reach(object, &change.field, after.as_deref()),
    }
}

/// The furthest of what these would do, in one sentence; none where they are values of no object.
pub fn brief(model: &Model, changes: &[&ValueChange]) -> Option<String> {
    let reaches = changes.iter().filter_map(|it| {
        let object = it.object.as_ref()?;
        Some((reach_of(object, it), object))
    });
    let (reach, object) = reaches.min()?;
    told(model, object, &[reach]).first().map(Phrase::text)
}

/// The furthest of what would be done to one object, and how many machines wait for it.
fn told(model: &Model, object: &ObjectRef, reaches: &[Reach]) -> Vec<Phrase> {
    let furthest = reaches.iter().min();
    let edits: Vec<&Edit> = reaches
        .iter()
        .filter_map(|it| if let Reach::Machines(edit) = it { Some(edit) } else { None })
        .collect();
    if !edits.is_empty() {
        return edits_told(model, object, &edits);
    }
    match furthest {
        Some(Reach::Template) => vec![
            Phrase::new().say(Tone::Wait, "a template that is in use is not changed in place"),
            Phrase::new().faint("its machines stay as they are: templates are told apart by name"),
            Phrase::new().plain("N").faint(" makes a new one of it, and points to that"),
        ],
        Some(Reach::Pods(kind)) => {
            vec![
                Phrase::new().plain("replaces no machine").faint(format!(", the {kind} makes its pods anew")),
            ]
        }
        Some(Reach::Scales) => {
            vec![Phrase::new().plain("replaces no machine").faint(", more or fewer pods")]
        }
        Some(Reach::Later(when)) => {
            vec![Phrase::new().plain("replaces no machine").faint(format!(", {when}"))]
        }
        Some(Reach::Comes) => vec![Phrase::new().plain("makes it").faint(", by the delivery engine")],
        Some(Reach::Goes) => {
            vec![Phrase::new().plain("removes it").faint(", where the delivery engine prunes")]
        }
        _ => vec![Phrase::new().plain("replaces no machine").faint(", the delivery engine applies it live")],
    }
}

/// Several edits of one owner of machines are one rollout; a number of machines is one of its own.
fn edits_told(model: &Model, object: &ObjectRef, edits: &[&Edit]) -> Vec<Phrase> {
    let Some(roller) = live(model, object) else {
        return vec![Phrase::new().faint("its machines are not known yet")];
    };
    let scales = |it: &&&Edit| matches!(it, Edit::Replicas(_));
    let rolls = edits.iter().find(|it| !scales(it));
    let mut said = Vec::new();
    for edit in rolls.into_iter().chain(edits.iter().find(scales)) {
        if !said.is_empty() {
            said.push(Phrase::new());
        }
        match forecast(model, &roller, edit) {
            Some(forecast) => said.extend(forecast_told(forecast)),
            None => said.push(Phrase::new().faint("nothing is known of its machines")),
        }
    }
    said
}

fn forecast_told(forecast: Forecast) -> Vec<Phrase> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::RepoPath;

    fn change(kind: &str, name: &str, field: &str, after: Option<&str>) -> ValueChange {
        let group = if kind == "ConfigMap" { "" } else { "apps" };
        let (kind, name) = (kind.into(), name.into());
        ValueChange {
            path: RepoPath("a.yaml".into()),
            object: Some(ObjectRef { group: group.into(), kind, namespace: String::new(), name }),
            field: field.into(),
            before: Some("x".into()),
            after: after.map(str::to_owned),
            was: None,
            is: None,
        }
    }

    #[test]
    fn every_object_says_how_it_takes_effect() {
        let said = |changes: &[ValueChange]| {
            would_all(&Model::default(), changes).iter().map(Phrase::text).collect::<Vec<_>>()
        };
        assert_eq!(said(&[]), ["nothing: no value differs, only how it is written"]);
        let pods = change("Deployment", "web", "spec.template.spec.containers[0].image", Some("y"));
        assert_eq!(
            said(std::slice::from_ref(&pods)),
            ["replaces no machine, the Deployment makes its pods anew"]
        );
        let live = change("ConfigMap", "web", "data.a", Some("y"));
        assert_eq!(
            said(&[live, pods]),
            [
                "Deployment web",
                "replaces no machine, the Deployment makes its pods anew",
                "",
                "ConfigMap web",
                "replaces no machine, the delivery engine applies it live",
            ]
        );
        assert_eq!(
            said(&[change("ConfigMap", "web", "", None)]),
            ["removes it, where the delivery engine prunes"]
        );
    }
}
