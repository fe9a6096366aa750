//! What Git said of a field before: what is in force on a node, and was rendered from an older commit, was not changed
//! by hand but overtaken by Git.

use super::Drift;
use super::compare::compare;
use super::sides::{Origin, Should, by_name};
use crate::git::{Committed, Tree};
use crate::relative::{beside, folder_of};
use crate::render::{RenderFailure, Rendering};
use crate::talos::plan::Documents;
use crate::yaml;
use domain::{Basis, Commit, CommitId, Digest, LookedBack, NodeName, Overtaken, RepoPath, Unlike};
use std::collections::BTreeSet;

/// So many changes of what is rendered are looked back through.
const BACK: usize = 4;
/// And so many commits for them: most that touch a file change nothing of what comes of it.
const COMMITS: usize = 16;

/// What was rendered before a commit changed the files.
#[derive(Debug)]
struct Former {
    until: Commit,
    rendering: Committed<Rendering>,
}

/// What was rendered before each of the last changes, the newest first.
#[derive(Debug, Default)]
pub(super) struct Back {
    all: Vec<Former>,
    pub how_far: LookedBack,
    /// It may be known the next time.
    pub again: bool,
}

impl Drift {
    /// What was rendered before each of the last changes to the files that `tip` is rendered from. What was nothing to
    /// render is passed over.
    pub(super) async fn former(&self, tip: CommitId) -> Back {
        let (live, mut after, files) = {
            let memory = self.memory.lock().await;
            let Some(rendered) = memory.rendered.as_ref().filter(|it| it.tip == tip) else {
                return Back::failed("the commit is being rendered".into());
            };
            let Ok(rendering) = &rendered.rendering else {
                return Back::failed("the commit could not be rendered".into());
            };
            let from = &rendering.content().rendered;
            // Which files a renderer of the repository's own reads is not known.
            let files = match from.by.as_str() {
                "talhelper" => read_by_talhelper(rendered.tree.content(), &from.from),
                _ => vec![RepoPath(String::new())],
            };
            (rendered.live.clone(), digests(rendering.content()), files)
        };
        let before = match self.repository.before(tip, files, COMMITS).await {
            Ok(before) => before,
            Err(failure) => return Back::failed(failure.told()),
        };
        let mut back = Back::default();
        if before.len() == COMMITS {
            back.how_far = LookedBack::Last(COMMITS);
        }
        for (until, tree) in before {
            match tree.render(&self.tools, &live).await {
                Ok(rendering) => {
                    let digests = digests(rendering.content());
                    if digests != after {
                        back.all.push(Former { until, rendering });
                        after = digests;
                    }
                }
                // There was nothing of this cluster then.
                Err(RenderFailure::NoRenderer | RenderFailure::OtherClusters(_)) => {}
                Err(failure) => {
                    back.again |= matches!(failure, RenderFailure::Slow { .. } | RenderFailure::Folder(_));
                    back.how_far = LookedBack::Failed(failure.told());
                }
            }
            if back.all.len() == BACK {
                if !matches!(back.how_far, LookedBack::Failed(_)) {
                    back.how_far = LookedBack::Last(BACK);
                }
                break;
            }
        }
        back
    }
}

/// The files and folders that talhelper renders a talconfig from: what lies beside it, and what it names elsewhere.
/// Beside one at the root lies the whole repository: there it is what it names, and its own companions.
fn read_by_talhelper(tree: &Tree, talconfig: &RepoPath) -> Vec<RepoPath> {
    let folder = folder_of(&talconfig.0);
    let mut files: BTreeSet<RepoPath> = BTreeSet::from([RepoPath(folder.to_owned())]);
    if folder.is_empty() {
        let own = |it: &&RepoPath| it.0.starts_with("tal") && !it.0.contains('/');
        files = tree.leaves().iter().map(|(path, _)| path).filter(own).cloned().collect();
        files.insert(talconfig.clone());
    }
    let text = tree.text(&talconfig.0).unwrap_or_default();
    let scalars = yaml::documents(text).unwrap_or_default().into_iter().flat_map(|it| it.scalars);
    let named = scalars.filter_map(|it| beside(folder, it.value.strip_prefix('@')?.trim()));
    files.extend(named.map(RepoPath));
    files.into_iter().collect()
}

/// What came of it, by the names of the nodes.
fn digests(of: &Rendering) -> BTreeSet<(String, Digest)> {
    of.nodes.iter().map(|it| (it.name.clone(), it.config.digest().clone())).collect()
}

impl Back {
    /// Nothing is known.
    pub(super) fn failed(why: String) -> Self {
        Self { all: Vec::new(), how_far: LookedBack::Failed(why), again: true }
    }

    /// Which of these fields are in force as a former commit had them. `sides` are what it should be and what it is.
    pub(super) fn overtaken(
        &self,
        should: &Should,
        sides: (&Documents, &Documents),
        fields: &[Unlike],
        node: &NodeName,
    ) -> Vec<Overtaken> {
        if !matches!(should.basis, Basis::Rendered { .. }) || fields.is_empty() {
            return Vec::new();
        }
        let node = match &should.origin {
            Origin::Talconfig { node, .. } => node,
            _ => &node.0,
        };
        let mut found: Vec<Overtaken> = Vec::new();
        for it in &self.all {
            let Some(then) = by_name(it.rendering.content(), node) else { continue };
            let Ok(then) = Documents::read(then.config.text()) else { continue };
            let taken = taken(&then, sides);
            for field in fields {
                let of = (field.document.clone(), field.field.clone());
                let known = found.iter().any(|it| it.document == of.0 && it.field == of.1);
                if !known && taken.contains(&of) {
                    let (document, field) = of;
                    found.push(Overtaken { document, field, by: it.until.id.clone(), at: it.until.at });
                }
            }
        }
        found
    }
}

/// The fields that Git has changed since then, and that are still as they were. One that did not stand there by this
/// name, in another form or below what was not there at all, says nothing.
fn taken(then: &Documents, (tip, active): (&Documents, &Documents)) -> BTreeSet<(String, String)> {
    let named = |one: &Documents, other: &Documents| -> BTreeSet<(String, String)> {
        compare(one, other).iter().map(|it| (it.document.clone(), it.field())).collect()
    };
    let differs = named(then, active);
    named(tip, then).into_iter().filter(|it| !differs.contains(it)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(then: &str, tip: &str, active: &str) -> Vec<String> {
        let read = |it: &str| Documents::read(it).unwrap();
        taken(&read(then), (&read(tip), &read(active))).into_iter().map(|(_, field)| field).collect()
    }

    #[test]
    fn only_what_git_changed_by_this_name_was_overtaken() {
        let config = |more: &str| format!("version: v1alpha1\nmachine:\n  type: worker\n{more}");
        let eth = |mtu: u32| {
            config(&format!("  network:\n    interfaces:\n      - interface: eth1\n        mtu: {mtu}\n"))
        };
        let sysctl = |value: u32| config(&format!("  sysctls:\n    a.b: \"{value}\"\n"));
        assert_eq!(fields(&sysctl(1), &sysctl(2), &sysctl(1)), ["machine.sysctls.a.b"], "Git went ahead");
        assert!(fields(&sysctl(1), &sysctl(2), &sysctl(3)).is_empty(), "and so did the node");
        // The interface came with the tip, was put in force, and was set to another size by hand.
        let named = compare(&Documents::read(&eth(1400)).unwrap(), &Documents::read(&eth(9000)).unwrap());
        let said = fields(&config(""), &eth(1400), &eth(9000));
        assert!(named.iter().all(|it| !said.contains(&it.field())), "{said:?}");
        assert!(!fields(&config(""), &eth(1400), &config("")).is_empty(), "it was not put in force");
    }

    #[test]
    fn what_a_talconfig_is_rendered_from_is_known() {
        let text =
            "patches:\n- \"@../shared/all.yaml\"\nnodes:\n- hostname: a\n  patches:\n  - '@./a.yaml'\n";
        let read = |path: &str| {
            let tree = Tree::of(&[(path, text), ("talenv.yaml", ""), ("README.md", ""), ("apps/x.yaml", "")]);
            let files = read_by_talhelper(&tree, &RepoPath(path.into()));
            files.into_iter().map(|it| it.0).collect::<Vec<_>>()
        };
        assert_eq!(read("talos/talconfig.yaml"), ["shared/all.yaml", "talos", "talos/a.yaml"]);
        assert_eq!(read("talconfig.yaml"), ["a.yaml", "talconfig.yaml", "talenv.yaml"]);
    }
}
