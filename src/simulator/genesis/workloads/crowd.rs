//! Many more pods: the workloads of a big world, spread over twenty namespaces.

use super::{Places, running};
use serde_json::{Value, json};

const NAMESPACES: usize = 20;
const TEAMS: [&str; 20] = [
    "accounts",
    "billing",
    "cart",
    "catalog",
    "checkout",
    "delivery",
    "fraud",
    "gateway",
    "identity",
    "inventory",
    "ledger",
    "mail",
    "notify",
    "orders",
    "payments",
    "pricing",
    "ranking",
    "reviews",
    "search",
    "shipping",
];
const PARTS: [&str; 8] = ["api", "web", "worker", "cron", "cache", "sync", "events", "admin"];
const REPLICAS: [usize; 8] = [6, 4, 10, 1, 3, 5, 8, 2];

/// At least `pods` more pods, handed to `take` in portions: namespaces first, then each deployment and what came of it.
pub(crate) fn crowd(pods: usize, places: &mut Places, mut take: impl FnMut(Vec<Value>)) {
    if pods == 0 {
        return;
    }
    let names: Vec<String> = TEAMS.iter().take(NAMESPACES).map(|it| format!("team-{it}")).collect();
    take(names.iter().map(|it| namespace(it)).collect());
    let mut made = 0;
    let mut number = 0;
    let mut portion = Vec::new();
    while made < pods {
        let part = PARTS[number / NAMESPACES % PARTS.len()];
        let replicas = REPLICAS[number / NAMESPACES % REPLICAS.len()].min(pods - made);
        let round = number / NAMESPACES / PARTS.len();
        let name = if round == 0 { part.to_owned() } else { format!("{part}-{round}") };
        let deployment = deployment(&names[number % NAMESPACES], &name, replicas);
        portion.extend(running(deployment, places));
        if portion.len() > 2_000 {
            take(std::mem::take(&mut portion));
        }
        made += replicas;
        number += 1;
    }
    take(portion);
}

pub(super) fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
    })
}

fn deployment(namespace: &str, name: &str, replicas: usize) -> Value {
    let team = namespace.trim_start_matches("team-");
    let labels = json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": team});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{
                    "name": name, "image": format!("registry.lighthouse.example/{team}/{name}:2026.11.3"),
                    "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
                }]},
            },
        },
    })
}
