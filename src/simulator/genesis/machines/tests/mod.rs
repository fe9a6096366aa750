//! A whole world without Argo CD and Git: an API, machines, a cloud, and every controller of Cluster API.

mod deadlock;
mod rolling;
mod steady;

use std::sync::Arc;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Founder, Premises, found};
use crate::Clock;
use crate::control::{Journals, Key, Mirror, Naming, kinds};
use crate::faces::hetzner::{Cloud, serve};
use crate::genesis::capi_crds;
use crate::genesis::lighthouse::{Wanted, lighthouse};
use crate::kubelets;
use crate::mutations::Mutations;
use crate::pki::{Authority, Identity, KeyKind, kubeconfig};
use crate::providers::caph;
use crate::stand_ins::kubernetes::{ApiServer, Options};
use crate::stand_ins::{cabpt, cacppt, capi};
use crate::world::World;

/// Fast, but not so fast that a busy machine's kubelets would be taken for dead.
const SPEED: f64 = 25.0;
/// How long anything may take in these tests, whatever the machine they run on.
const PATIENCE: Duration = Duration::from_secs(400);

struct Bench {
    mirror: Mirror,
    world: World,
    version: cacppt::Version,
    journals: Journals,
    _api: ApiServer,
    _tasks: JoinSet<()>,
}

fn manifests(workers: usize) -> Vec<Value> {
    let wanted =
        Wanted { seed: 1, now: 1_790_000_000, workers, remote: "file:///none".into(), without: Vec::new() };
    let repository = lighthouse(&wanted).unwrap();
    let mut documents = Vec::new();
    for (path, text) in repository.head() {
        if path.starts_with("cluster-api/") {
            for document in serde_yaml::Deserializer::from_str(text) {
                documents.push(<Value as serde::Deserialize>::deserialize(document).unwrap());
            }
        }
    }
    documents
}

impl Bench {
    async fn new(workers: usize, speed: f64, patch: u32) -> Self {
        let clock = Clock::running(speed);
        let world = World::new(clock.clone(), 7);
        let naming = Naming::new(7);
        let (os, kubernetes) = (
            Authority::new("talos", KeyKind::Ed25519).unwrap(),
            Authority::new("kubernetes", KeyKind::EcdsaP256).unwrap(),
        );
        let server = kubernetes.server(&["127.0.0.1"]).unwrap();
        let mut options =
            Options::new(&server.cert_pem, &server.key_pem, kubernetes.cert_pem(), clock.clone());
        options.seed = capi_crds().unwrap();
        let api = ApiServer::start(options).await.unwrap();
        let url = format!("https://{}", api.address());
        let admin = Identity::Certificate(kubernetes.client("admin", &["system:masters"]).unwrap());
        let config = kubeconfig("k8s", &url, kubernetes.cert_pem(), "admin", &admin);
        let read: Kubeconfig = serde_yaml::from_str(&config).unwrap();
        let client = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        let client = kube::Client::try_from(client).unwrap();

        let mut tasks = JoinSet::new();
        let cloud = Cloud::new(&clock, Arc::new(world.clone()), &["talos-amd64-v1.12.2"]);
        let face = serve(cloud.clone(), "all", "read", Mutations::default(), &mut tasks).await.unwrap();
        let machines: Vec<Founder> = (0..3 + workers)
            .map(|number| Founder {
                name: if number < 3 { naming.name("k8s-cp-") } else { naming.name("k8s-md-0-first-") },
                server_id: 58_000_000 + number as u64,
                address: world.next_address(),
                control_plane: number < 3,
            })
            .collect();
        let premises = Premises {
            manifests: &manifests(workers),
            machines: &machines,
            now: clock.now(),
            endpoint: ("127.0.0.1".into(), api.address().port()),
            kubeconfig: &config,
            os: &os,
            kubernetes: &kubernetes,
            hcloud_token: "all",
            naming: &naming,
        };
        let objects = found(&premises, &world, &cloud).unwrap();
        assert_eq!(api.load(objects), 0, "every kind is known");
        kubelets::run(&world, client.clone());

        let (mirror, journals) = (Mirror::new(client), Journals::default());
        let version = cacppt::Version::new(patch);
        let journal = |name: &str| journals.of(name, &clock);
        cabpt::start(&mirror, &clock, journal("cabpt-controller-manager"), &naming, &mut tasks);
        let core = capi::Core {
            mirror: mirror.clone(),
            clock: clock.clone(),
            journal: journal("capi-controller-manager"),
            naming: naming.clone(),
        };
        capi::start(&core, &mut tasks);
        let provider = cacppt::Provider {
            mirror: mirror.clone(),
            clock: clock.clone(),
            journal: journal("cacppt-controller-manager"),
            naming: naming.clone(),
            version: version.clone(),
        };
        cacppt::start(&provider, &mut tasks);
        let provider = caph::Provider {
            mirror: mirror.clone(),
            clock: clock.clone(),
            journal: journal("caph-controller-manager"),
            hcloud: caph::Hcloud::new(&face.endpoint, &face.token, crate::mutations::OWN_AGENT),
            endpoint: ("127.0.0.1".into(), api.address().port()),
        };
        caph::start(&provider, &mut tasks);
        mirror
            .synced(&[kinds::MACHINE, kinds::NODE, kinds::TALOS_CONTROL_PLANE, kinds::MACHINE_DEPLOYMENT])
            .await;
        Self { mirror, world, version, journals, _api: api, _tasks: tasks }
    }

    /// Wait until the API looks so; fails with what it looks like instead.
    async fn until(&self, what: &str, wanted: impl FnMut(&Mirror) -> bool) {
        let all = [
            kinds::MACHINE,
            kinds::NODE,
            kinds::TALOS_CONTROL_PLANE,
            kinds::MACHINE_DEPLOYMENT,
            kinds::MACHINE_SET,
        ];
        if tokio::time::timeout(PATIENCE, self.mirror.until(&all, wanted)).await.is_err() {
            panic!("never came: {what}\n{}", self.picture());
        }
    }

    /// What one would look at when something does not come.
    fn picture(&self) -> String {
        let mut lines = Vec::new();
        for machine in self.mirror.list(kinds::MACHINE) {
            lines.push(format!(
                "{} {} {} ready {}",
                machine["metadata"]["name"],
                machine["spec"]["version"],
                machine["status"]["phase"],
                crate::control::condition(&machine["status"]["conditions"], "Ready")
                    .cloned()
                    .unwrap_or_default()
            ));
        }
        lines.push(self.control_plane()["status"].to_string());
        for name in ["cacppt", "capi", "caph", "cabpt"] {
            let journal = self.journals.of_pod(&format!("{name}-controller-manager-x"));
            let written = journal.map(|it| it.lines()).unwrap_or_default();
            lines.extend(written.iter().rev().take(12).rev().map(|it| format!("{name}: {it}")));
        }
        lines.join("\n")
    }

    fn control_plane(&self) -> Arc<Value> {
        self.mirror.get(kinds::TALOS_CONTROL_PLANE, &Key::new("default", "k8s-cp")).unwrap()
    }

    fn members(&self) -> usize {
        self.world.etcd().unwrap().members().len()
    }

    async fn bump(&self, version: &str) {
        let patch = json!({"spec": {"version": version}});
        self.mirror.merge(kinds::TALOS_CONTROL_PLANE, &Key::new("default", "k8s-cp"), &patch).await.unwrap();
    }
}

/// The machines of the control plane or of the deployment.
fn half(mirror: &Mirror, control_plane: bool) -> Vec<Arc<Value>> {
    let mut all = mirror.list(kinds::MACHINE);
    all.retain(|it| crate::control::label(it, capi::CONTROL_PLANE).is_some() == control_plane);
    all
}

/// So many machines, all ready, all on this version.
fn settled(mirror: &Mirror, control_plane: bool, count: usize, version: &str) -> bool {
    let all = half(mirror, control_plane);
    all.len() == count
        && all.iter().all(|it| {
            it["spec"]["version"] == version && crate::control::is_true(&it["status"]["conditions"], "Ready")
        })
}
