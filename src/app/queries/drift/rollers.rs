//! Control planes and deployments whose machines are not what they say, and that say other things than Git.

use super::delivered::{self, Course};
use crate::Model;
use crate::queries::machines::outdated::{self, Reason};
use crate::queries::rollout::victims;
use crate::queries::source_map::{self, Said as Place};
use crate::queries::stuck;
use domain::{
    Class, Cluster, Difference, Found, Machine, Meta, ObjectRef, Return, Said, Strategy, Subject, Sureness,
    Unlike, Way, Written,
};

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
            (true, _) => self.rolling(field),
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
    fn rolling(&self, field: &str) -> Course {
        let since = self.model.world.history.rolls.get(self.object).map(|it| it.began);
        let course = |class, why: String, ways| Course { class, why, since, ways };
        if let Some(paused) = self.paused() {
            return course(Class::Stuck, self.paused_words(paused), Vec::new());
        }
        let stands = stuck::of_roller(self.model, self.object);
        let by_hand = self.replaced_by_hand() && field != "replicas";
        match stands {
            Some(stands) if !by_hand || stands.class != stuck::Class::Held => {
                let since = Some(stands.since);
                Course { class: Class::Stuck, why: stands.title, since, ways: Vec::new() }
            }
            _ if by_hand => {
                let why = "a person deletes each machine, and Cluster API makes it anew (OnDelete)";
                course(Class::Pending, why.into(), self.next().into_iter().map(delete).collect())
            }
            _ => {
                let (why, by) = match field {
                    "replicas" => {
                        ("Cluster API makes the machines, or takes them away", "Cluster API scales")
                    }
                    _ => ("Cluster API replaces the machines one by one", "Cluster API rolls"),
                };
                course(Class::Pending, why.into(), vec![Way::Wait(by.into())])
            }
        }
    }

    /// The object that is paused: the roller, or its whole cluster.
    fn paused(&self) -> Option<&Meta> {
        let capi = &self.model.world.capi;
        let plane = capi.control_planes().find(|it| it.meta.id == *self.object).map(|it| &it.meta);
        let mine = plane.or_else(|| capi.machine_deployments.get(self.object).map(|it| &it.meta))?;
        let of = |it: &&Cluster| {
            Some(it.meta.name()) == mine.cluster.as_deref() && it.meta.id.namespace == mine.id.namespace
        };
        let cluster = capi.clusters.iter().find(of).map(|it| &it.meta);
        cluster.into_iter().chain([mine]).find(|it| it.paused)
    }

    /// That it is paused, and who paused it as far as that is known.
    fn paused_words(&self, paused: &Meta) -> String {
        let (world, object) = (&self.model.world, &paused.id);
        let is_pause = |it: &&Unlike| it.field.contains("paused");
        let changed = match world.declared.get(object).map(|it| &it.found) {
            Some(Found::Differs(fields)) => fields.iter().find(is_pause).and_then(|it| it.writer.as_ref()),
            _ => None,
        };
        let said =
            source_map::of(self.model, object, Some("spec.paused")).filter(|it| it.value == "true").or_else(
                || source_map::of(self.model, object, Some("metadata.annotations.cluster.x-k8s.io/paused")),
            );
        let who = match (changed, said) {
            (Some(writer), _) => format!("by {}", writer.name),
            (None, Some(said)) => format!("by Git, in {}", said.place()),
            (None, None) => "by whom is not known".into(),
        };
        let what = Subject::Object(object.clone()).words();
        format!("{what} is paused, {who}: nothing is replaced until it is not")
    }

    fn replaced_by_hand(&self) -> bool {
        let capi = &self.model.world.capi;
        let plane = capi.control_planes().find(|it| it.meta.id == *self.object).map(|it| &it.strategy);
        let strategy = plane.or_else(|| capi.machine_deployments.get(self.object).map(|it| &it.strategy));
        strategy == Some(&Strategy::OnDelete)
    }

    /// The machine that would be the next to go.
    fn next(&self) -> Option<&Machine> {
        let capi = &self.model.world.capi;
        let order = victims(capi, self.object);
        let machine = order.first().and_then(|it| capi.machines.get(it));
        machine.or_else(|| self.machines.iter().copied().find(|it| !outdated::reasons(capi, it).is_empty()))
    }
}

/// The cockpit deletes no machine here: whoever chose OnDelete chooses when.
fn delete(machine: &Machine) -> Way {
    let id = &machine.meta.id;
    Way::BringBack(Return::Command(format!("kubectl -n {} delete machine {}", id.namespace, id.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Change, MachineDeployment, MachineId};

    fn object(kind: &str, name: &str) -> ObjectRef {
        ObjectRef { group: String::new(), kind: kind.into(), namespace: "default".into(), name: name.into() }
    }

    fn machine() -> Machine {
        let id = object("Machine", "md-a");
        Machine {
            id: MachineId { namespace: "default".into(), name: "md-a".into() },
            meta: Meta { id, owner: Some(deployment().meta.id), ..Meta::default() },
            version: Some("v1.34.0".into()),
            ..Machine::default()
        }
    }

    fn deployment() -> MachineDeployment {
        let id = object("MachineDeployment", "md");
        MachineDeployment {
            meta: Meta { id, cluster: Some("k8s".into()), ..Meta::default() },
            replicas: 1,
            version: Some("v1.35.0".into()),
            ..MachineDeployment::default()
        }
    }

    fn of(deployment: MachineDeployment, cluster_paused: bool) -> Difference {
        let mut model = Model::default();
        let id = object("Cluster", "k8s");
        let meta = Meta { id, paused: cluster_paused, ..Meta::default() };
        model.world.capi.clusters.absorb(Change::Snapshot(vec![Cluster { meta, ..Cluster::default() }]));
        let object = deployment.meta.id.clone();
        model.world.capi.machine_deployments.absorb(Change::Snapshot(vec![deployment.clone()]));
        let machine = machine();
        let roller = Roller { model: &model, object: &object, machines: vec![&machine] };
        roller.version(deployment.version.as_deref()).unwrap()
    }

    #[test]
    fn what_is_paused_is_stuck_and_says_so() {
        let it = of(deployment(), false);
        assert_eq!((it.class, it.ways), (Class::Pending, vec![Way::Wait("Cluster API rolls".into())]));
        let paused = Meta { paused: true, ..deployment().meta };
        let it = of(MachineDeployment { meta: paused, ..deployment() }, false);
        assert_eq!((it.class, it.ways), (Class::Stuck, Vec::new()));
        assert!(
            it.why.starts_with("MachineDeployment default/md is paused, by whom is not known"),
            "{}",
            it.why
        );
        let it = of(deployment(), true);
        assert!(
            it.class == Class::Stuck && it.why.starts_with("Cluster default/k8s is paused"),
            "{}",
            it.why
        );
    }

    #[test]
    fn on_delete_waits_for_a_person() {
        let it = of(MachineDeployment { strategy: Strategy::OnDelete, ..deployment() }, false);
        assert_eq!(it.class, Class::Pending);
        assert!(it.why.starts_with("a person deletes each machine"), "{}", it.why);
        assert!(!it.ways.iter().any(|way| matches!(way, Way::Wait(_))), "{:?}", it.ways);
    }
}
