//! Folders that only a program can render: each once for a commit, one after the other; what failed is tried again.

use super::Declared;
use super::set::{self, Pending, Set};
use crate::git::Tree;
use crate::kubernetes::Kinds;
use crate::render::{Capabilities, Tools, objects};
use domain::DeliveredFolder;
use futures::future::BoxFuture;
use serde_json::Value;
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
}

impl Renderer {
    pub(super) fn new(tree: Tree, tools: Tools) -> Self {
        Self { tree, tools, done: Vec::new(), running: None, fresh: Vec::new(), since: None }
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
        self.fresh.clear();
        self.since = None;
    }

    /// Wait until some of these folders are done that were not, and answer them. Never ends where all are. It may be
    /// dropped and asked again at any time.
    pub(super) async fn news<'a>(&mut self, pending: &'a [Pending]) -> Vec<&'a Pending> {
        loop {
            if self.running.is_none() {
                let failed = |done: &&Done| !done.lasts;
                let open = pending.iter().find(|it| !self.done.iter().any(|done| is_of(done, it)));
                let fresh = |it: &&Pending| {
                    self.fresh.iter().any(|(of, spec)| *of == it.delivery.of && *spec == it.delivery.spec)
                };
                let is_time = self.since.is_some_and(|it| it.elapsed() >= TOGETHER);
                if !self.fresh.is_empty() && (open.is_none() || is_time) {
                    let news = pending.iter().filter(fresh).collect();
                    self.fresh.clear();
                    self.since = None;
                    return news;
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
        if before.is_none_or(|it| it.made != done.made) {
            self.fresh.push((done.of.clone(), done.spec.clone()));
            self.since.get_or_insert_with(Instant::now);
        }
        self.done.push(done);
    }

    /// What is known of a folder.
    pub(super) fn declared(&self, pending: &Pending, kinds: &Kinds) -> Vec<Declared> {
        let Some(done) = self.done.iter().find(|it| is_of(it, pending)) else { return Vec::new() };
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
        let tools = Tools { folder: Some(bin.path().to_owned()), ..Tools::default() };
        let pending = set::charts(&tree, &["a", "b"]);
        let mut renderer = Renderer::new(tree, tools);
        // What runs goes on where nobody waits for it, and is not begun again.
        assert!(futures::poll!(Box::pin(renderer.news(&pending))).is_pending());
        assert_eq!(renderer.news(&pending).await.len(), 2);
        assert_eq!(std::fs::read_to_string(&runs).unwrap(), "x\nx\n");
        let kinds = Kinds::default();
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
        assert!(renderer.declared(&pending[1], &kinds).is_empty(), "what nobody asks for is forgotten");
        renderer.able(Capabilities { version: "v1.35.2".into(), ..Capabilities::default() });
        assert!(renderer.declared(&pending[0], &kinds).is_empty(), "it was rendered for another server");
    }
}
