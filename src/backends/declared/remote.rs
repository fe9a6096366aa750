//! Whether two addresses are of the same repository, however it is reached.

/// Whether an engine's address of a repository is one of the remotes of ours.
pub(super) fn is_ours(address: &str, remotes: &[String]) -> bool {
    let wanted = path(address);
    remotes.iter().any(|it| {
        let ours = path(it);
        // By ssh, by a mirror or by a port of its own it has another host; owner and name stay.
        let known = wanted.len().min(ours.len()).min(2);
        known > 0 && wanted.iter().rev().take(known).eq(ours.iter().rev().take(known))
    })
}

/// An address without who is let in.
pub(super) fn shown(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let path = path.split_once("token=").map_or(path, |(path, _)| path);
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    }
}

/// The folders of an address without scheme, user and host, in small letters.
fn path(address: &str) -> Vec<String> {
    let address = address.trim().to_lowercase();
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path).to_owned(),
        None => match address.split_once(':') {
            Some((host, path)) if !host.contains('/') => path.to_owned(),
            _ => address,
        },
    };
    let path = path.trim_end_matches('/').trim_end_matches(".git");
    path.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_let_in_is_not_shown() {
        assert_eq!(shown("https://me:hunter2@example.org/a/b?ref=v1"), "https://example.org/a/b?ref=v1");
        assert_eq!(shown("github.com/a/b"), "github.com/a/b");
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
