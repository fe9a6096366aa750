//! Etcd through the provider's eyes: the audit of its members, and the check of its health.

use std::collections::BTreeSet;

use serde_json::Value;
use wire::machine::ServiceInfo;

use super::plane::Plane;
use super::talos::PATIENCE;
use crate::control::{Problem, deleting, name, text};

pub(super) const LEAVING: &str = "controlplane.cluster.x-k8s.io/etcd-leaving";

/// The first label of a host name, in lower case.
fn short(host: &str) -> String {
    host.split('.').next().unwrap_or_default().to_lowercase()
}

/// The name by which etcd knows a machine: its node's, or the Hostname address where there is one.
fn host_of(machine: &Value) -> Option<String> {
    let node = machine["status"]["nodeRef"]["name"].as_str()?;
    let addresses = machine["status"]["addresses"].as_array();
    let published = addresses.into_iter().flatten().find(|it| it["type"] == "Hostname");
    Some(short(published.and_then(|it| it["address"].as_str()).unwrap_or(node)))
}

impl Plane<'_> {
    /// Take members out of etcd that belong to no machine. Says nothing and does nothing where it cannot be sure.
    pub(super) async fn audit(&self) -> Result<(), Problem> {
        if self.machines.iter().any(|it| it["status"]["nodeRef"]["name"].as_str().is_none()) {
            return Ok(());
        }
        let Some(witness) = self.machines.iter().find(|it| !deleting(it)) else { return Ok(()) };
        let mut node = self.talos(witness)?;
        let members = match tokio::time::timeout(PATIENCE, node.members()).await {
            Ok(members) => members?,
            Err(_) => return Err(Problem::Other("context deadline exceeded".to_owned())),
        };
        if members.iter().any(|it| it.hostname.is_empty()) {
            return Ok(());
        }
        let known: BTreeSet<String> = self.machines.iter().filter_map(|it| host_of(it)).collect();
        for member in members.iter().filter(|it| !known.contains(&short(&it.hostname))) {
            let id = format!("{:016x}", member.id);
            self.info(
                "found etcd member without a machine, removing it",
                &[("member", &member.hostname), ("id", &id)],
            );
            node.remove_member(member.id).await?;
        }
        Ok(())
    }

    /// Whether a machine takes part in the check of etcd's health.
    fn counts(&self, machine: &Value) -> bool {
        let leaving = machine["metadata"]["annotations"].get(LEAVING).is_some();
        !(deleting(machine) || self.provider.version.marks_leaving() && leaving)
    }

    /// Ask every machine that counts, one after the other; the error is the first that does not answer as it should.
    pub(super) async fn etcd_health(&self) -> Result<(), String> {
        let machines: Vec<&Value> =
            self.machines.iter().map(|it| &**it).filter(|it| self.counts(it)).collect();
        let mut agreed: Option<BTreeSet<String>> = None;
        let all = async {
            for machine in &machines {
                let hosts = self.etcd_of(machine, machines.len()).await.map_err(|why| {
                    format!("error checking etcd health on machine {:?}: {why}", name(machine))
                })?;
                match &agreed {
                    Some(agreed) if *agreed != hosts => {
                        return Err("nodes do not have the same list of etcd members".to_owned());
                    }
                    _ => agreed = Some(hosts),
                }
            }
            Ok(())
        };
        let late = "error checking etcd health: context deadline exceeded".to_owned();
        tokio::time::timeout(PATIENCE, all).await.unwrap_or(Err(late))
    }

    async fn etcd_of(&self, machine: &Value, expected: usize) -> Result<BTreeSet<String>, String> {
        let mut node = self.talos(machine).map_err(|error| error.to_string())?;
        let services = node.services().await.map_err(|error| error.to_string())?;
        let address = node.address.clone();
        let etcd = services.iter().find(|it| it.id == "etcd");
        let etcd = etcd.ok_or_else(|| format!("{address}: service \"etcd\" is not registered"))?;
        running(etcd).map_err(|why| format!("{address}: {why}"))?;
        let members = node.members().await.map_err(|error| error.to_string())?;
        if members.len() != expected {
            return Err(format!("{address}: expected to have {expected} members, got {}", members.len()));
        }
        Ok(members.into_iter().map(|it| it.hostname).collect())
    }

    /// Whether the services of all machines are healthy; the error is the first that is not.
    pub(super) async fn node_health(&self) -> Result<(), String> {
        let all = async {
            for machine in self.machines.iter().filter(|it| !deleting(it)) {
                let mut node = self.talos(machine).map_err(|error| error.to_string())?;
                let services = node.services().await.map_err(|error| error.to_string())?;
                let sick = services.iter().find(|it| unhealthy(it));
                if let Some(sick) = sick {
                    return Err(format!("{}: service {:?} is not healthy", node.address, sick.id));
                }
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, all).await.unwrap_or(Err("context deadline exceeded".to_owned()))
    }

    /// Whether etcd of a machine has already ended in good order.
    pub(super) async fn etcd_finished(&self, machine: &Value) -> Result<bool, Problem> {
        let services = self.talos(machine)?.services().await?;
        let last =
            services.iter().find(|it| it.id == "etcd").and_then(|it| it.events.as_ref()?.events.last());
        Ok(last.is_some_and(|it| it.state == "Finished"))
    }

    /// The address at which a machine's Talos is asked.
    pub(super) fn talos(&self, machine: &Value) -> Result<super::talos::Talos, Problem> {
        let addresses = machine["status"]["addresses"].as_array();
        let of = |kind: &str| {
            let found = addresses.into_iter().flatten().find(|it| it["type"] == kind)?;
            found["address"].as_str().map(str::to_owned)
        };
        let address = of("InternalIP").or_else(|| of("ExternalIP"));
        let address = address.ok_or_else(|| {
            Problem::Other(format!(
                "no addresses were found for node {:?}",
                text(machine, "/status/nodeRef/name")
            ))
        })?;
        let credentials = self.credentials.as_ref();
        credentials.ok_or_else(|| Problem::Other("talosconfig secret not found".to_owned()))?.node(&address)
    }
}

/// Whether a service's health is known to be bad.
fn unhealthy(service: &ServiceInfo) -> bool {
    service.health.as_ref().is_some_and(|it| !it.unknown && !it.healthy)
}

fn running(service: &ServiceInfo) -> Result<(), String> {
    let last = service.events.as_ref().and_then(|it| it.events.last());
    let last = last.ok_or_else(|| format!("no events recorded yet for service {:?}", service.id))?;
    if last.state != "Running" {
        return Err(format!(
            "service {:?} not in expected state \"Running\": current state [{}] {}",
            service.id, last.state, last.msg
        ));
    }
    if unhealthy(service) {
        return Err(format!("service is not healthy: {}", service.id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_published_hostname_wins_over_the_node() {
        let mut machine = json!({"status": {"nodeRef": {"name": "K8S-cp-1.example"}}});
        assert_eq!(host_of(&machine).as_deref(), Some("k8s-cp-1"));
        machine["status"]["addresses"] = json!([{"type": "Hostname", "address": "other.example"}]);
        assert_eq!(host_of(&machine).as_deref(), Some("other"));
    }
}
