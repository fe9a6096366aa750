//! The two forms of a machine config since Talos 1.12: a field of the main document, or one of a document of its own.
//! Where one side says it in the old form and the other in the new one, the old one is read as the new one.

use crate::talos::plan::Documents;
use serde_yaml::{Mapping, Value};

/// Where a field of the main document went: the kind of the document, the field there, and how it is written there.
struct Moved {
    from: &'static str,
    kind: &'static str,
    to: &'static str,
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    AsItIs,
    /// `disabled` became `enabled`.
    Turned,
    /// A list of texts became one of `address`es.
    Addresses,
    /// That the document is there says it.
    Implied,
}

const fn moved(from: &'static str, kind: &'static str, to: &'static str) -> Moved {
    Moved { from, kind, to, how: How::AsItIs }
}

const fn turned(from: &'static str, kind: &'static str, to: &'static str) -> Moved {
    Moved { from, kind, to, how: How::Turned }
}

const MOVED: [Moved; 58] = [
    moved("machine.network.hostname", "HostnameConfig", "hostname"),
    Moved {
        from: "machine.network.nameservers",
        kind: "ResolverConfig",
        to: "nameservers",
        how: How::Addresses,
    },
    moved("machine.network.searchDomains", "ResolverConfig", "searchDomains.domains"),
    moved("machine.network.disableSearchDomain", "ResolverConfig", "searchDomains.disableDefault"),
    moved("machine.features.hostDNS", "ResolverConfig", "hostDNS"),
    moved("machine.network.kubespan", "KubeSpanConfig", ""),
    moved("machine.time.servers", "TimeSyncConfig", "ntp.servers"),
    moved("machine.time.bootTimeout", "TimeSyncConfig", "bootTimeout"),
    turned("machine.time.disabled", "TimeSyncConfig", "enabled"),
    moved("machine.env", "EnvironmentConfig", "variables"),
    moved("machine.sysctls", "SysctlConfig", "params"),
    moved("machine.sysfs", "SysfsConfig", "params"),
    moved("machine.udev.rules", "UdevRulesConfig", "rules"),
    moved("machine.nodeLabels", "KubeNodeConfig", "labels"),
    moved("machine.nodeAnnotations", "KubeNodeConfig", "annotations"),
    moved("machine.nodeTaints", "KubeNodeConfig", "taints"),
    moved("machine.kubelet.nodeIP", "KubeNodeConfig", "nodeIP"),
    moved("machine.kubelet.registerWithFQDN", "KubeNodeConfig", "registerWithFQDN"),
    moved("machine.kubelet.skipNodeRegistration", "KubeNodeConfig", "skipNodeRegistration"),
    moved("machine.kubelet.image", "KubeletConfig", "image"),
    moved("machine.kubelet.clusterDNS", "KubeletConfig", "clusterDNS"),
    moved("machine.kubelet.extraArgs", "KubeletConfig", "extraArgs"),
    moved("machine.kubelet.extraConfig", "KubeletConfig", "config"),
    moved(
        "machine.kubelet.defaultRuntimeSeccompProfileEnabled",
        "KubeletConfig",
        "defaultRuntimeSeccompProfileEnabled",
    ),
    moved("machine.features.kubePrism.port", "KubePrismConfig", "port"),
    moved("cluster.clusterName", "KubeClusterConfig", "clusterName"),
    moved("cluster.controlPlane.endpoint", "KubeClusterConfig", "endpoint"),
    moved("cluster.network.dnsDomain", "KubeNetworkConfig", "dnsDomain"),
    moved("cluster.network.podSubnets", "KubeNetworkConfig", "podSubnets"),
    moved("cluster.network.serviceSubnets", "KubeNetworkConfig", "serviceSubnets"),
    moved("cluster.proxy.image", "KubeProxyConfig", "image"),
    moved("cluster.proxy.mode", "KubeProxyConfig", "mode"),
    moved("cluster.proxy.extraArgs", "KubeProxyConfig", "extraArgs"),
    turned("cluster.proxy.disabled", "KubeProxyConfig", "enabled"),
    moved("cluster.coreDNS.image", "KubeCoreDNSConfig", "image"),
    turned("cluster.coreDNS.disabled", "KubeCoreDNSConfig", "enabled"),
    moved("cluster.scheduler.image", "KubeSchedulerConfig", "image"),
    moved("cluster.scheduler.extraArgs", "KubeSchedulerConfig", "extraArgs"),
    moved("cluster.scheduler.env", "KubeSchedulerConfig", "env"),
    moved("cluster.scheduler.resources", "KubeSchedulerConfig", "resources"),
    moved("cluster.scheduler.config", "KubeSchedulerConfig", "config"),
    moved("cluster.controllerManager.image", "KubeControllerManagerConfig", "image"),
    moved("cluster.controllerManager.extraArgs", "KubeControllerManagerConfig", "extraArgs"),
    moved("cluster.controllerManager.env", "KubeControllerManagerConfig", "env"),
    moved("cluster.controllerManager.resources", "KubeControllerManagerConfig", "resources"),
    moved("cluster.apiServer.image", "KubeAPIServerConfig", "image"),
    moved("cluster.apiServer.extraArgs", "KubeAPIServerConfig", "extraArgs"),
    moved("cluster.apiServer.env", "KubeAPIServerConfig", "env"),
    moved("cluster.apiServer.resources", "KubeAPIServerConfig", "resources"),
    moved("cluster.apiServer.certSANs", "KubeAPIServerConfig", "certExtraSANs"),
    moved("cluster.apiServer.auditPolicy", "KubeAuditPolicyConfig", "configuration"),
    moved("cluster.id", "DiscoveryIdentityConfig", "clusterID"),
    moved("cluster.secret", "DiscoveryIdentityConfig", "clusterSecret"),
    moved("machine.features.imageCache.localEnabled", "ImageCacheConfig", "local.enabled"),
    moved(
        "machine.features.kubernetesTalosAPIAccess.allowedRoles",
        "KubeTalosAPIAccessConfig",
        "allowedRoles",
    ),
    moved(
        "machine.features.kubernetesTalosAPIAccess.allowedKubernetesNamespaces",
        "KubeTalosAPIAccessConfig",
        "allowedKubernetesNamespaces",
    ),
    // The document is there where it is switched on.
    Moved {
        from: "machine.features.kubernetesTalosAPIAccess.enabled",
        kind: "KubeTalosAPIAccessConfig",
        to: "",
        how: How::Implied,
    },
    Moved { from: "machine.features.kubePrism.enabled", kind: "KubePrismConfig", to: "", how: How::Implied },
];

/// Both configs, in forms that can be laid beside each other.
pub(super) fn alike(wanted: &Documents, live: &Documents) -> (Documents, Documents) {
    let (mut wanted, mut live) = (wanted.clone(), live.clone());
    for rule in &MOVED {
        let says = |it: &Value| rule.how != How::Implied || it.as_bool() == Some(true);
        let old = |it: &Documents| it.main().and_then(|main| get(main, rule.from)).is_some_and(says);
        let new = |it: &Documents| it.named(rule.kind).is_some();
        match (old(&wanted), old(&live)) {
            (true, false) if new(&live) => carry(&mut wanted, rule),
            (false, true) if new(&wanted) => carry(&mut live, rule),
            _ => {}
        }
    }
    for read in [mirrors, registries, hosts, modules, plugins, manifests] {
        let (old, new) = (read(&wanted), read(&live));
        match (old.is_empty(), new.is_empty()) {
            (false, true) if old.iter().any(|it| live.named(&it.name).is_some()) => apart(&mut wanted, old),
            (true, false) if new.iter().any(|it| wanted.named(&it.name).is_some()) => apart(&mut live, new),
            _ => {}
        }
    }
    (wanted, live)
}

/// The field of the main document that a field of another one was, where it is said in the old form.
pub(super) fn older(document: &str, field: &str) -> Option<String> {
    let mut of = MOVED.iter().filter(|it| it.kind == document && it.how != How::Implied);
    of.find_map(|it| {
        let rest = field.strip_prefix(it.to)?;
        let rest = if it.to.is_empty() { format!(".{rest}") } else { rest.to_owned() };
        (rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
            .then(|| format!("{}{rest}", it.from))
    })
}

fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

fn take(value: &mut Value, path: &str) -> Option<Value> {
    match path.split_once('.') {
        Some((key, rest)) => take(value.get_mut(key)?, rest),
        None => value.as_mapping_mut()?.remove(path),
    }
}

fn put(value: &mut Value, path: &str, new: Value) {
    let Some(map) = value.as_mapping_mut() else { return };
    match path.split_once('.') {
        Some((key, rest)) => {
            let inner = map.entry(key.into()).or_insert_with(|| Value::Mapping(Mapping::new()));
            put(inner, rest, new);
        }
        None => _ = map.insert(path.into(), new),
    }
}

/// Write what the main document says into the document that it has moved to.
fn carry(documents: &mut Documents, rule: &Moved) {
    let Some(said) = documents.main_mut().and_then(|it| take(it, rule.from)) else { return };
    let said = match (rule.how, said) {
        (How::Turned, Value::Bool(it)) => Value::Bool(!it),
        (How::Addresses, Value::Sequence(all)) => {
            let of = |it: Value| Value::Mapping(Mapping::from_iter([("address".into(), it)]));
            Value::Sequence(all.into_iter().map(of).collect())
        }
        (_, said) => said,
    };
    let into = documents.named_or_new(rule.kind);
    match (rule.to, said) {
        ("", Value::Mapping(all)) => {
            for (key, value) in all {
                if let Some(map) = into.as_mapping_mut() {
                    map.insert(key, value);
                }
            }
        }
        ("", _) => {}
        (to, said) => put(into, to, said),
    }
}

/// What the main document says of one thing that has a document of its own in the new form.
struct Apart {
    /// Kind and name.
    name: String,
    body: Mapping,
    /// Where it is in the main document.
    from: Vec<String>,
}

fn apart(documents: &mut Documents, all: Vec<Apart>) {
    for it in all {
        if let Some(main) = documents.main_mut() {
            remove(main, &it.from);
        }
        if let Some(map) = documents.named_or_new(&it.name).as_mapping_mut() {
            map.extend(it.body);
        }
    }
}

fn remove(value: &mut Value, path: &[String]) {
    match path {
        [] => {}
        [last] => _ = value.as_mapping_mut().and_then(|it| it.remove(last.as_str())),
        [key, rest @ ..] => {
            let Some(inner) = value.get_mut(key.as_str()) else { return };
            remove(inner, rest);
            if super::same::is_nothing(inner) {
                remove(value, std::slice::from_ref(key));
            }
        }
    }
}

fn path(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|it| (*it).to_owned()).collect()
}

fn each<'a>(documents: &'a Documents, path: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let map = documents.main().and_then(|it| get(it, path)).and_then(Value::as_mapping);
    map.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str()?, value)))
}

fn list<'a>(documents: &'a Documents, path: &str) -> impl Iterator<Item = &'a Value> {
    documents.main().and_then(|it| get(it, path)).and_then(Value::as_sequence).into_iter().flatten()
}

fn mirrors(documents: &Documents) -> Vec<Apart> {
    let of = |(name, value): (&str, &Value)| {
        let overrides = value.get("overridePath").cloned();
        let endpoint = |url: &Value| {
            let mut endpoint = Mapping::from_iter([("url".into(), url.clone())]);
            endpoint.extend(overrides.clone().map(|it| ("overridePath".into(), it)));
            Value::Mapping(endpoint)
        };
        let endpoints = value.get("endpoints").and_then(Value::as_sequence).into_iter().flatten();
        let endpoints = Value::Sequence(endpoints.map(endpoint).collect());
        let mut body = Mapping::from_iter([("endpoints".into(), endpoints)]);
        body.extend(value.get("skipFallback").map(|it| ("skipFallback".into(), it.clone())));
        let from = path(&["machine", "registries", "mirrors", name]);
        Apart { name: format!("RegistryMirrorConfig {name}"), body, from }
    };
    each(documents, "machine.registries.mirrors").map(of).collect()
}

fn registries(documents: &Documents) -> Vec<Apart> {
    let of = |(name, value): (&str, &Value)| {
        [("auth", "RegistryAuthConfig"), ("tls", "RegistryTLSConfig")]
            .into_iter()
            .filter_map(|(key, kind)| {
                Some(Apart {
                    name: format!("{kind} {name}"),
                    body: value.get(key)?.as_mapping()?.clone(),
                    from: path(&["machine", "registries", "config", name, key]),
                })
            })
            .collect::<Vec<_>>()
    };
    each(documents, "machine.registries.config").flat_map(of).collect()
}

fn hosts(documents: &Documents) -> Vec<Apart> {
    let of = |it: &Value| {
        let body = Mapping::from_iter([("hostnames".into(), it.get("aliases")?.clone())]);
        let name = format!("StaticHostConfig {}", it.get("ip")?.as_str()?);
        Some(Apart { name, body, from: path(&["machine", "network", "extraHostEntries"]) })
    };
    list(documents, "machine.network.extraHostEntries").filter_map(of).collect()
}

fn modules(documents: &Documents) -> Vec<Apart> {
    let of = |it: &Value| {
        let parameters = it.get("parameters").map(|it| ("parameters".into(), it.clone()));
        let name = format!("KernelModuleConfig {}", it.get("name")?.as_str()?);
        Some(Apart {
            name,
            body: parameters.into_iter().collect(),
            from: path(&["machine", "kernel", "modules"]),
        })
    };
    list(documents, "machine.kernel.modules").filter_map(of).collect()
}

fn plugins(documents: &Documents) -> Vec<Apart> {
    let of = |it: &Value| {
        let body = Mapping::from_iter([("configuration".into(), it.get("configuration")?.clone())]);
        let name = format!("KubeAdmissionControlConfig {}", it.get("name")?.as_str()?);
        Some(Apart { name, body, from: path(&["cluster", "apiServer", "admissionControl"]) })
    };
    list(documents, "cluster.apiServer.admissionControl").filter_map(of).collect()
}

fn manifests(documents: &Documents) -> Vec<Apart> {
    let of = |it: &Value| {
        let body = Mapping::from_iter([("manifest".into(), it.get("contents")?.clone())]);
        let name = format!("KubeInlineManifestConfig {}", it.get("name")?.as_str()?);
        Some(Apart { name, body, from: path(&["cluster", "inlineManifests"]) })
    };
    list(documents, "cluster.inlineManifests").filter_map(of).collect()
}
