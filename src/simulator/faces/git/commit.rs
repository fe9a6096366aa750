//! Somebody else commits: a colleague pushes, the bot merges.

use super::remote::Remote;
use crate::genesis::repository::Person;
use crate::git_program::{GitError, run};

impl Remote {
    /// Commit on top of `main` as `author`: the file at `path` becomes what `edit` makes of it. Answers the commit id.
    ///
    /// `at` is in seconds since the epoch.
    pub async fn commit_as(
        &self,
        author: &Person,
        path: &str,
        edit: impl Fn(&str) -> String,
        message: &str,
        at: i64,
    ) -> Result<String, GitError> {
        // Somebody may push at the same moment; then this one comes on top of theirs.
        let mut refused = None;
        for _ in 0..5 {
            let spec = format!("refs/heads/main:{path}");
            let before = run(self.bare(), &["cat-file", "blob", &spec], None).await?;
            let after = edit(&String::from_utf8_lossy(&before));
            let who = format!("{} <{}> {at} +0100", author.name, author.email);
            let stream = format!(
                "commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {}\n{message}\nfrom refs/heads/main^0\nM 100644 inline {path}\ndata {}\n{after}\n",
                message.len() + 1,
                after.len(),
            );
            match run(self.bare(), &["fast-import", "--quiet"], Some(stream.as_bytes())).await {
                Ok(_) => {
                    let id = run(self.bare(), &["rev-parse", "refs/heads/main"], None).await?;
                    return Ok(String::from_utf8_lossy(&id).trim().to_owned());
                }
                Err(err) => refused = Some(err),
            }
        }
        Err(refused.unwrap_or_else(|| GitError::Refused { verb: "fast-import".into(), said: String::new() }))
    }
}
