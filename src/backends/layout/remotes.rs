//! Which addresses are those of the repository itself.

use crate::repository_address::RepositoryAddress;
use domain::Sureness;
use std::collections::BTreeMap;

/// The repository's remotes, as they are compared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remotes {
    own: Vec<RepositoryAddress>,
}

impl Remotes {
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        Self { own: urls.into_iter().map(RepositoryAddress::of).filter(RepositoryAddress::is_one).collect() }
    }

    /// The addresses that stand for this repository, of those that its files name: its remotes, else those of the same
    /// owner and name. Where none of them is one, it is the one that most of them name: then this is a fork, or a clone
    /// without its remote.
    pub(super) fn among<'a>(&self, named: impl IntoIterator<Item = &'a str>) -> Own {
        let mut counts: BTreeMap<RepositoryAddress, usize> = BTreeMap::new();
        for url in named {
            *counts.entry(RepositoryAddress::of(url)).or_default() += 1;
        }
        for sure in [Sureness::Exact, Sureness::ByName] {
            let is_own = |it: &&RepositoryAddress| self.own.iter().any(|own| own.is(it) == Some(sure));
            let own: Vec<RepositoryAddress> = counts.keys().filter(is_own).cloned().collect();
            if !own.is_empty() {
                return Own(own);
            }
        }
        Own(counts.into_iter().max_by_key(|it| it.1).map(|it| it.0).into_iter().collect())
    }
}

/// Addresses that stand for the repository itself.
pub(super) struct Own(Vec<RepositoryAddress>);

impl Own {
    pub fn is(&self, url: &str) -> bool {
        self.0.contains(&RepositoryAddress::of(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_its_remote_else_what_most_files_name() {
        let remotes = Remotes::new(["git@github.com:me/home.git"]);
        let own =
            remotes.among(["https://github.com/me/home", "https://github.com/x/y", "https://github.com/x/y"]);
        assert!(own.is("https://github.com/ME/home.git") && !own.is("https://github.com/x/y"));
        let mirrored = remotes.among([
            "https://git.example/me/home",
            "https://github.com/x/y",
            "https://github.com/x/y",
        ]);
        assert!(mirrored.is("https://git.example/me/home") && !mirrored.is("https://github.com/x/y"));
        assert!(
            Remotes::default()
                .among(["https://h/a/b", "https://h/a/b", "https://h/c"])
                .is("https://h/a/b.git")
        );
    }
}
