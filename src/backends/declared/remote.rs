//! Whether an engine's address of a repository is ours.

use crate::repository_address::RepositoryAddress;

/// Whether an engine's address of a repository is one of the remotes of ours: by host and path, or by owner and name.
pub(super) fn is_ours(address: &str, remotes: &[String]) -> bool {
    let wanted = RepositoryAddress::of(address);
    remotes.iter().any(|it| RepositoryAddress::of(it).is(&wanted).is_some())
}

/// An address without who is let in.
pub(super) fn shown(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let shown = domain::without_passwords(&format!("{scheme}://{host}{path}"));
    match scheme {
        "" => shown.trim_start_matches("://").to_owned(),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_let_in_is_not_shown() {
        assert_eq!(shown("https://me:hunter2@example.org/a/b?ref=v1"), "https://example.org/a/b?ref=v1");
        assert_eq!(shown("github.com/a/b"), "github.com/a/b");
        for hidden in [
            "me:hunter2@example.org/a/b?ref=v1",
            "git::https://me:hunter2@example.org/a",
            "https://example.org/a?access_token=hunter2&ref=v1",
            "example.org/a?private_token=hunter2",
            "https://me:hunter2@example.org?ref=v1",
        ] {
            let shown = shown(hidden);
            assert!(!shown.contains("hunter2") && shown.contains("example.org"), "{shown}");
        }
    }

    #[test]
    fn a_repository_is_known_by_every_way_to_it() {
        let remotes = vec!["git@github.com:Owner/Home-Ops.git".to_owned()];
        for same in [
            "https://github.com/owner/home-ops",
            "ssh://git@ssh.github.com:443/owner/home-ops.git",
            "https://mirror.example/owner/home-ops/",
        ] {
            assert!(is_ours(same, &remotes), "{same}");
        }
        for other in ["https://github.com/other/home-ops", "https://github.com/owner/other", ""] {
            assert!(!is_ours(other, &remotes), "{other}");
        }
        assert!(is_ours(
            "http://127.0.0.1:4000/lighthouse.git",
            &["file:///tmp/a/lighthouse.git".to_owned()]
        ));
    }
}
