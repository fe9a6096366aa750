//! Every file of a commit, each read once, on as many threads as there are cores.

use super::failure::GitFailure;
use super::text::clean;
use super::tree::{DEEPEST, MOST};
use crate::layout::Remotes;
use domain::RepoPath;
use gix::bstr::{BStr, BString};
use gix::objs::tree::{EntryMode, EntryRef};
use gix::traverse::tree::visit::Action;
use gix::traverse::tree::{Recorder, Visit, recorder};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files larger than this are generated, not written.
const LARGE: u64 = 1024 * 1024;
pub(super) const LARGE_FILE: &str = "it is larger than 1 MiB";
const TOO_MANY: &str = "the tree has more than 200,000 entries, and what comes from here on is not read";
const TOO_DEEP: &str = "it is in more than 64 folders in each other";
/// More threads than these wait for the disk.
const THREADS: usize = 4;
/// What so few files take is less than a thread does.
const FEW: usize = 16;

/// What a file is read from.
pub(super) enum Content<'a> {
    Bytes(&'a [u8]),
    /// Why it is not opened.
    Skipped(&'static str),
}

type Known<T> = HashMap<(gix::ObjectId, String), Arc<T>>;

struct Entry {
    id: gix::ObjectId,
    path: String,
    mode: EntryMode,
    /// Why it is not read, be it a file or a folder.
    unread: Option<&'static str>,
}

/// Every file of the tree, in the order of the paths. What is in `known` is not read again; what is gone is forgotten.
pub(super) fn files<T: Send + Sync>(
    git: &gix::Repository,
    commit: gix::ObjectId,
    known: &mut Known<T>,
    read: impl Fn(&str, &Content<'_>) -> T + Sync,
) -> Result<Vec<(RepoPath, Arc<T>)>, GitFailure> {
    let mut entries = listed(git, commit)?;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut found: Vec<Option<Arc<T>>> =
        entries.iter().map(|it| known.remove(&(it.id, it.path.clone()))).collect();
    let missing: Vec<usize> = (0..entries.len()).filter(|it| found[*it].is_none()).collect();
    for (at, it) in read_all(git, &entries, &missing, &read)? {
        found[at] = Some(Arc::new(it));
    }
    known.clear();
    let mut files = Vec::with_capacity(entries.len());
    for (entry, read) in entries.into_iter().zip(found) {
        let Some(read) = read else { continue };
        files.push((RepoPath(entry.path.clone()), Arc::clone(&read)));
        known.insert((entry.id, entry.path), read);
    }
    Ok(files)
}

/// Everything of the tree that is no folder.
fn listed(git: &gix::Repository, commit: gix::ObjectId) -> Result<Vec<Entry>, GitFailure> {
    let tree = git.find_commit(commit).map_err(GitFailure::read)?.tree().map_err(GitFailure::read)?;
    let mut counted = Counted::default();
    let done = tree.traverse().breadthfirst(&mut counted);
    if !counted.broken {
        done.map_err(GitFailure::read)?;
    }
    let leaf = |it: &recorder::Entry| !it.mode.is_tree() || counted.unread.contains_key(&it.filepath);
    Ok(counted
        .recorder
        .records
        .iter()
        .filter(|it| leaf(it))
        .map(|it| Entry {
            id: it.oid,
            path: clean(&it.filepath.to_string()),
            mode: it.mode,
            unread: counted.unread.get(&it.filepath).copied(),
        })
        .collect())
}

/// Counts what it sees of a tree: a few small objects can name each other to more than any memory holds.
#[derive(Default)]
struct Counted {
    recorder: Recorder,
    /// Folders and files that are not read, and why.
    unread: HashMap<BString, &'static str>,
    seen: usize,
    broken: bool,
}

impl Counted {
    fn count(&mut self) -> Option<Action> {
        self.seen += 1;
        (self.seen > MOST).then(|| {
            self.unread.insert(self.recorder.path_clone(), TOO_MANY);
            self.broken = true;
            Action::Break(())
        })
    }
}

impl Visit for Counted {
    fn pop_back_tracked_path_and_set_current(&mut self) {
        self.recorder.pop_back_tracked_path_and_set_current();
    }

    fn pop_front_tracked_path_and_set_current(&mut self) {
        self.recorder.pop_front_tracked_path_and_set_current();
    }

    fn push_back_tracked_path_component(&mut self, component: &BStr) {
        self.recorder.push_back_tracked_path_component(component);
    }

    fn push_path_component(&mut self, component: &BStr) {
        self.recorder.push_path_component(component);
    }

    fn pop_path_component(&mut self) {
        self.recorder.pop_path_component();
    }

    fn visit_tree(&mut self, entry: &EntryRef<'_>) -> Action {
        let _ = self.recorder.visit_tree(entry);
        if let Some(stop) = self.count() {
            return stop;
        }
        let path = self.recorder.path();
        if path.iter().filter(|it| **it == b'/').count() >= DEEPEST {
            self.unread.insert(path.to_owned(), TOO_DEEP);
            return Action::Continue(false);
        }
        Action::Continue(true)
    }

    fn visit_nontree(&mut self, entry: &EntryRef<'_>) -> Action {
        let _ = self.recorder.visit_nontree(entry);
        self.count().unwrap_or(Action::Continue(true))
    }
}

fn read_all<T: Send>(
    git: &gix::Repository,
    entries: &[Entry],
    missing: &[usize],
    read: &(impl Fn(&str, &Content<'_>) -> T + Sync),
) -> Result<Vec<(usize, T)>, GitFailure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if missing.len() <= FEW { 1 } else { cores.min(THREADS) };
    let next = AtomicUsize::new(0);
    let shared = git.clone().into_sync();
    let work = || -> Result<Vec<(usize, T)>, GitFailure> {
        let mut git = shared.to_thread_local();
        git.object_cache_size_if_unset(1024 * 1024);
        let mut done = Vec::new();
        while let Some(at) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((*at, one(&git, &entries[*at], read)?));
        }
        Ok(done)
    };
    if threads == 1 {
        return work();
    }
    let all = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut done = Vec::with_capacity(missing.len());
    for it in all {
        done.extend(it.map_err(|_| GitFailure::Read("a file could not be read".into()))??);
    }
    Ok(done)
}

fn one<T>(
    git: &gix::Repository,
    entry: &Entry,
    read: &impl Fn(&str, &Content<'_>) -> T,
) -> Result<T, GitFailure> {
    let skipped = |why| Ok(read(&entry.path, &Content::Skipped(why)));
    if let Some(why) = entry.unread {
        return skipped(why);
    }
    if entry.mode.is_link() {
        return skipped("a symbolic link");
    }
    if entry.mode.is_commit() {
        return skipped("a submodule");
    }
    // An object that is not here is a file that cannot be read, and no reason to read nothing.
    let Ok(header) = git.find_header(entry.id) else { return skipped("its content is not in this clone") };
    if header.size() > LARGE {
        return skipped(LARGE_FILE);
    }
    match git.find_object(entry.id) {
        Ok(object) => Ok(read(&entry.path, &Content::Bytes(&object.data))),
        Err(_) => skipped("its content cannot be read"),
    }
}

pub(super) fn remotes(git: &gix::Repository) -> Remotes {
    Remotes::new(addresses(git).iter().map(String::as_str))
}

/// The addresses of every remote, as they are configured: a password may be in one.
pub(super) fn addresses(git: &gix::Repository) -> Vec<String> {
    let url = |name: &gix::bstr::BStr| {
        let remote = git.find_remote(name).ok()?;
        remote.url(gix::remote::Direction::Fetch).map(|it| it.to_bstring().to_string())
    };
    git.remote_names().iter().filter_map(|it| url(it.as_ref())).collect()
}
