//! Listening to a repository: what its files say when they change, and what the remote says every minute.

use super::Repository;
use super::failure::GitFailure;
use super::log::{self, Known};
use super::open::{Opened, open};
use super::source_map::{self, KnownFiles};
use super::state::state;
use crate::Heard;
use domain::{Feed, Link, Moment, Observation, Source};
use futures::StreamExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

/// How often the files that git writes are looked at.
const GLANCE: Duration = Duration::from_secs(1);
/// How often the remote is asked.
const FETCH: Duration = Duration::from_secs(60);

/// Watch the repository for as long as the stream is held.
pub(super) fn watch(repository: Repository) -> Heard {
    let (tell, heard) = mpsc::channel(16);
    let task = tokio::spawn(async move {
        // The receiver gone is the only way out.
        let _ = follow(&repository, &tell).await;
    });
    let alive = Alive(task.abort_handle());
    futures::stream::unfold((heard, alive), |(mut heard, alive)| async move {
        let next = heard.recv().await?;
        Some((next, (heard, alive)))
    })
    .chain(futures::stream::pending())
    .boxed()
}

/// Ends the task with the stream.
struct Alive(tokio::task::AbortHandle);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is remembered between two looks.
#[derive(Default)]
struct Memory {
    commits: Known,
    files: KnownFiles,
    tip: Option<gix::ObjectId>,
}

type Tell = mpsc::Sender<Observation>;

async fn follow(repository: &Repository, tell: &Tell) -> Result<(), mpsc::error::SendError<Observation>> {
    let feed = Feed::of(Source::Git, "");
    tell.send(Observation::Link(feed.clone(), Link::Connecting)).await?;
    let mut memory = Memory::default();
    let mut progress = repository.progress.subscribe();
    let mut heard_well = now();
    let mut stamp = None;
    let mut fetched: Option<(Instant, Moment)> = None;
    let mut fetch_failed: Option<String> = None;
    loop {
        let look = repository.clone();
        let (last, failed) =
            (fetched.map(|it| it.1).filter(|_| fetch_failed.is_none()), fetch_failed.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let found = look_once(&look, &mut memory, last, failed);
            (memory, found)
        })
        .await;
        let Ok((kept, found)) = looked else { return Ok(()) };
        memory = kept;
        let place = match found {
            Ok((observations, place)) => {
                heard_well = now();
                for it in observations {
                    tell.send(it).await?;
                }
                tell.send(Observation::Link(feed.clone(), Link::Live)).await?;
                Some(place)
            }
            Err(failure) => {
                tell.send(Observation::Link(feed.clone(), link(&failure, heard_well))).await?;
                None
            }
        };
        if let Some(place) = &place {
            stamp = place.stamp();
            if fetched.is_none_or(|(at, _)| at.elapsed() >= FETCH) {
                let said = repository.fetch().await;
                fetched = Some((Instant::now(), now()));
                fetch_failed = said.err();
                continue;
            }
        }
        loop {
            tokio::select! {
                () = repository.woken() => break,
                said = pushing(&mut progress) => {
                    tell.send(Observation::Pushing(said)).await?;
                    continue;
                }
                () = tokio::time::sleep(GLANCE) => {}
            }
            let due = fetched.is_none_or(|(at, _)| at.elapsed() >= FETCH);
            if due || place.as_ref().is_none_or(|place| place.stamp() != stamp) {
                break;
            }
        }
    }
}

/// The next that git says of a push; empty where it has ended.
async fn pushing(progress: &mut tokio::sync::watch::Receiver<String>) -> String {
    if progress.changed().await.is_err() {
        // The repository is gone, and with it whoever could push.
        std::future::pending::<()>().await;
    }
    progress.borrow_and_update().clone()
}

fn now() -> Moment {
    Moment(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as i64))
}

fn link(failure: &GitFailure, since: Moment) -> Link {
    match failure {
        GitFailure::NotARepository(_) => Link::NotConfigured { why: failure.told() },
        GitFailure::ForeignOwned(_) => Link::Forbidden { why: failure.told() },
        _ => Link::Degraded { since, why: failure.told() },
    }
}

/// Where the files are that change when anything does.
struct Place {
    files: Vec<PathBuf>,
}

impl Place {
    fn of(opened: &Opened) -> Self {
        let git = opened.git.path();
        let common = opened.git.common_dir();
        let branch = &opened.branch.0;
        Self {
            files: vec![
                git.join("HEAD"),
                git.join("index"),
                git.join("FETCH_HEAD"),
                common.join("packed-refs"),
                common.join("config"),
                common.join("refs/heads").join(branch),
                common.join(opened.tracking()),
            ],
        }
    }

    fn stamp(&self) -> Option<Vec<Option<SystemTime>>> {
        Some(self.files.iter().map(|it| modified(it)).collect())
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|it| it.modified()).ok()
}

/// Look at everything once. The log and the sources are told only where the tip has moved.
fn look_once(
    repository: &Repository,
    memory: &mut Memory,
    fetched: Option<Moment>,
    fetch_failed: Option<String>,
) -> Result<(Vec<Observation>, Place), GitFailure> {
    let opened = open(repository.start(), repository.branch())?;
    let place = Place::of(&opened);
    let mut said = vec![Observation::Repository(Box::new(state(&opened, fetched, fetch_failed)?))];
    if let Some(tip) = opened.id_of(&opened.tracking())?.filter(|tip| memory.tip != Some(*tip)) {
        said.push(Observation::Log(Arc::new(log::page(&opened, tip, &mut memory.commits)?)));
        said.push(Observation::SourceMap(Arc::new(source_map::read(&opened, tip, &mut memory.files)?)));
        memory.tip = Some(tip);
    }
    Ok((said, place))
}
