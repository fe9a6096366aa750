//! Pull requests: a commit on a branch of its own, offered to the branch that the cluster follows.

use crate::{BranchName, CommitId};

/// Where a commit was offered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proposal {
    /// The branch that holds it.
    pub branch: BranchName,
    /// The branch that it shall come to.
    pub onto: BranchName,
    /// Its page, else the page on which it is made; none where the host is not known.
    pub url: Option<String>,
    /// None where it is not known to have been made.
    pub number: Option<u64>,
}

/// How a pull request fares, as its host says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub number: u64,
    pub url: String,
    /// The commit that it is on the branch as, where it was merged.
    pub merged: Option<CommitId>,
    /// It was closed without that.
    pub closed: bool,
    /// It changes what the branch has changed too since: it cannot be merged as it is.
    pub conflicts: bool,
    /// How many of its checks passed and how many run; those that failed by their names.
    pub passed: u32,
    pub running: u32,
    pub failed: Vec<String>,
    pub approved_by: Vec<String>,
    pub refused_by: Vec<String>,
    /// How many more approvals are wanted, where the host says it.
    pub wanted: Option<u32>,
}

impl Review {
    /// On one line: "#12: 3 checks passed, 1 runs; approved by mara, 1 more wanted".
    pub fn told(&self) -> String {
        let mut parts = Vec::new();
        let mut checks = Vec::new();
        if self.passed > 0 {
            checks.push(format!(
                "{} {} passed",
                self.passed,
                if self.passed == 1 { "check" } else { "checks" }
            ));
        }
        if self.running > 0 {
            checks.push(format!("{} under way", self.running));
        }
        if !self.failed.is_empty() {
            checks.push(format!("{} failed", self.failed.join(", ")));
        }
        if self.conflicts {
            parts.push("it conflicts with the branch".into());
        }
        if !checks.is_empty() {
            parts.push(checks.join(", "));
        }
        if !self.refused_by.is_empty() {
            parts.push(format!("changes wanted by {}", self.refused_by.join(", ")));
        }
        if !self.approved_by.is_empty() {
            parts.push(format!("approved by {}", self.approved_by.join(", ")));
        }
        match self.wanted {
            // The branch wants none: it can be merged.
            Some(0) if parts.is_empty() => parts.push("it can be merged".into()),
            None if self.approved_by.is_empty() && self.refused_by.is_empty() => {
                parts.push("not approved yet".into());
            }
            Some(1) => parts.push(match self.approved_by.is_empty() {
                true => "an approval is wanted".into(),
                false => "1 more approval wanted".into(),
            }),
            Some(wanted @ 2..) => parts.push(match self.approved_by.is_empty() {
                true => format!("{wanted} approvals are wanted"),
                false => format!("{wanted} more approvals wanted"),
            }),
            _ => {}
        }
        if self.merged.is_some() {
            parts = vec!["merged".into()];
        } else if self.closed {
            parts = vec!["closed without being merged".into()];
        }
        format!("#{}: {}", self.number, parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_told_on_one_line() {
        let mut review = Review {
            number: 12,
            url: String::new(),
            merged: None,
            closed: false,
            conflicts: false,
            passed: 3,
            running: 1,
            failed: Vec::new(),
            approved_by: vec!["mara".into()],
            refused_by: Vec::new(),
            wanted: Some(1),
        };
        assert_eq!(
            review.told(),
            "#12: 3 checks passed, 1 under way; approved by mara; 1 more approval wanted"
        );
        (review.passed, review.running, review.wanted) = (0, 0, None);
        review.approved_by.clear();
        assert_eq!(review.told(), "#12: not approved yet");
        review.wanted = Some(2);
        review.conflicts = true;
        assert_eq!(review.told(), "#12: it conflicts with the branch; 2 approvals are wanted");
        (review.wanted, review.conflicts) = (Some(0), false);
        assert_eq!(review.told(), "#12: it can be merged");
        review.closed = true;
        assert_eq!(review.told(), "#12: closed without being merged");
    }
}
