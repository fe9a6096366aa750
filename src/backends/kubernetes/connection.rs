//! The wire to one API server: found in a kubeconfig, connected when first needed, never waiting for ever.

use super::sign_in::sign_in;
use super::trouble::Trouble;
use crate::plain::{innermost, plain};
use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long the head of an answer, or the next piece of one, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lists come in pages, so no honest answer is longer.
const LARGEST: usize = 256 << 20;

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
    client: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// The client, and until when its credentials serve; none where they serve for ever.
    client: Option<(Client, Option<SystemTime>)>,
    /// Why there was none when it was last tried: many wait, and a sign-in program is not run for each of them.
    failed: Option<(Instant, Trouble)>,
}

/// How long a failure stands for all who ask.
const STANDS: Duration = Duration::from_secs(5);

impl Connection {
    pub(super) fn new(found: Found) -> Self {
        Self { found, client: Mutex::default() }
    }

    /// The client, made now if there is none yet. Reading the configuration may run a sign-in program; it gets no
    /// terminal.
    pub(super) async fn client(&self) -> Result<Client, Trouble> {
        let mut held = self.client.lock().await;
        if let Some((client, until)) = &held.client
            && until.is_none_or(|it| it > SystemTime::now())
        {
            return Ok(client.clone());
        }
        if let Some((at, trouble)) = &held.failed
            && at.elapsed() < STANDS
        {
            return Err(trouble.clone());
        }
        match self.connect().await {
            Ok((client, until)) => {
                *held = Held { client: Some((client.clone(), until)), failed: None };
                Ok(client)
            }
            Err(trouble) => {
                *held = Held { client: None, failed: Some((Instant::now(), trouble.clone())) };
                Err(trouble)
            }
        }
    }

    async fn connect(&self) -> Result<(Client, Option<SystemTime>), Trouble> {
        let (config, until) = configured(&self.found).await?;
        let made = tokio::task::spawn_blocking(move || Client::try_from(config));
        match made.await {
            Ok(client) => Ok((client.map_err(|err| Trouble::NotConfigured(unusable(&err)))?, until)),
            Err(err) => Err(Trouble::NotConfigured(err.to_string())),
        }
    }

    /// Forget the client, so that the configuration is read anew: credentials may have been renewed in the file.
    pub(super) async fn forget(&self) {
        self.client.lock().await.client = None;
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
            Ok(Some(Err(err))) => return Err(Trouble::Unreachable(innermost(&err))),
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
        if whole.len() > LARGEST {
            return Err(Trouble::Garbled(format!("it is longer than {} MiB", LARGEST >> 20)));
        }
    }
    Ok(whole.freeze())
}

/// Why a kubeconfig cannot be used. The message of a YAML error quotes what it met, and that may be a token: only its
/// place is told.
fn unread(err: &KubeconfigError) -> String {
    match err {
        KubeconfigError::Parse(err) => match err.location() {
            Some(at) => format!("not a kubeconfig: line {} is not what belongs there", at.line()),
            None => "not a kubeconfig".into(),
        },
        KubeconfigError::ReadConfig(err, _) => plain(&err.to_string()).into_owned(),
        err => plain(&err.to_string()).into_owned(),
    }
}

/// Why no client can be made of a kubeconfig that can be read: the whole chain, for it is the middle that names a file.
fn unusable(err: &kube::Error) -> String {
    let mut said = err.to_string();
    let mut cause = std::error::Error::source(err);
    while let Some(err) = cause {
        let more = err.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        cause = err.source();
    }
    plain(&said).into_owned()
}

async fn configured(found: &Found) -> Result<(Config, Option<SystemTime>), Trouble> {
    let (read, context) = match found {
        Found::Text(text) => (Kubeconfig::from_yaml(text.reveal()), None),
        Found::File { path: Some(path), context } => (Kubeconfig::read_from(path), context.clone()),
        Found::File { path: None, context } => (Kubeconfig::read(), context.clone()),
    };
    let file = match found {
        Found::File { path: Some(path), .. } => format!("{}: ", path.display()),
        _ => String::new(),
    };
    let wrong = |err: &KubeconfigError| Trouble::NotConfigured(format!("{file}{}", unread(err)));
    let kubeconfig = read.map_err(|err| match (found, &err) {
        (Found::File { path: None, .. }, KubeconfigError::FindPath) => {
            Trouble::NotConfigured("no kubeconfig was found; give one with --kubeconfig".into())
        }
        (Found::File { path: None, .. }, KubeconfigError::ReadConfig(why, path))
            if why.kind() == std::io::ErrorKind::NotFound =>
        {
            let path = path.display();
            Trouble::NotConfigured(format!("there is no kubeconfig at {path}; give one with --kubeconfig"))
        }
        _ => wrong(&err),
    })?;
    let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|err| wrong(&err))?;
    let until = sign_in(&mut config.auth_info).await?;
    config.connect_timeout = Some(Duration::from_secs(10));
    config.write_timeout = Some(Duration::from_secs(20));
    // Our own readers notice silence; a limit here would cut a quiet log.
    config.read_timeout = None;
    config.default_retry = false;
    // Inflating costs more than reading does where the server is this machine.
    let host = config.cluster_url.host().unwrap_or_default();
    config.disable_compression = host == "localhost" || host.starts_with("127.") || host == "[::1]";
    Ok((config, until))
}
