//! Keeps the list of kinds current: asks once, then again whenever a custom resource definition changes.

use super::connection::{Connection, piece};
use super::discovery::discover;
use super::kinds::Kinds;
use super::trouble::Trouble;
use crate::backoff::Backoff;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// What is known of a server's kinds.
#[derive(Debug, Clone)]
pub enum Known {
    Asking,
    /// They could not be asked for yet; it is tried again.
    Failed(Trouble),
    Kinds(Arc<Kinds>),
}

/// The task that asks; it ends with its last owner.
pub(super) struct Keeper {
    pub(super) known: watch::Receiver<Known>,
    /// Why the server does not answer now, although its kinds are known.
    pub(super) silent: watch::Receiver<Option<Trouble>>,
    again: Arc<Notify>,
    task: AbortHandle,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Keeper {
    /// Start asking. Needs a running tokio.
    pub(super) fn start(connection: Arc<Connection>) -> Self {
        let (tell, known) = watch::channel(Known::Asking);
        let (tell_silence, silent) = watch::channel(None);
        let again = Arc::new(Notify::new());
        let task = tokio::spawn(keep(connection, tell, tell_silence, again.clone())).abort_handle();
        Self { known, silent, again, task }
    }

    /// Somebody met a kind that is gone: ask again soon.
    pub(super) fn doubt(&self) {
        self.again.notify_one();
    }
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
/// An event has no list: asked for one, the server says yes and ends the stream with the first event, which is not told.
const METADATA_OF_EVENTS: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
/// A new definition is served a moment after it is announced.
const SETTLES: [Duration; 2] = [Duration::from_millis(400), Duration::from_secs(3)];
const NO_NEWS: Duration = Duration::from_secs(120);

async fn keep(
    connection: Arc<Connection>,
    tell: watch::Sender<Known>,
    silent: watch::Sender<Option<Trouble>>,
    again: Arc<Notify>,
) {
    let mut backoff = Backoff::new(Duration::from_millis(300), Duration::from_secs(15), 0x5eed);
    loop {
        // The first answer is told at once; the second one misses nothing that the watch below will not tell.
        if let Err(trouble) = ask(&connection, &tell).await {
            tell.send_if_modified(|known| {
                let first = !matches!(known, Known::Kinds(_));
                if first {
                    *known = Known::Failed(trouble);
                }
                first
            });
            let _ = timeout(backoff.wait(), again.notified()).await;
            continue;
        }
        backoff.reset();
        let version = definitions_version(&connection).await;
        if ask(&connection, &tell).await.is_err() {
            sleep(backoff.wait()).await;
            continue;
        }
        match version {
            Ok(version) => {
                tokio::select! {
                    () = news(&connection, &version, &silent) => {}
                    () = again.notified() => {}
                }
                for settles in SETTLES {
                    sleep(settles).await;
                    // Where this fails, the next turn asks again and says so.
                    let _ = ask(&connection, &tell).await;
                }
            }
            Err(_) => {
                let _ = timeout(NO_NEWS, again.notified()).await;
            }
        }
    }
}

/// Ask for the kinds, and tell where they are others than before.
async fn ask(connection: &Connection, tell: &watch::Sender<Known>) -> Result<(), Trouble> {
    let kinds = discover(connection).await?;
    tell.send_if_modified(|known| {
        let same = matches!(known, Known::Kinds(before) if **before == kinds);
        if !same {
            *known = Known::Kinds(Arc::new(kinds));
        }
        !same
    });
    Ok(())
}

async fn definitions_version(connection: &Connection) -> Result<String, Trouble> {
    #[derive(serde::Deserialize)]
    struct List {
        metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        resource_version: String,
    }
    let bytes = connection.get(&format!("{DEFINITIONS}?limit=1"), METADATA).await?;
    let list: List = serde_json::from_slice(&bytes).map_err(|err| Trouble::Garbled(err.to_string()))?;
    Ok(list.metadata.resource_version)
}

/// Return when a definition came, changed or went, or when it can no longer be told whether one did.
async fn news(connection: &Connection, version: &str, silent: &watch::Sender<Option<Trouble>>) {
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30), 0x5eed);
    loop {
        let path = format!("{DEFINITIONS}?watch=1&timeoutSeconds=240&resourceVersion={version}");
        match connection.open(&path, METADATA_OF_EVENTS).await {
            Ok(answer) => {
                silent.send_replace(None);
                let mut body = answer.into_body();
                if let Ok(Some(_)) = piece(&mut body, Duration::from_secs(250)).await {
                    return;
                }
                sleep(Duration::from_secs(1)).await;
            }
            Err(trouble @ (Trouble::Unreachable(_) | Trouble::Silent(_))) => {
                silent.send_replace(Some(trouble));
                sleep(backoff.wait()).await;
            }
            Err(_) => {
                sleep(NO_NEWS).await;
                return;
            }
        }
    }
}
