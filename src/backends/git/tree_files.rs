//! Every file of a commit, each read once, on as many threads as there are cores.

use super::failure::GitFailure;
use super::text::clean;
use crate::layout::Remotes;
use domain::RepoPath;
use gix::objs::tree::EntryMode;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files larger than this are generated, not written.
const LARGE: u64 = 1024 * 1024;
pub(super) const LARGE_FILE: &str = "it is larger than 1 MiB";
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
}

/// Every file of the tree, in the order of the paths. What is in `known` is not read again; what is gone is forgotten.
pub(super) fn files<T: Send + Sync>(
    git: &gix::Repository,
    commit: gix::ObjectId,
    known: &mut Known<T>,
    read: impl Fn(&str, &Content<'_>) -> T + Sync,
) -> Result<Vec<(RepoPath, Arc<T>)>, GitFailure> {
    let tree = git.find_commit(commit).map_err(GitFailure::read)?.tree().map_err(GitFailure::read)?;
    let all = tree.traverse().breadthfirst.files().map_err(GitFailure::read)?;
    let leaves = all.into_iter().filter(|it| !it.mode.is_tree());
    let mut entries: Vec<Entry> =
        leaves.map(|it| Entry { id: it.oid, path: clean(&it.filepath.to_string()), mode: it.mode }).collect();
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

/// The addresses of every remote.
pub(super) fn remotes(git: &gix::Repository) -> Remotes {
    let url = |name: &gix::bstr::BStr| {
        let remote = git.find_remote(name).ok()?;
        remote.url(gix::remote::Direction::Fetch).map(|it| it.to_bstring().to_string())
    };
    let urls: Vec<String> = git.remote_names().iter().filter_map(|it| url(it.as_ref())).collect();
    Remotes::new(urls.iter().map(String::as_str))
}
