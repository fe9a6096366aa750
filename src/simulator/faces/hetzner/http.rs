//! The REST API itself: who may ask, how often, and which function answers.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::mutations::{Mutations, OWN_AGENT, digest};
use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Query as Pairs, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::catalogue;
use super::cloud::{COLLECTIONS, Cloud};
use super::failure::Failure;
use super::limit::HOURLY;
use super::listing::{Query, page};

/// More than any request of this API.
const LARGEST: usize = 1 << 20;

/// Where the API listens, and what proves who asks.
#[derive(Debug, Clone)]
pub(crate) struct HetznerFace {
    /// `http://127.0.0.1:port/v1`.
    pub endpoint: String,
    /// May do everything.
    pub token: String,
    /// May only look.
    pub read_token: String,
}

#[derive(Clone)]
struct Shared {
    cloud: Cloud,
    token: Arc<str>,
    read_token: Arc<str>,
    mutations: Mutations,
}

/// Listen on a free port of 127.0.0.1.
pub(crate) async fn serve(
    cloud: Cloud,
    token: &str,
    read_token: &str,
    mutations: Mutations,
    tasks: &mut JoinSet<()>,
) -> std::io::Result<HetznerFace> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let endpoint = format!("http://{}/v1", listener.local_addr()?);
    let shared = Shared { cloud, token: token.into(), read_token: read_token.into(), mutations };
    let router = Router::new()
        .route("/v1/pricing", get(pricing))
        .route("/v1/actions", get(actions))
        .route("/v1/actions/{id}", get(action))
        .route("/v1/{collection}", any(collection))
        .route("/v1/{collection}/{id}", any(resource))
        .route("/v1/{collection}/{id}/actions", get(actions_of))
        .route("/v1/{collection}/{id}/actions/{command}", any(command))
        .fallback(async || Failure::new(StatusCode::NOT_FOUND, "not_found", "resource not found"))
        .layer(from_fn_with_state(shared.clone(), admit))
        .layer(from_fn_with_state(shared.clone(), record))
        .with_state(shared);
    tasks.spawn(async move {
        // It ends only with its task.
        let _ = axum::serve(listener, router).await;
    });
    Ok(HetznerFace { endpoint, token: token.to_owned(), read_token: read_token.to_owned() })
}

/// Write down what somebody from outside asks to change.
async fn record(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let agent = request.headers().get("user-agent").and_then(|it| it.to_str().ok()).unwrap_or_default();
    if request.method() == Method::GET || agent.starts_with(OWN_AGENT) {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return Failure::new(StatusCode::BAD_REQUEST, "invalid_input", "the body is too large")
            .into_response();
    };
    let mut fields = json!({"verb": head.method.as_str(), "path": head.uri.path(), "dry_run": false, "sha256": digest(&body)});
    let response = next.run(Request::from_parts(head, body.into())).await;
    fields["code"] = json!(response.status().as_u16());
    shared.mutations.write("hetzner", fields);
    response
}

/// Count the request, then look at the token.
async fn admit(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let given = request.headers().get("authorization").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default();
    if given != &*shared.token && given != &*shared.read_token {
        return Failure::unauthorized().into_response();
    }
    let reads = request.method() == Method::GET || given == &*shared.token;
    let standing = shared.cloud.inner.limit.take();
    let mut response = if !standing.allowed {
        Failure::too_many().into_response()
    } else if !reads {
        Failure::read_only().into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert("ratelimit-limit", HeaderValue::from(HOURLY));
    headers.insert("ratelimit-remaining", HeaderValue::from(standing.remaining));
    headers.insert("ratelimit-reset", HeaderValue::from(standing.reset));
    headers.insert("x-correlation-id", HeaderValue::from(standing.reset ^ 0x5eed));
    response
}

/// The collection of a path's word, with the word for one of them.
fn known(collection: &str) -> Result<(&'static str, &'static str), Failure> {
    let found = COLLECTIONS.into_iter().find(|(plural, _)| *plural == collection);
    found.ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, "not_found", "resource not found"))
}

fn body_of(bytes: &Bytes) -> Result<Value, Failure> {
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::new(StatusCode::BAD_REQUEST, "json_error", format!("invalid JSON: {error}"))
    })
}

fn id_of(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| {
        Failure::new(StatusCode::NOT_FOUND, "not_found", format!("no resource has the id {text}"))
    })
}

async fn pricing() -> Json<Value> {
    Json(json!({"pricing": catalogue::pricing()}))
}

/// Actions of the whole project can be had by id only.
async fn actions(State(shared): State<Shared>, Pairs(query): Pairs<Query>) -> Result<Json<Value>, Failure> {
    let ids: Vec<u64> =
        query.iter().filter(|(key, _)| key == "id").filter_map(|(_, id)| id.parse().ok()).collect();
    if ids.is_empty() {
        return Err(Failure::invalid("id", "id is required"));
    }
    let all = shared.cloud.state().actions_of("", None);
    let wanted = all.into_iter().filter(|it| it["id"].as_u64().is_some_and(|id| ids.contains(&id))).collect();
    Ok(Json(page("actions", wanted, &query)?))
}

async fn action(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Failure> {
    let id = id_of(&id)?;
    let action =
        shared.cloud.state().actions.get(&id).cloned().ok_or_else(|| Failure::not_found("action", id))?;
    Ok(Json(json!({"action": action})))
}

async fn collection(
    State(shared): State<Shared>,
    Path(word): Path<String>,
    Pairs(query): Pairs<Query>,
    method: Method,
    body: Bytes,
) -> Result<Response, Failure> {
    let (plural, _) = known(&word)?;
    let cloud = &shared.cloud;
    if method == Method::POST {
        let request = body_of(&body)?;
        let created = match plural {
            "servers" => cloud.create_server(&request)?,
            "networks" => cloud.create_network(&request)?,
            "placement_groups" => cloud.create_placement_group(&request)?,
            "load_balancers" => cloud.create_load_balancer(&request)?,
            "firewalls" => cloud.create_firewall(&request)?,
            _ => return Err(not_allowed()),
        };
        return Ok((StatusCode::CREATED, Json(created)).into_response());
    }
    if method != Method::GET {
        return Err(not_allowed());
    }
    let all: Vec<Value> = cloud.state().of(plural).values().cloned().collect();
    let mut answer = page(plural, all, &query)?;
    if plural == "load_balancers"
        && let Some(balancers) = answer[plural].as_array_mut()
    {
        for balancer in balancers {
            *balancer = cloud.with_health(balancer.take());
        }
    }
    Ok(Json(answer).into_response())
}

fn not_allowed() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "method not allowed for this resource")
}

async fn resource(
    State(shared): State<Shared>,
    Path((word, id)): Path<(String, String)>,
    Pairs(query): Pairs<Query>,
    method: Method,
    body: Bytes,
) -> Result<Response, Failure> {
    let (plural, singular) = known(&word)?;
    let cloud = &shared.cloud;
    if id == "actions" {
        let all = cloud.state().actions_of(singular, None);
        return Ok(Json(page("actions", all, &query)?).into_response());
    }
    let id = id_of(&id)?;
    match (method, plural) {
        (Method::GET, "load_balancers") => {
            let balancer = cloud.with_health(cloud.one(plural, singular, id)?);
            Ok(Json(json!({singular: balancer})).into_response())
        }
        (Method::GET, _) => Ok(Json(json!({singular: cloud.one(plural, singular, id)?})).into_response()),
        (Method::PUT, "servers" | "networks" | "placement_groups" | "load_balancers" | "firewalls") => {
            Ok(Json(cloud.rename(plural, singular, id, &body_of(&body)?)?).into_response())
        }
        (Method::DELETE, "firewalls") => {
            cloud.delete_firewall(id)?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        (Method::DELETE, "servers") => Ok(Json(cloud.delete_server(id)?).into_response()),
        (Method::DELETE, "networks" | "placement_groups" | "load_balancers") => {
            cloud.one(plural, singular, id)?;
            cloud.state().of(plural).remove(&id);
            cloud.tell();
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => Err(not_allowed()),
    }
}

async fn actions_of(
    State(shared): State<Shared>,
    Path((word, id)): Path<(String, String)>,
    Pairs(query): Pairs<Query>,
) -> Result<Json<Value>, Failure> {
    let (plural, singular) = known(&word)?;
    let id = id_of(&id)?;
    shared.cloud.one(plural, singular, id)?;
    let all = shared.cloud.state().actions_of(singular, Some(id));
    Ok(Json(page("actions", all, &query)?))
}

async fn command(
    State(shared): State<Shared>,
    Path((word, id, command)): Path<(String, String, String)>,
    method: Method,
    body: Bytes,
) -> Result<Response, Failure> {
    let (plural, singular) = known(&word)?;
    let id = id_of(&id)?;
    if method == Method::GET {
        let wanted = id_of(&command)?;
        let all = shared.cloud.state().actions_of(singular, Some(id));
        let found = all.into_iter().find(|it| it["id"] == wanted);
        let found = found.ok_or_else(|| Failure::not_found("action", wanted))?;
        return Ok(Json(json!({"action": found})).into_response());
    }
    let request = body_of(&body)?;
    let answer = match plural {
        "servers" => shared.cloud.server_action(id, &command, &request)?,
        "load_balancers" => shared.cloud.load_balancer_action(id, &command, &request)?,
        "networks" => shared.cloud.network_action(id, &command, &request)?,
        "firewalls" => shared.cloud.firewall_action(id, &command, &request)?,
        _ => return Err(not_allowed()),
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}
