//! Sources: a repository of Git is fetched and kept as an artifact; of one of charts it is said that it was.

use super::Flux;
use super::status::{Looks, is_observed, is_requested, is_suspended, observe, set, span, unset};
use crate::control::{
    Condition, Event, Key, Kind, Outcome, Problem, Reconcile, deleting, key, kinds, text, timestamp,
};
use crate::world::seeded;
use serde_json::{Value, json};

/// One kind of source.
pub(super) struct Source {
    flux: Flux,
    looks: Looks,
    kind: Kind,
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

impl Source {
    pub fn git(flux: &Flux) -> Self {
        Self { flux: flux.clone(), looks: Looks::new(&flux.clock), kind: kinds::GIT_REPOSITORY }
    }

    pub fn helm(flux: &Flux) -> Self {
        Self { kind: kinds::HELM_REPOSITORY, ..Self::git(flux) }
    }

    /// Look at the source, and write down what is there.
    async fn read(&self, repository: &mut Value) {
        if self.kind == kinds::HELM_REPOSITORY {
            return indexed(repository, self.flux.clock.now());
        }
        let fetched = self.flux.sources.read(text(repository, "/spec/url"), branch(repository)).await;
        let now = self.flux.clock.now();
        match fetched {
            Ok((id, _)) => stored(repository, &id, now),
            Err(why) => {
                observe(repository);
                let why = format!("failed to checkout and determine revision: {why}");
                set(
                    repository,
                    &Condition::new("FetchFailed", "True", "GitOperationFailed", why.clone()),
                    now,
                );
                set(repository, &Condition::no("Ready", "GitOperationFailed", why), now);
            }
        }
    }
}

impl Reconcile for Source {
    fn kinds(&self) -> Vec<Kind> {
        vec![self.kind]
    }

    fn concerns(&self, event: &Event) -> Vec<Key> {
        vec![key(&event.object)]
    }

    async fn reconcile(&self, key: &Key) -> Result<Outcome, Problem> {
        let old = self.flux.mirror.get(self.kind, key).filter(|it| !deleting(it) && !is_suspended(it));
        let Some(old) = old else { return Ok(Outcome::Settled) };
        let interval = span(&old, "/spec/interval");
        if let Some(rest) =
            self.looks.rest(key, interval).filter(|_| is_observed(&old) && !is_requested(&old))
        {
            return Ok(Outcome::Again(rest));
        }
        let mut new = Value::clone(&old);
        self.read(&mut new).await;
        self.flux.mirror.write(self.kind, &old, &new).await?;
        self.looks.looked(key);
        Ok(Outcome::Again(interval))
    }
}
