//! Control planes and deployments whose machines are not what they say, and that say other things than Git.

use super::delivered::{self, Course};
use crate::Model;
use crate::queries::machines::outdated::{self, Reason};
use crate::queries::source_map::{self, Said as Place};
use crate::queries::stuck;
use domain::{Class, Difference, Machine, ObjectRef, Said, Subject, Sureness, Way, Written};

pub(super) fn add(model: &Model, found: &mut Vec<Difference>) {
    let capi = &model.world.capi;
    let planes = capi.control_planes().map(|it| (&it.meta.id, it.version.as_deref(), it.replicas));
    let deployments =
        capi.machine_deployments.iter().map(|it| (&it.meta.id, it.version.as_deref(), it.replicas));
    for (object, version, replicas) in planes.chain(deployments) {
        let mine = |it: &&Machine| !it.deleting() && capi.roller_of(it).as_ref() == Some(object);
        let machines: Vec<&Machine> = capi.machines.iter().filter(mine).collect();
        let roller = Roller { model, object, machines };
        found.extend(roller.version(version));
        found.extend(roller.replicas(replicas));
        found.extend(roller.others());
    }
}

/// A control plane or deployment with the machines that are to stay.
struct Roller<'a> {
    model: &'a Model,
    object: &'a ObjectRef,
    machines: Vec<&'a Machine>,
}

impl Roller<'_> {
    fn version(&self, declared: Option<&str>) -> Option<Difference> {
        let declared = declared?;
        let others: Vec<&str> = self
            .machines
            .iter()
            .filter_map(|it| it.version.as_deref())
            .filter(|it| *it != declared)
            .collect();
        let live = others.first().map(|it| format!("{it} on {} of {}", others.len(), self.machines.len()));
        let said = source_map::kubernetes_of(self.model, self.object);
        self.difference("version", said, declared.into(), live)
    }

    fn replicas(&self, declared: u32) -> Option<Difference> {
        let running = self.machines.len();
        let live = (running != declared as usize).then(|| running.to_string());
        let said = source_map::replicas_of(self.model, self.object);
        self.difference("replicas", said, declared.to_string(), live)
    }

    /// What else the machines were made with that their owner does not want any more.
    fn others(&self) -> Vec<Difference> {
        let capi = &self.model.world.capi;
        let reasons: Vec<Reason> = self.machines.iter().flat_map(|it| outdated::reasons(capi, it)).collect();
        let of = |field: &str, fits: fn(&Reason) -> Option<(String, String)>| {
            let mine: Vec<(String, String)> = reasons.iter().filter_map(fits).collect();
            let (has, wants) = mine.first()?;
            let live = format!("{has} on {} of {}", mine.len(), self.machines.len());
            self.difference(field, None, wants.clone(), Some(live))
        };
        let template = of("machine template", |it| match it {
            Reason::Template { has, wants } => Some((has.clone(), wants.clone())),
            _ => None,
        });
        let bootstrap = of("bootstrap template", |it| match it {
            Reason::Bootstrap { has, wants } => Some((has.clone(), wants.clone())),
            _ => None,
        });
        let config = of("machine config", |it| match it {
            Reason::Config => Some(("the former one".into(), "another one".into())),
            _ => None,
        });
        let said = of("machines", |it| match it {
            Reason::Said(words) => Some((words.clone(), "up to date".into())),
            _ => None,
        });
        [template, bootstrap, config, said].into_iter().flatten().collect()
    }

    /// `live` is none where the machines are as declared.
    fn difference(
        &self,
        field: &str,
        said: Option<Place>,
        declared: String,
        live: Option<String>,
    ) -> Option<Difference> {
        let (model, object) = (self.model, self.object);
        // Where objects are compared field by field, that one says whether Git and the cluster agree.
        let compared = model.world.declared.get(object).is_some();
        let agrees = compared || said.as_ref().is_none_or(|it| it.value == declared);
        if agrees && live.is_none() {
            return None;
        }
        let written =
            said.as_ref().map(|it| Written { path: it.path.clone(), line: it.line, sure: Sureness::Exact });
        let course = match (agrees, &written) {
            (true, _) => self.rolling(),
            (false, Some(written)) => delivered::differs(model, object, None, written),
            (false, None) => return None,
        };
        Some(Difference {
            of: Subject::Object(object.clone()),
            document: String::new(),
            field: field.into(),
            class: course.class,
            git: said.map_or(Said::Silent, |it| Said::Value(it.value)),
            live: Said::Value(live.unwrap_or_else(|| declared.clone())),
            declared: Said::Value(declared),
            written,
            writer: None,
            since: course.since,
            why: course.why,
            ways: course.ways,
        })
    }

    /// The machines are on their way to what is declared, or should be.
    fn rolling(&self) -> Course {
        let since = self.model.world.history.rolls.get(self.object).map(|it| it.began);
        match stuck::of_roller(self.model, self.object) {
            Some(stands) => {
                Course { class: Class::Stuck, why: stands.title, since: Some(stands.since), ways: Vec::new() }
            }
            None => Course {
                class: Class::Pending,
                why: "Cluster API replaces the machines one by one".into(),
                since,
                ways: vec![Way::Wait("Cluster API rolls".into())],
            },
        }
    }
}
