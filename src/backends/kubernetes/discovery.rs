//! Discovery: which kinds there are. Asked in two requests where the server can answer so, group by group else.

use super::connection::Connection;
use super::kinds::{Kinds, Served};
use super::trouble::Trouble;
use crate::plain::plain;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    kind: String,
    /// Of an aggregated answer.
    items: Vec<Group>,
    /// Of `/api`: the versions of the core group.
    versions: Vec<String>,
    /// Of `/apis`.
    groups: Vec<PlainGroup>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Group {
    metadata: Named,
    versions: Vec<Version>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named {
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Version {
    version: String,
    resources: Vec<Resource>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Resource {
    resource: String,
    response_kind: ResponseKind,
    scope: String,
    singular_resource: String,
    verbs: Vec<String>,
    short_names: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ResponseKind {
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PlainGroup {
    name: String,
    versions: Vec<PlainVersion>,
    preferred_version: PlainVersion,
}

#[derive(Deserialize, Default, Clone, PartialEq)]
#[serde(default)]
struct PlainVersion {
    version: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PlainList {
    resources: Vec<PlainResource>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PlainResource {
    name: String,
    singular_name: String,
    namespaced: bool,
    kind: String,
    verbs: Vec<String>,
    short_names: Vec<String>,
}

/// Ask a server for all its kinds. A group whose own server is away is left out, not fatal.
pub(super) async fn discover(connection: &Connection) -> Result<Kinds, Trouble> {
    let mut all = Vec::new();
    let answers =
        futures::future::try_join(connection.get("/api", AGGREGATED), connection.get("/apis", AGGREGATED));
    let (core, groups) = answers.await?;
    for answer in [core, groups] {
        let answer: Answer = read(&answer)?;
        if answer.kind == "APIGroupDiscoveryList" {
            all.extend(answer.items.iter().flat_map(aggregated));
        } else {
            all.extend(one_by_one(connection, &answer).await?);
        }
    }
    Ok(Kinds { all: all.into_iter().map(Arc::new).collect() })
}

fn aggregated(group: &Group) -> impl Iterator<Item = Served> {
    group.versions.iter().flat_map(|version| {
        version.resources.iter().filter(|it| !it.response_kind.kind.is_empty()).map(|it| Served {
            group: plain(&group.metadata.name).into_owned(),
            version: plain(&version.version).into_owned(),
            kind: plain(&it.response_kind.kind).into_owned(),
            plural: plain(&it.resource).into_owned(),
            singular: plain(&it.singular_resource).into_owned(),
            short: it.short_names.clone(),
            namespaced: it.scope == "Namespaced",
            verbs: it.verbs.clone(),
        })
    })
}

async fn one_by_one(connection: &Connection, answer: &Answer) -> Result<Vec<Served>, Trouble> {
    let mut lists = Vec::new();
    for version in &answer.versions {
        lists.push((String::new(), version.clone(), format!("/api/{version}")));
    }
    for group in &answer.groups {
        let favourite = group.versions.iter().filter(|it| **it == group.preferred_version);
        let others = group.versions.iter().filter(|it| **it != group.preferred_version);
        for PlainVersion { version } in favourite.chain(others) {
            lists.push((group.name.clone(), version.clone(), format!("/apis/{}/{version}", group.name)));
        }
    }
    let mut all = Vec::new();
    for (group, version, path) in lists {
        let list: PlainList = match connection.get(&path, "application/json").await {
            Ok(bytes) => read(&bytes)?,
            Err(Trouble::Refused { .. } | Trouble::Missing(_) | Trouble::Forbidden(_)) => continue,
            Err(err) => return Err(err),
        };
        all.extend(list.resources.into_iter().filter(|it| !it.name.contains('/')).map(|it| Served {
            group: group.clone(),
            version: version.clone(),
            kind: plain(&it.kind).into_owned(),
            plural: plain(&it.name).into_owned(),
            singular: it.singular_name,
            short: it.short_names,
            namespaced: it.namespaced,
            verbs: it.verbs,
        }));
    }
    Ok(all)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|err| Trouble::Garbled(err.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aggregated_answer_is_read_in_the_order_of_preference() {
        let answer: Answer = read(
            br#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"cluster.x-k8s.io"},"versions":[
                {"version":"v1beta2","resources":[{"resource":"machines","responseKind":{"kind":"Machine"},
                 "scope":"Namespaced","singularResource":"machine","verbs":["get","list","watch"],"shortNames":["ma"]}]},
                {"version":"v1beta1","resources":[{"resource":"machines","responseKind":{"kind":"Machine"},
                 "scope":"Namespaced","singularResource":"machine","verbs":["get"],"shortNames":["ma"]}]}]}]}"#,
        )
        .unwrap();
        let all = answer.items.iter().flat_map(aggregated).map(Arc::new).collect();
        let kinds = Kinds { all };
        let favourite = kinds.find("cluster.x-k8s.io", "Machine", &[]).unwrap();
        assert_eq!(favourite.path(None), "/apis/cluster.x-k8s.io/v1beta2/machines");
        let older = kinds.find("cluster.x-k8s.io", "Machine", &["v1beta1"]).unwrap();
        assert_eq!(older.path(Some("default")), "/apis/cluster.x-k8s.io/v1beta1/namespaces/default/machines");
        assert!(favourite.can("watch") && !older.can("watch"));
        assert_eq!(kinds.favourites().count(), 1);
        assert!(kinds.find("", "Machine", &[]).is_none());
    }
}
