//! Tokens of forges: from the environment, or from the gh CLI. A token goes to the host that it is for, and no other.

use super::address::host;
use super::{Address, Kind};
use crate::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The token for an address; none where there is none.
pub(super) fn find(address: &Address) -> Option<Secret> {
    if !address.is_safe() {
        return None;
    }
    chosen(address, &variable).or_else(|| of_gh(address)).map(Secret::new)
}

/// A variable of the environment that is set to something.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// By the environment. A host is what a name like `gitlab` in it does not make it: each token is for the public host
/// of its forge, or for the one that its own variable names.
fn chosen(address: &Address, of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let first = |names: &[&str]| names.iter().find_map(|it| of(it));
    let named = |name: &str| of(name).map(|it| host(&it));
    let own = |token: &str, variable: &str, public: &str| {
        let is = named(variable).unwrap_or_else(|| public.to_owned()) == address.host;
        is.then(|| of(token)).flatten()
    };
    match address.kind? {
        Kind::GitHub if address.host == "github.com" => first(&["GH_TOKEN", "GITHUB_TOKEN"]),
        Kind::GitHub if named("GH_HOST").as_deref() == Some(&address.host) => {
            first(&["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"])
        }
        Kind::GitHub | Kind::Bitbucket => None,
        Kind::GitLab => own("GITLAB_TOKEN", "GITLAB_HOST", "gitlab.com"),
        Kind::Forgejo => own("FORGEJO_TOKEN", "FORGEJO_HOST", "codeberg.org")
            .or_else(|| own("GITEA_TOKEN", "GITEA_HOST", "codeberg.org")),
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
        assert_eq!(token("git@gitlab.com:o/r", &[("GITLAB_TOKEN", "c")]).as_deref(), Some("c"));
        assert_eq!(token("git@gitlab.evil.example:o/r", &[("GITLAB_TOKEN", "c")]), None);
        assert_eq!(token("git@gitlab.evil.example:o/r", &gitlab), None);
        assert_eq!(token("git@codeberg.org:o/r", &[("GITEA_TOKEN", "d")]).as_deref(), Some("d"));
        let gitea = [("GITEA_TOKEN", "d"), ("FORGEJO_TOKEN", "e"), ("GITEA_HOST", "gitea.example:3000")];
        assert_eq!(token("https://gitea.example:3000/o/r", &gitea).as_deref(), Some("d"));
        assert_eq!(token("git@codeberg.org:o/r", &gitea).as_deref(), Some("e"));
        for evil in ["git@gitea.evil.example:o/r", "git@forgejo.evil.example:o/r", "git@codeberg.evil:o/r"] {
            assert_eq!(token(evil, &gitea), None, "{evil}");
        }
        assert!(find(&Address::of("http://github.com/o/r", None).unwrap()).is_none(), "never in clear");
    }

    #[test]
    fn the_gh_cli_is_asked_by_host() {
        let text = "github.com:\n    user: jo\n    oauth_token: gho_x\n    git_protocol: ssh\n";
        assert_eq!(of_hosts(text, "github.com").as_deref(), Some("gho_x"));
        assert_eq!(of_hosts(text, "github.example"), None);
    }
}
