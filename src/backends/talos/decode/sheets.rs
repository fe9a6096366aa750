//! Talos's answers as tables.

use super::Yaml;
use crate::talos::cosi::Resource;
use crate::talos::tidy::{lines, plain};
use domain::{Fare, Sheet, SheetCell, SheetColumn, SheetRow};
use std::collections::BTreeMap;
use wire::machine as pb;

fn table(columns: &[(&'static str, bool)], rows: Vec<SheetRow>) -> Sheet {
    let columns = columns.iter().map(|(title, right)| SheetColumn { title, right: *right }).collect();
    Sheet::Table { columns, rows }
}

fn said(text: impl Into<String>) -> SheetCell {
    SheetCell::Text(text.into())
}

pub(crate) fn services(answer: pb::ServiceListResponse) -> Sheet {
    let mut rows: Vec<SheetRow> =
        answer.messages.into_iter().flat_map(|it| it.services).map(|it| service(&it)).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    table(&[("service", false), ("state", false), ("health", false), ("last event", false)], rows)
}

fn service(it: &pb::ServiceInfo) -> SheetRow {
    let health = it.health.clone().unwrap_or_default();
    let (word, fare) = match (it.state.as_str(), health.unknown, health.healthy) {
        ("Running", true, _) => ("no check", Fare::Good),
        ("Running", _, true) => ("healthy", Fare::Good),
        ("Running", ..) => ("unhealthy", Fare::Bad),
        ("Failed", ..) => ("", Fare::Bad),
        ("Finished" | "Skipped", ..) => ("", Fare::Quiet),
        _ => ("", Fare::UnderWay),
    };
    let health_words = match plain(&health.last_message).as_str() {
        "" => word.to_owned(),
        message if health.healthy => format!("{word} {message}"),
        message => message.to_owned(),
    };
    let last =
        it.events.as_ref().and_then(|it| it.events.last()).map(|it| plain(&it.msg)).unwrap_or_default();
    let state = plain(&it.state).to_lowercase();
    SheetRow {
        key: plain(&it.id),
        fare,
        cells: vec![said(plain(&it.id)), said(state), said(health_words), said(last)],
    }
}

pub(crate) fn processes(answer: pb::ProcessesResponse) -> Sheet {
    let mut all: Vec<pb::ProcessInfo> = answer.messages.into_iter().flat_map(|it| it.processes).collect();
    all.sort_by(|a, b| b.cpu_time.total_cmp(&a.cpu_time));
    let row = |it: pb::ProcessInfo| {
        let args = plain(&it.args);
        let shown = if args.is_empty() { plain(&it.command) } else { args };
        SheetRow {
            key: it.pid.to_string(),
            fare: Fare::Quiet,
            cells: vec![
                SheetCell::Count(u64::try_from(it.pid).unwrap_or(0)),
                said(plain(&it.state)),
                SheetCell::Count(u64::try_from(it.threads).unwrap_or(0)),
                SheetCell::Seconds(if it.cpu_time.is_finite() { it.cpu_time.max(0.0) as u64 } else { 0 }),
                SheetCell::Bytes(it.resident_memory),
                said(shown),
            ],
        }
    };
    let columns = [
        ("pid", true),
        ("state", false),
        ("threads", true),
        ("cpu time", true),
        ("memory", true),
        ("command", false),
    ];
    table(&columns, all.into_iter().map(row).collect())
}

/// Services first, then pods; each row's key is what its log is asked for by.
pub(crate) fn containers(system: pb::ContainersResponse, pods: pb::ContainersResponse) -> Sheet {
    let rows = |answer: pb::ContainersResponse, whose: &'static str| {
        let all = answer.messages.into_iter().flat_map(|it| it.containers);
        let mut rows: Vec<SheetRow> = all
            .map(|it| {
                let status = plain(&it.status).to_lowercase();
                SheetRow {
                    key: format!("{whose} {}", plain(&it.id)),
                    fare: if status.contains("run") { Fare::Good } else { Fare::Quiet },
                    cells: vec![said(plain(&it.id)), said(whose), said(status), said(plain(&it.image))],
                }
            })
            .collect();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows
    };
    let mut all = rows(system, "talos");
    all.extend(rows(pods, "kubernetes"));
    table(&[("container", false), ("of", false), ("state", false), ("image", false)], all)
}

pub(crate) fn disks(disks: &[Resource], volumes: &[Resource], mounts: &pb::MountsResponse) -> Sheet {
    let mut rows = Vec::new();
    for it in disks {
        let spec = Yaml::read(&it.yaml);
        let what = [spec.text_at(&["model"]), spec.text_at(&["transport"]), spec.text_at(&["serial"])];
        let what: Vec<String> = what.into_iter().flatten().collect();
        rows.push(SheetRow {
            key: format!("disk {}", plain(&it.id)),
            fare: Fare::Quiet,
            cells: vec![
                said("disk"),
                said(spec.text_at(&["dev_path"]).unwrap_or_else(|| plain(&it.id))),
                said(what.join(" ")),
                SheetCell::Bytes(spec.number_at(&["size"]).unwrap_or(0)),
                said(""),
            ],
        });
    }
    for it in volumes {
        let spec = Yaml::read(&it.yaml);
        let phase = spec.text_at(&["phase"]).unwrap_or_default();
        let error = spec.text_at(&["errorMessage"]);
        let what = [spec.text_at(&["filesystem"]), spec.text_at(&["encryptionProvider"]), error.clone()];
        let what: Vec<String> = what.into_iter().flatten().filter(|it| it != "none").collect();
        rows.push(SheetRow {
            key: format!("volume {}", plain(&it.id)),
            fare: match phase.as_str() {
                _ if error.is_some() => Fare::Bad,
                "ready" => Fare::Good,
                "failed" => Fare::Bad,
                _ => Fare::UnderWay,
            },
            cells: vec![
                said("volume"),
                said(plain(&it.id)),
                said(format!("{phase} {}", what.join(" "))),
                SheetCell::Bytes(spec.number_at(&["size"]).unwrap_or(0)),
                said(spec.text_at(&["location"]).unwrap_or_default()),
            ],
        });
    }
    for it in mounts.messages.iter().flat_map(|it| &it.stats).filter(|it| it.size > 0) {
        let used = it.size.saturating_sub(it.available);
        let percent = u128::from(used) * 100 / u128::from(it.size.max(1));
        rows.push(SheetRow {
            key: format!("mount {}", plain(&it.mounted_on)),
            fare: if percent >= 90 { Fare::Bad } else { Fare::Quiet },
            cells: vec![
                said("mount"),
                said(plain(&it.mounted_on)),
                said(format!("{percent} % used")),
                SheetCell::Bytes(it.size),
                said(plain(&it.filesystem)),
            ],
        });
    }
    table(&[("kind", false), ("name", false), ("state", false), ("size", true), ("on", false)], rows)
}

pub(crate) fn network(
    links: &[Resource],
    addresses: &[Resource],
    stats: &pb::NetworkDeviceStatsResponse,
) -> Sheet {
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for it in addresses {
        let spec = Yaml::read(&it.yaml);
        if let (Some(link), Some(address)) = (spec.text_at(&["linkName"]), spec.text_at(&["address"])) {
            of.entry(link).or_default().push(address);
        }
    }
    let devices: BTreeMap<&str, &pb::NetDev> =
        stats.messages.iter().flat_map(|it| &it.devices).map(|it| (it.name.as_str(), it)).collect();
    let mut names: Vec<String> = links.iter().map(|it| plain(&it.id)).collect();
    names.extend(devices.keys().map(|it| plain(it)));
    names.sort();
    names.dedup();
    let row = |name: String| {
        let spec = links.iter().find(|it| it.id == name).map(|it| Yaml::read(&it.yaml));
        let state = spec.as_ref().and_then(|it| it.text_at(&["operationalState"])).unwrap_or_default();
        let device = devices.get(name.as_str());
        let count = |of: fn(&pb::NetDev) -> u64| device.map(|it| of(it)).unwrap_or(0);
        let errors = count(|it| it.rx_errors.saturating_add(it.tx_errors));
        let dropped = count(|it| it.rx_dropped.saturating_add(it.tx_dropped));
        SheetRow {
            fare: match state.as_str() {
                "up" => Fare::Good,
                "down" | "lowerLayerDown" => Fare::UnderWay,
                _ => Fare::Quiet,
            },
            cells: vec![
                said(name.clone()),
                said(state),
                said(of.get(&name).map(|it| it.join(" ")).unwrap_or_default()),
                SheetCell::Bytes(count(|it| it.rx_bytes)),
                SheetCell::Bytes(count(|it| it.tx_bytes)),
                SheetCell::Count(errors),
                SheetCell::Count(dropped),
            ],
            key: name,
        }
    };
    let columns = [
        ("link", false),
        ("state", false),
        ("addresses", false),
        ("received", true),
        ("sent", true),
        ("errors", true),
        ("dropped", true),
    ];
    table(&columns, names.into_iter().map(row).collect())
}

/// The types of resources; the key is namespace and canonical name.
pub(crate) fn definitions(all: &[Resource]) -> Sheet {
    let row = |it: &Resource| {
        let spec = Yaml::read(&it.yaml);
        let name = spec.text_at(&["type"])?;
        let namespace = spec.text_at(&["defaultNamespace"]).unwrap_or_default();
        let sensitive = spec.text_at(&["sensitivity"]).is_some_and(|it| it == "sensitive");
        Some(SheetRow {
            key: format!("{namespace} {name}"),
            fare: Fare::Quiet,
            cells: vec![
                said(name.clone()),
                said(namespace),
                said(spec.texts_at(&["aliases"]).join(" ")),
                said(if sensitive { "os:admin only" } else { "" }),
            ],
        })
    };
    let mut rows: Vec<SheetRow> = all.iter().filter_map(row).collect();
    rows.sort_by_key(|a| a.cells.first().map(text_of));
    table(&[("type", false), ("namespace", false), ("short names", false), ("", false)], rows)
}

fn text_of(cell: &SheetCell) -> String {
    match cell {
        SheetCell::Text(text) => text.clone(),
        SheetCell::Bytes(it) | SheetCell::Count(it) | SheetCell::Seconds(it) => it.to_string(),
    }
}

pub(crate) fn resources(all: &[Resource]) -> Sheet {
    let row = |it: &Resource| {
        let spec = plain(&crate::talos::redact::yaml(&it.yaml).replace('\n', "  "));
        SheetRow {
            key: it.id.clone(),
            fare: if it.phase == "tearingDown" { Fare::UnderWay } else { Fare::Quiet },
            cells: vec![
                said(plain(&it.id)),
                SheetCell::Count(it.version.parse().unwrap_or(0)),
                said(plain(&it.phase)),
                said(spec.chars().take(160).collect::<String>()),
            ],
        }
    };
    table(
        &[("id", false), ("version", true), ("phase", false), ("spec", false)],
        all.iter().map(row).collect(),
    )
}

/// One resource in full; `spec` is masked already.
pub(crate) fn yaml(it: &Resource, of: &str, spec: &str) -> Sheet {
    let mut text = format!("# {of}\nid: {}\nversion: {}\nphase: {}\n", it.id, it.version, it.phase);
    if !it.owner.is_empty() {
        text.push_str(&format!("owner: {}\n", it.owner));
    }
    text.push_str("spec:\n");
    for line in spec.lines() {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
    self::text(&text)
}

pub(crate) fn text(text: &str) -> Sheet {
    Sheet::Yaml(lines(text).into_iter().map(String::into_boxed_str).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: &str, yaml: &str) -> Resource {
        Resource { id: id.into(), yaml: yaml.into(), ..Default::default() }
    }

    fn words(sheet: &Sheet) -> Vec<String> {
        let Sheet::Table { rows, .. } = sheet else { return vec![] };
        rows.iter().map(|row| row.cells.iter().map(text_of).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn a_service_says_how_it_is() {
        let info = |id: &str, state: &str, healthy, message: &str| pb::ServiceInfo {
            id: id.into(),
            state: state.into(),
            health: Some(pb::ServiceHealth { healthy, last_message: message.into(), ..Default::default() }),
            ..Default::default()
        };
        let services =
            vec![info("kubelet", "Running", false, "connection refused"), info("apid", "Running", true, "")];
        let answer = pb::ServiceListResponse { messages: vec![pb::ServiceList { services, metadata: None }] };
        assert_eq!(
            words(&super::services(answer)),
            ["apid|running|healthy|", "kubelet|running|connection refused|"]
        );
    }

    #[test]
    fn links_have_their_addresses_and_counts() {
        let links = [resource("eth0", "operationalState: up\n")];
        let addresses = [resource("eth0/10.0.0.2/24", "linkName: eth0\naddress: 10.0.0.2/24\n")];
        let devices =
            vec![pb::NetDev { name: "eth0".into(), rx_bytes: 7, tx_errors: 2, ..Default::default() }];
        let stats = pb::NetworkDeviceStatsResponse {
            messages: vec![pb::NetworkDeviceStats { devices, ..Default::default() }],
        };
        assert_eq!(words(&network(&links, &addresses, &stats)), ["eth0|up|10.0.0.2/24|7|0|2|0"]);
    }

    #[test]
    fn a_resource_in_a_list_shows_no_secret() {
        let sheet = resources(&[resource("a", "token: hunter2\nname: b\n")]);
        assert!(!words(&sheet)[0].contains("hunter2") && words(&sheet)[0].contains("name: b"));
    }

    proptest::proptest! {
        #[test]
        fn noise_never_breaks_it(id in ".{0,8}", yaml in "(?s).{0,160}", size: u64, available: u64) {
            let noise = [resource(&id, &yaml)];
            let mount = pb::MountStat { size, available, mounted_on: id, ..Default::default() };
            let mounts = pb::MountsResponse { messages: vec![pb::Mounts { stats: vec![mount], metadata: None }] };
            let _ = disks(&noise, &noise, &mounts);
            let _ = network(&noise, &noise, &pb::NetworkDeviceStatsResponse::default());
            let _ = (definitions(&noise), resources(&noise), super::yaml(&noise[0], "x", &noise[0].yaml));
        }
    }
}
