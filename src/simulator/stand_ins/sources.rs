//! Where delivery engines read from: Git repositories, mirrored privately and read by commit.

use crate::git_program::{GitError, run};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Every file of one commit.
#[derive(Debug)]
pub struct Tree {
    pub files: BTreeMap<String, String>,
}

/// The repositories that their objects name.
#[derive(Debug, Clone)]
pub struct Sources {
    folder: PathBuf,
    /// How long it is believed what a branch points at.
    fresh: Duration,
    /// By address: one fetch of a repository at a time.
    mirrors: Arc<Mutex<BTreeMap<String, Arc<Mutex<Mirror>>>>>,
}

#[derive(Debug)]
struct Mirror {
    dir: PathBuf,
    cloned: bool,
    /// What branches pointed at, and when that was asked.
    resolved: BTreeMap<String, (Instant, String)>,
    /// The newest trees that were read.
    trees: Vec<(String, Arc<Tree>)>,
}

/// Trees that are kept: what runs, what is about to, and one to go back to.
const KEPT: usize = 4;

impl Sources {
    /// Mirrors live below `folder`, which is made when the first is needed.
    pub fn new(folder: PathBuf, fresh: Duration) -> Self {
        Self { folder, fresh, mirrors: Arc::default() }
    }

    /// Ask the repository what `revision` is now, and read it.
    pub async fn read(&self, url: &str, revision: &str) -> Result<(String, Arc<Tree>), GitError> {
        let mirror = {
            let mut mirrors = self.mirrors.lock().await;
            let dir = self.folder.join(format!("{}.git", mirrors.len()));
            let made = || {
                Arc::new(Mutex::new(Mirror {
                    dir,
                    cloned: false,
                    resolved: BTreeMap::new(),
                    trees: Vec::new(),
                }))
            };
            mirrors.entry(url.to_owned()).or_insert_with(made).clone()
        };
        let mut mirror = mirror.lock().await;
        let id = match mirror.resolved.get(revision) {
            Some((asked, id)) if asked.elapsed() < self.fresh => id.clone(),
            _ => {
                let id = mirror.resolve(url, revision).await?;
                mirror.resolved.insert(revision.to_owned(), (Instant::now(), id.clone()));
                id
            }
        };
        if let Some((_, tree)) = mirror.trees.iter().find(|(it, _)| *it == id) {
            return Ok((id, tree.clone()));
        }
        mirror.fetch(url).await?;
        let tree = Arc::new(mirror.tree(&id).await?);
        mirror.trees.push((id.clone(), tree.clone()));
        if mirror.trees.len() > KEPT {
            mirror.trees.remove(0);
        }
        Ok((id, tree))
    }
}

impl Mirror {
    /// The commit id behind a branch, a tag, `HEAD` or an id.
    async fn resolve(&self, url: &str, revision: &str) -> Result<String, GitError> {
        if revision.len() == 40 && revision.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Ok(revision.into());
        }
        let place = self.dir.parent().unwrap_or(&self.dir);
        tokio::fs::create_dir_all(place).await?;
        let wanted = if revision.is_empty() { "HEAD" } else { revision };
        let said = run(place, &["ls-remote", url, wanted], None).await?;
        let said = String::from_utf8_lossy(&said);
        let found = said.lines().next().and_then(|line| line.split_whitespace().next());
        found.map(str::to_owned).ok_or_else(|| GitError::Refused {
            verb: "ls-remote".into(),
            said: format!("unable to resolve '{wanted}' to a commit SHA"),
        })
    }

    async fn fetch(&mut self, url: &str) -> Result<(), GitError> {
        tokio::fs::create_dir_all(&self.dir).await?;
        if !self.cloned {
            run(&self.dir, &["init", "--quiet", "--bare", "--template=", "."], None).await?;
            self.cloned = true;
        }
        run(&self.dir, &["fetch", "--quiet", "--no-tags", url, "+refs/heads/*:refs/heads/*"], None).await?;
        Ok(())
    }

    async fn tree(&self, id: &str) -> Result<Tree, GitError> {
        let listed = run(&self.dir, &["ls-tree", "-r", "-z", "--full-tree", id], None).await?;
        let listed = String::from_utf8_lossy(&listed);
        let entries: Vec<(&str, &str)> = listed
            .split('\0')
            .filter_map(|line| line.split_once('\t'))
            .filter_map(|(about, path)| about.strip_prefix("100")?.split(' ').nth(2).map(|blob| (blob, path)))
            .collect();
        let wanted: String = entries.iter().flat_map(|(blob, _)| [*blob, "\n"]).collect();
        let said = run(&self.dir, &["cat-file", "--batch"], Some(wanted.as_bytes())).await?;
        let mut rest = said.as_slice();
        let mut files = BTreeMap::new();
        for (_, path) in entries {
            let Some(end) = rest.iter().position(|it| *it == b'\n') else { break };
            let (head, body) = rest.split_at(end);
            let size =
                String::from_utf8_lossy(head).rsplit(' ').next().and_then(|it| it.parse::<usize>().ok());
            let Some(text) = size.and_then(|size| body.get(1..=size)) else { break };
            files.insert(path.to_owned(), String::from_utf8_lossy(text).into_owned());
            rest = body.get(text.len() + 2..).unwrap_or_default();
        }
        Ok(Tree { files })
    }
}
