//! Services and what leads to them.

use super::{Column, age_column, at, joined, labels, text};
use serde_json::Value;

pub fn columns(resource: &str) -> Option<Vec<Column>> {
    Some(match resource {
        "services" => vec![
            text("Type", 0, |it| at(it, "/spec/type", "ClusterIP")),
            text("Cluster-IP", 0, |it| at(it, "/spec/clusterIP", "<none>")),
            text("External-IP", 0, external),
            text("Port(s)", 0, |it| joined(&it["spec"]["ports"], port)),
            age_column(),
            text("Selector", 1, |it| labels(&it["spec"]["selector"])),
        ],
        "endpoints" => vec![text("Endpoints", 0, endpoints), age_column()],
        "endpointslices.discovery.k8s.io" => vec![
            text("AddressType", 0, |it| at(it, "/addressType", "IPv4")),
            text("Ports", 0, |it| joined(&it["ports"], |port| at(port, "/port", ""))),
            text("Endpoints", 0, |it| joined(&it["endpoints"], |one| at(one, "/addresses/0", ""))),
            age_column(),
        ],
        "ingresses.networking.k8s.io" => vec![
            text("Class", 0, |it| at(it, "/spec/ingressClassName", "<none>")),
            text("Hosts", 0, |it| joined(&it["spec"]["rules"], |rule| at(rule, "/host", "*"))),
            text("Address", 0, |it| {
                joined(&it["status"]["loadBalancer"]["ingress"], |one| at(one, "/ip", ""))
            }),
            text("Ports", 0, |it| if it["spec"]["tls"].is_array() { "80, 443" } else { "80" }.into()),
            age_column(),
        ],
        "networkpolicies.networking.k8s.io" => {
            vec![
                text("Pod-Selector", 0, |it| labels(&it["spec"]["podSelector"]["matchLabels"])),
                age_column(),
            ]
        }
        _ => return None,
    })
}

fn external(service: &Value) -> String {
    match service["spec"]["type"].as_str() {
        Some("ExternalName") => at(service, "/spec/externalName", "<none>"),
        Some("LoadBalancer") => {
            let found = joined(&service["status"]["loadBalancer"]["ingress"], |it| {
                at(it, "/ip", &at(it, "/hostname", ""))
            });
            if found == "<none>" { "<pending>".into() } else { found }
        }
        _ => joined(&service["spec"]["externalIPs"], |it| it.as_str().unwrap_or_default().into()),
    }
}

fn port(port: &Value) -> String {
    let node = port["nodePort"].as_i64().map(|it| format!(":{it}")).unwrap_or_default();
    format!("{}{node}/{}", at(port, "/port", ""), at(port, "/protocol", "TCP"))
}

fn endpoints(object: &Value) -> String {
    let subsets = object["subsets"].as_array().into_iter().flatten();
    let mut found = Vec::new();
    for subset in subsets {
        let port = at(subset, "/ports/0/port", "");
        for address in subset["addresses"].as_array().into_iter().flatten() {
            found.push(format!("{}:{port}", at(address, "/ip", "")));
        }
    }
    match found.len() {
        0 => "<none>".into(),
        1..=3 => found.join(","),
        more => format!("{} + {} more...", found[..3].join(","), more - 3),
    }
}
