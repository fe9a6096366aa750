//! One kind, listened to for ever: list in pages, then watch; whatever breaks is tried again and said.

use super::cluster::{Cluster, missing};
use super::connection::piece;
use super::keeper::Known;
use super::kinds::Served;
use super::reading::{Event, Objects, Reading};
use super::told::{Tell, Told, telling};
use super::trouble::Trouble;
use crate::backoff::Backoff;
use domain::{Change, Entity, Link, Moment};
use futures::stream::BoxStream;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::time::sleep;

/// Which objects are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub group: String,
    pub kind: String,
    /// The versions that can be read, best first; the server's favourite where it serves none of them.
    pub versions: &'static [&'static str],
    /// The one version that is wanted before all others.
    pub exactly: Option<String>,
    /// All namespaces where none.
    pub namespace: Option<String>,
    /// More of the query, each beginning with `&` and encoded: `&labelSelector=a%3Db`.
    pub query: String,
}

impl Wanted {
    pub fn all(group: &str, kind: &str, versions: &'static [&'static str]) -> Self {
        Self { group: group.into(), kind: kind.into(), versions, ..Self::default() }
    }
}

/// A watch is renewed so often, and so a dead wire noticed.
const RENEWED: Duration = Duration::from_secs(45);
const DEAD: Duration = Duration::from_secs(55);

/// Watch every object of a kind, each read as `W` and kept as what `project` makes of it. The kind in its served
/// version is handed to `project`, since the objects of a list do not name theirs.
pub fn watch_kind<W, T, P>(cluster: &Cluster, wanted: Wanted, project: P) -> BoxStream<'static, Told<T>>
where
    W: DeserializeOwned + 'static,
    T: Entity + Send + 'static,
    T::Id: Send,
    P: FnMut(W, &Served) -> Option<T> + Send + 'static,
{
    watch_with(cluster, wanted, Objects::new(project))
}

/// Watch every object of a kind with a reading of one's own.
pub fn watch_with<R: Reading>(
    cluster: &Cluster,
    wanted: Wanted,
    reading: R,
) -> BoxStream<'static, Told<R::Row>>
where
    <R::Row as Entity>::Id: Send,
{
    let cluster = cluster.clone();
    telling(|tell| {
        let seed = (wanted.kind.len() as u64) << 32 | wanted.kind.bytes().map(u64::from).sum::<u64>();
        let backoff = Backoff::new(Duration::from_millis(400), Duration::from_secs(20), seed);
        Watcher { cluster, wanted, reading, tell, backoff, heard: now(), complete: false }.run()
    })
}

/// The wall clock.
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

struct Watcher<R: Reading> {
    cluster: Cluster,
    wanted: Wanted,
    reading: R,
    tell: Tell<Told<R::Row>>,
    backoff: Backoff,
    /// When this was last heard well.
    heard: Moment,
    /// Whether a whole list was told before: then the next one replaces it in one piece.
    complete: bool,
}

/// The listener is gone; there is nobody to tell.
struct Gone;

impl<R: Reading> Watcher<R> {
    async fn run(mut self) {
        // The only way to end is that nobody listens any more.
        let _ = self.listen().await;
    }

    async fn listen(&mut self) -> Result<(), Gone> {
        self.link(Link::Connecting).await?;
        loop {
            let served = self.resolve().await?;
            let mut version = None;
            let trouble = loop {
                let from = match version.take() {
                    Some(from) => from,
                    None => match self.list(&served).await? {
                        Ok(from) => from,
                        Err(trouble) => break trouble,
                    },
                };
                let (reached, outcome) = self.watch(&served, from).await?;
                version = Some(reached);
                match outcome {
                    Ok(()) => {}
                    Err(Trouble::Expired(_)) => version = None,
                    Err(trouble @ (Trouble::Missing(_) | Trouble::Forbidden(_))) => break trouble,
                    Err(trouble) => self.stumble(&trouble).await?,
                }
            };
            if matches!(trouble, Trouble::Missing(_)) {
                self.cluster.doubt();
            }
            self.stumble(&trouble).await?;
        }
    }

    async fn tell(&mut self, told: Told<R::Row>) -> Result<(), Gone> {
        self.tell.send(told).await.map_err(|_| Gone)
    }

    async fn link(&mut self, link: Link) -> Result<(), Gone> {
        self.tell(Told::Link(link)).await
    }

    async fn well(&mut self) -> Result<(), Gone> {
        self.heard = now();
        self.backoff.reset();
        self.link(Link::Live).await
    }

    /// Say what is wrong and wait before trying again: longer where a person has to do something first.
    async fn stumble(&mut self, trouble: &Trouble) -> Result<(), Gone> {
        self.link(trouble.link(self.heard)).await?;
        let wait = match trouble {
            Trouble::Forbidden(_) => Duration::from_secs(45) + self.backoff.wait(),
            _ => self.backoff.wait(),
        };
        sleep(wait).await;
        Ok(())
    }

    /// The kind as the server has it; waits until it has.
    async fn resolve(&mut self) -> Result<Arc<Served>, Gone> {
        let mut known = self.cluster.kinds();
        loop {
            let state = known.borrow_and_update().clone();
            match state {
                Known::Asking => {}
                Known::Failed(trouble) => self.link(trouble.link(self.heard)).await?,
                Known::Kinds(kinds) => {
                    let Wanted { group, kind, versions, exactly, .. } = &self.wanted;
                    let versions: Vec<&str> =
                        exactly.as_deref().into_iter().chain(versions.iter().copied()).collect();
                    if let Some(served) = kinds.find(group, kind, &versions) {
                        return Ok(served);
                    }
                    self.link(Link::NotInstalled { why: missing(group, kind) }).await?;
                    if self.complete {
                        self.tell(Told::Change(Change::Snapshot(Vec::new()))).await?;
                        self.complete = false;
                    }
                }
            }
            if known.changed().await.is_err() {
                return Err(Gone);
            }
        }
    }

    /// List everything; answers the version to watch from. The first pages ever are told as they come.
    async fn list(&mut self, served: &Served) -> Result<Result<String, Trouble>, Gone> {
        let path = served.path(self.wanted.namespace.as_deref());
        let page = self.reading.page_size();
        let mut held = Vec::new();
        let mut next: Option<String> = None;
        let mut first = true;
        loop {
            let from = next.as_deref().map(|it| format!("&continue={}", encoded(it))).unwrap_or_default();
            let asked = format!("{path}?limit={page}{}{from}", self.wanted.query);
            let answer = self.cluster.connection().get(&asked, self.reading.accept()).await;
            let page = match answer.and_then(|bytes| self.reading.page(served, &bytes)) {
                Ok(page) => page,
                Err(trouble) => return Ok(Err(trouble)),
            };
            if self.complete {
                held.extend(page.rows);
            } else if first {
                self.tell(Told::Change(Change::Snapshot(page.rows))).await?;
            } else {
                self.tell(Told::Change(Change::Part(page.rows))).await?;
            }
            first = false;
            next = page.next;
            if next.is_none() {
                if self.complete {
                    self.tell(Told::Change(Change::Snapshot(held))).await?;
                }
                self.complete = true;
                self.well().await?;
                return Ok(Ok(page.version));
            }
        }
    }

    /// Watch from a version until the server ends it or it breaks; answers the version that was reached.
    async fn watch(
        &mut self,
        served: &Served,
        mut version: String,
    ) -> Result<(String, Result<(), Trouble>), Gone> {
        let begun = Instant::now();
        let asked = format!(
            "{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}{}",
            served.path(self.wanted.namespace.as_deref()),
            RENEWED.as_secs(),
            encoded(&version),
            self.wanted.query
        );
        let mut body = match self.cluster.connection().open(&asked, self.reading.accept_watch()).await {
            Ok(answer) => answer.into_body(),
            Err(trouble) => return Ok((version, Err(trouble))),
        };
        self.well().await?;
        let mut lines: Vec<u8> = Vec::new();
        loop {
            match piece(&mut body, DEAD).await {
                Err(trouble) => return Ok((version, Err(trouble))),
                Ok(None) => break,
                Ok(Some(data)) => lines.extend_from_slice(&data),
            }
            let Some(whole) = lines.iter().rposition(|it| *it == b'\n') else { continue };
            let rest = lines.split_off(whole + 1);
            let mut upserts = Vec::new();
            for line in lines.split(|it| *it == b'\n').filter(|it| !it.is_empty()) {
                let (event, reached) = match self.reading.event(served, line) {
                    Ok(read) => read,
                    Err(trouble) => {
                        self.upsert(upserts).await?;
                        return Ok((version, Err(trouble)));
                    }
                };
                version = reached.unwrap_or(version);
                match event {
                    Event::Upsert(row) => upserts.push(row),
                    Event::Remove(id) => {
                        self.upsert(std::mem::take(&mut upserts)).await?;
                        self.tell(Told::Change(Change::Remove(id))).await?;
                    }
                    Event::Bookmark => {}
                }
            }
            self.upsert(upserts).await?;
            lines = rest;
        }
        // A server that ends every watch at once must not be asked in a circle.
        if begun.elapsed() < Duration::from_secs(1) {
            sleep(self.backoff.wait()).await;
        }
        Ok((version, Ok(())))
    }

    async fn upsert(&mut self, mut rows: Vec<R::Row>) -> Result<(), Gone> {
        match rows.len() {
            0 => Ok(()),
            1 => match rows.pop() {
                Some(row) => self.tell(Told::Change(Change::Upsert(row))).await,
                None => Ok(()),
            },
            _ => self.tell(Told::Change(Change::Part(rows))).await,
        }
    }
}

/// A value made fit for a query.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, it| {
        match it {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(it)),
            it => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{it:02X}");
            }
        }
        out
    })
}
