//! When a change of a config takes effect, by the version of Talos that runs it.

use super::documents::{Comparison, Documents};
use domain::{FieldChange, NodeEffect};

/// Fields of `machine` that Talos 1.13 and older put in force at once; every other takes a reboot.
const IMMEDIATE: [&str; 18] = [
    "ca",
    "acceptedCAs",
    "time",
    "certSANs",
    "install",
    "network",
    "sysfs",
    "sysctls",
    "logging",
    "controlPlane",
    "kubelet",
    "kernel",
    "registries",
    "pods",
    "seccompProfiles",
    "nodeAnnotations",
    "nodeLabels",
    "nodeTaints",
];
/// The same of `machine.features`.
const IMMEDIATE_FEATURES: [&str; 5] =
    ["kubernetesTalosAPIAccess", "kubePrism", "hostDNS", "imageCache", "nodeAddressSortAlgorithm"];
/// What Talos 1.14 takes at once and looks at only when it boots: beginnings of fields of the main document, and
/// kinds of documents with a beginning of their fields.
const AT_BOOT: [&str; 4] = ["cluster.etcd", "machine.env", "machine.kernel", "machine.systemDiskEncryption"];
const AT_BOOT_KINDS: [(&str, &str); 5] = [
    ("EnvironmentConfig", ""),
    ("KernelModuleConfig", ""),
    ("VolumeConfig", "encryption"),
    ("UserVolumeConfig", "encryption"),
    ("RawVolumeConfig", "encryption"),
];

/// What must be the same in both, or the config is somebody else's.
pub(crate) struct Kin<'a> {
    pub running: &'a Documents,
    pub wanted: &'a Documents,
}

/// What the change does on a node that runs `version` of Talos, and what else is worth knowing. An unknown version is
/// taken for an old one: then more takes a reboot.
pub(crate) fn effect(
    kin: &Kin<'_>,
    found: &Comparison,
    same_bytes: bool,
    version: Option<&str>,
) -> (NodeEffect, Vec<String>) {
    let mut notes = Vec::new();
    if let Some(why) = stranger(kin) {
        return (NodeEffect::Impossible(why), notes);
    }
    if same_bytes {
        return (NodeEffect::Nothing, notes);
    }
    if found.fields.is_empty() {
        notes.push("the fields are the same; only how they are written differs".into());
    }
    let told = |it: &FieldChange| match it.document.as_str() {
        "" => it.field.clone(),
        document => format!("{document}: {}", it.field),
    };
    if found.fields.iter().any(|it| it.document.is_empty() && begins(&it.field, "machine.install")) {
        notes.push("machine.install is used at the next install or upgrade".into());
    }
    let fields = |rule: fn(&FieldChange) -> bool| -> Vec<String> {
        found.fields.iter().filter(|it| rule(it)).map(told).collect()
    };
    let effect = if minor(version).is_some_and(|it| it >= 14) {
        match fields(at_boot) {
            none if none.is_empty() => NodeEffect::Live,
            some => NodeEffect::NextReboot(some),
        }
    } else {
        match fields(needs_reboot) {
            none if none.is_empty() => NodeEffect::Live,
            some => NodeEffect::Reboot(some),
        }
    };
    (effect, notes)
}

/// Why the config is not one for this node.
fn stranger(kin: &Kin<'_>) -> Option<String> {
    if kin.wanted.main().is_none() {
        return Some("the rendered config has no v1alpha1 document".into());
    }
    let (runs, wants) = (kin.running.role(), kin.wanted.role());
    match (runs, wants) {
        (_, None) => return Some("the rendered config does not say which type of machine it is for".into()),
        (Some(runs), Some(wants)) if runs != wants => {
            return Some(format!(
                "it is a {}, and the rendered config is one of a {}",
                runs.word(),
                wants.word()
            ));
        }
        _ => {}
    }
    let id = |it: &Documents| it.word(&["cluster", "id"]).map(str::to_owned);
    match (id(kin.running), id(kin.wanted)) {
        (Some(runs), Some(wants)) if runs != wants => {
            Some("the rendered config is of another cluster: its cluster.id differs".into())
        }
        _ => None,
    }
}

fn begins(field: &str, with: &str) -> bool {
    field.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn at_boot(it: &FieldChange) -> bool {
    if it.document.is_empty() {
        return AT_BOOT.iter().any(|with| begins(&it.field, with));
    }
    let kind = it.document.split(' ').next().unwrap_or_default();
    AT_BOOT_KINDS.iter().any(|(of, with)| kind == *of && (with.is_empty() || begins(&it.field, with)))
}

/// Of Talos 1.13 and older: separate documents are never asked about.
fn needs_reboot(it: &FieldChange) -> bool {
    let mut steps = it.field.split('.');
    if !it.document.is_empty() || steps.next() != Some("machine") {
        return false;
    }
    match steps.next() {
        Some("features") => !steps.next().is_some_and(|it| IMMEDIATE_FEATURES.contains(&it)),
        Some(field) => !IMMEDIATE.contains(&field),
        None => false,
    }
}

/// The minor version: 13 of `v1.13.9`.
fn minor(version: Option<&str>) -> Option<u32> {
    let mut numbers = version?.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    (major == "1").then(|| minor.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "machine: {type: worker, sysctls: {a: '1'}, kernel: {modules: []}, features: {kubePrism: {enabled: true}, rbac: true}, install: {image: x}}\ncluster: {id: c1}\n";

    fn of(before: &str, after: &str, version: &str) -> NodeEffect {
        let (running, wanted) = (Documents::read(before).unwrap(), Documents::read(after).unwrap());
        let found = Comparison::of(&running, &wanted);
        effect(&Kin { running: &running, wanted: &wanted }, &found, before == after, Some(version)).0
    }

    #[test]
    fn old_talos_reboots_for_what_is_not_immediate() {
        let with = |from: &str, to: &str| of(BASE, &BASE.replace(from, to), "v1.13.9");
        assert_eq!(with("a: '1'", "a: '2'"), NodeEffect::Live);
        assert_eq!(with("modules: []", "modules: [{name: x}]"), NodeEffect::Live);
        assert_eq!(with("enabled: true", "enabled: false"), NodeEffect::Live);
        assert_eq!(
            with("rbac: true", "rbac: false"),
            NodeEffect::Reboot(vec!["machine.features.rbac".into()])
        );
        assert_eq!(
            with("sysctls: {", "env: {A: b}, sysctls: {"),
            NodeEffect::Reboot(vec!["machine.env.A".into()])
        );
        assert_eq!(with("zzz", ""), NodeEffect::Nothing);
    }

    #[test]
    fn new_talos_never_reboots_by_itself_but_looks_at_some_only_when_it_boots() {
        let with = |from: &str, to: &str| of(BASE, &BASE.replace(from, to), "v1.14.1");
        assert_eq!(with("rbac: true", "rbac: false"), NodeEffect::Live);
        assert_eq!(
            with("modules: []", "modules: [{name: x}]"),
            NodeEffect::NextReboot(vec!["machine.kernel.modules".into()])
        );
        let volume =
            format!("{BASE}---\nkind: VolumeConfig\nname: EPHEMERAL\nencryption: {{provider: luks2}}\n");
        let field = "VolumeConfig EPHEMERAL: encryption.provider".to_owned();
        let kind = "VolumeConfig EPHEMERAL: kind".to_owned();
        assert_eq!(of(BASE, &volume, "v1.14.1"), NodeEffect::NextReboot(vec![field.clone()]), "not {kind}");
    }

    #[test]
    fn a_config_of_another_node_or_cluster_is_impossible() {
        for (from, to) in
            [("type: worker", "type: controlplane"), ("id: c1", "id: c2"), ("type: worker, ", "")]
        {
            assert!(
                matches!(of(BASE, &BASE.replace(from, to), "v1.13.9"), NodeEffect::Impossible(_)),
                "{to}"
            );
        }
        assert!(matches!(of(BASE, "kind: HostnameConfig\n", "v1.13.9"), NodeEffect::Impossible(_)));
    }
}
