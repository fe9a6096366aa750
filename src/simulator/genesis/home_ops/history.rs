//! How it came to be: a dozen steps of three people and a bot.

use super::{HomeOpsError, Wanted, content};
use crate::genesis::repository::{Person, Step, Template};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
struct Written {
    people: BTreeMap<String, Person>,
    steps: Vec<Made>,
}

#[derive(Debug, Deserialize)]
struct Made {
    /// How long ago.
    days: f64,
    by: String,
    say: String,
    /// Beginnings of paths.
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    set: BTreeMap<String, String>,
}

/// Every step, oldest first.
pub(super) fn steps(wanted: &Wanted<'_>, templates: &[Template]) -> Result<Vec<Step>, HomeOpsError> {
    let written: Written = serde_yaml::from_str(include_str!("content/history.yaml"))?;
    let mut always = BTreeMap::from([
        ("api".to_owned(), wanted.api.clone()),
        ("remote".to_owned(), wanted.remote.clone()),
        ("recipient".to_owned(), wanted.keeper.recipient()),
        ("home.nodes".to_owned(), content::nodes(wanted)),
    ]);
    let mut steps = Vec::new();
    for made in written.steps {
        let Some(author) = written.people.get(&made.by).cloned() else { continue };
        let added = |path: &str| made.add.iter().any(|it| path.starts_with(it.as_str()));
        let mut set = made.set.clone();
        // What is always so is so from the first step on.
        set.append(&mut always);
        #[expect(clippy::cast_possible_truncation, reason = "some months in seconds fit")]
        let ago = (made.days * 86_400.0) as i64;
        steps.push(Step {
            at: wanted.now - ago,
            author,
            say: made.say.clone(),
            set,
            add: templates.iter().map(|it| &it.path).filter(|it| added(it)).cloned().collect(),
        });
    }
    Ok(steps)
}
