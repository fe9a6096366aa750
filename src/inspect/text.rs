//! The same for a person: what there is, which versions and where they are written, and what to know of it.

use backends::plain::plain;
use domain::inventory::{Cluster, FindingKind, Inventory, Pool, Role, Said, TalosKind};
use std::fmt::Write as _;

/// Of long lists so many are printed.
const FEW: usize = 12;

/// Writing to a text never fails, so what it answers is dropped.
pub fn text(found: &Inventory) -> String {
    let mut out = String::new();
    let repository = &found.repository;
    let branch = if repository.branch.is_empty() { "detached" } else { &repository.branch };
    let at = repository.head.get(..7).unwrap_or("no commit yet");
    let _ =
        writeln!(out, "{branch} at {at}: {} files, {} of them YAML", repository.files, repository.yaml_files);
    for cluster in &found.clusters {
        of_cluster(&mut out, cluster);
    }
    if found.clusters.is_empty() {
        let _ = writeln!(out, "\nno cluster is declared here");
    }
    for module in &found.modules {
        let _ = writeln!(out, "a module for clusters, without a cluster  {}:{}", module.file, module.line);
    }
    delivery(&mut out, found);
    rest(&mut out, found);
    out
}

fn of_cluster(out: &mut String, it: &Cluster) {
    let _ = writeln!(out, "\ncluster {}, by {}", plain(&it.name), it.managed_by.told());
    if let Some(why) = &it.inactive_because {
        let _ = writeln!(out, "  not in force: {}", plain(why));
    }
    let kind = match it.talos.kind {
        Some(TalosKind::Image) if it.talos.value.is_some() => " (by its image)",
        Some(TalosKind::Contract) => " (only the contract of its configs is written)",
        _ => "",
    };
    version(out, "Talos", it.talos.value.as_deref(), it.talos.conflict, &it.talos.sources, kind);
    version(
        out,
        "Kubernetes",
        it.kubernetes.value.as_deref(),
        it.kubernetes.conflict,
        &it.kubernetes.sources,
        "",
    );
    if let Some(endpoint) = &it.endpoint {
        let _ = writeln!(out, "  {:<11} {:<24} {}", "endpoint", plain(&endpoint.value), place(endpoint));
    }
    for node in it.nodes.iter() {
        let versions = [&node.talos, &node.kubernetes];
        let versions: Vec<&str> = versions.into_iter().flatten().map(|it| it.value.as_str()).collect();
        let told = [node.address.as_str(), &versions.join(" ")].join("  ");
        let _ = writeln!(
            out,
            "  {:<11} {:<24} {}  {}",
            role(node.role),
            plain(&node.name),
            place(&node.source),
            plain(told.trim())
        );
    }
    for pool in &it.pools {
        let _ = writeln!(out, "  {:<11} {:<24} {}", role(pool.role), pool_told(pool), place(&pool.source));
    }
    if !it.patches.is_empty() {
        let _ = writeln!(out, "  {:<11} {}", "patches", it.patches.len());
    }
}

fn version(out: &mut String, what: &str, value: Option<&str>, conflict: bool, sources: &[Said], kind: &str) {
    let value = value.unwrap_or("unknown");
    let told = if conflict { format!("{value}, and others differ") } else { format!("{value}{kind}") };
    let places: Vec<String> = match conflict {
        false => sources.iter().take(3).map(place).collect(),
        true => sources.iter().map(|it| format!("{} {}", it.value, place(it))).collect(),
    };
    let _ = writeln!(out, "  {what:<11} {:<24} {}", plain(&told), places.join(", "));
}

fn place(said: &Said) -> String {
    let role = said.role.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
    plain(&format!("{}:{}{role}", said.file, said.line)).into_owned()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::ControlPlane => "control",
        Role::Worker => "worker",
        Role::Unknown => "node",
    }
}

fn pool_told(pool: &Pool) -> String {
    let number = pool.replicas.map_or_else(|| "some".to_owned(), |it| it.to_string());
    plain(&format!("{} × {number}", pool.name)).into_owned()
}

fn delivery(out: &mut String, found: &Inventory) {
    let (argo, flux) = (&found.delivery.argo, &found.delivery.flux);
    if !argo.applications.is_empty() || !argo.application_sets.is_empty() {
        let _ = writeln!(out, "\nArgo CD: {} Applications", argo.applications.len());
        for it in &argo.application_sets {
            let more = it.unresolved.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
            let told = format!("{} makes {} by {}{more}", it.name, it.generates.len(), it.generator);
            let _ = writeln!(out, "  {}  {}", plain(&told), place(&it.source));
        }
    }
    if !flux.kustomizations.is_empty() || !flux.helm_releases.is_empty() {
        let active = flux.kustomizations.iter().filter(|it| it.active).count();
        let _ = writeln!(
            out,
            "\nFlux: {} Kustomizations ({active} in force), {} HelmReleases",
            flux.kustomizations.len(),
            flux.helm_releases.len()
        );
    }
}

fn rest(out: &mut String, found: &Inventory) {
    let cloud = &found.cloud;
    for it in &cloud.firewalls {
        let told = format!("firewall {} with {} rules", it.name, it.rules.len());
        let _ = writeln!(out, "\n{}  {}:{}", plain(&told), it.source.file, it.source.line);
    }
    if !found.secrets.is_empty() {
        let mut schemes: Vec<&str> = found.secrets.iter().map(|it| it.scheme.as_str()).collect();
        schemes.sort_unstable();
        schemes.dedup();
        let _ = writeln!(out, "\n{} files hold sealed secrets ({})", found.secrets.len(), schemes.join(", "));
    }
    if !found.findings.is_empty() {
        let _ = writeln!(out, "\nfindings");
        for it in found.findings.iter().take(FEW * 2) {
            let places: Vec<String> = it.sources.iter().map(place).collect();
            let _ = writeln!(out, "  {}  {}\n    {}", kind(it.kind), plain(&it.message), places.join(", "));
        }
        more(out, found.findings.len(), FEW * 2);
    }
    let repository = &found.repository;
    if !repository.unparsed.is_empty() {
        let _ = writeln!(out, "\nnot parsed");
        for it in repository.unparsed.iter().take(FEW) {
            let _ = writeln!(out, "  {}:{}  {}", plain(&it.file.0), it.line, plain(&it.reason));
        }
        more(out, repository.unparsed.len(), FEW);
    }
    if !repository.skipped.is_empty() {
        let _ = writeln!(out, "\nnot read");
        for it in repository.skipped.iter().take(FEW) {
            let _ = writeln!(out, "  {}  {}", plain(&it.file.0), it.reason);
        }
        more(out, repository.skipped.len(), FEW);
    }
}

fn more(out: &mut String, all: usize, shown: usize) {
    if all > shown {
        let _ = writeln!(out, "  and {} more: -o json has all", all - shown);
    }
}

fn kind(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Conflict => "conflict",
        FindingKind::Unresolved => "unresolved",
        FindingKind::DuplicateAnchor => "duplicate anchor",
        FindingKind::Downgrade => "downgrade",
        FindingKind::Stale => "stale",
        FindingKind::Ignored => "ignored",
    }
}
