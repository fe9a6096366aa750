//! Folders that only a program can render: each once for a commit, one after the other; what failed is tried again.

use super::Declared;
use super::set::{self, Pending, Set};
use crate::git::Tree;
use crate::kubernetes::Kinds;
use crate::render::{Capabilities, Tools, objects};
use domain::{DeliveredFolder, ObjectRef};
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What could not be rendered is tried again after so long, and ever later: at the latest after 32 times as long.
const AGAIN: Duration = Duration::from_secs(60);
/// What is done is handed over when nothing more is to do, at the latest after so long: every handing over has kinds
/// listed again.
const TOGETHER: Duration = Duration::from_secs(10);

/// What a folder is rendered to, or why it is not.
type Made = Result<Arc<str>, String>;

/// A folder, what the object that delivers it says, and what was made of it.
struct Done {
    of: DeliveredFolder,
    spec: Value,
    made: Made,
    at: Instant,
    /// It would be the same again.
    lasts: bool,
    /// How often it failed before.
    tries: u32,
}

impl Done {
    /// When it is tried again.
    fn due(&self) -> Instant {
        self.at + AGAIN * 2_u32.pow(self.tries.min(5))
    }
}

/// Renders what is asked for, and keeps it.
pub(super) struct Renderer {
    tree: Tree,
    tools: Tools,
    done: Vec<Done>,
    running: Option<BoxFuture<'static, Done>>,
    /// What is done and was not handed over yet, and since when there is such.
    fresh: Vec<(DeliveredFolder, Value)>,
    since: Option<Instant>,
    /// Something else of one of them was handed over before.
    replaces: bool,
}

/// What is handed over.
pub(super) enum News<'a> {
    /// Of these folders nothing was known until now.
    More(Vec<&'a Pending>),
    /// Of some of them something else was known.
    Others,
}

impl Renderer {
    pub(super) fn new(tree: Tree, tools: Tools) -> Self {
        let (done, fresh) = (Vec::new(), Vec::new());
        Self { tree, tools, done, running: None, fresh, since: None, replaces: false }
    }

    /// What the server can do from now on. What was rendered for another is forgotten.
    pub(super) fn able(&mut self, capabilities: Capabilities) {
        if self.tools.capabilities != capabilities {
            self.tools.capabilities = capabilities;
            self.done.clear();
            self.running = None;
        }
    }

    /// Keep only what is still asked for.
    pub(super) fn keep(&mut self, pending: &[Pending]) {
        self.done.retain(|done| pending.iter().any(|it| is_of(done, it)));
        self.handed_over();
    }

    /// Nothing is fresh any more. Says whether it took the place of something.
    fn handed_over(&mut self) -> bool {
        self.fresh.clear();
        self.since = None;
        std::mem::take(&mut self.replaces)
    }

    /// Wait until some of these folders are done that were not, or are others than they were. Never ends where all are
    /// done. It may be dropped and asked again at any time.
    pub(super) async fn news<'a>(&mut self, pending: &'a [Pending]) -> News<'a> {
        loop {
            if self.running.is_none() {
                // What nobody asks for any more is not tried again, and nobody waits for it.
                let failed = |done: &&Done| !done.lasts && pending.iter().any(|it| is_of(done, it));
                let open = pending.iter().find(|it| !self.done.iter().any(|done| is_of(done, it)));
                let fresh = |it: &&Pending| {
                    self.fresh.iter().any(|(of, spec)| *of == it.delivery.of && *spec == it.delivery.spec)
                };
                let is_time = self.since.is_some_and(|it| it.elapsed() >= TOGETHER);
                if !self.fresh.is_empty() && (open.is_none() || is_time) {
                    let more = pending.iter().filter(fresh).collect();
                    return if self.handed_over() { News::Others } else { News::More(more) };
                }
                let next = match open {
                    Some(it) => it,
                    None => {
                        let first = self.done.iter().filter(failed).min_by_key(|it| it.due());
                        let Some(first) = first else { return std::future::pending().await };
                        sleep_until(first.due()).await;
                        match pending.iter().find(|it| is_of(first, it)) {
                            Some(it) => it,
                            None => return std::future::pending().await,
                        }
                    }
                };
                self.running = Some(Box::pin(rendered(self.tree.clone(), self.tools.clone(), next.clone())));
            }
            let Some(running) = &mut self.running else { continue };
            let done = running.await;
            self.running = None;
            self.take(done);
        }
    }

    fn take(&mut self, mut done: Done) {
        let before = self.done.iter().position(|it| it.of == done.of && it.spec == done.spec);
        let before = before.map(|at| self.done.swap_remove(at));
        done.tries = before.as_ref().map_or(0, |it| it.tries + 1);
        if before.as_ref().is_none_or(|it| it.made != done.made) {
            self.replaces |= before.is_some();
            self.fresh.push((done.of.clone(), done.spec.clone()));
            self.since.get_or_insert_with(Instant::now);
        }
        self.done.push(done);
    }

    fn done(&self, pending: &Pending) -> Option<&Done> {
        self.done.iter().find(|it| is_of(it, pending))
    }

    /// What stood for these folders until they were done, and stands for no other.
    pub(super) fn stood_for(&self, made: &[&Pending], pending: &[Pending]) -> BTreeSet<ObjectRef> {
        let object = |it: &Pending| set::awaited(it).object;
        let open: BTreeSet<ObjectRef> =
            pending.iter().filter(|it| self.done(it).is_none()).map(object).collect();
        made.iter().map(|it| object(it)).filter(|it| !open.contains(it)).collect()
    }

    /// What is known of a folder.
    pub(super) fn declared(&self, pending: &Pending, kinds: &Kinds) -> Vec<Declared> {
        let Some(done) = self.done(pending) else { return vec![set::awaited(pending)] };
        let read = match &done.made {
            Ok(text) => set::rendered(pending, text, kinds),
            Err(why) => Err(why.clone()),
        };
        read.unwrap_or_else(|why| set::unrendered(pending, &why, kinds))
    }

    /// Add to a set what is known of the pending folders.
    pub(super) fn add(&self, pending: &[Pending], set: &mut Set, kinds: &Kinds) {
        for one in pending.iter().flat_map(|it| self.declared(it, kinds)) {
            set::add(set, Some(one));
        }
    }
}

fn is_of(done: &Done, pending: &Pending) -> bool {
    done.of == pending.delivery.of && done.spec == pending.delivery.spec
}

async fn rendered(tree: Tree, tools: Tools, pending: Pending) -> Done {
    let delivery = pending.delivery;
    let (made, lasts) = match objects(&tree, &tools, &delivery.of, &delivery.spec).await {
        // A chart may make something else of another version.
        Ok(Some(made)) if made.rendered.by == "helm" && tools.capabilities.version.is_empty() => {
            (Err("it is rendered here without the version of the server, which does not say it".into()), true)
        }
        Ok(Some(made)) => match made.lacks {
            None => (Ok(Arc::from(made.text)), true),
            Some(lacks) => (Err(format!("it is rendered here {lacks}")), true),
        },
        Ok(None) => (Err("nothing here renders it".into()), true),
        Err(failure) => (Err(failure.told()), false),
    };
    Done { of: delivery.of, spec: delivery.spec, made, at: Instant::now(), lasts, tries: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Found;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn each_folder_is_rendered_once_and_why_one_is_not_is_said() {
        let tree = Tree::of(&[
            ("a/Chart.yaml", "name: a\n"),
            ("a/out", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
            ("b/Chart.yaml", "name: b\n"),
        ]);
        let bin = tempfile::tempdir().unwrap();
        let (helm, runs) = (bin.path().join("helm"), bin.path().join("runs"));
        let script = format!(
            "#!/bin/sh\necho x >> {}\ntest -f out && cat out || {{ echo no out >&2; exit 1; }}\n",
            runs.display()
        );
        std::fs::write(&helm, script).unwrap();
        std::fs::set_permissions(&helm, std::fs::Permissions::from_mode(0o755)).unwrap();
        let able = |version: &str| Capabilities { version: version.into(), ..Capabilities::default() };
        let folder = Some(bin.path().to_owned());
        let tools = Tools { folder, capabilities: able("v1.35.1"), ..Tools::default() };
        let pending = set::charts(&tree, &["a", "b"]);
        let mut renderer = Renderer::new(tree, tools);
        // What runs goes on where nobody waits for it, and is not begun again.
        assert!(futures::poll!(Box::pin(renderer.news(&pending))).is_pending());
        let kinds = Kinds::default();
        let waits = renderer.declared(&pending[0], &kinds);
        assert_eq!(
            waits[0].unknown.as_deref(),
            Some(Found::RENDERING),
            "what is not known yet is not the same"
        );
        let News::More(made) = renderer.news(&pending).await else { panic!("nothing was known before") };
        assert_eq!((made.len(), renderer.stood_for(&made, &pending).len()), (2, 2));
        assert_eq!(std::fs::read_to_string(&runs).unwrap(), "x\nx\n");
        let told = |it: &Pending| {
            let all = renderer.declared(it, &kinds);
            all.into_iter().map(|it| (it.object.name, it.unknown.unwrap_or_default())).collect::<Vec<_>>()
        };
        assert_eq!(told(&pending[0]), [("a".to_owned(), String::new())]);
        let [(name, why)] = told(&pending[1]).try_into().unwrap();
        assert!(name == "b" && why.contains("helm failed: no out"), "{why}");
        // Nothing new, until what failed is tried again.
        assert!(futures::poll!(Box::pin(renderer.news(&pending))).is_pending());
        renderer.keep(&pending[..1]);
        let waits = |renderer: &Renderer, it: &Pending| {
            renderer.declared(it, &kinds).iter().any(|it| it.unknown.as_deref() == Some(Found::RENDERING))
        };
        assert!(waits(&renderer, &pending[1]), "what nobody asks for is forgotten");
        renderer.able(able("v1.35.2"));
        assert!(waits(&renderer, &pending[0]), "it was rendered for another server");
        renderer.able(able(""));
        assert!(matches!(renderer.news(&pending[..1]).await, News::More(_)));
        let said = renderer.declared(&pending[0], &kinds);
        assert!(said[0].unknown.as_ref().unwrap().contains("without the version of the server"));
    }

    #[tokio::test]
    async fn what_failed_is_tried_again_whatever_else_failed_that_nobody_asks_for_any_more() {
        let tree = Tree::of(&[("a/Chart.yaml", "name: a\n"), ("b/Chart.yaml", "name: b\n")]);
        let pending = set::charts(&tree, &["a", "b"]);
        let mut renderer = Renderer::new(tree, Tools::default());
        let failed = |it: &Pending, before: Duration| Done {
            of: it.delivery.of.clone(),
            spec: it.delivery.spec.clone(),
            made: Err("no".into()),
            at: Instant::now() - before,
            lasts: false,
            tries: 0,
        };
        // It was begun while it was asked for, and ended later.
        renderer.take(failed(&pending[1], AGAIN * 3));
        renderer.take(failed(&pending[0], AGAIN * 2));
        let asked = &pending[..1];
        assert!(matches!(renderer.news(asked).await, News::More(_)));
        // Whatever a second try comes to here, it is something else.
        let again = tokio::time::timeout(AGAIN, renderer.news(asked)).await;
        assert!(matches!(again, Ok(News::Others)));
    }
}
