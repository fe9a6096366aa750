//! The little of the Hetzner Cloud API that the provider needs.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::control::Problem;

/// Why the cloud refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message} ({code})")]
pub(crate) struct Refused {
    pub code: String,
    pub message: String,
}

impl Refused {
    /// Back-off of this hour is needed.
    pub fn rate_limited(&self) -> bool {
        self.code == "rate_limit_exceeded"
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Other(refused.to_string())
    }
}

#[derive(Clone)]
pub(crate) struct Hcloud {
    endpoint: String,
    token: String,
    agent: &'static str,
    client: Client,
}

impl Hcloud {
    /// Endpoint as `http://host:port/v1`; `agent` is who asks.
    pub fn new(endpoint: &str, token: &str, agent: &'static str) -> Self {
        Self { endpoint: endpoint.to_owned(), token: token.to_owned(), agent, client: Client::new() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Refused> {
        let unreachable = |error: reqwest::Error| Refused {
            code: "unreachable".to_owned(),
            message: error.without_url().to_string(),
        };
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.endpoint))
            .bearer_auth(&self.token)
            .header(reqwest::header::USER_AGENT, self.agent);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(unreachable)?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let word = |field: &str| answer["error"][field].as_str().unwrap_or("unknown").to_owned();
        Err(Refused { code: word("code"), message: word("message") })
    }

    /// The server that was made for an HCloudMachine, if there is one.
    pub async fn server_of(&self, machine: &str) -> Result<Option<Value>, Refused> {
        let path = format!("/servers?label_selector=machine.caph-name%3D%3D{machine}");
        Ok(self.ask(Method::GET, &path, None).await?["servers"]
            .as_array()
            .and_then(|all| all.first())
            .cloned())
    }

    pub async fn server(&self, id: u64) -> Result<Option<Value>, Refused> {
        match self.ask(Method::GET, &format!("/servers/{id}"), None).await {
            Ok(mut answer) => Ok(Some(answer["server"].take())),
            Err(refused) if refused.code == "not_found" => Ok(None),
            Err(refused) => Err(refused),
        }
    }

    pub async fn create_server(&self, order: &Value) -> Result<Value, Refused> {
        Ok(self.ask(Method::POST, "/servers", Some(order)).await?["server"].take())
    }

    pub async fn shut_down(&self, id: u64) -> Result<(), Refused> {
        self.act("servers", id, "shutdown", &json!({})).await
    }

    pub async fn delete_server(&self, id: u64) -> Result<(), Refused> {
        self.ask(Method::DELETE, &format!("/servers/{id}"), None).await.map(drop)
    }

    /// Everything of one collection that carries the label of a cluster.
    pub async fn owned(&self, collection: &str, cluster: &str) -> Result<Vec<Value>, Refused> {
        let path = format!("/{collection}?label_selector=caph-cluster-{cluster}%3D%3Downed&per_page=50");
        Ok(match self.ask(Method::GET, &path, None).await?[collection].take() {
            Value::Array(all) => all,
            _ => Vec::new(),
        })
    }

    /// The one of a collection that has this name.
    pub async fn named(&self, collection: &str, name: &str) -> Result<Option<Value>, Refused> {
        let path = format!("/{collection}?name={name}");
        Ok(self.ask(Method::GET, &path, None).await?[collection]
            .as_array()
            .and_then(|it| it.first())
            .cloned())
    }

    pub async fn create(&self, collection: &str, order: &Value) -> Result<(), Refused> {
        self.ask(Method::POST, &format!("/{collection}"), Some(order)).await.map(drop)
    }

    /// Give a command to one thing.
    pub async fn act(&self, collection: &str, id: u64, command: &str, body: &Value) -> Result<(), Refused> {
        let path = format!("/{collection}/{id}/actions/{command}");
        self.ask(Method::POST, &path, Some(body)).await.map(drop)
    }

    /// The image of a name or of a snapshot's label; its id.
    pub async fn image(&self, name: &str) -> Result<Option<u64>, Refused> {
        for query in [format!("label_selector=caph-image-name%3D%3D{name}"), format!("name={name}")] {
            let answer = self.ask(Method::GET, &format!("/images?{query}"), None).await?;
            if let Some(id) = answer["images"][0]["id"].as_u64() {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Put a server behind a load balancer.
    pub async fn add_target(&self, balancer: u64, server: u64) -> Result<(), Refused> {
        let target = json!({"type": "server", "server": {"id": server}, "use_private_ip": true});
        let path = format!("/load_balancers/{balancer}/actions/add_target");
        match self.ask(Method::POST, &path, Some(&target)).await {
            Err(refused) if refused.code != "target_already_defined" => Err(refused),
            _ => Ok(()),
        }
    }
}
