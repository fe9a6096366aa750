//! What a value must look like where Cluster API would refuse it, or a person would regret it. YAML takes anything.

use crate::{DraftState, Model, ValueEdit};
use domain::{Check, Verdict};

/// What is to be said of the value of a draft by itself. Only a value that was one before must stay one: what is a
/// placeholder in Git is not judged.
pub fn checks(model: &Model, draft: &DraftState) -> Vec<Check> {
    if !draft.changed() {
        return Vec::new();
    }
    let Some(value) = draft.value() else { return Vec::new() };
    let machines = value.object.group.ends_with("cluster.x-k8s.io");
    let said = match value.field.rsplit('.').next().unwrap_or(&value.field) {
        "version" if machines => version(model, value),
        "replicas" if machines || value.field == "spec.replicas" => replicas(value),
        _ => None,
    };
    said.map(|(verdict, says)| Check::of(verdict, says)).into_iter().collect()
}

fn version(model: &Model, draft: &ValueEdit) -> Option<(Verdict, String)> {
    let (before, after) = (release(&draft.before)?, draft.after.as_str());
    let Some(wished) = release(after) else {
        let says = format!("\"{after}\" is no version of Kubernetes, such as {}", draft.before);
        return Some((Verdict::Bad, says));
    };
    if draft.before.starts_with('v') && !after.starts_with('v') {
        return Some((Verdict::Note, format!("{after} has no v in front, as {} has", draft.before)));
    }
    let leads = draft.object.kind.ends_with("ControlPlane") || draft.object.kind == "Cluster";
    if wished[..2] < before[..2] {
        let says = format!("{after} is older than {}: Kubernetes does not go back", draft.before);
        return Some((Verdict::Note, says));
    }
    if leads && wished[0] == before[0] && wished[1] > before[1] + 1 {
        let says = format!(
            "skips v{}.{}: a control plane goes up one minor version at a time",
            before[0],
            before[1] + 1
        );
        return Some((Verdict::Note, says));
    }
    let newest = control_planes(model).into_iter().max().filter(|_| !leads)?;
    let [major, minor, _] = newest;
    (wished[..2] > newest[..2]).then(|| {
        (Verdict::Note, format!("newer than the control plane, v{major}.{minor}: a kubelet may not be"))
    })
}

/// The versions of the control planes: of the cluster, and those wished for in drafts.
fn control_planes(model: &Model) -> Vec<[u64; 3]> {
    let drafts = model.drafts.list.iter().filter_map(DraftState::value);
    let wished = drafts.filter(|it| it.object.kind.ends_with("ControlPlane") && it.field == "spec.version");
    let live = model.world.capi.control_planes().filter_map(|it| it.version.as_deref());
    live.chain(wished.map(|it| it.after.as_str())).filter_map(release).collect()
}

fn replicas(draft: &ValueEdit) -> Option<(Verdict, String)> {
    let (_, after): (u32, &str) = (draft.before.parse().ok()?, &draft.after);
    let control = draft.object.kind.ends_with("ControlPlane");
    match after.parse::<u32>() {
        Err(_) => Some((Verdict::Bad, format!("\"{after}\" is no number of replicas"))),
        Ok(0) if control => Some((Verdict::Bad, "a cluster cannot be without a control plane".into())),
        Ok(some) if control && some % 2 == 0 => {
            let says = format!("{some} members of etcd may lose no more of them than {} may", some - 1);
            Some((Verdict::Note, says))
        }
        Ok(_) => None,
    }
}

/// Major, minor and patch of "v1.35.2"; none where it is not a version.
fn release(text: &str) -> Option<[u64; 3]> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split(['-', '+']).next()?;
    let mut parts = text.split('.').map(|it| it.parse::<u64>().ok());
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{Delta, DraftId, Message, update};
    use domain::{
        CapiChange, Change, CommitId, ControlPlane, Meta, ObjectRef, Observation, Quotes, RepoPath, Scalar,
        SourceObject,
    };

    pub fn some(kind: &str, field: &str, before: &str, after: &str) -> DraftState {
        let group = "controlplane.cluster.x-k8s.io".into();
        let source = SourceObject {
            object: ObjectRef { group, kind: kind.into(), namespace: String::new(), name: "k8s".into() },
            path: RepoPath("a.yaml".into()),
            document: 0,
            line: 1,
            scalars: Vec::new(),
        };
        let (field, value, quotes) = (field.into(), before.into(), Quotes::Plain);
        let scalar = Scalar { field, value, line: 1, start: 0, end: 0, quotes };
        let mut draft = DraftState::of(DraftId(1), String::new(), CommitId(String::new()), &source, &scalar);
        if let Some(delta) = Delta::between(before, after) {
            draft.typed(&delta);
        }
        draft
    }

    fn said(kind: &str, field: &str, before: &str, after: &str) -> Vec<String> {
        let mut model = Model::default();
        let id = ObjectRef { name: "cp".into(), ..ObjectRef::default() };
        let meta = Meta { id, ..Meta::default() };
        let plane = ControlPlane { meta, version: Some("v1.35.0".into()), ..ControlPlane::default() };
        let change = CapiChange::TalosControlPlanes(Change::Snapshot(vec![plane]));
        update(&mut model, Message::Observed(Observation::Capi(change)));
        let draft = some(kind, field, before, after);
        checks(&model, &draft).into_iter().map(|it| format!("{:?}: {}", it.verdict, it.says)).collect()
    }

    #[test]
    fn a_version_that_is_none_is_not_committed() {
        for wrong in ["4", "", "v1.35", "v1.35.0v", "latest", "v1.35.2.1"] {
            let said = said("MachineDeployment", "spec.template.spec.version", "v1.35.0", wrong);
            assert_eq!(said, [format!("Bad: \"{wrong}\" is no version of Kubernetes, such as v1.35.0")]);
        }
        assert!(said("TalosControlPlane", "spec.version", "v1.35.0", "v1.35.2").is_empty());
        assert!(said("TalosControlPlane", "spec.version", "v1.35.0", "v1.36.0-rc.1").is_empty());
        assert!(said("TalosControlPlane", "spec.version", "${VERSION}", "x").is_empty(), "a placeholder");
    }

    #[test]
    fn what_kubernetes_does_not_do_is_said() {
        let version = |kind: &str, after| said(kind, "spec.version", "v1.35.0", after);
        assert_eq!(version("TalosControlPlane", "v1.34.9").len(), 1);
        assert!(version("TalosControlPlane", "v1.37.0")[0].contains("skips v1.36"));
        assert!(version("MachineDeployment", "v1.36.0")[0].contains("newer than the control plane, v1.35"));
        assert!(version("MachineDeployment", "1.35.2")[0].contains("no v in front"));
        assert!(version("MachineDeployment", "v1.35.2").is_empty());
    }

    #[test]
    fn a_number_of_replicas_is_a_number() {
        let replicas = |kind: &str, after| said(kind, "spec.replicas", "3", after);
        assert_eq!(replicas("MachineDeployment", "v4"), ["Bad: \"v4\" is no number of replicas"]);
        assert_eq!(replicas("MachineDeployment", "-1").len(), 1);
        assert!(replicas("MachineDeployment", "0").is_empty());
        assert!(replicas("TalosControlPlane", "0")[0].starts_with("Bad: "));
        assert!(replicas("TalosControlPlane", "4")[0].contains("may lose no more"));
    }
}
