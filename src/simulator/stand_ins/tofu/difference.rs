//! What has to be done so that the cloud is as it is declared.

use serde_json::{Value, json};

use super::TofuError;
use super::wanted::{Firewall, Network, Wanted};
use crate::providers::caph::Hcloud;

/// One call, and how it is told.
#[derive(Debug)]
pub struct Step {
    /// `hcloud_firewall.nodes`.
    pub resource: String,
    /// Whether the thing is made, and not changed.
    pub makes: bool,
    /// A line for each thing that will be otherwise.
    pub told: Vec<String>,
    collection: &'static str,
    /// The thing, and the command that it is given; None makes it.
    on: Option<(u64, &'static str)>,
    body: Value,
}

impl Step {
    pub async fn take(&self, cloud: &Hcloud) -> Result<(), TofuError> {
        match self.on {
            Some((id, command)) => cloud.act(self.collection, id, command, &self.body).await?,
            None => cloud.create(self.collection, &self.body).await?,
        }
        Ok(())
    }
}

/// Every step, in order.
pub async fn steps(wanted: &Wanted, cloud: &Hcloud) -> Result<Vec<Step>, TofuError> {
    let mut all = Vec::new();
    for it in &wanted.networks {
        network(it, cloud.named("networks", &it.name).await?.as_ref(), &mut all);
    }
    for it in &wanted.firewalls {
        firewall(it, cloud.named("firewalls", &it.name).await?.as_ref(), &mut all);
    }
    Ok(all)
}

fn network(wanted: &Network, live: Option<&Value>, steps: &mut Vec<Step>) {
    let resource = format!("hcloud_network.{}", wanted.key);
    let Some(live) = live else {
        let body = json!({"name": wanted.name, "ip_range": wanted.range, "labels": wanted.labels,
            "subnets": wanted.subnets});
        let told = vec![format!("+ ip_range {}", wanted.range)];
        steps.push(Step { resource, makes: true, told, collection: "networks", on: None, body });
        return;
    };
    let id = live["id"].as_u64().unwrap_or_default();
    let mut change = |command, told: String, body| {
        let (resource, on) = (resource.clone(), Some((id, command)));
        steps.push(Step { resource, makes: false, told: vec![told], collection: "networks", on, body });
    };
    if live["ip_range"] != wanted.range.as_str() {
        let told =
            format!("~ ip_range {} -> {}", live["ip_range"].as_str().unwrap_or_default(), wanted.range);
        change("change_ip_range", told, json!({"ip_range": wanted.range}));
    }
    let there = live["subnets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let range = |it: &Value| it["ip_range"].as_str().unwrap_or_default().to_owned();
    for it in there.iter().filter(|it| !wanted.subnets.iter().any(|one| range(one) == range(it))) {
        change("delete_subnet", format!("- subnet {}", range(it)), json!({"ip_range": range(it)}));
    }
    for it in wanted.subnets.iter().filter(|it| !there.iter().any(|one| range(one) == range(it))) {
        change("add_subnet", format!("+ subnet {}", range(it)), it.clone());
    }
}

fn firewall(wanted: &Firewall, live: Option<&Value>, steps: &mut Vec<Step>) {
    let resource = format!("hcloud_firewall.{}", wanted.key);
    let targets = |selectors: &[&String]| -> Value {
        let one = |it: &&String| json!({"type": "label_selector", "label_selector": {"selector": it}});
        selectors.iter().map(one).collect()
    };
    let selectors: Vec<&String> = wanted.selectors.iter().flatten().collect();
    let Some(live) = live else {
        let body = json!({"name": wanted.name, "labels": wanted.labels, "rules": wanted.rules,
            "apply_to": targets(&selectors)});
        let told = wanted.rules.iter().map(|it| format!("+ {}", line(it))).collect();
        steps.push(Step { resource, makes: true, told, collection: "firewalls", on: None, body });
        return;
    };
    let id = live["id"].as_u64().unwrap_or_default();
    let there = live["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut told = Vec::new();
    told.extend(there.iter().filter(|it| !among(&wanted.rules, it)).map(|it| format!("- {}", line(it))));
    told.extend(wanted.rules.iter().filter(|it| !among(there, it)).map(|it| format!("+ {}", line(it))));
    let mut change = |resource: &str, told, command, body| {
        let (resource, on) = (resource.to_owned(), Some((id, command)));
        steps.push(Step { resource, makes: false, told, collection: "firewalls", on, body });
    };
    if !told.is_empty() {
        change(&resource, told, "set_rules", json!({"rules": wanted.rules}));
    }
    if wanted.selectors.is_none() {
        return;
    }
    let guarded: Vec<&str> = live["applied_to"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["label_selector"]["selector"].as_str())
        .collect();
    let missing: Vec<&String> =
        selectors.iter().filter(|it| !guarded.contains(&it.as_str())).copied().collect();
    let resource = format!("hcloud_firewall_attachment.{}", wanted.key);
    if !missing.is_empty() {
        let told = missing.iter().map(|it| format!("+ servers of {it}")).collect();
        change(&resource, told, "apply_to_resources", json!({"apply_to": targets(&missing)}));
    }
    let others: Vec<String> = guarded
        .iter()
        .filter(|it| !selectors.iter().any(|one| one == *it))
        .map(|it| (*it).to_owned())
        .collect();
    if !others.is_empty() {
        let told = others.iter().map(|it| format!("- servers of {it}")).collect();
        let body = json!({"remove_from": targets(&others.iter().collect::<Vec<_>>())});
        change(&resource, told, "remove_from_resources", body);
    }
}

/// Whether the same rule is there: its addresses are a set.
fn among(rules: &[Value], rule: &Value) -> bool {
    let set = |it: &Value, key: &str| {
        let mut all: Vec<String> = it[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect();
        all.sort();
        all
    };
    rules.iter().any(|it| {
        ["direction", "protocol", "port", "description"].iter().all(|key| it[key] == rule[key])
            && ["source_ips", "destination_ips"].iter().all(|key| set(it, key) == set(rule, key))
    })
}

/// A rule in a line.
fn line(rule: &Value) -> String {
    let word = |key: &str| rule[key].as_str().unwrap_or_default();
    let inward = word("direction") != "out";
    let key = if inward { "source_ips" } else { "destination_ips" };
    let addresses: Vec<&str> = rule[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let way = if inward { "from" } else { "to" };
    format!("rule {} {} {way} {}", word("protocol"), word("port"), addresses.join(", ")).replace("  ", " ")
}
