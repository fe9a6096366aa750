//! The messages that clients send as protobuf rather than JSON: what `kubectl create`, `drain` and `auth` send.
//!
//! One line per message, `number:field:type` for each field. Types: `s` text, `i` number left out when 0, `I` number,
//! `b` flag left out when false, `B` flag, `y` bytes, `t` time, `q` quantity, `x` number or text; `*` in front for a
//! list, `%` for a map of text to it, `~` for a message whose fields belong to the one around it.

/// The lines; the first word names the message.
pub const MESSAGES: &str = "
ObjectMeta 1:name:s 2:generateName:s 3:namespace:s 5:uid:s 6:resourceVersion:s 8:creationTimestamp:t 11:labels:%s 12:annotations:%s 13:ownerReferences:*OwnerReference 14:finalizers:*s
OwnerReference 5:apiVersion:s 1:kind:s 3:name:s 4:uid:s 6:controller:B 7:blockOwnerDeletion:B
DeleteOptions 1:gracePeriodSeconds:I 2:preconditions:Preconditions 4:propagationPolicy:s 5:dryRun:*s
Preconditions 1:uid:s 2:resourceVersion:s
LabelSelector 1:matchLabels:%s 2:matchExpressions:*LabelSelectorRequirement
LabelSelectorRequirement 1:key:s 2:operator:s 3:values:*s
Namespace 1:metadata:ObjectMeta 2:spec:NamespaceSpec
NamespaceSpec 1:finalizers:*s
ConfigMap 1:metadata:ObjectMeta 4:immutable:B 2:data:%s 3:binaryData:%y
Secret 1:metadata:ObjectMeta 5:immutable:B 2:data:%y 4:stringData:%s 3:type:s
ServiceAccount 1:metadata:ObjectMeta 2:secrets:*ObjectReference 3:imagePullSecrets:*LocalObjectReference
Pod 1:metadata:ObjectMeta 2:spec:PodSpec
PodTemplateSpec 1:metadata:ObjectMeta 2:spec:PodSpec
PodSpec 1:volumes:*Volume 20:initContainers:*Container 2:containers:*Container 3:restartPolicy:s 4:terminationGracePeriodSeconds:I 6:dnsPolicy:s 7:nodeSelector:%s 8:serviceAccountName:s 10:nodeName:s 11:hostNetwork:b 15:imagePullSecrets:*LocalObjectReference 19:schedulerName:s 22:tolerations:*Toleration 24:priorityClassName:s
Container 1:name:s 2:image:s 3:command:*s 4:args:*s 5:workingDir:s 6:ports:*ContainerPort 7:env:*EnvVar 8:resources:ResourceRequirements 9:volumeMounts:*VolumeMount 13:terminationMessagePath:s 20:terminationMessagePolicy:s 14:imagePullPolicy:s 16:stdin:b 17:stdinOnce:b 18:tty:b
ContainerPort 1:name:s 2:hostPort:i 3:containerPort:i 4:protocol:s 5:hostIP:s
EnvVar 1:name:s 2:value:s
ResourceRequirements 1:limits:%q 2:requests:%q
Volume 1:name:s 2:volumeSource:~VolumeSource
VolumeSource 2:emptyDir:EmptyDir 6:secret:SecretVolumeSource 19:configMap:ConfigMapVolumeSource
EmptyDir 1:medium:s
SecretVolumeSource 1:secretName:s
ConfigMapVolumeSource 1:localObjectReference:~LocalObjectReference
VolumeMount 1:name:s 2:readOnly:b 3:mountPath:s 4:subPath:s
Toleration 1:key:s 2:operator:s 3:value:s 4:effect:s 5:tolerationSeconds:I
LocalObjectReference 1:name:s
ObjectReference 1:kind:s 2:namespace:s 3:name:s 4:uid:s 5:apiVersion:s 6:resourceVersion:s 7:fieldPath:s
Service 1:metadata:ObjectMeta 2:spec:ServiceSpec
ServiceSpec 1:ports:*ServicePort 2:selector:%s 3:clusterIP:s 18:clusterIPs:*s 4:type:s 5:externalIPs:*s 7:sessionAffinity:s 8:loadBalancerIP:s 10:externalName:s 11:externalTrafficPolicy:s
ServicePort 1:name:s 2:protocol:s 3:port:i 4:targetPort:x 5:nodePort:i
ResourceQuota 1:metadata:ObjectMeta 2:spec:ResourceQuotaSpec
ResourceQuotaSpec 1:hard:%q 2:scopes:*s
Deployment 1:metadata:ObjectMeta 2:spec:DeploymentSpec
DeploymentSpec 1:replicas:I 2:selector:LabelSelector 3:template:PodTemplateSpec 4:strategy:DeploymentStrategy 5:minReadySeconds:i 6:revisionHistoryLimit:I 7:paused:b 9:progressDeadlineSeconds:I
DeploymentStrategy 1:type:s 2:rollingUpdate:RollingUpdate
RollingUpdate 1:maxUnavailable:x 2:maxSurge:x
Job 1:metadata:ObjectMeta 2:spec:JobSpec
JobSpec 1:parallelism:I 2:completions:I 3:activeDeadlineSeconds:I 7:backoffLimit:I 6:template:PodTemplateSpec 8:ttlSecondsAfterFinished:I 10:suspend:B
CronJob 1:metadata:ObjectMeta 2:spec:CronJobSpec
CronJobSpec 1:schedule:s 8:timeZone:s 3:concurrencyPolicy:s 4:suspend:B 5:jobTemplate:JobTemplateSpec
JobTemplateSpec 1:metadata:ObjectMeta 2:spec:JobSpec
Eviction 1:metadata:ObjectMeta 2:deleteOptions:DeleteOptions
PodDisruptionBudget 1:metadata:ObjectMeta 2:spec:PodDisruptionBudgetSpec
PodDisruptionBudgetSpec 1:minAvailable:x 2:selector:LabelSelector 3:maxUnavailable:x 4:unhealthyPodEvictionPolicy:s
Role 1:metadata:ObjectMeta 2:rules:*PolicyRule
ClusterRole 1:metadata:ObjectMeta 2:rules:*PolicyRule
PolicyRule 1:verbs:*s 2:apiGroups:*s 3:resources:*s 4:resourceNames:*s 5:nonResourceURLs:*s
RoleBinding 1:metadata:ObjectMeta 2:subjects:*Subject 3:roleRef:RoleRef
ClusterRoleBinding 1:metadata:ObjectMeta 2:subjects:*Subject 3:roleRef:RoleRef
RoleRef 1:apiGroup:s 2:kind:s 3:name:s
Subject 1:kind:s 2:apiGroup:s 3:name:s 4:namespace:s
PriorityClass 1:metadata:ObjectMeta 2:value:I 3:globalDefault:b 4:description:s 5:preemptionPolicy:s
SelfSubjectAccessReview 1:metadata:ObjectMeta 2:spec:SelfSubjectAccessReviewSpec
SelfSubjectAccessReviewSpec 1:resourceAttributes:ResourceAttributes 2:nonResourceAttributes:NonResourceAttributes
ResourceAttributes 1:namespace:s 2:verb:s 3:group:s 4:version:s 5:resource:s 6:subresource:s 7:name:s
NonResourceAttributes 1:path:s 2:verb:s
SelfSubjectRulesReview 1:metadata:ObjectMeta 2:spec:SelfSubjectRulesReviewSpec
SelfSubjectRulesReviewSpec 1:namespace:s
SelfSubjectReview 1:metadata:ObjectMeta
";
