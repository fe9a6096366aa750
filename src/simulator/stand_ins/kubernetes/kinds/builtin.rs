//! The kinds every API server has.

use super::{Kind, ScalePaths};
use std::collections::BTreeMap;

/// One line: group, versions, kind, plural, short names, and marks: `n` namespaced, `s` status, `c` scale,
/// `r` a review, `a` of the category `all`.
const LINES: &str = "
- v1 Namespace namespaces ns s
- v1 Node nodes no s
- v1 Pod pods po nsa
- v1 Service services svc nsa
- v1 Endpoints endpoints ep n
- v1 ConfigMap configmaps cm n
- v1 Secret secrets - n
- v1 Event events ev n
- v1 ServiceAccount serviceaccounts sa n
- v1 PersistentVolume persistentvolumes pv s
- v1 PersistentVolumeClaim persistentvolumeclaims pvc ns
- v1 ReplicationController replicationcontrollers rc nsca
- v1 ResourceQuota resourcequotas quota ns
- v1 LimitRange limitranges limits n
- v1 PodTemplate podtemplates - n
apps v1 Deployment deployments deploy nsca
apps v1 ReplicaSet replicasets rs nsca
apps v1 StatefulSet statefulsets sts nsca
apps v1 DaemonSet daemonsets ds nsa
apps v1 ControllerRevision controllerrevisions - n
batch v1 Job jobs - nsa
batch v1 CronJob cronjobs cj nsa
policy v1 PodDisruptionBudget poddisruptionbudgets pdb ns
networking.k8s.io v1 Ingress ingresses ing ns
networking.k8s.io v1 IngressClass ingressclasses - -
networking.k8s.io v1 NetworkPolicy networkpolicies netpol n
rbac.authorization.k8s.io v1 Role roles - n
rbac.authorization.k8s.io v1 RoleBinding rolebindings - n
rbac.authorization.k8s.io v1 ClusterRole clusterroles - -
rbac.authorization.k8s.io v1 ClusterRoleBinding clusterrolebindings - -
coordination.k8s.io v1 Lease leases - n
storage.k8s.io v1 StorageClass storageclasses sc -
storage.k8s.io v1 CSIDriver csidrivers - -
storage.k8s.io v1 CSINode csinodes - -
storage.k8s.io v1 VolumeAttachment volumeattachments - s
scheduling.k8s.io v1 PriorityClass priorityclasses pc -
discovery.k8s.io v1 EndpointSlice endpointslices - n
events.k8s.io v1 Event events ev n
autoscaling v2 HorizontalPodAutoscaler horizontalpodautoscalers hpa nsa
apiextensions.k8s.io v1 CustomResourceDefinition customresourcedefinitions crd,crds s
apiregistration.k8s.io v1 APIService apiservices - s
admissionregistration.k8s.io v1 MutatingWebhookConfiguration mutatingwebhookconfigurations - -
admissionregistration.k8s.io v1 ValidatingWebhookConfiguration validatingwebhookconfigurations - -
certificates.k8s.io v1 CertificateSigningRequest certificatesigningrequests csr s
authentication.k8s.io v1 SelfSubjectReview selfsubjectreviews - r
authentication.k8s.io v1 TokenReview tokenreviews - r
authorization.k8s.io v1 SelfSubjectAccessReview selfsubjectaccessreviews - r
authorization.k8s.io v1 SelfSubjectRulesReview selfsubjectrulesreviews - r
authorization.k8s.io v1 SubjectAccessReview subjectaccessreviews - r
";

pub fn builtin() -> Vec<Kind> {
    LINES.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Kind> {
    let mut words = line.split_whitespace();
    let (group, version, kind, plural) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (short, marks) = (words.next()?, words.next()?);
    let list = |text: &str| text.split(',').filter(|it| *it != "-").map(String::from).collect();
    Some(Kind {
        group: if group == "-" { String::new() } else { group.into() },
        versions: vec![version.into()],
        kind: kind.into(),
        plural: plural.into(),
        singular: kind.to_lowercase(),
        short_names: list(short),
        categories: if marks.contains('a') { vec!["all".into()] } else { Vec::new() },
        namespaced: marks.contains('n'),
        status: marks.contains('s'),
        scale: marks.contains('c').then(|| ScalePaths {
            spec: ".spec.replicas".into(),
            status: ".status.replicas".into(),
            selector: None,
        }),
        review: marks.contains('r'),
        custom: false,
        columns: BTreeMap::new(),
        schemas: BTreeMap::new(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_is_a_kind() {
        let lines = super::LINES.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(super::builtin().len(), lines);
    }
}
