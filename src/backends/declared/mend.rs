//! The draft that makes Git say what is live of one field: a value in its place, an entry more or less.

use super::Declared;
use super::compare::differences;
use super::deliverer::Deliverers;
use super::watch::set_of;
use crate::git::{Repository, Tree, is_locked};
use crate::kubernetes::{Cluster, Trouble};
use crate::yaml::{self, SetValue, ValuePath, Which, graft};
use domain::{CommitId, Draft, DraftFile, ObjectRef, ScalarEdit};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long the cluster may take to say who delivers what.
const PATIENCE: Duration = Duration::from_secs(20);

/// Work out the draft for one field of an object, on the files of a commit. The error is for a person to read.
pub(crate) async fn draft(
    repository: &Repository,
    cluster: &Cluster,
    tip: &CommitId,
    object: &ObjectRef,
    field: &str,
) -> Result<Draft, String> {
    let tree = repository.tree(tip.clone()).await.map_err(|err| err.told())?.content().clone();
    let declared = declared(repository, cluster, &tree, object).await?;
    if declared.is_secret() {
        return Err("what a Secret holds is asked of nobody: change it in Git".into());
    }
    let live = live(cluster, &declared).await.map_err(|err| format!("{object}: {err}"))?;
    let found = differences(&declared, &live).into_iter().find(|it| it.unlike.field == field);
    let found = found.ok_or_else(|| format!("{field} of {object} is as Git says by now"))?;
    if found.hidden {
        return Err(format!("{field} of {object} stands beside what SOPS has sealed: seal it with sops"));
    }
    let place = found.unlike.written.clone();
    let at = place.as_ref().map(|it| format!("{}:{}", it.path, it.line)).unwrap_or_default();
    let path = declared.origin.file_of(field);
    let path = path.ok_or_else(|| format!("it is rendered, so no one line says it: look at {at}"))?;
    let text = tree.text(&path.0).ok_or_else(|| format!("{path} cannot be read"))?;
    if is_locked(text) {
        return Err(format!("{path} is sealed by SOPS, which has to write it itself: change it with sops"));
    }
    let wish = Wish { text, declared: &declared, field, at: &at };
    let has = found.unlike.wanted.is_some();
    let (body, edits) = match found.live {
        Some(live) if has => wish.set(&live)?,
        Some(live) => wish.put_in(&live)?,
        None => wish.take_out()?,
    };
    let word = if found.unlike.live.is_some() { "as it is live" } else { "is not live" };
    let message = format!("{} {}: {field} {word}", object.kind, object.name);
    let file = DraftFile { path: path.clone(), body: Some(body), edits };
    Ok(Draft { base: tip.clone(), files: vec![file], message })
}

async fn declared(
    repository: &Repository,
    cluster: &Cluster,
    tree: &Tree,
    object: &ObjectRef,
) -> Result<Arc<Declared>, String> {
    let followed = repository.followed().await.map_err(|err| err.told())?;
    let mut deliverers = Deliverers::listen(cluster);
    let settled = async {
        while !deliverers.is_settled() {
            deliverers.hear().await;
        }
    };
    timeout(PATIENCE, settled).await.map_err(|_| "the cluster does not say who delivers what".to_owned())?;
    let (deliveries, hidden) = (deliverers.deliveries(&followed), deliverers.forbidden);
    let set = set_of(cluster, tree, &deliveries, hidden);
    let set =
        timeout(PATIENCE, set).await.map_err(|_| "the cluster does not say which kinds it has".to_owned())?;
    let set = set.ok_or_else(|| "the files could not be read".to_owned())?;
    let found = set.get(object).ok_or_else(|| format!("no one file says all of {object}: it is rendered"))?;
    match &found.unknown {
        Some(why) => Err(why.clone()),
        None => Ok(found.clone()),
    }
}

async fn live(cluster: &Cluster, declared: &Declared) -> Result<Value, Trouble> {
    let object = &declared.object;
    let served = cluster.served(&object.group, &object.kind, &[&declared.version]).await?;
    let path = format!("{}/{}", served.path(Some(&object.namespace)), object.name);
    timeout(PATIENCE, cluster.read(&path)).await.map_err(|_| Trouble::Silent(PATIENCE))?
}

/// A field of a file that shall say what is live.
struct Wish<'a> {
    text: &'a str,
    declared: &'a Declared,
    field: &'a str,
    /// Where it stands, for a person to go to.
    at: &'a str,
}

type Edit = (String, Vec<ScalarEdit>);

impl Wish<'_> {
    fn path(&self) -> Result<ValuePath, String> {
        ValuePath::parse(&format!("{}{}", self.declared.inside, self.field)).map_err(|err| err.to_string())
    }

    fn set(&self, live: &Value) -> Result<Edit, String> {
        let value = match live {
            Value::String(text) if !text.trim_end_matches('\n').contains('\n') => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => return self.put_in(live),
        };
        let (document, path) = (Which::Number(self.declared.document), self.path()?);
        let wish = SetValue { document: Some(&document), path: &path, value: &value };
        let edited = yaml::set(self.text, &wish).map_err(|err| format!("{}: {err}", self.at))?;
        let edit = ScalarEdit {
            document: edited.document as u32,
            field: edited.field,
            before: edited.before,
            after: edited.after,
        };
        Ok((edited.text, vec![edit]))
    }

    fn put_in(&self, live: &Value) -> Result<Edit, String> {
        let value = serde_yaml::to_value(live).map_err(|err| err.to_string())?;
        let put = graft::put(self.text, self.declared.document, &self.path()?.0, &value);
        put.map(|it| (it, Vec::new())).ok_or_else(|| self.unfit())
    }

    fn take_out(&self) -> Result<Edit, String> {
        let taken = graft::remove(self.text, self.declared.document, &self.path()?.0);
        taken.map(|it| (it, Vec::new())).ok_or_else(|| self.unfit())
    }

    fn unfit(&self) -> String {
        format!(
            "the lines at {} cannot be changed without changing something else: change them there",
            self.at
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::Rules;
    use super::super::set::declared;
    use super::*;
    use serde_json::json;

    const TEXT: &str = "# mine\napiVersion: v1\nkind: X\nmetadata:\n  name: x\n  labels:\n    a: b\nspec:\n  size: 3 # three\n  word: 'one'\n  more: {x: 1}\n";

    fn adopted(live: &Value, field: &str) -> Result<String, String> {
        let declared = declared(TEXT, Rules::default());
        let found = differences(&declared, live).into_iter().find(|it| it.unlike.field == field).unwrap();
        let wish = Wish { text: TEXT, declared: &declared, field, at: "a.yaml:1" };
        let has = found.unlike.wanted.is_some();
        let done = match found.live {
            Some(live) if has => wish.set(&live),
            Some(live) => wish.put_in(&live),
            None => wish.take_out(),
        };
        let text = done?.0;
        let again = super::super::set::declared(&text, Rules::default());
        let left = differences(&again, live).into_iter().any(|it| it.unlike.field == field);
        assert!(!left, "{field} is the same by then");
        assert!(super::super::compare::compare(&again, live) != domain::Found::Absent);
        Ok(text)
    }

    #[test]
    fn what_is_live_is_written_and_nothing_else() {
        let by_hand =
            json!([{"manager": "kubectl-edit", "fieldsV1": {"f:metadata": {"f:labels": {"f:c": {}}}}}]);
        let live = json!({"metadata": {"labels": {"a": "b", "c": "1"}, "managedFields": by_hand},
            "spec": {"size": 5, "word": "5", "more": {}}});
        assert_eq!(adopted(&live, "spec.size").unwrap(), TEXT.replace("size: 3", "size: 5"));
        assert_eq!(adopted(&live, "spec.word").unwrap(), TEXT.replace("'one'", "'5'"));
        assert_eq!(
            adopted(&live, "metadata.labels.c").unwrap(),
            TEXT.replace("a: b\n", "a: b\n    c: '1'\n")
        );
        assert_eq!(adopted(&live, "spec.more.x").unwrap(), TEXT.replace("  more: {x: 1}\n", ""));
        let live = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"size": [1], "more": {"x": 1}}});
        assert_eq!(adopted(&live, "spec.word").unwrap(), TEXT.replace("  word: 'one'\n", ""));
        assert!(adopted(&live, "spec.size").unwrap().contains("  size:\n  - 1\n"));
    }
}
