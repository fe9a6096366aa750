//! What a path means.

use super::kinds::{Kind, Kinds};
use std::sync::Arc;

/// The object or collection a path names.
#[derive(Debug, Clone)]
pub struct Target {
    pub kind: Arc<Kind>,
    pub version: String,
    /// Empty for all namespaces, or where there are none.
    pub namespace: String,
    /// Empty for the collection.
    pub name: String,
    pub subresource: String,
}

impl Target {
    pub fn api_version(&self) -> String {
        self.kind.api_version(&self.version)
    }
}

/// `/api/v1/namespaces/a/pods/b/log` and the like; `None` where no kind is served there.
pub fn target(path: &str, kinds: &Kinds) -> Option<Target> {
    let words: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, version, rest) = match words.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    // "watch" in front is the old way to ask for a watch; nobody needs it.
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() && !own_subresource(rest) => {
            (*namespace, rest)
        }
        rest => ("", rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, "", ""),
        [plural, name] => (*plural, *name, ""),
        [plural, name, subresource] => (*plural, *name, *subresource),
        _ => return None,
    };
    let kind = kinds.resource(group, version, plural)?;
    if !kind.namespaced && !namespace.is_empty()
        || kind.namespaced && namespace.is_empty() && !name.is_empty()
    {
        return None;
    }
    Some(Target {
        kind,
        version: version.into(),
        namespace: namespace.into(),
        name: name.into(),
        subresource: subresource.into(),
    })
}

/// `/api/v1/namespaces/a/status` is about the namespace itself.
fn own_subresource(rest: &[&str]) -> bool {
    matches!(rest, ["status" | "finalize"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str) -> Option<(String, String, String, String)> {
        let it = target(path, &Kinds::builtin())?;
        Some((it.kind.resource(), it.namespace, it.name, it.subresource))
    }

    #[test]
    fn paths_name_collections_objects_and_subresources() {
        let full = |a: &str, b: &str, c: &str, d: &str| Some((a.into(), b.into(), c.into(), d.into()));
        assert_eq!(words("/api/v1/pods"), full("pods", "", "", ""));
        assert_eq!(words("/api/v1/namespaces/a/pods/b/log"), full("pods", "a", "b", "log"));
        assert_eq!(words("/api/v1/namespaces/a"), full("namespaces", "", "a", ""));
        assert_eq!(words("/api/v1/namespaces/a/status"), full("namespaces", "", "a", "status"));
        assert_eq!(words("/apis/apps/v1/namespaces/a/deployments"), full("deployments.apps", "a", "", ""));
        assert_eq!(words("/api/v1/nodes/a/status"), full("nodes", "", "a", "status"));
        assert_eq!(words("/api/v2/nodes"), None);
        assert_eq!(words("/api/v1/namespaces/a/nodes/b"), None);
    }
}
