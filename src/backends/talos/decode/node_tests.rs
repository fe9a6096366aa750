//! What a node says of itself, as Talos writes it.

use super::*;

fn resource(id: &str, yaml: &str) -> Resource {
    Resource { id: id.into(), yaml: yaml.into(), ..Default::default() }
}

fn heard(told: &[(Kind, &str, &str)]) -> Node {
    let mut known = Known::default();
    for (kind, id, yaml) in told {
        known.hear(*kind, Told::Put(resource(id, yaml)));
    }
    let mut node = Node::default();
    known.write(&mut node);
    node
}

#[test]
fn a_node_is_put_together_from_its_resources() {
    let node = heard(&[
        (
            Kind::MachineStatus,
            "machine",
            "stage: shutting down\nstatus:\n    ready: false\n    unmetConditions:\n        - name: services\n          reason: \"kubelet not healthy\"\n",
        ),
        (Kind::MachineType, "machine-type", "controlplane\n"),
        (Kind::Services, "etcd", "running: true\nhealthy: true\nunknown: false\n"),
        (Kind::Services, "udevd", "running: true\nhealthy: false\nunknown: true\n"),
        (Kind::NodeAddresses, "current", "addresses:\n    - 10.0.0.2/24\n    - fd00::2/64\n"),
        (Kind::NodeStatus, "cp-1", "nodename: cp-1\nnodeReady: true\nunschedulable: true\n"),
        (Kind::EtcdMember, "local", "memberID: 8e9e05c52164694d\n"),
        (Kind::KubeletSpec, "kubelet", "image: ghcr.io/siderolabs/kubelet:v1.35.0@sha256:abcd\n"),
        (Kind::Extensions, "0", "metadata:\n    name: schematic\n    version: 376567\n"),
        (Kind::Extensions, "1", "metadata:\n    name: iscsi-tools\n    version: v0.2.0\n"),
        (Kind::Diagnostics, "kubelet-csr", "message: kubelet server certificate rotation is enabled\n"),
    ]);
    assert_eq!(node.stage, Stage::ShuttingDown);
    assert_eq!(node.unmet, [("services".into(), "kubelet not healthy".into())]);
    assert_eq!(node.role, Some(NodeRole::ControlPlane));
    assert_eq!(node.services[0], Service { name: "etcd".into(), running: true, healthy: Some(true) });
    assert_eq!(node.services[1].healthy, None);
    assert_eq!(node.addresses, ["10.0.0.2", "fd00::2"]);
    assert!(node.kubernetes.is_some_and(|it| it.ready && it.unschedulable));
    assert_eq!(node.etcd, Some(MemberId(0x8e9e_05c5_2164_694d)));
    assert_eq!(node.kubelet.as_deref(), Some("v1.35.0"));
    assert_eq!(node.schematic.as_deref(), Some("376567"));
    assert_eq!(node.extensions, [("iscsi-tools".into(), "v0.2.0".into())]);
    assert_eq!(node.diagnostics.len(), 1);
}

#[test]
fn of_a_machine_config_only_the_digest_is_kept() {
    let text = "machine:\n    token: abc.def\n";
    let proto = MachineConfigSpec { yaml_marshalled: text.into() }.encode_to_vec();
    let mut known = Known::default();
    let config = |id: &str| Resource {
        id: id.into(),
        yaml: "x".into(),
        proto: proto.clone().into(),
        ..Default::default()
    };
    known.hear(Kind::MachineConfig, Told::All(vec![config("v1alpha1"), config("persistent")]));
    assert!(!format!("{known:?}").contains("abc.def"), "the text is gone");
    let mut node = Node::default();
    known.write(&mut node);
    let active = hex(&Sha256::digest(text));
    assert_eq!(node.config, ConfigFact::Known { active: active.clone(), persistent: None });

    // A server that fills the YAML alone.
    let quoted = resource("persistent", "|\n    machine:\n        token: other\n");
    known.hear(Kind::MachineConfig, Told::Put(quoted));
    known.write(&mut node);
    assert!(matches!(node.config, ConfigFact::Known { persistent: Some(_), .. }), "staged or on trial");
}

#[test]
fn what_is_withheld_says_so_and_the_rest_stays() {
    let mut known = Known::default();
    known.hear(Kind::MachineType, Told::All(vec![resource("machine-type", "worker")]));
    known.hear(Kind::MachineConfig, Told::Withheld(Trouble::Forbidden("not authorized".into())));
    known.hear(Kind::KubeletSpec, Told::Withheld(Trouble::Forbidden("not authorized".into())));
    let mut node = Node::default();
    known.write(&mut node);
    assert_eq!(node.config, ConfigFact::Forbidden);
    assert_eq!(node.role, Some(NodeRole::Worker));
    assert_eq!(node.withheld.keys().collect::<Vec<_>>(), ["kubelet", "machine config"]);
    known.hear(Kind::KubeletStatus, Told::All(vec![resource("kubelet", "image: kubelet:v1.35.2")]));
    known.write(&mut node);
    assert_eq!(node.kubelet.as_deref(), Some("v1.35.2"));
    assert_eq!(node.withheld.keys().collect::<Vec<_>>(), ["machine config"], "one kubelet type is enough");
}

proptest::proptest! {
    #[test]
    fn noise_never_breaks_it(id in ".{0,12}", yaml in "(?s).{0,200}", proto in proptest::collection::vec(0u8.., 0..64)) {
        let mut known = Known::default();
        for kind in Kind::ALL {
            let noise = Resource { id: id.clone(), yaml: yaml.clone(), proto: proto.clone().into(), ..Default::default() };
            known.hear(kind, Told::Put(noise));
        }
        for id in ["machine", "hostname", "current", "v1alpha1"] {
            known.hear(Kind::MachineStatus, Told::Put(resource(id, &yaml)));
            known.hear(Kind::Hostname, Told::Put(resource(id, &yaml)));
        }
        known.write(&mut Node::default());
        let _ = known.hostname();
        let _ = crate::talos::decode::members::member(&resource(&id, &yaml));
    }
}
