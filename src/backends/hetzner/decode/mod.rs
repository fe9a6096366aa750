//! From the API's JSON to our words. An object is read by the crate's model where it fits, else value by value, so
//! that one unknown word hides nothing but itself.

mod firewall;

pub(super) use firewall::{action, firewall, network};

use domain::{LoadBalancer, LoadBalancerService, LoadBalancerTarget, Moment, Server, ServerId};
use hcloud::models;
use serde_json::Value;
use std::collections::BTreeMap;

/// A server; none where not even its number and name can be read.
pub(super) fn server(item: &Value) -> Option<Server> {
    match serde_json::from_value::<models::Server>(item.clone()) {
        Ok(known) => Some(of_model(known)),
        Err(_) => lenient(item),
    }
}

fn of_model(it: models::Server) -> Server {
    let status = serde_json::to_value(it.status).ok();
    let image = it.image.map(|it| it.name.unwrap_or(it.description));
    Server {
        id: ServerId(u64::try_from(it.id).unwrap_or(0)),
        name: clean(&it.name),
        status: status.as_ref().and_then(Value::as_str).map(clean).unwrap_or_default(),
        kind: clean(&it.server_type.name),
        location: clean(&it.location.name),
        created: moment(&it.created),
        labels: it.labels.iter().map(|(key, value)| (clean(key), clean(value))).collect(),
        image: image.as_deref().map(clean),
        public_ip: it.public_net.ipv4.map(|it| clean(&it.ip)),
        private_ip: it.private_net.into_iter().find_map(|it| it.ip).as_deref().map(clean),
        locked: it.locked,
    }
}

fn lenient(item: &Value) -> Option<Server> {
    let private = item.get("private_net").and_then(Value::as_array).into_iter().flatten();
    Some(Server {
        id: ServerId(item.get("id")?.as_u64()?),
        name: text(item, "/name")?,
        status: text(item, "/status").unwrap_or_else(|| "unknown".into()),
        kind: text(item, "/server_type/name").unwrap_or_default(),
        location: text(item, "/location/name")
            .or_else(|| text(item, "/datacenter/location/name"))
            .unwrap_or_default(),
        created: text(item, "/created").and_then(|it| moment(&it)),
        labels: labels(item),
        image: text(item, "/image/name").or_else(|| text(item, "/image/description")),
        public_ip: text(item, "/public_net/ipv4/ip"),
        private_ip: private.filter_map(|it| text(it, "/ip")).next(),
        locked: item.get("locked").and_then(Value::as_bool).unwrap_or(false),
    })
}

/// A load balancer with its targets; what a label selects is told as servers.
pub(super) fn load_balancer(item: &Value) -> Option<LoadBalancer> {
    let mut targets = Vec::new();
    for it in item.get("targets").and_then(Value::as_array).into_iter().flatten() {
        match it.get("targets").and_then(Value::as_array).filter(|inner| !inner.is_empty()) {
            Some(selected) => targets.extend(selected.iter().map(target)),
            None => targets.push(target(it)),
        }
    }
    Some(LoadBalancer {
        name: text(item, "/name")?,
        kind: text(item, "/load_balancer_type/name").unwrap_or_default(),
        location: text(item, "/location/name").unwrap_or_default(),
        public_ip: text(item, "/public_net/ipv4/ip"),
        labels: labels(item),
        algorithm: text(item, "/algorithm/type").unwrap_or_default(),
        services: item.get("services").and_then(Value::as_array).into_iter().flatten().map(service).collect(),
        targets,
    })
}

fn service(item: &Value) -> LoadBalancerService {
    let port = |key: &str| item.get(key).and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
    LoadBalancerService {
        protocol: text(item, "/protocol").unwrap_or_default(),
        listens: port("listen_port").unwrap_or_default(),
        sends: port("destination_port").unwrap_or_default(),
    }
}

fn target(item: &Value) -> LoadBalancerTarget {
    let ports = item.get("health_status").and_then(Value::as_array).into_iter().flatten().filter_map(|it| {
        let port = u16::try_from(it.get("listen_port")?.as_u64()?).ok()?;
        let well = match it.get("status").and_then(Value::as_str) {
            Some("healthy") => Some(true),
            Some("unhealthy") => Some(false),
            _ => None,
        };
        Some((port, well))
    });
    LoadBalancerTarget {
        server: item.pointer("/server/id").and_then(Value::as_u64).map(ServerId),
        ip: text(item, "/ip/ip"),
        ports: ports.collect(),
    }
}

/// Net price an hour where the thing stands, in thousandths of a cent. Prices come with the type of each thing.
pub(super) fn hourly(item: &Value) -> Option<u64> {
    let kind = item.get("server_type").or_else(|| item.get("load_balancer_type"))?;
    let place = text(item, "/location/name")?;
    let prices = kind.get("prices").and_then(Value::as_array)?;
    let price = prices.iter().find(|it| it.get("location").and_then(Value::as_str) == Some(&place))?;
    let net: f64 = price.pointer("/price_hourly/net").and_then(Value::as_str)?.parse().ok()?;
    // Prices are small and positive; what is not was never one.
    (net.is_finite() && (0.0..1_000.0).contains(&net)).then(|| (net * 100_000.0).round() as u64)
}

fn labels(item: &Value) -> BTreeMap<String, String> {
    let pairs = item.get("labels").and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((clean(key), clean(value.as_str()?)))).collect()
}

fn text(item: &Value, pointer: &str) -> Option<String> {
    item.pointer(pointer).and_then(Value::as_str).map(clean)
}

fn clean(text: &str) -> String {
    text.chars().filter(|it| !domain::unseen(*it)).take(300).collect()
}

fn moment(text: &str) -> Option<Moment> {
    text.parse::<jiff::Timestamp>().ok().map(|it| Moment(it.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_word_hides_nothing_but_itself() {
        let item = json!({
            "id": 42, "name": "cp-a\u{1b}[2J", "status": "hibernating", "created": "2026-01-30T23:55:00+00:00",
            "server_type": {"name": "cx33", "prices": [
                {"location": "nbg1", "price_hourly": {"net": "0.0096", "gross": "0.0114"}}]},
            "location": {"name": "nbg1"}, "labels": {"a": "b"}, "image": {"name": null, "description": "talos"},
            "public_net": {"ipv4": {"ip": "192.0.2.1"}}, "private_net": [{"ip": "10.0.0.2"}]
        });
        let read = server(&item).unwrap();
        assert_eq!((read.name.as_str(), read.status.as_str()), ("cp-a[2J", "hibernating"));
        assert_eq!((read.image.as_deref(), read.private_ip.as_deref()), (Some("talos"), Some("10.0.0.2")));
        assert_eq!(read.created, Some(Moment::from_seconds(1_769_817_300)));
        assert_eq!(hourly(&item), Some(960));
        assert_eq!(server(&json!({"name": "no number"})), None);
    }

    #[test]
    fn what_a_label_selects_is_told_as_servers() {
        let item = json!({"name": "lb", "targets": [
            {"type": "label_selector", "targets": [
                {"server": {"id": 1}, "health_status": [{"listen_port": 6443, "status": "unhealthy"}]}]},
            {"type": "ip", "ip": {"ip": "192.0.2.9"}, "health_status": [{"listen_port": 6443, "status": "new word"}]}
        ]});
        let read = load_balancer(&item).unwrap();
        assert_eq!(
            (read.targets[0].server, read.targets[0].ports[0]),
            (Some(ServerId(1)), (6443, Some(false)))
        );
        assert_eq!(
            (read.targets[1].ip.as_deref(), read.targets[1].ports[0]),
            (Some("192.0.2.9"), (6443, None))
        );
    }
}
