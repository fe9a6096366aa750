//! Tables and texts of one node, asked for while somebody looks at them.

use super::cosi::{self, Resource, Type};
use super::decode::node::config_bytes;
use super::decode::sheets as decode;
use super::roads::{Client, Roads};
use super::trouble::Trouble;
use super::{Talos, redact};
use domain::{CosiType, Observation, Sheet, SheetKind, SheetOf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use wire::common::ContainerDriver;
use wire::machine as pb;

/// Ask until dropped; what has not changed is not told again.
pub(super) async fn listen(talos: Arc<Talos>, of: SheetOf, heard: Sender<Observation>) {
    let mut last: Option<Result<Arc<Sheet>, String>> = None;
    loop {
        let answer = match (talos.roads(), talos.address(&of.node)) {
            (Ok(roads), Some(at)) => {
                let words = |it: &Trouble| words(&of.what, it, &roads.config.roles());
                ask(&roads, &at, &of.what).await.map(Arc::new).map_err(|it| words(&it))
            }
            (Err(_), _) => Err("there is no talosconfig to ask with".into()),
            (_, None) => Err(format!("{} is not known to Talos", of.node)),
        };
        let failed = answer.is_err();
        if last.as_ref() != Some(&answer) {
            let _ = heard.send(Observation::Sheet(of.clone(), answer.clone())).await;
            last = Some(answer);
        }
        let pause = match (&of.what, failed) {
            (SheetKind::Config | SheetKind::Types, false) => 30,
            (SheetKind::Processes | SheetKind::Services, false) => 3,
            (_, false) => 5,
            (_, true) => 4,
        };
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
}

fn words(what: &SheetKind, trouble: &Trouble, ours: &str) -> String {
    match (what, trouble) {
        (SheetKind::Config, Trouble::Forbidden(_)) => format!(
            "The machine config holds secrets: it takes the role os:admin to read it, and ours is {ours}."
        ),
        (SheetKind::Resources(of) | SheetKind::Resource(of, _), Trouble::Forbidden(_)) => format!(
            "{} may not be read with the role {ours}, or this version of Talos has no such type.",
            of.name
        ),
        (_, trouble) => trouble.to_string(),
    }
}

async fn ask(roads: &Roads, at: &str, what: &SheetKind) -> Result<Sheet, Trouble> {
    Ok(match what {
        SheetKind::Services => {
            let answer =
                roads.ask(at, |it: Client| async move { it.machine().service_list(()).await }).await?;
            decode::services(answer)
        }
        SheetKind::Processes => {
            let answer = roads.ask(at, |it: Client| async move { it.machine().processes(()).await }).await?;
            decode::processes(answer)
        }
        SheetKind::Containers => containers(roads, at).await?,
        SheetKind::Disks => disks(roads, at).await?,
        SheetKind::Network => network(roads, at).await?,
        SheetKind::Config => config(roads, at).await?,
        SheetKind::Types => {
            let of = Type::of("meta", "ResourceDefinitions.meta.cosi.dev");
            decode::definitions(&cosi::list(roads, at, &of).await?)
        }
        SheetKind::Resources(of) => decode::resources(&cosi::list(roads, at, &of_wire(of)).await?),
        SheetKind::Resource(of, id) => {
            let all = cosi::list(roads, at, &of_wire(of)).await?;
            let found = all.iter().find(|it| it.id == *id);
            found.map(|it| resource(of, it)).ok_or_else(|| Trouble::Missing(format!("{id} is gone")))?
        }
    })
}

fn of_wire(of: &CosiType) -> Type {
    Type::of(&of.namespace, &of.name)
}

fn resource(of: &CosiType, it: &Resource) -> Sheet {
    let spec = if of.name == "MachineConfigs.config.talos.dev" {
        String::from_utf8_lossy(&config_bytes(it)).into_owned()
    } else {
        it.yaml.clone()
    };
    decode::yaml(it, &of.name, &redact::yaml(&spec))
}

async fn config(roads: &Roads, at: &str) -> Result<Sheet, Trouble> {
    let all = cosi::list(roads, at, &Type::of("config", "MachineConfigs.config.talos.dev")).await?;
    let active = all.iter().find(|it| it.id == "v1alpha1").or(all.first());
    let Some(active) = active else { return Err(Trouble::Missing("it has no machine config".into())) };
    // The bytes end here: what goes on is masked.
    let text = redact::yaml(&String::from_utf8_lossy(&config_bytes(active)));
    Ok(decode::text(&text))
}

async fn containers(roads: &Roads, at: &str) -> Result<Sheet, Trouble> {
    let of = |namespace: &str, driver: ContainerDriver| pb::ContainersRequest {
        namespace: namespace.into(),
        driver: driver as i32,
    };
    let system = of("system", ContainerDriver::Containerd);
    let pods = of("k8s.io", ContainerDriver::Cri);
    let ask = |request: pb::ContainersRequest| async move {
        roads
            .ask(at, |it: Client| {
                let request = request.clone();
                async move { it.machine().containers(request).await }
            })
            .await
    };
    let (system, pods) = tokio::join!(ask(system), ask(pods));
    // Where the CRI does not run yet, the system's own still do.
    let pods = pods.unwrap_or_default();
    Ok(decode::containers(system?, pods))
}

async fn disks(roads: &Roads, at: &str) -> Result<Sheet, Trouble> {
    let mounts = roads.ask(at, |it: Client| async move { it.machine().mounts(()).await }).await?;
    let disks =
        cosi::list(roads, at, &Type::of("runtime", "Disks.block.talos.dev")).await.unwrap_or_default();
    let volumes = cosi::list(roads, at, &Type::of("runtime", "VolumeStatuses.block.talos.dev")).await;
    Ok(decode::disks(&disks, &volumes.unwrap_or_default(), &mounts))
}

async fn network(roads: &Roads, at: &str) -> Result<Sheet, Trouble> {
    let stats =
        roads.ask(at, |it: Client| async move { it.machine().network_device_stats(()).await }).await?;
    let links =
        cosi::list(roads, at, &Type::of("network", "LinkStatuses.net.talos.dev")).await.unwrap_or_default();
    let of = Type::of("network", "AddressStatuses.net.talos.dev");
    let addresses = cosi::list(roads, at, &of).await.unwrap_or_default();
    Ok(decode::network(&links, &addresses, &stats))
}
