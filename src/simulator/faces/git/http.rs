//! Smart HTTP on loopback: a small door to `git http-backend`. Everybody may fetch; the token's user may push.

use crate::git_program::{GitError, git};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// More than any push to a repository of manifests.
const LARGEST: usize = 64 << 20;

#[derive(Debug)]
struct Door {
    root: PathBuf,
    token: String,
}

/// Listen, and answer from the repositories below `root`.
pub async fn serve(tasks: &mut JoinSet<()>, root: PathBuf, token: String) -> Result<SocketAddr, GitError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let door = Arc::new(Door { root, token });
    tasks.spawn(async move {
        let _ = axum::serve(listener, Router::new().fallback(enter).with_state(door)).await;
    });
    Ok(address)
}

async fn enter(State(door): State<Arc<Door>>, request: Request) -> Response {
    let pushes = request.uri().path().ends_with("/git-receive-pack")
        || request.uri().query().is_some_and(|it| it.contains("service=git-receive-pack"));
    let user = user(request.headers(), &door.token);
    if pushes && user.is_none() {
        let mut refused = plain(StatusCode::UNAUTHORIZED, "pushing needs the operator's token\n");
        let realm = http::HeaderValue::from_static("Basic realm=\"git\"");
        refused.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
        return refused;
    }
    match backend(&door, request, user).await {
        Ok(response) => response,
        Err(err) => plain(StatusCode::BAD_GATEWAY, &format!("{err}\n")),
    }
}

/// Who asks, if they know the token.
fn user(headers: &HeaderMap, token: &str) -> Option<String> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let shown = String::from_utf8(STANDARD.decode(shown.trim()).ok()?).ok()?;
    let (name, password) = shown.split_once(':')?;
    (password == token).then(|| name.to_owned())
}

async fn backend(door: &Door, request: Request, user: Option<String>) -> Result<Response, GitError> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.map_err(std::io::Error::other)?;
    let mut command = git(&door.root);
    command
        .arg("http-backend")
        .stdin(Stdio::piped())
        .env("GIT_PROJECT_ROOT", &door.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", head.uri.path())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", head.method.as_str())
        .env("CONTENT_LENGTH", body.len().to_string());
    for (name, variable) in [
        (header::CONTENT_TYPE.as_str(), "CONTENT_TYPE"),
        (header::CONTENT_ENCODING.as_str(), "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "GIT_PROTOCOL"),
    ] {
        if let Some(value) = head.headers.get(name).and_then(|it| it.to_str().ok()) {
            command.env(variable, value);
        }
    }
    if let Some(user) = user {
        command.env("REMOTE_USER", user).env("REMOTE_ADDR", "127.0.0.1");
    }
    let mut child = command.spawn()?;
    let pipe = child.stdin.take();
    let feed = async {
        if let Some(mut pipe) = pipe {
            let _ = pipe.write_all(&body).await;
        }
    };
    let ((), output) = tokio::join!(feed, child.wait_with_output());
    Ok(response(&output?.stdout))
}

/// A CGI answer: header lines, an empty line, the body.
fn response(said: &[u8]) -> Response {
    let Some(end) = said.windows(4).position(|it| it == b"\r\n\r\n") else {
        return plain(StatusCode::BAD_GATEWAY, "git http-backend said nothing\n");
    };
    let (head, body) = said.split_at(end);
    let mut builder = Response::builder();
    for line in String::from_utf8_lossy(head).lines() {
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("status") => {
                let code = value.trim().split(' ').next().and_then(|it| it.parse::<u16>().ok());
                builder = builder.status(code.unwrap_or(500));
            }
            Some((name, value)) => builder = builder.header(name, value.trim()),
            None => {}
        }
    }
    let body = Body::from(body.get(4..).unwrap_or_default().to_vec());
    builder.body(body).unwrap_or_else(|_| plain(StatusCode::BAD_GATEWAY, "git http-backend is unclear\n"))
}

fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}
