//! What the API answers when it refuses.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// A refusal in the API's own words: `{"error": {"code", "message", "details"}}`.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub details: Value,
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: json!({}) }
    }

    pub fn not_found(what: &str, id: u64) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} with ID '{id}' not found"))
    }

    /// A field of the request that does not do.
    pub fn invalid(field: &str, message: &str) -> Self {
        let mut failure = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            format!("invalid input in field '{field}'"),
        );
        failure.details = json!({"fields": [{"name": field, "messages": [message]}]});
        failure
    }

    pub fn taken(field: &str) -> Self {
        let mut failure =
            Self::new(StatusCode::CONFLICT, "uniqueness_error", format!("{field} is already used"));
        failure.details = json!({"fields": [{"name": field}]});
        failure
    }

    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "unable to authenticate")
    }

    pub fn read_only() -> Self {
        Self::new(StatusCode::FORBIDDEN, "token_readonly", "token is only allowed to perform GET requests")
    }

    pub fn too_many() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_exceeded",
            "limit of 3600 requests per hour reached",
        )
    }

    /// No host has room for the server.
    pub fn no_capacity(server_type: &str, location: &str) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "resource_unavailable",
            format!("error during placement: {server_type} is not available in {location} at the moment"),
        )
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({"error": {"code": self.code, "message": self.message, "details": self.details}});
        (self.status, Json(body)).into_response()
    }
}
