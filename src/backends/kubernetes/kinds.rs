//! The kinds that a server has, as its discovery tells of them.

use std::sync::Arc;

/// One kind in one version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Served {
    /// Empty for the core group.
    pub group: String,
    pub version: String,
    pub kind: String,
    /// The name in paths and permissions: "pods".
    pub plural: String,
    pub singular: String,
    /// "po", "deploy": what kubectl takes for it too.
    pub short: Vec<String>,
    pub namespaced: bool,
    pub verbs: Vec<String>,
}

impl Served {
    /// Where its objects are listed; in all namespaces where `namespace` is none.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{}", self.plural),
        }
    }

    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|it| it == verb)
    }
}

/// Every kind in every version, the versions of a kind in the server's order of preference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kinds {
    pub(super) all: Vec<Arc<Served>>,
}

impl Kinds {
    /// The kind of a group, in the first of `versions` that is served, else in the server's favourite.
    pub fn find(&self, group: &str, kind: &str, versions: &[&str]) -> Option<Arc<Served>> {
        let found = || self.all.iter().filter(|it| it.group == group && it.kind == kind);
        let wanted = versions.iter().find_map(|version| found().find(|it| it.version == *version));
        wanted.or_else(|| found().next()).cloned()
    }

    /// What a chart may ask for: every `group/version`, and every `group/version/Kind`, each once.
    pub fn api_versions(&self) -> Vec<String> {
        let mut all = std::collections::BTreeSet::new();
        for it in &self.all {
            let version = match it.group.as_str() {
                "" => it.version.clone(),
                group => format!("{group}/{}", it.version),
            };
            all.insert(format!("{version}/{}", it.kind));
            all.insert(version);
        }
        all.into_iter().collect()
    }

    /// One of each kind, in the server's favourite version.
    pub fn favourites(&self) -> impl Iterator<Item = &Arc<Served>> {
        self.all.iter().enumerate().filter_map(|(at, it)| {
            let before = self.all.get(..at).unwrap_or_default();
            (!before.iter().any(|other| other.group == it.group && other.kind == it.kind)).then_some(it)
        })
    }
}
