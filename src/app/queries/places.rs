//! Where a live thing is written in Git, how sure that is, and where else it is said.

use super::{source_map, sources};
use crate::{Model, Page, Place};
use domain::{ObjectRef, SourceObject, Sureness, Written};

/// A place in Git, for a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub written: Written,
    /// Other places that declare the same thing.
    pub others: usize,
}

impl Found {
    /// What a person should know before they change it; none where it is the one place, and surely.
    pub fn says(&self) -> Option<String> {
        let sure = match self.written.sure {
            Sureness::Exact => None,
            Sureness::ByRender => {
                Some("by render: what stands here goes through kustomize or helm first".to_owned())
            }
            Sureness::ByName => Some("by name: the kind and the name are the same".to_owned()),
        };
        let others = match self.others {
            0 => None,
            1 => Some("another place declares it too".to_owned()),
            many => Some(format!("{many} other places declare it too")),
        };
        match (sure, others) {
            (None, None) => None,
            (one, other) => {
                let words: Vec<String> = one.into_iter().chain(other).collect();
                Some(format!("{}:{}, {}", self.written.path, self.written.line, words.join("; ")))
            }
        }
    }
}

/// Where an object, or one of its fields, is written.
pub fn of(model: &Model, object: &ObjectRef, field: Option<&str>) -> Option<Found> {
    // What was compared knows more than names do.
    let compared = model.world.declared.get(object).map(|it| &it.written);
    let Some(source) = source_map::find(model, object) else {
        return compared.map(|written| Found { written: written.clone(), others: 0 });
    };
    let line = field.and_then(|field| source.scalar(field)).map_or(source.line, |it| it.line);
    let others = alike(model, source).count().saturating_sub(1);
    let sure = match compared {
        Some(written) if written.path == source.path => written.sure,
        // It is delivered from another place than the one of this name.
        Some(written) => return Some(Found { written: written.clone(), others }),
        None => Sureness::ByName,
    };
    Some(Found { written: Written { path: source.path.clone(), line, sure }, others })
}

/// Every place of this cluster's files that declares the same.
fn alike<'a>(model: &'a Model, source: &'a SourceObject) -> impl Iterator<Item = &'a SourceObject> {
    let entry = sources::entry(model);
    let all = model.world.sources.iter().flat_map(|it| &it.objects);
    all.filter(move |it| it.object == source.object && entry.is_none_or(|entry| entry.holds(&it.path)))
}

/// Where what is selected or shown is written; the error says why there is no such place.
pub fn selected(model: &Model) -> Result<Found, String> {
    match source_map::subject(model) {
        Ok((object, field)) => of(model, &object, field.as_deref())
            .ok_or_else(|| format!("{object} is written nowhere in the repository")),
        Err(why) => source_map::declared(model)
            .map(|(path, line)| Found { written: Written { path, line, sure: Sureness::Exact }, others: 0 })
            .ok_or(why),
    }
}

/// Whether what is on the screen are live things, which have a place in Git.
pub fn has(model: &Model) -> bool {
    match &model.screen.place {
        Place::Commit(_) | Place::Blame(_) | Place::Plan(_) | Place::Explain(_) => false,
        place => matches!(
            place.page(),
            Page::Nodes | Page::Etcd | Page::Machines | Page::Delivery | Page::Resources
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Message, RowKey, update};
    use domain::{Change, CommitId, KindRef, Moment, ObjectComparison, Observation, RepoPath, SourceMap};
    use std::sync::Arc;

    fn object(kind: &str, name: &str) -> ObjectRef {
        ObjectRef { group: "apps".into(), kind: kind.into(), namespace: "shop".into(), name: name.into() }
    }

    fn model(compared: Option<Written>) -> Model {
        let source = |path: &str| SourceObject {
            object: object("Deployment", "web"),
            path: RepoPath(path.into()),
            document: 0,
            line: 4,
            scalars: Vec::new(),
        };
        let objects = vec![source("a/web.yaml"), source("b/web.yaml")];
        let map = SourceMap { commit: CommitId("c".into()), objects, ..SourceMap::default() };
        let mut model = Model::default();
        model.world.sources = Some(Arc::new(map));
        if let Some(written) = compared {
            let one = ObjectComparison {
                object: object("Deployment", "web"),
                written,
                delivered_by: None,
                found: domain::Found::Same,
                asked: Moment::default(),
            };
            update(&mut model, Message::Observed(Observation::Objects(Change::Snapshot(vec![one]))));
        }
        model
    }

    fn written(path: &str, line: u32, sure: Sureness) -> Written {
        Written { path: RepoPath(path.into()), line, sure }
    }

    #[test]
    fn the_place_that_is_delivered_counts_and_others_are_told() {
        let found = of(&model(None), &object("Deployment", "web"), None).unwrap();
        assert_eq!((found.written.sure, found.others), (Sureness::ByName, 1));
        assert!(found.says().unwrap().ends_with("the same; another place declares it too"), "{found:?}");
        let delivered = written("b/web.yaml", 4, Sureness::Exact);
        let found = of(&model(Some(delivered.clone())), &object("Deployment", "web"), None).unwrap();
        assert_eq!(found.written, delivered);
        let rendered = written("c/kustomization.yaml", 2, Sureness::ByRender);
        let found = of(&model(Some(rendered)), &object("Deployment", "web"), None).unwrap();
        assert!(found.says().unwrap().starts_with("c/kustomization.yaml:2, by render"));
        assert_eq!(of(&model(None), &object("Deployment", "other"), None), None);
    }

    #[test]
    fn who_wrote_the_line_of_a_live_thing_is_one_key_away() {
        let mut model = model(Some(written("b/web.yaml", 4, Sureness::Exact)));
        model.screen.place = Place::Rows(KindRef::new("", "Pod"));
        model.screen.listing_mut().selected = Some(RowKey("shop/web-5d8f7c9b4-x2x7k".into()));
        update(&mut model, Message::Asked(Action::Blame));
        let Place::Blame(revision) = &model.screen.place else { panic!("{:?}", model.screen.notice) };
        assert_eq!(revision.path.0, "b/web.yaml", "the workload of the pod");
        let line = model.screen.listing().and_then(|list| list.selected.clone());
        assert_eq!(line, Some(RowKey("4".into())));
        update(&mut model, Message::Asked(Action::Back));
        assert_eq!(model.screen.place, Place::Rows(KindRef::new("", "Pod")));
    }
}
