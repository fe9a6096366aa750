//! From steps to commits: the files that each step really changes.

use super::{Commit, Person, Template};
use std::collections::{BTreeMap, BTreeSet};

/// Files that appear and values that change, by one hand at one moment.
#[derive(Debug, Clone)]
pub struct Step {
    pub at: i64,
    pub author: Person,
    pub say: String,
    pub set: BTreeMap<String, String>,
    pub add: Vec<String>,
}

/// Play the steps. A step that changes nothing makes no commit.
pub fn replay(templates: &[Template], steps: &[Step]) -> Vec<Commit> {
    let mut standing_on: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, template) in templates.iter().enumerate() {
        for name in template.names() {
            standing_on.entry(name).or_default().push(index);
        }
    }
    let by_path: BTreeMap<&str, usize> =
        templates.iter().enumerate().map(|(index, template)| (template.path.as_str(), index)).collect();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let mut present: BTreeMap<usize, String> = BTreeMap::new();
    let mut commits = Vec::new();
    for step in steps {
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        for (name, value) in &step.set {
            values.insert(name.clone(), value.clone());
            touched.extend(
                standing_on.get(name.as_str()).into_iter().flatten().filter(|it| present.contains_key(it)),
            );
        }
        touched.extend(step.add.iter().filter_map(|path| by_path.get(path.as_str())));
        let mut files = BTreeMap::new();
        for (index, template) in
            touched.into_iter().filter_map(|it| templates.get(it).map(|found| (it, found)))
        {
            let text = template.fill(|name| values.get(name).cloned());
            if present.get(&index) != Some(&text) {
                files.insert(template.path.clone(), text.clone());
                present.insert(index, text);
            }
        }
        if !files.is_empty() {
            commits.push(Commit {
                author: step.author.clone(),
                at: step.at,
                message: step.say.clone(),
                files,
            });
        }
    }
    commits
}
