//! Where a remote is on the web: which host, which repository, and which kind of forge it is.

use domain::BranchName;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    GitHub,
    GitLab,
    /// And Gitea, which speaks the same.
    Forgejo,
    Bitbucket,
}

impl Kind {
    /// By the word of a configuration.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.to_lowercase().as_str() {
            "github" => Self::GitHub,
            "gitlab" => Self::GitLab,
            "forgejo" | "gitea" | "codeberg" => Self::Forgejo,
            "bitbucket" => Self::Bitbucket,
            _ => return None,
        })
    }

    fn of_host(host: &str) -> Option<Self> {
        if host.starts_with("codeberg.") {
            return Some(Self::Forgejo);
        }
        ["github", "gitlab", "forgejo", "gitea", "bitbucket"]
            .into_iter()
            .find(|word| host.split('.').any(|part| part == *word))
            .and_then(Self::named)
    }
}

/// A repository on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// None where nobody knows what it is.
    pub kind: Option<Kind>,
    /// `https://host`, with the port of the web where one is named.
    pub origin: String,
    /// The remote is reached by ssh, which says nothing of the web: it is taken to be where the web usually is.
    pub guessed: bool,
    pub host: String,
    /// `owner/name`, and groups above it where there are some.
    pub path: String,
}

impl Address {
    /// From what Git calls the remote: `https://h/o/r.git`, `ssh://git@h:22/o/r`, `git@h:o/r.git`. `kind` where the
    /// configuration says it. None where it is no address on the web.
    pub fn of(remote: &str, kind: Option<Kind>) -> Option<Self> {
        let (scheme, rest) = match remote.split_once("://") {
            Some((scheme, rest)) => (scheme, rest.to_owned()),
            // The short form of ssh has a colon before its path, and no slash before that.
            None => {
                let (host, path) = remote.split_once(':')?;
                if host.contains('/') || path.is_empty() {
                    return None;
                }
                ("ssh", format!("{host}/{}", path.trim_start_matches('/')))
            }
        };
        let (authority, path) = rest.split_once('/')?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = authority.split(':').next().unwrap_or(authority).to_lowercase();
        let (origin, guessed) = match scheme {
            "https" | "http" => (format!("{scheme}://{}", authority.to_lowercase()), false),
            "ssh" | "git+ssh" => (format!("https://{}", host.strip_prefix("ssh.").unwrap_or(&host)), true),
            _ => return None,
        };
        let path = path.trim_matches('/').trim_end_matches(".git").to_owned();
        let clean = |it: char| it.is_ascii_alphanumeric() || "-_./~".contains(it);
        if host.is_empty()
            || !path.contains('/')
            || !path.chars().all(clean)
            || path.split('/').any(|it| it == "..")
        {
            return None;
        }
        Some(Self { kind: kind.or_else(|| Kind::of_host(&host)), origin, guessed, host, path })
    }

    /// The same with what the environment says of its host: which kind of forge it is where nothing else says it, and
    /// where its web is where the remote is reached by ssh.
    pub fn told(mut self, of: &dyn Fn(&str) -> Option<String>) -> Self {
        let named = HOSTS.into_iter().filter(|it| self.kind.is_none_or(|kind| kind == it.1));
        let found = named.filter_map(|(variable, kind)| Some((of(variable)?, kind)));
        let Some((named, kind)) = found.into_iter().find(|it| host(&it.0) == self.host) else { return self };
        self.kind = Some(kind);
        if self.guessed {
            self.origin = web(&named);
        }
        self
    }

    /// The page on which a pull request of a branch is made.
    pub fn compare(&self, branch: &BranchName, onto: &BranchName) -> Option<String> {
        let (branch, onto) = (encoded(&branch.0, "/"), encoded(&onto.0, "/"));
        let Self { origin, path, .. } = self;
        Some(match self.kind? {
            Kind::GitHub => format!("{origin}/{path}/compare/{onto}...{branch}?expand=1"),
            Kind::GitLab => {
                let (source, target) =
                    ("merge_request%5Bsource_branch%5D", "merge_request%5Btarget_branch%5D");
                format!("{origin}/{path}/-/merge_requests/new?{source}={branch}&{target}={onto}")
            }
            Kind::Forgejo => format!("{origin}/{path}/compare/{onto}...{branch}"),
            Kind::Bitbucket => format!("{origin}/{path}/pull-requests/new?source={branch}&dest={onto}"),
        })
    }

    /// Where its REST is.
    pub fn api(&self) -> String {
        match self.kind {
            Some(Kind::GitHub) if self.host == "github.com" => "https://api.github.com".into(),
            Some(Kind::GitHub) => format!("{}/api/v3", self.origin),
            Some(Kind::GitLab) => format!("{}/api/v4", self.origin),
            _ => format!("{}/api/v1", self.origin),
        }
    }

    /// A token goes only over an encrypted line, or to this machine.
    pub fn is_safe(&self) -> bool {
        self.origin.starts_with("https://") || ["127.0.0.1", "localhost"].contains(&self.host.as_str())
    }
}

/// The variables that name the host of a forge of one's own, `gitea.example` or `http://gitea.example:3000`.
const HOSTS: [(&str, Kind); 4] = [
    ("GH_HOST", Kind::GitHub),
    ("GITLAB_HOST", Kind::GitLab),
    ("FORGEJO_HOST", Kind::Forgejo),
    ("GITEA_HOST", Kind::Forgejo),
];

/// `https://gitlab.example:8443/` is `gitlab.example`.
pub(super) fn host(named: &str) -> String {
    let bare = named.trim_start_matches("https://").trim_start_matches("http://");
    bare.split(['/', ':']).next().unwrap_or_default().to_lowercase()
}

/// `gitea.example:3000` is `https://gitea.example:3000`.
fn web(named: &str) -> String {
    let (scheme, rest) = named.split_once("://").unwrap_or(("https", named));
    format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()).to_lowercase()
}

/// A text as a part of an address; letters of `kept` stay.
pub(super) fn encoded(text: &str, kept: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let it = char::from(byte);
        if it.is_ascii_alphanumeric() || "-_.~".contains(it) || (byte.is_ascii() && kept.contains(it)) {
            out.push(it);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_are_found_on_the_web() {
        let of = |remote: &str| {
            Address::of(remote, None).map(|it| (it.kind, format!("{}/{}", it.origin, it.path)))
        };
        let at = |kind: Kind, web: &str| Some((Some(kind), web.to_owned()));
        assert_eq!(of("git@github.com:o/r.git"), at(Kind::GitHub, "https://github.com/o/r"));
        assert_eq!(
            of("ssh://git@gitlab.example:2222/g/s/r.git"),
            at(Kind::GitLab, "https://gitlab.example/g/s/r")
        );
        assert_eq!(of("https://jo:pw@codeberg.org/o/r"), at(Kind::Forgejo, "https://codeberg.org/o/r"));
        assert_eq!(of("https://git.example:8443/o/r/"), Some((None, "https://git.example:8443/o/r".into())));
        assert_eq!(of("https://notgithub.example/o/r").unwrap().0, None);
        for nowhere in
            ["/srv/git/r.git", "file:///srv/r.git", "../r.git", "https://h/r", "https://h/o/../r", "C:\\r"]
        {
            assert_eq!(of(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn the_environment_says_where_the_web_of_a_host_is() {
        let of = |remote: &str, kind: Option<Kind>, set: &[(&str, &str)]| {
            let of = |name: &str| set.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
            let told = Address::of(remote, kind).unwrap().told(&of);
            (told.kind, told.origin)
        };
        let set = [("GITEA_HOST", "http://127.0.0.1:3000/"), ("GITLAB_HOST", "git.example:8443")];
        let ours = "ssh://git@127.0.0.1:2222/ops/cluster.git";
        assert_eq!(of(ours, None, &set), (Some(Kind::Forgejo), "http://127.0.0.1:3000".into()));
        assert_eq!(of(ours, Some(Kind::GitHub), &set), (Some(Kind::GitHub), "https://127.0.0.1".into()));
        let gitlab = (Some(Kind::GitLab), "https://git.example:8443".to_owned());
        assert_eq!(of("git@git.example:o/r", None, &set), gitlab);
        let named = (Some(Kind::GitLab), "https://git.example".to_owned());
        assert_eq!(
            of("https://git.example/o/r", None, &set),
            named,
            "the remote says itself where the web is"
        );
        assert_eq!(of("git@other.example:o/r", None, &set), (None, "https://other.example".into()));
    }

    #[test]
    fn the_page_that_makes_a_pull_request_is_known_of_every_host() {
        let page = |remote: &str| {
            let (branch, onto) = (BranchName("pilothouse/bump-k8s".into()), BranchName("main".into()));
            Address::of(remote, None).and_then(|it| it.compare(&branch, &onto)).unwrap_or_default()
        };
        assert_eq!(
            page("git@github.com:o/r.git"),
            "https://github.com/o/r/compare/main...pilothouse/bump-k8s?expand=1"
        );
        assert_eq!(
            page("git@gitlab.com:g/r.git"),
            "https://gitlab.com/g/r/-/merge_requests/new?merge_request%5Bsource_branch%5D=pilothouse/bump-k8s&merge_request%5Btarget_branch%5D=main"
        );
        assert_eq!(
            page("git@codeberg.org:o/r.git"),
            "https://codeberg.org/o/r/compare/main...pilothouse/bump-k8s"
        );
        assert_eq!(
            page("git@bitbucket.org:o/r.git"),
            "https://bitbucket.org/o/r/pull-requests/new?source=pilothouse/bump-k8s&dest=main"
        );
        assert_eq!(page("git@git.example:o/r.git"), "");
    }
}
