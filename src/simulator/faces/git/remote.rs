//! The remote as the world holds it: made once, watched for pushes, served.

use super::{http, record};
use crate::genesis::repository::Repository;
use crate::git_program::{GitError, run};
use crate::mutations::MUTATIONS;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A commit as a log tells it.
#[derive(Debug, Clone)]
pub struct Committed {
    pub id: String,
    /// Seconds since the epoch.
    pub at: i64,
    pub paths: Vec<String>,
}

#[derive(Debug)]
pub struct Remote {
    /// The last part of its address.
    name: &'static str,
    /// Where the people who commit have their addresses.
    domain: &'static str,
    bare: PathBuf,
    http: SocketAddr,
    token: String,
    head: watch::Receiver<String>,
    _tasks: JoinSet<()>,
}

impl Remote {
    /// Where the remote of this name lies in a world's folder.
    fn place(dir: &Path, name: &str) -> PathBuf {
        dir.join("remote").join(format!("{name}.git"))
    }

    /// The address that a remote of this name in a world's folder will have.
    pub fn file_url(dir: &Path, name: &str) -> String {
        format!("file://{}", Self::place(dir, name).display())
    }

    /// Write the repository, clone it for the operator as `repo/`, and serve it. `token` allows to push over HTTP.
    /// `look` is how often the refs are looked at for pushes.
    pub async fn create(
        dir: &Path,
        repository: &Repository,
        token: &str,
        look: Duration,
    ) -> Result<Self, GitError> {
        let name = repository.name;
        let bare = Self::place(dir, name);
        tokio::fs::create_dir_all(&bare).await?;
        run(&bare, &["init", "--quiet", "--bare", "--template=", "--initial-branch=main", "."], None).await?;
        run(&bare, &["fast-import", "--quiet"], Some(&repository.stream())).await?;
        record::install(&bare, &dir.join(MUTATIONS)).await?;
        let clone = dir.join("repo");
        if tokio::fs::try_exists(&clone).await? {
            return Err(GitError::Refused {
                verb: "clone".into(),
                said: format!("{} is already there", clone.display()),
            });
        }
        let from = bare.display().to_string();
        let email = format!("user.email=oncall@{}", repository.domain);
        let identity = ["-c", "user.name=On Call", "-c", email.as_str()];
        let clone =
            [&["clone", "--quiet", "--template="], identity.as_slice(), &[from.as_str(), "repo"]].concat();
        run(dir, &clone, None).await?;
        run(&dir.join("repo"), &["remote", "set-url", "origin", &Self::file_url(dir, name)], None).await?;

        let mut tasks = JoinSet::new();
        let http = http::serve(&mut tasks, dir.join("remote"), token.to_owned()).await?;
        let (tell, head) = watch::channel(read_head(&bare).await?);
        let watched = bare.clone();
        tasks.spawn(async move {
            loop {
                tokio::time::sleep(look).await;
                if let Ok(now) = read_head(&watched).await {
                    tell.send_if_modified(|head| std::mem::replace(head, now.clone()) != now);
                }
            }
        });
        Ok(Self { name, domain: repository.domain, bare, http, token: token.to_owned(), head, _tasks: tasks })
    }

    /// Where the people who commit have their addresses.
    pub fn domain(&self) -> &'static str {
        self.domain
    }

    /// The bare repository.
    pub fn bare(&self) -> &Path {
        &self.bare
    }

    /// The address by which everybody in the world names it.
    pub fn url(&self) -> String {
        format!("file://{}", self.bare.display())
    }

    /// Its address over HTTP, with the credentials that allow to push.
    pub fn http_url(&self) -> String {
        format!("http://operator:{}@{}/{}.git", self.token, self.http, self.name)
    }

    /// The commits of `main`, newest first, with the files that each changed.
    pub async fn log(&self) -> Result<Vec<Committed>, GitError> {
        let args = ["log", "--format=%x00%H %ct", "--name-only", "--first-parent", "refs/heads/main"];
        let said = run(&self.bare, &args, None).await?;
        let said = String::from_utf8_lossy(&said);
        let commits = said.split('\0').filter_map(|entry| {
            let mut lines = entry.lines().filter(|it| !it.is_empty());
            let (id, at) = lines.next()?.split_once(' ')?;
            Some(Committed { id: id.into(), at: at.parse().ok()?, paths: lines.map(str::to_owned).collect() })
        });
        Ok(commits.collect())
    }

    /// The commit id that `main` stands at, and word whenever it moves.
    pub fn head(&self) -> watch::Receiver<String> {
        self.head.clone()
    }
}

/// A loose ref is a file; what was only imported or packed is asked of Git.
async fn read_head(bare: &Path) -> Result<String, GitError> {
    match tokio::fs::read_to_string(bare.join("refs/heads/main")).await {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(_) => {
            let said = run(bare, &["rev-parse", "refs/heads/main"], None).await?;
            Ok(String::from_utf8_lossy(&said).trim().to_owned())
        }
    }
}
