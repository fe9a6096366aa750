//! The Git repository of the default world: what runs, and nine months of how it came to be.

mod content;
mod history;
mod platform;
mod secrets;

#[cfg(test)]
mod tests;

use super::repository::{Branch, Commit, Person, Repository, Step, Template, replay};

/// Its name in every address.
pub(crate) const NAME: &str = "lighthouse";

/// Which repository is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Everything that looks random comes of this.
    pub seed: u64,
    /// The moment of the youngest commit's reader, in seconds since the epoch; the youngest is minutes old.
    pub now: i64,
    /// Worker machines of the MachineDeployment.
    pub workers: usize,
    /// The address that applications name as their source.
    pub remote: String,
    /// Bumps that have not been merged yet, as (image, tag).
    pub without: Vec<(String, String)>,
}

/// Make it. The same wish makes the same repository, to the commit id.
pub(crate) fn lighthouse(wanted: &Wanted) -> Result<Repository, serde_yaml::Error> {
    let templates = content::templates(wanted)?;
    let steps = history::steps(wanted, &templates)?;
    let commits = replay(&templates, &steps);
    let branches = history::branches(wanted, &commits)?;
    Ok(Repository { name: NAME, domain: "lighthouse.example", commits, branches })
}
