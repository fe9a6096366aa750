//! Members.cluster.talos.dev: who is in the cluster, as one node has discovered it.

use super::Yaml;
use crate::talos::cosi::Resource;
use domain::NodeName;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub name: NodeName,
    pub addresses: Vec<String>,
    pub control_plane: bool,
}

/// `None` where the resource names nobody.
pub(crate) fn member(resource: &Resource) -> Option<Member> {
    let spec = Yaml::read(&resource.yaml);
    let name = spec.text_at(&["hostname"]).or_else(|| Some(crate::talos::tidy::plain(&resource.id)))?;
    // The name that Kubernetes knows is the first label of a host name.
    let name = name.split('.').next().filter(|it| !it.is_empty())?.to_owned();
    Some(Member {
        name: NodeName(name),
        addresses: spec.texts_at(&["addresses"]),
        control_plane: spec.text_at(&["machineType"]).is_some_and(|it| it != "worker"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read() {
        let yaml = "nodeId: abc\naddresses:\n    - 10.0.0.2\n    - fd00::2\nhostname: cp-1.local\nmachineType: controlplane\n";
        let read = member(&Resource { id: "cp-1".into(), yaml: yaml.into(), ..Default::default() }).unwrap();
        assert_eq!(
            read,
            Member {
                name: "cp-1".into(),
                addresses: vec!["10.0.0.2".into(), "fd00::2".into()],
                control_plane: true
            }
        );
        assert_eq!(member(&Resource::default()), None);
    }
}
