//! Answers on the wire.

use super::super::status::Status;
use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde_json::Value;
use std::convert::Infallible;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

fn with(code: u16, content_type: HeaderValue, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

pub fn json(code: u16, value: &Value) -> Response<Body> {
    bytes(code, value.to_string().into())
}

/// JSON that is written already.
pub fn bytes(code: u16, body: Bytes) -> Response<Body> {
    with(code, JSON, Body::from(body))
}

pub fn chunks(chunks: Vec<Bytes>) -> Response<Body> {
    if let [only] = chunks.as_slice() {
        return bytes(200, only.clone());
    }
    stream(JSON, futures::stream::iter(chunks))
}

/// Bytes as they come.
pub fn stream(
    content_type: HeaderValue,
    stream: impl Stream<Item = Bytes> + Send + 'static,
) -> Response<Body> {
    with(200, content_type, Body::from_stream(stream.map(Ok::<_, Infallible>)))
}

pub fn events(events: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    stream(JSON, events)
}

pub fn text(code: u16, text: impl Into<Body>) -> Response<Body> {
    with(code, TEXT, text.into())
}

/// What the real server says of paths it does not know: no `Status`, plain text.
pub fn no_such_page() -> Response<Body> {
    text(404, "404 page not found\n")
}

pub fn status(status: &Status) -> Response<Body> {
    let mut response = json(status.code, &status.to_value());
    if let Some(seconds) = status.details["retryAfterSeconds"].as_u64()
        && status.code == 429
    {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
