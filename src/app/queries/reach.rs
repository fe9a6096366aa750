//! How far a changed value of an object reaches: machines, pods, or nothing that runs.

use super::rollout::Edit;
use crate::{DraftState, Edited};
use domain::ObjectRef;

/// The furthest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Machines are replaced, or made, or deleted.
    Machines(Edit),
    /// The content of a template in use: nothing comes of it.
    Template,
    /// Pods are made anew.
    Pods(&'static str),
    /// There are more or fewer pods.
    Scales,
    Goes,
    Comes,
    /// It counts from some moment on.
    Later(&'static str),
    Live,
}

/// What setting a field of an object does. Of Cluster API: a TalosControlPlane replaces machines where its version,
/// the template it names or its config differ; a MachineDeployment where its version or what it makes machines of
/// do. All else of them is taken over in place, or counts from the next rollout on.
pub fn reach(object: &ObjectRef, field: &str, after: Option<&str>) -> Reach {
    let kind = object.kind.as_str();
    if kind.ends_with("MachineTemplate") || kind.ends_with("ConfigTemplate") {
        return if field.starts_with("metadata.") { Reach::Live } else { Reach::Template };
    }
    let under = |prefix: &str| {
        field == prefix
            || field.starts_with(&format!("{prefix}."))
            || field.starts_with(&format!("{prefix}["))
    };
    match kind {
        "TalosControlPlane" | "KubeadmControlPlane" => {
            let template = ["spec.infrastructureTemplate", "spec.machineTemplate.spec.infrastructureRef"];
            match () {
                () if field == "spec.version" => version(after),
                () if field == "spec.replicas" => replicas(after),
                () if template.into_iter().any(under) => named(field, after),
                () if under("spec.controlPlaneConfig") || under("spec.kubeadmConfigSpec") => {
                    Reach::Machines(Edit::Config)
                }
                () if under("spec.rolloutStrategy") || under("spec.rollout") => {
                    Reach::Later("it counts from the next rollout on")
                }
                () => Reach::Live,
            }
        }
        "MachineDeployment" => match () {
            () if field == "spec.template.spec.version" => version(after),
            () if field == "spec.replicas" => replicas(after),
            () if under("spec.template.spec.infrastructureRef") => named(field, after),
            () if under("spec.template.spec.bootstrap") => Reach::Machines(Edit::Config),
            () if under("spec.template.spec.failureDomain") => Reach::Machines(Edit::Config),
            () if under("spec.strategy") || under("spec.rollout") => {
                Reach::Later("it counts from the next rollout on")
            }
            () => Reach::Live,
        },
        "Deployment" | "StatefulSet" | "DaemonSet" => match () {
            () if under("spec.template") => Reach::Pods(match kind {
                "Deployment" => "Deployment",
                "StatefulSet" => "StatefulSet",
                _ => "DaemonSet",
            }),
            () if field == "spec.replicas" => Reach::Scales,
            () => Reach::Live,
        },
        "CronJob" if under("spec.jobTemplate") || field == "spec.schedule" => {
            Reach::Later("it counts from the next run on")
        }
        _ => Reach::Live,
    }
}

/// The template that a draft would change in place.
pub fn template_of(draft: &DraftState) -> Option<ObjectRef> {
    let hits = |object: &ObjectRef, field: &str| reach(object, field, None) == Reach::Template;
    match &draft.edited {
        Edited::Value(value) => hits(&value.object, &value.field).then(|| value.object.clone()),
        Edited::Text(_) => draft.changes.iter().find_map(|it| {
            let object = it.object.as_ref()?;
            (!it.field.is_empty() && hits(object, &it.field)).then(|| object.clone())
        }),
    }
}

fn version(after: Option<&str>) -> Reach {
    Reach::Machines(after.map_or(Edit::Config, |it| Edit::Version(it.to_owned())))
}

fn replicas(after: Option<&str>) -> Reach {
    after.and_then(|it| it.parse().ok()).map_or(Reach::Live, |it| Reach::Machines(Edit::Replicas(it)))
}

/// Another template by its name; another kind of it is one as well.
fn named(field: &str, after: Option<&str>) -> Reach {
    match (field.ends_with(".name"), after) {
        (true, Some(name)) => Reach::Machines(Edit::Template(name.to_owned())),
        _ => Reach::Machines(Edit::Config),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, field: &str, after: &str) -> Reach {
        reach(&ObjectRef { kind: kind.into(), ..ObjectRef::default() }, field, Some(after))
    }

    #[test]
    fn what_replaces_machines_is_told_from_what_does_not() {
        let machines = |edit: Edit| Reach::Machines(edit);
        assert_eq!(of("TalosControlPlane", "spec.version", "v1"), machines(Edit::Version("v1".into())));
        assert_eq!(
            of("TalosControlPlane", "spec.infrastructureTemplate.name", "b"),
            machines(Edit::Template("b".into()))
        );
        let patch = "spec.controlPlaneConfig.controlplane.strategicPatches[0]";
        assert_eq!(of("TalosControlPlane", patch, "x"), machines(Edit::Config));
        assert!(matches!(of("TalosControlPlane", "spec.rolloutStrategy.type", "OnDelete"), Reach::Later(_)));
        assert_eq!(of("TalosControlPlane", "metadata.labels.a", "b"), Reach::Live);
        assert_eq!(of("MachineDeployment", "spec.replicas", "4"), machines(Edit::Replicas(4)));
        assert_eq!(of("MachineDeployment", "spec.template.metadata.labels.a", "b"), Reach::Live);
        assert_eq!(of("HCloudMachineTemplate", "spec.template.spec.type", "cx33"), Reach::Template);
        assert_eq!(
            of("Deployment", "spec.template.spec.containers[0].image", "x"),
            Reach::Pods("Deployment")
        );
        assert_eq!(of("Deployment", "spec.replicas", "2"), Reach::Scales);
        assert_eq!(of("ConfigMap", "data.a", "x"), Reach::Live);
    }
}
