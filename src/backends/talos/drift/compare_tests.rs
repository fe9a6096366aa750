//! What differs between two configs, and what only seems to.

use super::*;

fn told(wanted: &str, live: &str) -> Vec<String> {
    let read = |text: &str| Documents::read(text).unwrap();
    compare(&read(wanted), &read(live))
        .iter()
        .map(|it| {
            let side = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".into());
            format!("{} {}: {} | {}", it.document, it.field(), side(&it.told.0), side(&it.told.1))
        })
        .collect()
}

const BASE: &str = "\
version: v1alpha1
debug: false
persist: true
machine:
  type: worker
  token: hunter2.one
  certSANs: []
  network: {}
  sysctls: {net.core.somaxconn: 1024}
  nodeLabels: {edge: ''}
  install: {image: 'x/installer:v1.13.2', wipe: false}
  kubelet: {extraArgs: {rotate: 'true', v: [a]}, extraConfig: {maxPods: 110}}
cluster:
  network: {dnsDomain: cluster.local}
---
apiVersion: v1alpha1
kind: WatchdogTimerConfig
device: /dev/watchdog0
timeout: 5m
";

#[test]
fn what_talos_writes_otherwise_is_no_difference() {
    let live = "\
cluster: {}
machine:
  nodeLabels: {edge: ''}
  sysctls: {net.core.somaxconn: '1024'} # as text
  install: {image: 'x/installer:v1.13.2'}
  kubelet: {extraConfig: {maxPods: 110}, extraArgs: {v: a, rotate: true}}
  token: hunter2.one
  type: worker
---
timeout: 5m0s
device: /dev/watchdog0
kind: WatchdogTimerConfig
apiVersion: v1alpha1
";
    assert_eq!(told(BASE, live), Vec::<String>::new());
}

#[test]
fn what_differs_is_told_by_field_and_secrets_are_not() {
    let live = BASE
        .replace("1024", "65535")
        .replace("hunter2.one", "hunter2.two")
        .replace("edge: ''", "rack: ''")
        .replace("timeout: 5m", "timeout: 9m")
        .replace("wipe: false", "wipe: true");
    assert_eq!(
        told(BASE, &live),
        [
            " machine.token: •••••••• | •••••••• (another)",
            " machine.sysctls.net.core.somaxconn: 1024 | 65535",
            " machine.nodeLabels.edge:  | -",
            " machine.nodeLabels.rack: - | ",
            " machine.install.wipe: - | true",
            "WatchdogTimerConfig timeout: 5m | 9m",
        ]
    );
}

#[test]
fn items_of_lists_go_by_their_names() {
    let wanted = "machine: {network: {interfaces: [{interface: eth0, mtu: 1400}, {deviceSelector: {busPath: '0*'}, dhcp: true}]}}";
    let live = "machine: {network: {interfaces: [{deviceSelector: {busPath: '0*'}, dhcp: true}, {interface: eth0, mtu: 1500, dhcp: false}, {interface: eth1}]}}";
    assert_eq!(
        told(wanted, live),
        [
            " machine.network.interfaces[eth0].mtu: 1400 | 1500",
            " machine.network.interfaces[eth1]: - | interface: eth1",
        ]
    );
    assert_eq!(told("machine: {certSANs: [a, b]}", "machine: {certSANs: [b, a]}"), Vec::<String>::new());
    assert_eq!(told("machine: {time: {servers: [a]}}", "machine: {time: {servers: [b]}}").len(), 1);
}

#[test]
fn a_document_that_only_one_side_has_is_one_difference() {
    let live = format!("{BASE}---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: nas\nurl: tcp://a:1/\n");
    let found = told(BASE, &live);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("KmsgLogConfig nas : - | ") && found[0].contains("tcp://a:1/"), "{found:?}");
}

#[test]
fn both_forms_of_a_field_are_one() {
    let old = "\
machine:
  network: {hostname: w-1, nameservers: [9.9.9.9], disableSearchDomain: true, extraHostEntries: [{ip: 10.0.0.1, aliases: [a]}]}
  time: {servers: [t.example], disabled: true}
  registries:
    mirrors: {docker.io: {endpoints: ['https://m.example'], overridePath: true}}
    config: {r.example: {auth: {username: u, password: hunter2}}}
  features: {hostDNS: {enabled: true}, kubePrism: {enabled: true, port: 7446}}
cluster:
  clusterName: home
  network: {podSubnets: [10.9.0.0/16]}
  proxy: {disabled: true}
  apiServer: {admissionControl: [{name: PodSecurity, configuration: {a: 1}}]}
";
    let new = "\
machine: {}
cluster: {clusterName: home}
---
{kind: HostnameConfig, auto: 'off', hostname: w-1}
---
{kind: ResolverConfig, nameservers: [{address: 9.9.9.9}], searchDomains: {disableDefault: true}, hostDNS: {enabled: true}}
---
{kind: TimeSyncConfig, enabled: false, ntp: {servers: [t.example]}}
---
{kind: RegistryMirrorConfig, name: docker.io, endpoints: [{url: 'https://m.example', overridePath: true}]}
---
{kind: RegistryAuthConfig, name: r.example, username: u, password: hunter2}
---
{kind: StaticHostConfig, name: 10.0.0.1, hostnames: [a]}
---
{kind: KubeNetworkConfig, podSubnets: [10.9.0.0/16]}
---
{kind: KubeProxyConfig, enabled: false}
---
{kind: KubePrismConfig, port: 7446}
---
{kind: KubeAdmissionControlConfig, name: PodSecurity, configuration: {a: 1}}
";
    assert_eq!(told(old, new), Vec::<String>::new());
    assert_eq!(told(new, old), Vec::<String>::new());
    let other = new.replace("hostname: w-1", "hostname: w-2").replace("t.example", "u.example");
    assert_eq!(
        told(old, &other),
        ["HostnameConfig hostname: w-1 | w-2", "TimeSyncConfig ntp.servers: - t.example | - u.example"]
    );
    assert_eq!(forms::older("TimeSyncConfig", "ntp.servers").as_deref(), Some("machine.time.servers"));
}
