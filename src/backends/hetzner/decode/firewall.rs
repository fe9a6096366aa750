//! Firewalls, networks and actions, value by value: one unknown word hides nothing but itself.

use super::{clean, labels, moment, text};
use domain::{CloudAction, Firewall, FirewallRule, Network, ServerId};
use serde_json::Value;

/// A firewall; none where not even its number and name can be read.
pub(in crate::hetzner) fn firewall(item: &Value) -> Option<Firewall> {
    let (mut selectors, mut guards) = (Vec::new(), Vec::new());
    for it in list(item, "applied_to") {
        selectors.extend(text(it, "/label_selector/selector"));
        let chosen = list(it, "applied_to_resources").filter_map(server);
        guards.extend(server(it).into_iter().chain(chosen));
    }
    guards.sort_unstable();
    guards.dedup();
    Some(Firewall {
        number: item.get("id")?.as_u64()?,
        name: text(item, "/name")?,
        rules: list(item, "rules").map(rule).collect(),
        selectors,
        guards,
        created: text(item, "/created").and_then(|it| moment(&it)),
    })
}

fn rule(item: &Value) -> FirewallRule {
    let word = |pointer: &str| text(item, pointer).unwrap_or_default();
    let outward = word("/direction") == "out";
    let addresses = list(item, if outward { "destination_ips" } else { "source_ips" });
    FirewallRule {
        outward,
        protocol: word("/protocol"),
        port: word("/port"),
        addresses: addresses.filter_map(Value::as_str).map(clean).collect(),
        description: word("/description"),
    }
}

fn server(item: &Value) -> Option<ServerId> {
    item.pointer("/server/id").and_then(Value::as_u64).map(ServerId)
}

pub(in crate::hetzner) fn network(item: &Value) -> Option<Network> {
    let routes =
        list(item, "routes").filter_map(|it| Some((text(it, "/destination")?, text(it, "/gateway")?)));
    Some(Network {
        number: item.get("id")?.as_u64()?,
        name: text(item, "/name")?,
        range: text(item, "/ip_range").unwrap_or_default(),
        subnets: list(item, "subnets").filter_map(|it| text(it, "/ip_range")).collect(),
        routes: routes.collect(),
        labels: labels(item),
        created: text(item, "/created").and_then(|it| moment(&it)),
    })
}

pub(in crate::hetzner) fn action(item: &Value) -> Option<CloudAction> {
    let about = list(item, "resources").filter_map(|it| Some((text(it, "/type")?, it.get("id")?.as_u64()?)));
    let at = text(item, "/finished").or_else(|| text(item, "/started"));
    Some(CloudAction {
        number: item.get("id")?.as_u64()?,
        command: text(item, "/command")?,
        at: at.and_then(|it| moment(&it)),
        about: about.collect(),
    })
}

fn list<'a>(item: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    item.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Moment;
    use serde_json::json;

    #[test]
    fn a_firewall_says_what_it_lets_through_and_whom_it_guards() {
        let item = json!({"id": 7, "name": "nodes", "created": "2026-01-30T23:55:00+00:00", "labels": {},
            "rules": [{"direction": "in", "protocol": "tcp", "port": "8080", "source_ips": ["0.0.0.0/0", "::/0"],
                "destination_ips": [], "description": null},
                {"direction": "out", "protocol": "carrier-pigeon", "port": null, "source_ips": [],
                "destination_ips": ["10.0.0.0/8"], "description": "a\u{1b}[2J"}],
            "applied_to": [{"type": "server", "server": {"id": 2}},
                {"type": "label_selector", "label_selector": {"selector": "a=b"},
                "applied_to_resources": [{"type": "server", "server": {"id": 1}}, {"type": "server", "server": {"id": 2}}]}]});
        let read = firewall(&item).unwrap();
        assert_eq!(read.rules[0].words(), "tcp 8080 from anywhere");
        assert_eq!(read.rules[1].words(), "carrier-pigeon to 10.0.0.0/8");
        assert_eq!(read.rules[1].description, "a[2J");
        assert_eq!((read.guards, read.selectors), (vec![ServerId(1), ServerId(2)], vec!["a=b".to_owned()]));
        assert_eq!(firewall(&json!({"name": "no number"})), None);
    }

    #[test]
    fn an_action_says_what_was_done_to_what() {
        let item = json!({"id": 9, "command": "set_firewall_rules", "status": "success", "progress": 100,
            "started": "2026-01-30T23:54:59+00:00", "finished": "2026-01-30T23:55:00+00:00", "error": null,
            "resources": [{"id": 7, "type": "firewall"}]});
        let read = action(&item).unwrap();
        assert_eq!(
            (read.command.as_str(), read.about),
            ("set_firewall_rules", vec![("firewall".to_owned(), 7)])
        );
        assert_eq!(read.at, Some(Moment::from_seconds(1_769_817_300)));
    }

    #[test]
    fn a_network_has_its_ranges() {
        let item = json!({"id": 3, "name": "k8s", "ip_range": "10.0.0.0/16", "labels": {"caph-cluster-k8s": "owned"},
            "subnets": [{"type": "cloud", "ip_range": "10.0.0.0/24"}],
            "routes": [{"destination": "10.9.0.0/16", "gateway": "10.0.0.2"}]});
        let read = network(&item).unwrap();
        assert_eq!((read.range.as_str(), read.subnets.len()), ("10.0.0.0/16", 1));
        assert_eq!(read.routes, [("10.9.0.0/16".to_owned(), "10.0.0.2".to_owned())]);
    }
}
