//! Tokens of forges: from the environment, or from the gh CLI. A token goes to the host that it is for, and no other.

use super::{Address, Kind};
use crate::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The token for an address; none where there is none.
pub(super) fn find(address: &Address) -> Option<Secret> {
    if !address.is_safe() {
        return None;
    }
    let of = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    chosen(address, &of).or_else(|| of_gh(address)).map(Secret::new)
}

/// By the environment: those of GitHub are for github.com, where GH_HOST names no other.
fn chosen(address: &Address, of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let first = |names: &[&str]| names.iter().find_map(|it| of(it));
    let host = |name: &str| {
        of(name).map(|it| it.trim_start_matches("https://").trim_end_matches('/').to_lowercase())
    };
    match address.kind? {
        Kind::GitHub if address.host == "github.com" => first(&["GH_TOKEN", "GITHUB_TOKEN"]),
        Kind::GitHub if host("GH_HOST").as_deref() == Some(&address.host) => {
            first(&["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"])
        }
        Kind::GitHub | Kind::Bitbucket => None,
        Kind::GitLab if host("GITLAB_HOST").is_some_and(|it| it != address.host) => None,
        Kind::GitLab => first(&["GITLAB_TOKEN"]),
        Kind::Forgejo => first(&["FORGEJO_TOKEN", "GITEA_TOKEN"]),
    }
}

/// `hosts.yml` of the gh CLI, which holds a token by host where no keyring does.
fn of_gh(address: &Address) -> Option<String> {
    if address.kind != Some(Kind::GitHub) {
        return None;
    }
    let named = std::env::var_os("GH_CONFIG_DIR").map(PathBuf::from);
    let config = || std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).map(|it| it.join("gh"));
    let home = || std::env::home_dir().map(|it| it.join(".config/gh"));
    let folder = named.or_else(config).or_else(home)?;
    of_hosts(&std::fs::read_to_string(folder.join("hosts.yml")).ok()?, &address.host)
}

fn of_hosts(text: &str, host: &str) -> Option<String> {
    let hosts: BTreeMap<String, serde_yaml::Value> = serde_yaml::from_str(text).ok()?;
    let token = hosts.get(host)?.get("oauth_token")?.as_str()?;
    (!token.is_empty()).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_its_own_host_alone() {
        let token = |remote: &str, set: &[(&str, &str)]| {
            let address = Address::of(remote, None).unwrap();
            let of = |name: &str| set.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
            chosen(&address, &of)
        };
        let github = [("GITHUB_TOKEN", "a")];
        assert_eq!(token("git@github.com:o/r", &github).as_deref(), Some("a"));
        assert_eq!(token("git@github.evil.example:o/r", &github), None);
        let own = [("GH_HOST", "github.example"), ("GH_ENTERPRISE_TOKEN", "b")];
        assert_eq!(token("git@github.example:o/r", &own).as_deref(), Some("b"));
        let gitlab = [("GITLAB_TOKEN", "c"), ("GITLAB_HOST", "https://gitlab.example/")];
        assert_eq!(token("git@gitlab.example:o/r", &gitlab).as_deref(), Some("c"));
        assert_eq!(token("git@gitlab.com:o/r", &gitlab), None);
        assert_eq!(token("git@codeberg.org:o/r", &[("GITEA_TOKEN", "d")]).as_deref(), Some("d"));
        assert!(find(&Address::of("http://github.com/o/r", None).unwrap()).is_none(), "never in clear");
    }

    #[test]
    fn the_gh_cli_is_asked_by_host() {
        let text = "github.com:\n    user: jo\n    oauth_token: gho_x\n    git_protocol: ssh\n";
        assert_eq!(of_hosts(text, "github.com").as_deref(), Some("gho_x"));
        assert_eq!(of_hosts(text, "github.example"), None);
    }
}
