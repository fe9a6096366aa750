//! Finding and opening a repository. One that belongs to somebody else is refused, as git itself does.

use super::failure::GitFailure;
use domain::BranchName;
use std::path::{Path, PathBuf};

/// An open repository and what of it is followed.
pub(super) struct Opened {
    pub git: gix::Repository,
    /// None where the repository has none: then its own branch is read, and nothing can be pushed or applied.
    remote: Option<String>,
    pub branch: BranchName,
}

/// Open the repository that encloses `start`. `branch` is what the command line says.
pub(super) fn open(start: &Path, branch: Option<&str>) -> Result<Opened, GitFailure> {
    let mut git = found(start)?;
    if git.workdir().is_none() {
        return Err(GitFailure::Bare(git.path().to_owned()));
    }
    if is_partial(&git) {
        return Err(GitFailure::Partial(git.workdir().unwrap_or_else(|| git.path()).to_owned()));
    }
    git.object_cache_size_if_unset(8 * 1024 * 1024);
    let remote = remote(&git);
    let followed = || remote.as_deref().map_or_else(|| current(&git), |it| tracked(&git, it));
    let branch = BranchName(branch.map_or_else(followed, str::to_owned));
    Ok(Opened { git, remote, branch })
}

/// The repository that encloses `start`, of whatever kind it is.
pub(super) fn found(start: &Path) -> Result<gix::Repository, GitFailure> {
    let folder = enclosing(start).ok_or_else(|| GitFailure::NotARepository(start.to_owned()))?;
    let options = gix::open::Options::default().bail_if_untrusted(true);
    let git = options.open(&folder).map_err(|err| {
        let said = format!("{err:#} {err:?}");
        if said.contains("not owned by") || said.contains("Unsafe") {
            GitFailure::ForeignOwned(folder.clone())
        } else if said.contains("reftable") {
            GitFailure::Reftable(folder.clone())
        } else {
            GitFailure::read(err)
        }
    })?;
    Ok(git.to_thread_local())
}

/// The nearest folder at or above `start` that is a repository.
fn enclosing(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start.ancestors().find(|it| it.join(".git").exists() || looks_bare(it)).map(Path::to_owned)
}

fn looks_bare(folder: &Path) -> bool {
    ["HEAD", "objects", "refs"].iter().all(|it| folder.join(it).exists())
}

fn is_partial(git: &gix::Repository) -> bool {
    let config = git.config_snapshot();
    config.string("extensions.partialClone").is_some()
        || git
            .remote_names()
            .iter()
            .any(|name| config.boolean(format!("remote.{name}.promisor").as_str()) == Some(true))
}

/// `origin`, else the only remote there is.
fn remote(git: &gix::Repository) -> Option<String> {
    let names = git.remote_names();
    let found = names.iter().find(|name| *name == "origin").or_else(|| names.iter().next())?;
    Some(found.to_string())
}

/// The branch that is checked out, else main, else master.
fn current(git: &gix::Repository) -> String {
    if let Ok(Some(name)) = git.head_name() {
        return name.shorten().to_string();
    }
    let known = |it: &&str| {
        git.try_find_reference(format!("refs/heads/{it}").as_str()).is_ok_and(|found| found.is_some())
    };
    ["main", "master"].into_iter().find(known).unwrap_or("main").to_owned()
}

/// The remote's own default branch as far as it is known here, else main, else master.
fn tracked(git: &gix::Repository, remote: &str) -> String {
    let under = format!("refs/remotes/{remote}/");
    let head = git.try_find_reference(format!("{under}HEAD").as_str()).ok().flatten();
    let named = head.and_then(|head| head.target().try_name().map(|name| name.as_bstr().to_string()));
    if let Some(name) = named.as_deref().and_then(|name| name.strip_prefix(&under)) {
        return name.to_owned();
    }
    let known = |it: &&str| {
        git.try_find_reference(format!("{under}{it}").as_str()).is_ok_and(|found| found.is_some())
    };
    ["main", "master"].into_iter().find(known).unwrap_or("main").to_owned()
}

impl Opened {
    /// What is fetched from and pushed to.
    pub fn remote(&self) -> Result<&str, GitFailure> {
        self.remote.as_deref().ok_or(GitFailure::NoRemote)
    }

    /// The remote-tracking ref of the followed branch; the branch itself where there is no remote.
    pub fn tracking(&self) -> String {
        match &self.remote {
            Some(remote) => format!("refs/remotes/{remote}/{}", self.branch.0),
            None => format!("refs/heads/{}", self.branch.0),
        }
    }

    /// The commit that the remote branch was at when it was last asked.
    pub fn tip(&self) -> Result<gix::ObjectId, GitFailure> {
        let branch = || self.branch.0.clone();
        self.id_of(&self.tracking())?.ok_or_else(|| match &self.remote {
            Some(remote) => GitFailure::NoBranch { remote: remote.clone(), branch: branch() },
            None => GitFailure::NoCommit(branch()),
        })
    }

    /// The commit a ref points at; none where there is no such ref.
    pub fn id_of(&self, name: &str) -> Result<Option<gix::ObjectId>, GitFailure> {
        let found = self.git.try_find_reference(name).map_err(GitFailure::read)?;
        match found {
            Some(mut found) => Ok(Some(found.peel_to_id().map_err(GitFailure::read)?.detach())),
            None => Ok(None),
        }
    }

    /// Whether the history ends at this commit only because the clone is shallow: its parents are not here.
    pub fn is_cut_off(&self, id: gix::ObjectId) -> bool {
        let boundary = self.git.shallow_commits().ok().flatten();
        boundary.is_some_and(|it| it.iter().any(|it| *it == id))
    }

    pub fn commit(&self, id: gix::ObjectId) -> Result<gix::Commit<'_>, GitFailure> {
        self.git.find_commit(id).map_err(GitFailure::read)
    }
}
