//! Whether two addresses are of one repository, however it is reached.

use domain::Sureness;

/// An address as it is compared: in small letters, without scheme, user and port. Host and path of `git@h:a/b.git`, of
/// `ssh://git@h:22/a/b` and of `https://h/a/b/` are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RepositoryAddress {
    /// Empty where it is a folder of a disk.
    host: String,
    path: Vec<String>,
}

impl RepositoryAddress {
    pub fn of(address: &str) -> Self {
        let address = address.trim().to_lowercase();
        let (host, path) = match address.split_once("://") {
            Some((_, rest)) => {
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                let host = host.rsplit('@').next().unwrap_or(host);
                (host.split(':').next().unwrap_or(host), path)
            }
            None => match address.split_once(':').filter(|(host, _)| !host.contains('/')) {
                Some((host, path)) => (host.rsplit('@').next().unwrap_or(host), path),
                // `github.com/a/b` has a host, `../a/b` and `/srv/a/b` have none.
                None => match address.split_once('/') {
                    Some((host, path)) if host.contains('.') && !host.starts_with('.') => (host, path),
                    _ => ("", address.as_str()),
                },
            },
        };
        let path = path.trim_end_matches('/').trim_end_matches(".git");
        let path = path.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        Self { host: host.to_owned(), path }
    }

    /// Whether it names a repository.
    pub fn is_one(&self) -> bool {
        !self.path.is_empty()
    }

    /// Whether the other is the same repository. By ssh, by a mirror or through a port of its own it has another host:
    /// owner and name stay, and then it is so by name only.
    pub fn is(&self, other: &Self) -> Option<Sureness> {
        if self == other {
            return self.is_one().then_some(Sureness::Exact);
        }
        let known = self.path.len().min(other.path.len()).min(2);
        let same = self.path.iter().rev().take(known).eq(other.path.iter().rev().take(known));
        (known > 0 && same).then_some(Sureness::ByName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(one: &str, other: &str) -> Option<Sureness> {
        RepositoryAddress::of(one).is(&RepositoryAddress::of(other))
    }

    #[test]
    fn one_repository_has_many_addresses() {
        let one = "https://github.com/Me/Home.git";
        for same in [
            "git@github.com:me/home.git",
            "ssh://git@github.com:22/me/home",
            "https://x:y@github.com/me/home/",
            "github.com/me/home",
        ] {
            assert_eq!(is(one, same), Some(Sureness::Exact), "{same}");
        }
        for mirror in ["ssh://git@ssh.github.com:443/me/home.git", "https://mirror.example/git/me/home"] {
            assert_eq!(is(one, mirror), Some(Sureness::ByName), "{mirror}");
        }
        for other in
            ["https://github.com/other/home", "https://github.com/me/other", "", "https://github.com"]
        {
            assert_eq!(is(one, other), None, "{other}");
        }
        assert_eq!(is("", ""), None);
        let served = is("http://127.0.0.1:4000/lighthouse.git", "file:///tmp/a/lighthouse.git");
        assert_eq!(served, Some(Sureness::ByName));
    }
}
