//! The API as a client meets it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::metal::{Machine, Metal};
use super::{Cloud, HetznerFace, serve};
use crate::Clock;
use crate::mutations::Mutations;

#[derive(Default)]
struct Shelf {
    last: AtomicU8,
    on: Mutex<Vec<Machine>>,
}

impl Metal for Shelf {
    fn next_address(&self) -> IpAddr {
        IpAddr::from([127, 9, 9, self.last.fetch_add(1, Ordering::Relaxed) + 1])
    }
    fn power_on(&self, machine: Machine) -> Result<(), String> {
        self.on.lock().unwrap().push(machine);
        Ok(())
    }
    fn power_up(&self, _: u64) {}
    fn power_off(&self, _: u64) {}
    fn power_cycle(&self, _: u64) {}
    fn remove(&self, id: u64) {
        self.on.lock().unwrap().retain(|it| it.server_id != id);
    }
    fn answers(&self, _: u64) -> bool {
        true
    }
}

struct Project {
    face: HetznerFace,
    cloud: Cloud,
    metal: Arc<Shelf>,
    client: reqwest::Client,
    _tasks: JoinSet<()>,
}

impl Project {
    async fn new() -> Self {
        let metal = Arc::new(Shelf::default());
        let cloud = Cloud::new(&Clock::running(500.0), metal.clone(), &["talos-amd64-v1.12.2"]);
        let mut tasks = JoinSet::new();
        let face = serve(cloud.clone(), "all", "read", Mutations::default(), &mut tasks).await.unwrap();
        Self { face, cloud, metal, client: reqwest::Client::new(), _tasks: tasks }
    }

    async fn ask(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (u16, Value, u64) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request =
            self.client.request(method, format!("{}{path}", self.face.endpoint)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let left = response.headers().get("ratelimit-remaining").and_then(|it| it.to_str().ok());
        let left = left.and_then(|it| it.parse().ok()).unwrap_or_default();
        (response.status().as_u16(), response.json().await.unwrap_or_default(), left)
    }
}

fn order(name: &str) -> Value {
    json!({"name": name, "server_type": "cx33", "image": "talos-amd64-v1.12.2", "location": "nbg1",
        "labels": {"caph-cluster-k8s": "owned"}, "user_data": "#", "public_net": {"enable_ipv4": true}})
}

#[tokio::test]
async fn a_server_is_made_runs_and_goes() {
    let project = Project::new().await;
    let mut changed = project.cloud.changed();
    let (status, created, _) = project.ask("POST", "/servers", "all", Some(order("k8s-cp-abcde"))).await;
    assert_eq!((status, created["server"]["status"].as_str()), (201, Some("initializing")));
    let id = created["server"]["id"].as_u64().unwrap();
    let running = |cloud: &Cloud| cloud.resource("servers", id).is_some_and(|it| it["status"] == "running");
    let cloud = project.cloud.clone();
    while !running(&cloud) {
        changed.changed().await.unwrap();
    }
    let action = created["next_actions"][0]["id"].as_u64().unwrap();
    while cloud.state().actions[&action]["status"] != "success" {
        changed.changed().await.unwrap();
    }
    assert_eq!(project.metal.on.lock().unwrap()[0].talos_version, "v1.12.2");
    let (_, found, _) =
        project.ask("GET", "/servers?label_selector=caph-cluster-k8s%3D%3Downed", "read", None).await;
    assert_eq!(found["servers"][0]["name"], "k8s-cp-abcde");
    let (status, ..) = project.ask("DELETE", &format!("/servers/{id}"), "all", None).await;
    assert_eq!(status, 200);
    let (status, gone, _) = project.ask("GET", &format!("/servers/{id}"), "all", None).await;
    assert_eq!((status, gone["error"]["code"].as_str()), (404, Some("not_found")));
    assert!(project.metal.on.lock().unwrap().is_empty());
}

#[tokio::test]
async fn refusals_have_the_codes_of_the_api() {
    let project = Project::new().await;
    let (status, body, _) = project.ask("GET", "/servers", "wrong", None).await;
    assert_eq!((status, body["error"]["code"].as_str()), (401, Some("unauthorized")));
    let (status, body, left) = project.ask("POST", "/servers", "read", Some(order("a"))).await;
    assert_eq!((status, body["error"]["code"].as_str()), (403, Some("token_readonly")));
    assert!(left < 3_600);
    project.cloud.set_sold_out("nbg1", true);
    let (status, body, _) = project.ask("POST", "/servers", "all", Some(order("a"))).await;
    assert_eq!((status, body["error"]["code"].as_str()), (412, Some("resource_unavailable")));
    project.cloud.leave_requests(0);
    let (status, body, _) = project.ask("GET", "/servers", "all", None).await;
    assert_eq!((status, body["error"]["code"].as_str()), (429, Some("rate_limit_exceeded")));
}

#[tokio::test]
async fn a_load_balancer_knows_its_targets() {
    let project = Project::new().await;
    let (_, created, _) = project.ask("POST", "/servers", "all", Some(order("a"))).await;
    let id = created["server"]["id"].as_u64().unwrap();
    let balancer = project.cloud.place_load_balancer(
        &json!({"name": "k8s-kube-apiserver",
        "services": [{"listen_port": 6443}]}),
        &[],
        0,
    );
    let path = format!("/load_balancers/{balancer}/actions/add_target");
    let body = json!({"type": "server", "server": {"id": id}, "use_private_ip": true});
    assert_eq!(project.ask("POST", &path, "all", Some(body)).await.0, 201);
    let (_, read, _) = project.ask("GET", "/load_balancers", "all", None).await;
    assert_eq!(read["load_balancers"][0]["targets"][0]["health_status"][0]["status"], "healthy");
}

fn rule(port: &str) -> Value {
    json!({"direction": "in", "protocol": "tcp", "port": port, "source_ips": ["0.0.0.0/0"]})
}

#[tokio::test]
async fn a_firewall_guards_what_its_labels_select() {
    let project = Project::new().await;
    let order_of = json!({"name": "nodes", "rules": [rule("6443")],
        "apply_to": [{"type": "label_selector", "label_selector": {"selector": "caph-cluster-k8s=owned"}}]});
    let (status, made, _) = project.ask("POST", "/firewalls", "all", Some(order_of)).await;
    let id = made["firewall"]["id"].as_u64().unwrap();
    assert_eq!((status, &made["actions"][0]["command"]), (201, &json!("set_firewall_rules")));
    let (_, server, _) = project.ask("POST", "/servers", "all", Some(order("a"))).await;
    assert_eq!(server["server"]["public_net"]["firewalls"], json!([{"id": id, "status": "applied"}]));
    let (_, read, _) = project.ask("GET", &format!("/firewalls/{id}"), "read", None).await;
    let there = &read["firewall"]["applied_to"][0]["applied_to_resources"][0]["server"]["id"];
    assert_eq!(there, &server["server"]["id"]);

    let path = format!("/firewalls/{id}/actions/set_rules");
    let two = json!({"rules": [rule("6443"), rule("8000-8080")]});
    assert_eq!(project.ask("POST", &path, "all", Some(two)).await.0, 201);
    let (_, read, _) = project.ask("GET", "/firewalls/actions?sort=id:desc&per_page=1", "read", None).await;
    assert_eq!(read["actions"][0]["command"], "apply_firewall");
    let wrong =
        json!({"rules": [{"direction": "in", "protocol": "icmp", "port": "1", "source_ips": ["::/0"]}]});
    assert_eq!(project.ask("POST", &path, "all", Some(wrong)).await.0, 422);
    assert_eq!(project.ask("DELETE", &format!("/firewalls/{id}"), "all", None).await.0, 409);
    let from = json!({"remove_from": [{"type": "label_selector", "label_selector": {"selector": "caph-cluster-k8s=owned"}}]});
    let path = format!("/firewalls/{id}/actions/remove_from_resources");
    assert_eq!(project.ask("POST", &path, "all", Some(from)).await.0, 201);
    assert_eq!(project.ask("DELETE", &format!("/firewalls/{id}"), "all", None).await.0, 204);
}

#[tokio::test]
async fn tofu_makes_the_cloud_what_its_files_say() {
    let project = Project::new().await;
    let files = [
        include_str!("../../genesis/lighthouse/content/cloud/firewall.tf"),
        include_str!("../../genesis/lighthouse/content/cloud/main.tf"),
        include_str!("../../genesis/lighthouse/content/cloud/network.tf"),
    ];
    let files = files.iter().enumerate().map(|(at, text)| (format!("{at}.tf"), (*text).to_owned())).collect();
    let wanted = crate::stand_ins::tofu::read(&files).unwrap();
    let cloud = crate::providers::caph::Hcloud::new(&project.face.endpoint, "all", "tofu");
    let told = async || {
        let steps = crate::stand_ins::tofu::steps(&wanted, &cloud).await.unwrap();
        for step in &steps {
            step.take(&cloud).await.unwrap();
        }
        steps.iter().flat_map(|it| it.told.clone()).collect::<Vec<_>>()
    };
    assert_eq!(told().await.len(), 4);
    assert_eq!(told().await, Vec::<String>::new());
    let firewall = project.cloud.resources("firewalls").remove(0);
    let mut rules = firewall["rules"].as_array().unwrap().clone();
    rules.push(rule("8080"));
    project.cloud.set_firewall_rules(firewall["id"].as_u64().unwrap(), &rules).unwrap();
    assert_eq!(told().await, ["- rule tcp 8080 from 0.0.0.0/0"]);
    assert_eq!(project.cloud.resources("firewalls").remove(0)["rules"], firewall["rules"]);
}
