//! Who delivers what to this cluster: the Applications of Argo CD and the Kustomizations of Flux, as they are live.

use super::remote::is_ours;
use super::rules::Rules;
use crate::git::Followed;
use crate::kubernetes::{Cluster, Told, Wanted, watch_kind};
use domain::{Change, DeliveredFolder, Entity, Link, ObjectRef};
use futures::StreamExt;
use futures::stream::{BoxStream, select_all};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

const ARGO: &str = "argoproj.io";
const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";

/// One that delivers, or says where something is delivered from.
#[derive(Clone, PartialEq)]
struct Deliverer {
    object: ObjectRef,
    /// Values may stand in it: it does not print.
    spec: Value,
}

impl fmt::Debug for Deliverer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deliverer({})", self.object)
    }
}

impl Entity for Deliverer {
    type Id = ObjectRef;
    fn id(&self) -> &ObjectRef {
        &self.object
    }
}

/// A folder of the repository that is delivered to this cluster.
#[derive(Clone, PartialEq)]
pub(super) struct Delivery {
    pub of: DeliveredFolder,
    /// Where objects go that name no namespace; where `moves`, all of them.
    pub namespace: Option<String>,
    pub moves: bool,
    pub directory: Directory,
    pub rules: Arc<Rules>,
    pub spec: Value,
    /// Why what it delivers cannot be told from the tip of the branch.
    pub unknown: Option<String>,
}

/// Which files of a plain folder count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Directory {
    pub recurse: bool,
    pub include: String,
    pub exclude: String,
}

/// Everything that delivers, listened to.
pub(super) struct Deliverers {
    heard: BoxStream<'static, (usize, Told<Deliverer>)>,
    known: BTreeMap<ObjectRef, Deliverer>,
    /// Whether each kind was listed whole, or cannot be.
    settled: [bool; KINDS.len()],
    /// Kinds that are not shown to us.
    pub forbidden: bool,
}

const KINDS: [(&str, &str, &[&str]); 3] = [
    (ARGO, "Application", &["v1alpha1"]),
    (KUSTOMIZE, "Kustomization", &["v1", "v1beta2"]),
    (SOURCE, "GitRepository", &["v1", "v1beta2"]),
];

impl Deliverers {
    pub(super) fn listen(cluster: &Cluster) -> Self {
        let one = |(at, (group, kind, versions)): (
            usize,
            (&'static str, &'static str, &'static [&'static str]),
        )| {
            let project = move |mut it: Value, _: &_| {
                let spec = it.get_mut("spec").map(Value::take).unwrap_or_default();
                Some(Deliverer { object: crate::probe::meta(&it, group, kind).id, spec })
            };
            watch_kind(cluster, Wanted::all(group, kind, versions), project)
                .map(move |told| (at, told))
                .boxed()
        };
        let heard = select_all(KINDS.into_iter().enumerate().map(one)).boxed();
        Self { heard, known: BTreeMap::new(), settled: [false; KINDS.len()], forbidden: false }
    }

    /// Whether all of them are known.
    pub(super) fn is_settled(&self) -> bool {
        self.settled.iter().all(|it| *it)
    }

    /// Hear one more thing. Never ends.
    pub(super) async fn hear(&mut self) {
        let Some((at, told)) = self.heard.next().await else { return std::future::pending().await };
        let of_kind = |it: &ObjectRef| {
            KINDS.get(at).is_some_and(|(group, kind, _)| it.group == *group && it.kind == *kind)
        };
        match told {
            Told::Link(link) => {
                self.forbidden |= matches!(link, Link::Forbidden { .. });
                let settled = matches!(link, Link::Live | Link::NotInstalled { .. } | Link::Forbidden { .. });
                if let Some(it) = self.settled.get_mut(at) {
                    *it |= settled;
                }
            }
            Told::Change(Change::Snapshot(all)) => {
                self.known.retain(|it, _| !of_kind(it));
                self.known.extend(all.into_iter().map(|it| (it.object.clone(), it)));
            }
            Told::Change(Change::Part(all)) => {
                self.known.extend(all.into_iter().map(|it| (it.object.clone(), it)))
            }
            Told::Change(Change::Upsert(one)) => _ = self.known.insert(one.object.clone(), one),
            Told::Change(Change::Remove(id)) => _ = self.known.remove(&id),
        }
    }

    /// What is delivered from our repository to this cluster.
    pub(super) fn deliveries(&self, followed: &Followed) -> Vec<Delivery> {
        self.known
            .values()
            .flat_map(|it| match it.object.kind.as_str() {
                "Application" => application(it, followed),
                "Kustomization" => self.kustomization(it, followed).into_iter().collect(),
                _ => Vec::new(),
            })
            .collect()
    }

    fn kustomization(&self, it: &Deliverer, followed: &Followed) -> Option<Delivery> {
        let text = |at: &str| it.spec.pointer(at).and_then(Value::as_str).filter(|it| !it.is_empty());
        if it.spec.get("kubeConfig").is_some_and(|it| !it.is_null())
            || text("/sourceRef/kind") != Some("GitRepository")
        {
            return None;
        }
        let source = ObjectRef {
            group: SOURCE.into(),
            kind: "GitRepository".into(),
            namespace: text("/sourceRef/namespace").unwrap_or(&it.object.namespace).into(),
            name: text("/sourceRef/name")?.into(),
        };
        let source = &self.known.get(&source)?.spec;
        let of_source = |at: &str| source.pointer(at).and_then(Value::as_str).filter(|it| !it.is_empty());
        if !is_ours(of_source("/url").unwrap_or_default(), &followed.remotes) {
            return None;
        }
        let other = ["/ref/tag", "/ref/semver", "/ref/commit", "/ref/name"].into_iter().find_map(of_source);
        let branch = of_source("/ref/branch").filter(|it| *it != followed.branch.0);
        let unknown = other.or(branch).map(|it| {
            format!("its GitRepository follows {}, which is not looked at", crate::plain::plain(it))
        });

        Some(Delivery {
            of: DeliveredFolder { by: it.object.clone(), folder: folder(text("/path").unwrap_or_default()) },
            namespace: text("/targetNamespace").map(str::to_owned),
            moves: true,
            directory: Directory { recurse: true, ..Directory::default() },
            rules: Arc::new(Rules::of_kustomization(&it.spec)),
            spec: it.spec.clone(),
            unknown,
        })
    }
}

fn application(it: &Deliverer, followed: &Followed) -> Vec<Delivery> {
    let text = |at: &str| it.spec.pointer(at).and_then(Value::as_str).filter(|it| !it.is_empty());
    let here = match (text("/destination/server"), text("/destination/name")) {
        (Some(server), _) => server.trim_end_matches('/') == "https://kubernetes.default.svc",
        (None, name) => name.is_none_or(|it| it == "in-cluster"),
    };
    if !here {
        return Vec::new();
    }
    let several = it.spec.get("sources").and_then(Value::as_array).filter(|it| !it.is_empty());
    let sources: Vec<&Value> = match several {
        Some(all) => all.iter().collect(),
        None => it.spec.get("source").into_iter().collect(),
    };
    let rules = Arc::new(Rules::of_application(&it.spec));
    let one = |source: &&Value| {
        let said = |at: &str| source.pointer(at).and_then(Value::as_str).unwrap_or_default();
        if !said("/chart").is_empty()
            || said("/path").is_empty()
            || !is_ours(said("/repoURL"), &followed.remotes)
        {
            return None;
        }
        let revision = said("/targetRevision").trim_start_matches("refs/heads/");
        let followed = ["", "HEAD"].contains(&revision) || revision == followed.branch.0;
        let unknown = (!followed).then(|| {
            format!("{} follows {}, which is not looked at", it.object, crate::plain::plain(revision))
        });
        let directory = Directory {
            recurse: source.pointer("/directory/recurse") == Some(&Value::Bool(true)),
            include: said("/directory/include").to_owned(),
            exclude: said("/directory/exclude").to_owned(),
        };
        Some(Delivery {
            of: DeliveredFolder { by: it.object.clone(), folder: folder(said("/path")) },
            namespace: text("/destination/namespace").map(str::to_owned),
            moves: false,
            directory,
            rules: rules.clone(),
            spec: of_one(&it.spec, source),
            unknown,
        })
    };
    sources.iter().filter_map(one).collect()
}

/// What an Application says where this is its only source: several of them may be of one folder.
fn of_one(spec: &Value, source: &Value) -> Value {
    let mut spec = spec.clone();
    if let Value::Object(all) = &mut spec {
        all.remove("sources");
        all.insert("source".to_owned(), source.clone());
    }
    spec
}

/// A folder as the tree has it: without `./` and slashes at its ends, empty for the root.
fn folder(path: &str) -> String {
    let parts = path.split('/').filter(|it| !it.is_empty() && *it != ".");
    parts.collect::<Vec<_>>().join("/")
}
