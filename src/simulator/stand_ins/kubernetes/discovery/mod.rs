//! What is served here: versions, groups, resources, health.

mod aggregated;
mod lists;
mod openapi;

use super::http::response;
use super::kinds::Kinds;
use super::negotiation::wants_aggregated;
use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Response};
use serde_json::json;

/// The version of Kubernetes this server says it is.
pub const VERSION: (&str, &str, &str) = ("1", "35", "v1.35.0");

/// Pages that anyone may see.
pub fn public(parts: &Parts) -> Option<Response<Body>> {
    let path = parts.uri.path();
    match path.trim_end_matches('/') {
        "/healthz" | "/livez" | "/readyz" if verbose(parts) => {
            let name = path.trim_start_matches('/');
            let lines =
                "[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]poststarthook/start-apiextensions-controllers ok\n";
            Some(response::text(200, format!("{lines}{name} check passed\n")))
        }
        "/healthz" | "/livez" | "/readyz" => Some(response::text(200, "ok")),
        path if path.starts_with("/livez/") || path.starts_with("/readyz/") => {
            Some(response::text(200, "ok"))
        }
        "/version" => Some(response::json(200, &version())),
        _ => None,
    }
}

fn verbose(parts: &Parts) -> bool {
    parts.uri.query().is_some_and(|it| it.split('&').any(|it| it.starts_with("verbose")))
}

fn version() -> serde_json::Value {
    let (major, minor, full) = VERSION;
    json!({
        "major": major, "minor": minor, "gitVersion": full, "gitTreeState": "clean",
        "emulationMajor": major, "emulationMinor": minor, "minCompatibilityMajor": major, "minCompatibilityMinor": "34",
        "gitCommit": "66452049f3d692768c39c797b21b793dce80314e", "buildDate": "2025-12-17T12:32:07Z",
        "goVersion": "go1.25.5", "compiler": "gc", "platform": "linux/amd64",
    })
}

/// Pages of discovery.
pub fn page(kinds: &Kinds, parts: &Parts) -> Option<Response<Body>> {
    if parts.method != Method::GET {
        return None;
    }
    let words: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    let whole = wants_aggregated(&parts.headers);
    match words.as_slice() {
        ["api"] if whole => Some(aggregate(&aggregated::core(kinds))),
        ["apis"] if whole => Some(aggregate(&aggregated::groups(kinds))),
        ["api"] => Some(response::json(200, &lists::core_versions())),
        ["apis"] => Some(response::json(200, &lists::groups(kinds))),
        ["api", version] => lists::resources(kinds, "", version).map(|it| response::json(200, &it)),
        ["apis", group] => lists::group(kinds, group).map(|it| response::json(200, &it)),
        ["apis", group, version] => {
            lists::resources(kinds, group, version).map(|it| response::json(200, &it))
        }
        ["openapi", "v2"] if wants_protobuf(parts) => {
            // An empty message is a document without a word.
            let mut response = response::text(200, "");
            let kind = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            Some(response)
        }
        ["openapi", "v2"] => Some(response::json(200, &openapi::second())),
        ["openapi", "v3"] => Some(response::json(200, &openapi::index(kinds))),
        ["openapi", "v3", "api", version] => {
            openapi::document(kinds, "", version).map(|it| response::json(200, &it))
        }
        ["openapi", "v3", "apis", group, version] => {
            openapi::document(kinds, group, version).map(|it| response::json(200, &it))
        }
        _ => None,
    }
}

fn wants_protobuf(parts: &Parts) -> bool {
    parts.headers.get(ACCEPT).and_then(|it| it.to_str().ok()).is_some_and(|it| it.contains("protobuf"))
}

fn aggregate(value: &serde_json::Value) -> Response<Body> {
    let mut response = response::json(200, value);
    let kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
