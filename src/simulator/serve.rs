//! Put a world together and let it answer.

use crate::faces::git::{GitError, Remote};
use crate::genesis::repository::{Repository, Wanted};
use crate::genesis::workloads::{Places, crowd};
use crate::genesis::{FirstMachine, capi_crds, fleet, node, platform};
use crate::pki::{Authority, KeyKind, PkiError, as_talos, talosconfig, write_private};
use crate::stand_ins::argo::{self, Beginning, Planned};
use crate::stand_ins::{EngineError, Engines};
use crate::world::{ConfigError, MachineSpec, World};
use crate::{Clock, Options};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinSet;

#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("a machine's config: {0}")]
    Machine(#[from] ConfigError),
    #[error("what the repository declares: {0}")]
    Repository(String),
}

/// A world that is being served; it goes when this is dropped.
pub struct Served {
    pub clock: Clock,
    dir: PathBuf,
    _world: World,
    _remote: Remote,
    _engines: Engines,
    _tasks: JoinSet<()>,
}

/// Start everything; answers when every face listens and the configuration files are written.
pub async fn serve(options: &Options) -> Result<Served, WorldError> {
    let io = |source| WorldError::Io { what: options.dir.display().to_string(), source };
    private(&options.dir).await.map_err(io)?;
    let clock = Clock::running(options.speed);
    let world = World::new(clock.clone(), options.seed);
    let mut random = StdRng::seed_from_u64(options.seed);
    let mut token = || format!("{:032x}", random.random::<u128>());
    let (git_token, viewer_token) = (token(), token());
    let look = Duration::from_secs(1).div_f64(options.speed.clamp(1.0, 20.0));

    let wanted = Wanted {
        seed: options.seed,
        now: clock.now() / 1_000,
        workers: options.nodes.saturating_sub(3),
        remote: Remote::file_url(&options.dir),
        without: Vec::new(),
    };
    let repository = Repository::of(&wanted).map_err(GitError::from)?;
    let authority = Engines::authority()?;
    let mut definitions = capi_crds().map_err(|err| WorldError::Repository(err.to_string()))?;
    definitions.extend(argo::definitions());
    let (remote, engines) = tokio::join!(
        Remote::create(&options.dir, &repository, &git_token, look),
        Engines::start(&clock, &authority, &viewer_token, definitions),
    );
    let (remote, engines) = (remote?, engines?);

    let machines = fleet(options.nodes, &world);
    let talos = Authority::new("talos", KeyKind::Ed25519)?;
    for machine in &machines {
        world.place_running(spec(machine, &talos, &engines.url), Duration::from_secs(12 * 86_400))?;
    }
    seed(options, &clock, &repository, &remote, &engines, &machines).await?;

    let mut tasks = JoinSet::new();
    let folder = options.dir.join("argo");
    let mut argo = argo::start(engines.client.clone(), clock.clone(), folder, remote.head(), look / 2);
    tasks.spawn(async move { while argo.join_next().await.is_some() {} });

    let written = files(&options.dir, &engines, &remote, &talos, &world, &machines).await?;
    for (name, text) in written {
        write_private(&options.dir.join(name), &text).map_err(io)?;
    }
    Ok(Served {
        clock,
        dir: options.dir.clone(),
        _world: world,
        _remote: remote,
        _engines: engines,
        _tasks: tasks,
    })
}

/// Put the objects of the first moment there.
async fn seed(
    options: &Options,
    clock: &Clock,
    repository: &Repository,
    remote: &Remote,
    engines: &Engines,
    machines: &[FirstMachine],
) -> Result<(), WorldError> {
    let now = clock.now();
    let files =
        repository.head().into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let beginning = Beginning { files, commits: remote.log().await?, now };
    let planned = beginning.plan().await.map_err(|err| WorldError::Repository(err.to_string()))?;
    let places = machines.iter().map(FirstMachine::place).collect();
    let mut places = Places::new(places, options.seed, now);
    let declared = planned.iter().flat_map(Planned::manifests).filter(|it| !argo::is_argos(it));
    let mut objects = platform(declared, &mut places);
    objects.extend(machines.iter().map(|it| node(it, now)));
    let argos = beginning.objects(&planned, &objects);
    engines.api.load(objects);
    engines.api.load(argos);
    crowd(options.pods, &mut places, |portion| {
        engines.api.load(portion);
    });
    Ok(())
}

/// A machine as it was ordered when the cluster began.
fn spec(machine: &FirstMachine, talos: &Authority, endpoint: &str) -> MachineSpec {
    let role = if machine.control_plane { "controlplane" } else { "worker" };
    let key = if machine.control_plane { STANDARD.encode(as_talos(&talos.key_pem())) } else { String::new() };
    let user_data = format!(
        "version: v1alpha1\nmachine:\n  type: {role}\n  token: m3k9qa.7tz0v1c5w8x2y4b6\n  ca:\n    crt: {}\n    key: {key:?}\n  kubelet:\n    image: ghcr.io/siderolabs/kubelet:v1.35.0\n  install:\n    image: ghcr.io/siderolabs/installer:v1.12.2\ncluster:\n  id: bGlnaHRob3VzZQ==\n  clusterName: k8s\n  controlPlane:\n    endpoint: {endpoint}\n",
        STANDARD.encode(talos.cert_pem()),
    );
    MachineSpec {
        server_id: machine.server_id,
        name: machine.name.clone(),
        address: machine.address,
        user_data,
        talos_version: "v1.12.2".into(),
        region: "nbg1".into(),
    }
}

/// The configuration that anybody needs to look at this world.
async fn files(
    dir: &Path,
    engines: &Engines,
    remote: &Remote,
    talos: &Authority,
    world: &World,
    machines: &[FirstMachine],
) -> Result<Vec<(&'static str, String)>, WorldError> {
    let mut endpoints = Vec::new();
    for machine in machines.iter().filter(|it| it.control_plane) {
        endpoints.extend(
            world
                .endpoint(&machine.name)
                .await
                .map(|it| if it.port() == 50_000 { it.ip().to_string() } else { it.to_string() }),
        );
    }
    let nodes: Vec<String> = machines.iter().map(|it| it.address.to_string()).collect();
    let config = |role: &str| -> Result<String, PkiError> {
        Ok(talosconfig("k8s", talos.cert_pem(), &talos.client("", &[role])?, &endpoints, &nodes))
    };
    Ok(vec![
        ("kubeconfig", engines.admin.clone()),
        ("kubeconfig-limited", engines.limited.clone()),
        ("talosconfig", config("os:admin")?),
        ("talosconfig-reader", config("os:reader")?),
        (
            "git.env",
            format!("GIT_REMOTE_FILE={}\nGIT_REMOTE_HTTP={}\n", Remote::file_url(dir), remote.http_url()),
        ),
    ])
}

/// A folder that only its owner may enter.
async fn private(dir: &Path) -> std::io::Result<()> {
    tokio::fs::create_dir_all(dir).await?;
    #[cfg(unix)]
    tokio::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).await?;
    Ok(())
}

impl Served {
    /// Where the configuration files are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns when the story has reached its named end.
    pub async fn ended(&self) {
        std::future::pending::<()>().await;
    }

    /// Take every face down.
    pub async fn stop(self) {}
}
