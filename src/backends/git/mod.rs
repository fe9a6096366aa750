//! Git: read through gitoxide, fetch and push by the `git` executable.

mod agit;
mod blame;
mod changes;
mod check;
mod command;
mod commit;
mod committed;
mod diff;
mod failure;
mod forward;
mod guard;
mod inspect;
mod land;
mod log;
mod open;
mod path;
mod propose;
mod push;
mod read;
mod remote;
mod rendered;
mod revert;
mod reviews;
mod seal;
mod sign;
mod source_map;
mod state;
mod talconfig;
mod text;
mod tree;
mod tree_files;
#[cfg(test)]
mod trial;
#[cfg(test)]
mod trial_files;
#[cfg(test)]
mod trial_guard;
#[cfg(test)]
mod trial_propose;
#[cfg(test)]
mod trial_push;
mod unfit;
mod watch;

pub use changes::Wished;
pub(crate) use changes::between;
pub use committed::{Committed, Published};
pub use failure::GitFailure;
pub use inspect::Inspector;
pub use rendered::Drafted;

pub(crate) use seal::is_locked;
pub(crate) use source_map::object_in;
pub(crate) use state::Followed;
pub(crate) use tree::Leaf;
pub use tree::Tree;

use crate::{Heard, Sources};
use domain::{
    BranchName, Commit, CommitId, Draft, Finding, Look, Observation, Outcome, Proposal, Refusal, RepoPath,
    Revision,
};
use open::Opened;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch as watch_channel};

/// The repository that declares the cluster. Cheap to clone; opened anew for every question, so that whatever
/// another program writes into it is seen.
#[derive(Debug, Clone)]
pub struct Repository {
    start: Arc<PathBuf>,
    branch: Option<Arc<str>>,
    /// Which kind of forge the remote is, where the configuration says it.
    forge: Option<Arc<str>>,
    wake: Arc<Notify>,
    /// A person wants to know what the remote says now.
    asked: Arc<Notify>,
    /// The last that git said of a push under way; empty where none is.
    progress: Arc<watch_channel::Sender<String>>,
    /// Two fetches at once would stand in each other's way.
    fetching: Arc<Mutex<()>>,
    /// The `git` program.
    program: Arc<str>,
    patience: Patience,
}

/// How long another may keep silent before it is given up.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// A remote that is asked.
    remote: Duration,
    /// A remote that is given something: its hooks take their time.
    hooks: Duration,
    /// Whoever holds the signing key.
    signing: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { remote: seconds(30), hooks: seconds(90), signing: seconds(60) }
    }
}

impl Repository {
    pub fn new(sources: &Sources) -> Self {
        let here = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        Self {
            start: Arc::new(sources.repository.clone().unwrap_or_else(here)),
            branch: sources.branch.as_deref().map(Into::into),
            forge: sources.forge.as_deref().map(Into::into),
            wake: Arc::default(),
            asked: Arc::default(),
            progress: Arc::new(watch_channel::Sender::new(String::new())),
            fetching: Arc::default(),
            program: "git".into(),
            patience: Patience::default(),
        }
    }

    fn start(&self) -> &Path {
        &self.start
    }

    fn branch(&self) -> Option<&str> {
        self.branch.as_deref()
    }

    /// Resolves when something of ours has changed the repository.
    async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The `git` program, in this repository.
    async fn git(&self) -> Result<command::Git, GitFailure> {
        let folder = self.with(|it| Ok(it.git.workdir().unwrap_or_else(|| it.git.path()).to_owned())).await?;
        Ok(command::Git { program: self.program.to_string(), folder })
    }

    /// What git says of a push under way.
    fn tell(&self, words: &str) {
        self.progress.send_if_modified(|it| {
            let other = it != words;
            words.clone_into(it);
            other
        });
    }

    /// Listen to it.
    pub fn watch(&self) -> Heard {
        watch::watch(self.clone())
    }

    /// Do something with the open repository, off the threads that must not wait.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Opened) -> Result<T, GitFailure> + Send + 'static,
    ) -> Result<T, GitFailure> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&open::open(this.start(), this.branch())?));
        done.await.unwrap_or_else(|err| Err(GitFailure::read(err)))
    }

    /// Content out of a commit. The only maker of [`Committed`].
    pub async fn read(&self, revision: Revision) -> Result<Committed<String>, GitFailure> {
        self.with(move |opened| {
            let text = read::text(opened, &revision)?;
            Ok(Committed::attest(revision, text))
        })
        .await
    }

    /// The whole tree of a commit, every object of it checked against its id.
    pub async fn tree(&self, commit: CommitId) -> Result<Committed<Tree>, GitFailure> {
        self.with(move |opened| {
            let tree = tree::tree(opened, &commit)?;
            Ok(Committed::attest(Revision { commit, path: RepoPath(String::new()) }, tree))
        })
        .await
    }

    /// The trees before each of the last `most` commits on the way to `tip` that changed one of these files and
    /// folders, the newest first.
    pub(crate) async fn before(
        &self,
        tip: CommitId,
        paths: Vec<RepoPath>,
        most: usize,
    ) -> Result<Vec<(Commit, Committed<Tree>)>, GitFailure> {
        self.with(move |opened| {
            let commits = log::of_path(opened, read::id(&tip)?, &paths, most)?;
            let mut found = Vec::new();
            for it in commits {
                let Some(commit) = it.parents.first().cloned() else { continue };
                // A shallow clone ends somewhere.
                let Ok(tree) = tree::tree(opened, &commit) else { break };
                found.push((it, Committed::attest(Revision { commit, path: RepoPath(String::new()) }, tree)));
            }
            Ok(found)
        })
        .await
    }

    /// The whole tree as a draft would have it. It is no commit's and can become none's.
    pub async fn drafted(&self, draft: Draft) -> Result<Drafted<Tree>, GitFailure> {
        self.with(move |opened| Ok(Drafted::of(tree::tree(opened, &draft.base)?.with(&draft)))).await
    }

    /// What of it engines are told to follow.
    pub(crate) async fn followed(&self) -> Result<Followed, GitFailure> {
        self.with(|opened| Ok(state::followed(opened))).await
    }

    /// The commit that a person means: the first digits of its id, or the tracked branch as it is on the remote.
    pub async fn resolve(&self, said: &str) -> Result<CommitId, GitFailure> {
        let said = said.to_owned();
        self.with(move |opened| read::resolve(opened, &said)).await
    }

    /// Ask the remote, and say whether the commit of this content is on its tracked branch now.
    pub async fn published<T>(&self, content: Committed<T>) -> Result<Published<T>, Refusal> {
        self.fetch()
            .await
            .map_err(|why| Refusal { why, hint: Some("it is applied only when the remote has it".into()) })?;
        let commit = content.revision().commit.clone();
        let reached = self.with(move |opened| read::on_branch(opened, &commit)).await?;
        match reached {
            true => Ok(Published::attest(content)),
            false => Err(Refusal {
                why: format!("{} is not on the remote branch", content.revision().commit.short()),
                hint: Some("push it first".into()),
            }),
        }
    }

    /// Fetch the tracked branch.
    pub async fn fetch(&self) -> Result<(), String> {
        let place = self.with(|opened| Ok((opened.remote()?.to_owned(), opened.branch.0.clone()))).await;
        let (remote, branch) = place.map_err(|err| err.told())?;
        let git = self.git().await.map_err(|err| err.told())?;
        let _alone = self.fetching.lock().await;
        let said = remote::fetch(&git, &remote, &branch, self.patience.remote).await;
        self.wake.notify_one();
        said
    }

    /// Answer one question; none where it is not one about the repository.
    pub async fn look(&self, look: Look) -> Result<Finding, String> {
        let found = match look {
            Look::File(revision) => {
                let text = self.read(revision.clone()).await;
                text.map(|text| Finding::File { revision, text: text.content().clone() })
            }
            Look::CommitDiff(commit) => {
                self.with(move |it| diff::of_commit(it, &commit)).await.map(Finding::CommitDiff)
            }
            Look::Blame(revision) | Look::Writers(revision) => {
                let lines = self.with({
                    let revision = revision.clone();
                    move |it| blame::lines(it, &revision)
                });
                lines.await.map(|lines| Finding::Blame { revision, lines })
            }
            Look::PathLog(path) => self.path_log(path).await,
            Look::Check(draft) => {
                let checks = self.with({
                    let draft = draft.clone();
                    move |it| check::checks(it, &draft)
                });
                checks.await.map(|(checks, changes)| Finding::Checked { draft, checks, changes })
            }
            Look::Diagnose { path, text, talos } => return diagnosed(path, text, talos).await,
            Look::Revert(commit) => {
                return self
                    .with(move |it| Ok(revert::draft(it, &commit)))
                    .await
                    .map_err(|err| err.told())?
                    .map(|(draft, new)| Finding::Reverted { draft, new });
            }
            Look::Files(commit) => self.with(move |it| forward::files(it, commit)).await,
            Look::Merge(merging) => self.with(move |it| forward::merge(it, merging)).await,
            Look::Fetch => {
                self.asked.notify_one();
                return self.fetch().await.map(|()| Finding::Fetched);
            }
            other => return Err(format!("{other:?} is no question about the repository")),
        };
        found.map_err(|err| err.told())
    }

    async fn path_log(&self, path: RepoPath) -> Result<Finding, GitFailure> {
        self.with(move |it| {
            let commits = log::of_path(it, it.tip()?, std::slice::from_ref(&path), log::PAGE)?;
            Ok(Finding::PathLog { path, commits })
        })
        .await
    }

    /// The objects that a draft makes or changes. The error is for a person to read.
    pub async fn wished(&self, draft: Draft) -> Result<Vec<Wished>, String> {
        let landed = self.with(move |it| {
            let all = land::Lander::new(it, &draft)?.all();
            Ok(changes::wished(&all.into_iter().filter_map(Result::ok).collect::<Vec<_>>()))
        });
        landed.await.map_err(|err| err.told())
    }

    /// Build a commit on the tip of the remote's branch, in the object database alone.
    pub async fn commit(&self, draft: Draft) -> Outcome {
        match self.committed(draft).await {
            Ok((commit, paths)) => Outcome::Committed { commit, paths },
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    async fn committed(&self, draft: Draft) -> Result<(CommitId, Vec<RepoPath>), Refusal> {
        let prepared = self.with(move |opened| Ok(commit::prepare(opened, &draft))).await??;
        let paths = prepared.paths.clone();
        let id = if prepared.signed {
            sign::sign(&self.git().await?, &prepared, self.patience.signing).await?
        } else {
            self.with(move |opened| commit::unsigned(opened, &prepared)).await?
        };
        self.with(move |opened| commit::keep(opened, id)).await?;
        Ok((CommitId(id.to_string()), paths))
    }

    /// Send a commit to a branch of ours, and ask for it to be merged.
    pub async fn propose(&self, commit: CommitId, onto: BranchName, message: String) -> Outcome {
        propose::propose(self, commit, onto, &message).await
    }

    /// Listen to pull requests.
    pub fn reviews(&self, of: BTreeSet<(CommitId, Proposal)>) -> Heard {
        reviews::watch(self.clone(), of)
    }

    /// How pull requests fare now. Empty where their host is not known, or there is no token for it.
    pub async fn reviewed(&self, of: &BTreeSet<(CommitId, Proposal)>) -> Vec<Observation> {
        reviews::ask(self, of).await
    }

    /// The repository on the web; none where its remote is not there.
    async fn address(&self) -> Option<crate::forge::Address> {
        let kind = self.forge.as_deref().and_then(crate::forge::Kind::named);
        let url = self.with(|opened| {
            let remote = opened.git.find_remote(opened.remote()?).map_err(GitFailure::read)?;
            let url = remote.url(gix::remote::Direction::Push).or(remote.url(gix::remote::Direction::Fetch));
            Ok(url.map(|it| it.to_bstring().to_string()))
        });
        crate::forge::address(&url.await.ok().flatten()?, kind)
    }

    /// Send a commit to a branch of the remote; never by force.
    pub async fn push(&self, commit: CommitId, branch: BranchName) -> Outcome {
        let outcome = push::push(self, commit, branch).await;
        self.wake.notify_one();
        outcome
    }
}

/// What is to be said of a text, off the threads that must not wait. What is no YAML by its name is taken as it is.
async fn diagnosed(path: RepoPath, text: String, talos: Option<String>) -> Result<Finding, String> {
    if !path::is_yaml(&path) {
        return Ok(Finding::Diagnosed(Vec::new()));
    }
    let found = tokio::task::spawn_blocking(move || {
        let mut found = crate::yaml::diagnose(&text);
        found.extend(crate::schema::of_talos(&text, talos.as_deref()));
        found
    });
    let found = found.await;
    found.map(Finding::Diagnosed).map_err(|err| err.to_string())
}
