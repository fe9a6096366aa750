//! Sources: a repository of Git is fetched and kept as an artifact; of one of charts it is said that it was.

use super::Flux;
use super::status::{Looks, is_observed, is_requested, is_suspended, observe, set, span, unset};
use crate::control::{
    Condition, Event, Key, Kind, Outcome, Problem, Reconcile, deleting, key, kinds, text, timestamp,
};
use crate::world::seeded;
use serde_json::{Value, json};

pub(super) struct Git {
    flux: Flux,
    looks: Looks,
}

pub(super) struct Helm {
    flux: Flux,
    looks: Looks,
}

/// `main@sha1:<id>`.
pub(super) fn revision(repository: &Value, id: &str) -> String {
    format!("{}@sha1:{id}", branch(repository))
}

/// The branch that a repository is read at.
pub(super) fn branch(repository: &Value) -> &str {
    let named = text(repository, "/spec/ref/branch");
    if named.is_empty() { "master" } else { named }
}

/// Say that a commit is kept.
pub(super) fn stored(repository: &mut Value, id: &str, now: i64) {
    let revision = revision(repository, id);
    if repository["status"]["artifact"]["revision"] != revision.as_str() {
        let (space, name) = (text(repository, "/metadata/namespace"), text(repository, "/metadata/name"));
        let path = format!("gitrepository/{space}/{name}/{id}.tar.gz");
        repository["status"]["artifact"] = json!({
            "revision": revision, "path": path, "size": 20_480 + u64::from_str_radix(id.get(..3).unwrap_or("0"), 16).unwrap_or_default(),
            "url": format!("http://source-controller.flux-system.svc.cluster.local./{path}"),
            "digest": format!("sha256:{}", seeded::hex(0, id, 0, 64)),
            "lastUpdateTime": timestamp(now),
        });
    }
    observe(repository);
    let message = format!("stored artifact for revision '{revision}'");
    unset(repository, "FetchFailed");
    set(repository, &Condition::new("ArtifactInStorage", "True", "Succeeded", message.clone()), now);
    set(repository, &Condition::new("Ready", "True", "Succeeded", message), now);
}

/// Say that an index of charts is kept.
pub(super) fn indexed(repository: &mut Value, now: i64) {
    let digest = seeded::hex(0, text(repository, "/spec/url"), 0, 64);
    repository["status"]["artifact"] = json!({
        "revision": format!("sha256:{digest}"), "digest": format!("sha256:{digest}"), "size": 184_320,
        "path": format!("helmrepository/{}/index-{digest}.yaml", text(repository, "/metadata/name")),
        "url": "http://source-controller.flux-system.svc.cluster.local./", "lastUpdateTime": timestamp(now),
    });
    observe(repository);
    let message = format!("stored artifact: revision 'sha256:{digest}'");
    set(repository, &Condition::new("ArtifactInStorage", "True", "Succeeded", message.clone()), now);
    set(repository, &Condition::new("Ready", "True", "Succeeded", message), now);
}

impl Git {
    pub fn new(flux: &Flux) -> Self {
        Self { flux: flux.clone(), looks: Looks::new(&flux.clock) }
    }
}

impl Reconcile for Git {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::GIT_REPOSITORY]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        vec![key(&event.object)]
    }

    async fn reconcile(&self, key: &Key) -> Result<Outcome, Problem> {
        let kind = kinds::GIT_REPOSITORY;
        let Some(old) = self.flux.mirror.get(kind, key).filter(|it| !deleting(it) && !is_suspended(it))
        else {
            return Ok(Outcome::Settled);
        };
        let interval = span(&old, "/spec/interval");
        if let Some(rest) =
            self.looks.rest(key, interval).filter(|_| is_observed(&old) && !is_requested(&old))
        {
            return Ok(Outcome::Again(rest));
        }
        let fetched = self.flux.sources.read(text(&old, "/spec/url"), branch(&old)).await;
        let (mut new, now) = (Value::clone(&old), self.flux.clock.now());
        match fetched {
            Ok((id, _)) => stored(&mut new, &id, now),
            Err(why) => {
                observe(&mut new);
                let why = format!("failed to checkout and determine revision: {why}");
                set(&mut new, &Condition::new("FetchFailed", "True", "GitOperationFailed", why.clone()), now);
                set(&mut new, &Condition::no("Ready", "GitOperationFailed", why), now);
            }
        }
        self.flux.mirror.write(kind, &old, &new).await?;
        self.looks.looked(key);
        Ok(Outcome::Again(interval))
    }
}

impl Helm {
    pub fn new(flux: &Flux) -> Self {
        Self { flux: flux.clone(), looks: Looks::new(&flux.clock) }
    }
}

impl Reconcile for Helm {
    fn kinds(&self) -> Vec<Kind> {
        vec![kinds::HELM_REPOSITORY]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        vec![key(&event.object)]
    }

    async fn reconcile(&self, key: &Key) -> Result<Outcome, Problem> {
        let kind = kinds::HELM_REPOSITORY;
        let Some(old) = self.flux.mirror.get(kind, key).filter(|it| !deleting(it) && !is_suspended(it))
        else {
            return Ok(Outcome::Settled);
        };
        let interval = span(&old, "/spec/interval");
        if let Some(rest) =
            self.looks.rest(key, interval).filter(|_| is_observed(&old) && !is_requested(&old))
        {
            return Ok(Outcome::Again(rest));
        }
        let mut new = Value::clone(&old);
        indexed(&mut new, self.flux.clock.now());
        self.flux.mirror.write(kind, &old, &new).await?;
        self.looks.looked(key);
        Ok(Outcome::Again(interval))
    }
}
