//! What there is to know of the selected line of the tree.

use super::{outdated, waits};
use crate::Model;
use crate::queries::ages;
use crate::queries::join::of_machine;
use crate::queries::rollout::manner;
use crate::queries::source_map;
use crate::queries::words::{Phrase, Tone};
use domain::{Conditions, Machine, ObjectRef, Truth};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Detail {
    pub title: String,
    pub lines: Vec<Phrase>,
    /// Where it is written: "cluster-api/cluster.yaml:74".
    pub written: String,
}

/// The detail of an object; empty where it is not there any more.
pub fn of(model: &Model, object: &ObjectRef) -> Detail {
    let capi = &model.world.capi;
    let mut lines = Vec::new();
    if object.kind == "Machine" {
        let id = domain::MachineId { namespace: object.namespace.clone(), name: object.name.clone() };
        let Some(machine) = capi.machines.get(&id) else { return Detail::default() };
        lines = of_a_machine(model, machine);
    } else if let Some(it) = capi.control_planes().find(|it| it.meta.id == *object) {
        let mut first = Phrase::new().plain(manner(model, object));
        if let Some(template) = &it.template {
            first = label(first, "template", &template.name);
        }
        if let Some(lowest) = it.status_version.as_ref().filter(|lowest| Some(*lowest) != it.version.as_ref())
        {
            first = label(first, "lowest version", lowest);
        }
        lines.push(first);
        lines.extend(conditions(model, &it.conditions));
    } else if let Some(it) = capi.machine_deployments.get(object) {
        let mut first = Phrase::new().plain(manner(model, object));
        if let Some(template) = &it.template {
            first = label(first, "template", &template.name);
        }
        if let Some(template) = &it.bootstrap_template {
            first = label(first, "bootstrap", &template.name);
        }
        lines.push(first);
        for set in capi.machine_sets.iter().filter(|set| set.meta.owner.as_ref() == Some(object)) {
            let count = format!("{} of {}", set.counts.current, set.replicas);
            let line = Phrase::new().faint("set ").plain(set.meta.name());
            let line = label(line, "machines", &count);
            lines.push(label(line, "version", set.version.as_deref().unwrap_or("not told")));
        }
        lines.extend(conditions(model, &it.conditions));
    } else if let Some(it) = capi.clusters.get(object) {
        let mut first = Phrase::new().plain(it.phase.to_lowercase());
        if let Some(endpoint) = &it.endpoint {
            first = label(first, "endpoint", endpoint);
        }
        lines.push(first);
        for proxy in capi.chart_proxies.iter().filter(|proxy| proxy.clusters.contains(&object.name)) {
            let line = Phrase::new().faint("chart ").plain(&proxy.chart);
            lines.push(label(line, "version", proxy.version.as_deref().unwrap_or("the newest")));
        }
        for check in capi.health_checks.iter().filter(|it| it.meta.cluster.as_deref() == Some(&object.name)) {
            let line = Phrase::new().faint("health check ").plain(check.meta.name());
            lines.push(label(line, "healthy", &format!("{} of {}", check.healthy, check.expected)));
        }
        lines.extend(conditions(model, &it.conditions));
    } else if let Some(it) = capi.infra_clusters.get(object) {
        lines.push(label(Phrase::new(), "regions", &it.regions.join(", ")));
        lines.extend(conditions(model, &it.conditions));
    }
    Detail { title: object.name.clone(), lines, written: written(model, object) }
}

fn label(phrase: Phrase, name: &str, value: &str) -> Phrase {
    let gap = if phrase.is_empty() { "" } else { "   " };
    phrase.faint(format!("{gap}{name} ")).plain(value)
}

fn of_a_machine(model: &Model, machine: &Machine) -> Vec<Phrase> {
    let (tone, word) = waits::state(machine);
    let tone = if tone == Tone::Faint { Tone::Plain } else { tone };
    let since = machine.deletion_stage_since().or(machine.phase_since).or(machine.meta.created);
    let mut first = Phrase::new().say(tone, word);
    if let Some(since) = since {
        first = first.plain(format!(" for {}", ages::short(model.now.since(since))));
    }
    if machine.deleting() {
        first = match machine.deletion.drain_timeout {
            Some(limit) => first.faint(format!("   gives up after {}", ages::short(limit))),
            None => first.faint("   no timeout is set"),
        };
    }
    if let Some(waits) = waits::waits(model, machine) {
        first = first.faint("   ");
        first.0.extend(waits.0);
    }
    let mut lines = vec![first];
    let stale = outdated::reasons(&model.world.capi, machine);
    if !stale.is_empty() {
        let words: Vec<String> = stale.iter().map(outdated::Reason::words).collect();
        lines.push(Phrase::new().say(Tone::Wait, "to be replaced: ").plain(words.join("; ")));
    }
    lines.extend(conditions(model, &machine.conditions));
    lines.push(made_of(model, machine));
    lines.push(joined(model, machine));
    lines.retain(|it| !it.is_empty());
    lines
}

/// "server 5821903 cx33 nbg1   image talos-amd64-v1.12.2   template k8s-cp-v5".
fn made_of(model: &Model, machine: &Machine) -> Phrase {
    let infra = model.world.capi.infra_of(machine);
    let mut phrase = Phrase::new();
    if let Some(server) = waits::server(machine) {
        phrase = label(phrase, "server", server);
    }
    if let Some(infra) = infra {
        let size =
            [infra.server_type.as_deref(), infra.region.as_deref().or(machine.failure_domain.as_deref())];
        let size: Vec<&str> = size.into_iter().flatten().collect();
        phrase = phrase.plain(format!(" {}", size.join(" ")));
        if let Some(state) = infra.instance_state.as_deref().filter(|it| *it != "running") {
            phrase = phrase.say(Tone::Wait, format!(" {state}"));
        }
        if let Some(image) = &infra.image {
            phrase = label(phrase, "image", image);
        }
        if let Some(template) = &infra.cloned_from {
            phrase = label(phrase, "template", template);
        }
    }
    phrase
}

/// "node cp-b2 v1.35.0   talos v1.12.2 running   etcd member   127.3.0.4".
fn joined(model: &Model, machine: &Machine) -> Phrase {
    let chain = of_machine(model, machine);
    let mut phrase = Phrase::new();
    if let Some(kube) = chain.kube {
        phrase = label(phrase, "node", &kube.name.0);
        phrase = phrase.plain(format!(" {}", kube.kubelet.as_deref().unwrap_or_default()));
        phrase = if kube.ready() { phrase } else { phrase.say(Tone::Bad, " not ready") };
        phrase = if kube.unschedulable { phrase.say(Tone::Wait, " cordoned") } else { phrase };
    }
    if let Some(talos) = chain.talos {
        phrase = label(phrase, "talos", talos.version.as_deref().unwrap_or("not told"));
        phrase = phrase.plain(format!(" {}", talos.stage.word()));
    }
    if let Some(member) = chain.member {
        phrase = label(phrase, "etcd", member.word());
    }
    if let Some(address) = machine.address("InternalIP").or(machine.address("ExternalIP")) {
        phrase = label(phrase, "address", address);
    }
    phrase
}

/// Conditions worth a look first, each with its reason; at rest ones after them, faint. Two lines at most for those.
pub fn conditions(model: &Model, all: &Conditions) -> Vec<Phrase> {
    let mut lines = Vec::new();
    for it in all.iter().filter(|it| !it.at_rest()) {
        let tone = match (it.status, it.negative()) {
            (Truth::Unknown, _) => Tone::Wait,
            (_, true) => Tone::Wait,
            _ => Tone::Bad,
        };
        let mut line = Phrase::new().faint(format!("{} ", it.kind)).say(tone, it.status.word());
        if !it.reason.is_empty() {
            line = line.faint(format!(" {}", it.reason));
        }
        if let Some(since) = it.since {
            line = line.faint(format!(" {}", ages::short(model.now.since(since))));
        }
        let message = waits::one_line(&it.message);
        if !message.is_empty() {
            line = line.faint("  ").plain(message);
        }
        lines.push(line);
    }
    let rest: Vec<&str> =
        all.iter().filter(|it| it.at_rest() && !it.negative()).map(|it| it.kind.as_str()).collect();
    if !rest.is_empty() {
        lines.push(Phrase::new().say(Tone::Good, "● ").faint(rest.join(" · ")));
    }
    lines
}

/// Where the object, or what owns it, is written in the repository.
pub fn written(model: &Model, object: &ObjectRef) -> String {
    let owner = || {
        let id = domain::MachineId { namespace: object.namespace.clone(), name: object.name.clone() };
        model.world.capi.machines.get(&id).and_then(|it| model.world.capi.roller_of(it))
    };
    let found = source_map::find(model, object)
        .or_else(|| if object.kind == "Machine" { source_map::find(model, &owner()?) } else { None });
    let Some(found) = found else { return String::new() };
    let field = ["spec.version", "spec.template.spec.version"].into_iter().find_map(|it| found.scalar(it));
    format!("{}:{}", found.path, field.map_or(found.line, |it| it.line))
}
