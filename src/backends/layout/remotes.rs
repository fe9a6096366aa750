//! Which addresses are those of the repository itself.

use std::collections::BTreeMap;

/// The repository's remotes, as they are compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remotes {
    own: Vec<String>,
}

impl Remotes {
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        Self { own: urls.into_iter().map(compared).filter(|it| !it.is_empty()).collect() }
    }

    /// The addresses that stand for this repository, of those that its files name. Where none of them is a remote,
    /// it is the one that most of them name: then this is a mirror, a fork, or a clone without its remote.
    pub(super) fn among<'a>(&self, named: impl IntoIterator<Item = &'a str>) -> Own {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for url in named {
            *counts.entry(compared(url)).or_default() += 1;
        }
        let own: Vec<String> = counts.keys().filter(|it| self.own.contains(it)).cloned().collect();
        if !own.is_empty() {
            return Own(own);
        }
        Own(counts.into_iter().max_by_key(|it| it.1).map(|it| it.0).into_iter().collect())
    }
}

/// Addresses that stand for the repository itself.
pub(super) struct Own(Vec<String>);

impl Own {
    pub fn is(&self, url: &str) -> bool {
        self.0.contains(&compared(url))
    }
}

/// Host and path in small letters, without how they are reached: `git@h:a/b.git` is `ssh://git@h/a/b` is `https://h/a/b`.
fn compared(url: &str) -> String {
    let url = url.trim();
    let (rest, scheme) = match url.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (url, false),
    };
    let (host, path) = match rest.find(if scheme { '/' } else { ':' }) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, ""),
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = if scheme { host.split(':').next().unwrap_or(host) } else { host };
    let path = path.trim_matches('/');
    format!("{host}/{}", path.strip_suffix(".git").unwrap_or(path)).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_many_addresses() {
        let one = compared("https://github.com/Me/Home.git");
        for url in [
            "git@github.com:me/home.git",
            "ssh://git@github.com:22/me/home",
            "https://x:y@github.com/me/home/",
        ] {
            assert_eq!(compared(url), one, "{url}");
        }
        assert_ne!(compared("https://github.com/me/other"), one);
        let remotes = Remotes::new(["git@github.com:me/home.git"]);
        let own =
            remotes.among(["https://github.com/me/home", "https://github.com/x/y", "https://github.com/x/y"]);
        assert!(own.is("https://github.com/ME/home.git") && !own.is("https://github.com/x/y"));
        assert!(
            Remotes::default()
                .among(["https://h/a/b", "https://h/a/b", "https://h/c"])
                .is("https://h/a/b.git")
        );
    }
}
