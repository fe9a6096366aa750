//! The wire to one API server: found in a kubeconfig, connected when first needed, never waiting for ever.

use super::trouble::{Trouble, deepest};
use crate::plain::plain;
use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use kube::config::{Config, ExecInteractiveMode, KubeConfigOptions, Kubeconfig};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long the head of an answer, or the next piece of one, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the kubeconfig is.
#[derive(Clone)]
pub(super) enum Found {
    /// A file that was named, or where users keep it: `$KUBECONFIG` (a list), else `~/.kube/config`.
    File { path: Option<PathBuf>, context: Option<String> },
    /// The text of one, out of a cluster's secret.
    Text(crate::Secret),
}

pub(super) struct Connection {
    found: Found,
    client: Mutex<Option<Client>>,
}

impl Connection {
    pub(super) fn new(found: Found) -> Self {
        Self { found, client: Mutex::new(None) }
    }

    /// The client, made now if there is none yet. Reading the configuration may run a sign-in program; it gets no
    /// terminal.
    pub(super) async fn client(&self) -> Result<Client, Trouble> {
        let mut held = self.client.lock().await;
        if let Some(client) = held.as_ref() {
            return Ok(client.clone());
        }
        let config = configured(&self.found).await?;
        let made = tokio::task::spawn_blocking(move || Client::try_from(config));
        let client = match made.await {
            Ok(client) => client?,
            Err(err) => return Err(Trouble::NotConfigured(err.to_string())),
        };
        *held = Some(client.clone());
        Ok(client)
    }

    /// Forget the client, so that the configuration is read anew: credentials may have been renewed in the file.
    pub(super) async fn forget(&self) {
        *self.client.lock().await = None;
    }

    /// Ask for `path` and hand over the answer once its head is here and says yes.
    pub(super) async fn open(&self, path: &str, accept: &str) -> Result<Response<Body>, Trouble> {
        let client = self.client().await?;
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty());
        let request = request.map_err(|err| Trouble::Garbled(err.to_string()))?;
        let answer =
            timeout(PATIENCE, client.send(request)).await.map_err(|_| Trouble::Silent(PATIENCE))??;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = collect(answer.into_body()).await.unwrap_or_default();
        if status == StatusCode::UNAUTHORIZED {
            self.forget().await;
        }
        Err(Trouble::answered(status, &body))
    }

    /// The whole answer for `path`.
    pub(super) async fn get(&self, path: &str, accept: &str) -> Result<Bytes, Trouble> {
        collect(self.open(path, accept).await?.into_body()).await
    }
}

/// The next piece of a body; none at its end.
pub(super) async fn piece(body: &mut Body, patience: Duration) -> Result<Option<Bytes>, Trouble> {
    loop {
        match timeout(patience, body.frame()).await {
            Err(_) => return Err(Trouble::Silent(patience)),
            Ok(None) => return Ok(None),
            Ok(Some(Err(err))) => return Err(Trouble::Unreachable(deepest(&err))),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

async fn collect(mut body: Body) -> Result<Bytes, Trouble> {
    let mut whole = BytesMut::new();
    while let Some(data) = piece(&mut body, PATIENCE).await? {
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

async fn configured(found: &Found) -> Result<Config, Trouble> {
    let wrong = |err: &dyn std::fmt::Display| Trouble::NotConfigured(plain(&err.to_string()).into_owned());
    let (read, context) = match found {
        Found::Text(text) => (Kubeconfig::from_yaml(text.reveal()), None),
        Found::File { path: Some(path), context } => (Kubeconfig::read_from(path), context.clone()),
        Found::File { path: None, context } => (Kubeconfig::read(), context.clone()),
    };
    let mut kubeconfig = read.map_err(|err| match found {
        Found::File { path: None, .. } => Trouble::NotConfigured(format!(
            "no kubeconfig was found; give one with --kubeconfig ({})",
            deepest(&err)
        )),
        _ => Trouble::NotConfigured(deepest(&err)),
    })?;
    for user in &mut kubeconfig.auth_infos {
        if let Some(exec) = user.auth_info.as_mut().and_then(|it| it.exec.as_mut()) {
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
    }
    let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|err| wrong(&err))?;
    config.connect_timeout = Some(Duration::from_secs(10));
    config.write_timeout = Some(Duration::from_secs(20));
    // Our own readers notice silence; a limit here would cut a quiet log.
    config.read_timeout = None;
    config.default_retry = false;
    // Inflating costs more than reading does where the server is this machine.
    let host = config.cluster_url.host().unwrap_or_default();
    config.disable_compression = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    Ok(config)
}
