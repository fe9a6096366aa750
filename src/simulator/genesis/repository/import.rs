//! The stream that `git fast-import` reads.

use super::{Branch, Commit, Repository};

/// Nobody of these people commits from two time zones.
const ZONE: &str = "+0100";

pub(super) fn stream(repository: &Repository) -> Vec<u8> {
    let mut out = b"feature done\n".to_vec();
    for (index, commit) in repository.commits.iter().enumerate() {
        let from = (index > 0).then(|| format!(":{index}"));
        write(&mut out, "main", index + 1, from.as_deref(), commit);
    }
    let mut mark = repository.commits.len();
    for Branch { name, behind, commits } in &repository.branches {
        let mut from = repository.commits.len().saturating_sub(*behind).max(1);
        for commit in commits {
            mark += 1;
            write(&mut out, name, mark, Some(&format!(":{from}")), commit);
            from = mark;
        }
    }
    out.extend_from_slice(b"done\n");
    out
}

fn write(out: &mut Vec<u8>, branch: &str, mark: usize, from: Option<&str>, commit: &Commit) {
    let Commit { author, at, message, files } = commit;
    let who = format!("{} <{}> {at} {ZONE}", author.name, author.email);
    out.extend(format!("commit refs/heads/{branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\n").bytes());
    data(out, message);
    if let Some(from) = from {
        out.extend(format!("from {from}\n").bytes());
    }
    for (path, text) in files {
        let mode = if path.ends_with(".sh") { "100755" } else { "100644" };
        out.extend(format!("M {mode} inline {path}\n").bytes());
        data(out, text);
    }
}

fn data(out: &mut Vec<u8>, text: &str) {
    let text = if text.ends_with('\n') { text.into() } else { format!("{text}\n") };
    out.extend(format!("data {}\n{text}", text.len()).bytes());
}
