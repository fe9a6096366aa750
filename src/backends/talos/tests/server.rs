//! A few Talos nodes in miniature: mutual TLS, one `node` header, members, a handful of resources.

use crate::program::trial::PATIENCE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, PKCS_ED25519};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::watch;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};
use wire::common::Data;
use wire::cosi::resource as cosi;
use wire::cosi::resource::state_server::{State, StateServer};
use wire::machine as pb;
use wire::machine::machine_service_server::{MachineService, MachineServiceServer};

pub(super) struct Cluster {
    directory: tempfile::TempDir,
    authority: Issuer<'static, KeyPair>,
    ca: String,
    world: Arc<World>,
    addresses: BTreeMap<String, IpAddr>,
    running: BTreeMap<String, tokio::runtime::Runtime>,
}

/// What all nodes share.
struct World {
    members: watch::Sender<BTreeMap<String, String>>,
    /// Addresses of the nodes that run.
    alive: Mutex<BTreeSet<String>>,
    wrong_headers: Mutex<Vec<String>>,
}

static BLOCK: AtomicU8 = AtomicU8::new(1);

impl Cluster {
    pub(super) fn start(names: &[&str]) -> Self {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::OrganizationName, "talos");
        let ca = params.self_signed(&key).unwrap().pem();
        let addresses =
            names.iter().map(|it| (*it).to_owned()).zip(free_addresses()).collect::<BTreeMap<_, _>>();
        let members = addresses.iter().map(|(name, at)| (name.clone(), at.to_string())).collect();
        let world = World {
            members: watch::channel(members).0,
            alive: Mutex::default(),
            wrong_headers: Mutex::default(),
        };
        let mut cluster = Self {
            directory: tempfile::tempdir().unwrap(),
            authority: Issuer::new(params, key),
            ca,
            world: Arc::new(world),
            addresses,
            running: BTreeMap::new(),
        };
        names.iter().for_each(|it| cluster.restart(it));
        cluster
    }

    fn leaf(
        &self,
        organization: &str,
        at: Option<IpAddr>,
        usage: ExtendedKeyUsagePurpose,
    ) -> (String, String) {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::OrganizationName, organization);
        params.subject_alt_names.extend(at.map(rcgen::SanType::IpAddress));
        params.extended_key_usages = vec![usage];
        (params.signed_by(&key, &self.authority).unwrap().pem(), key.serialize_pem())
    }

    pub(super) fn address(&self, name: &str) -> String {
        self.addresses[name].to_string()
    }

    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn restart(&mut self, name: &str) {
        let at = self.addresses[name];
        let (certificate, key) = self.leaf("os", Some(at), ExtendedKeyUsagePurpose::ServerAuth);
        let tls = ServerTlsConfig::new()
            .identity(Identity::from_pem(certificate, key))
            .client_ca_root(Certificate::from_pem(&self.ca));
        self.world.alive.lock().unwrap().insert(at.to_string());
        let it = Face { at: at.to_string(), world: self.world.clone() };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = Server::builder()
            .tls_config(tls)
            .unwrap()
            .add_service(MachineServiceServer::new(it.clone()))
            .add_service(StateServer::new(it));
        // Bound before this returns: a test may ask at once, and a busy machine starts tasks late.
        let entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(bound(at)).unwrap();
        drop(entered);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        runtime.spawn(async move { server.serve_with_incoming(incoming).await.unwrap() });
        self.running.insert(name.to_owned(), runtime);
    }

    /// The node is gone at once, and its connections with it.
    pub(super) fn stop(&mut self, name: &str) {
        self.world.alive.lock().unwrap().remove(&self.address(name));
        self.world.members.send_modify(|_| {});
        if let Some(runtime) = self.running.remove(name) {
            runtime.shutdown_background();
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.world.members.send_modify(|it| {
            it.remove(name);
        });
    }

    pub(super) fn wrong_headers(&self) -> Vec<String> {
        self.world.wrong_headers.lock().unwrap().clone()
    }

    /// Endpoints are the control planes.
    pub(super) fn talosconfig(&self, role: &str) -> PathBuf {
        let (crt, key) = self.leaf(role, None, ExtendedKeyUsagePurpose::ClientAuth);
        let key = key.replace("PRIVATE KEY", "ED25519 PRIVATE KEY");
        let endpoints: Vec<String> = self
            .addresses
            .iter()
            .filter(|(it, _)| it.starts_with("cp"))
            .map(|(_, it)| it.to_string())
            .collect();
        let text = format!(
            "context: c\ncontexts:\n  c:\n    endpoints: [{}]\n    ca: {}\n    crt: {}\n    key: {}\n",
            endpoints.join(", "),
            STANDARD.encode(&self.ca),
            STANDARD.encode(crt),
            STANDARD.encode(key)
        );
        let path = self.directory.path().join(role.replace(':', "-"));
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for (_, runtime) in std::mem::take(&mut self.running) {
            runtime.shutdown_background();
        }
    }
}

/// A node that has just been stopped may hold its address for a moment more.
fn bound(at: IpAddr) -> TcpListener {
    let patience = Instant::now() + PATIENCE;
    loop {
        match TcpListener::bind((at, 50_000)) {
            Ok(listener) => {
                listener.set_nonblocking(true).unwrap();
                return listener;
            }
            Err(error) if Instant::now() > patience => panic!("{at}: {error}"),
            Err(_) => std::thread::yield_now(),
        }
    }
}

/// Loopback addresses that nobody listens on.
fn free_addresses() -> Vec<IpAddr> {
    // Two processes of tests meet only where their ids are 40,000 apart.
    let (process, first) = ((std::process::id() % 200) as u8 + 20, (std::process::id() / 200) as u8);
    loop {
        let block = BLOCK.fetch_add(1, Ordering::Relaxed).wrapping_add(first);
        let all: Vec<IpAddr> = (1..8).map(|last| Ipv4Addr::new(127, process, block, last).into()).collect();
        if all.iter().all(|at| TcpListener::bind((*at, 50_000)).is_ok()) {
            return all;
        }
    }
}

#[derive(Clone)]
struct Face {
    at: String,
    world: Arc<World>,
}

impl Face {
    /// Whom a request means, and whether it may be told secrets.
    fn target<T>(&self, request: &Request<T>) -> Result<(String, bool), Status> {
        let headers = request.metadata();
        if headers.get("nodes").is_some() || headers.get_all("node").iter().count() > 1 {
            self.world.wrong_headers.lock().unwrap().push(format!("{headers:?}"));
        }
        let node = headers.get("node").and_then(|it| it.to_str().ok()).unwrap_or(&self.at).to_owned();
        if !self.world.alive.lock().unwrap().contains(&node) {
            return Err(Status::unavailable(format!("dial tcp {node}:50000: connect: connection refused")));
        }
        let certificates = request.peer_certs().unwrap_or_default();
        let admin = certificates.iter().any(|it| it.windows(8).any(|it| it == b"os:admin"));
        Ok((node, admin))
    }

    fn resources(&self, node: &str, of: &str) -> Vec<cosi::Resource> {
        let members = self.world.members.borrow();
        let name =
            members.iter().find(|(_, at)| *at == node).map(|(name, _)| name.clone()).unwrap_or_default();
        let role = if name.starts_with("cp") { "controlplane" } else { "worker" };
        let resource = |id: &str, yaml: String| cosi::Resource {
            metadata: Some(cosi::Metadata { id: id.into(), ..Default::default() }),
            spec: Some(cosi::Spec { proto_spec: vec![], yaml_spec: yaml }),
        };
        match of {
            "Members.cluster.talos.dev" => members
                .iter()
                .map(|(name, at)| {
                    let role = if name.starts_with("cp") { "controlplane" } else { "worker" };
                    resource(name, format!("hostname: {name}\naddresses: [{at}]\nmachineType: {role}\n"))
                })
                .collect(),
            "MachineStatuses.runtime.talos.dev" => {
                vec![resource("machine", "stage: running\nstatus: {ready: true}".into())]
            }
            "MachineTypes.config.talos.dev" => vec![resource("machine-type", role.into())],
            "HostnameStatuses.net.talos.dev" => vec![resource("hostname", format!("hostname: {name}"))],
            FALLS_SILENT => vec![resource("first", "1".into())],
            "MachineConfigs.config.talos.dev" => vec![resource("v1alpha1", "|\n  machine: {}\n".into())],
            _ => vec![],
        }
    }
}

/// A type whose list begins and does not end.
pub(super) const FALLS_SILENT: &str = "FallSilent.test.talos.dev";

type Streamed<T> = BoxStream<'static, Result<T, Status>>;

#[tonic::async_trait]
impl State for Face {
    type ListStream = Streamed<cosi::ListResponse>;
    type WatchStream = Streamed<cosi::WatchResponse>;

    async fn get(&self, _: Request<cosi::GetRequest>) -> Result<Response<cosi::GetResponse>, Status> {
        Err(Status::unimplemented("get"))
    }

    async fn list(&self, request: Request<cosi::ListRequest>) -> Result<Response<Self::ListStream>, Status> {
        let (node, _) = self.target(&request)?;
        let all = self.resources(&node, &request.get_ref().r#type);
        let all = all.into_iter().map(|it| Ok(cosi::ListResponse { resource: Some(it) }));
        let all = futures::stream::iter(all.collect::<Vec<_>>());
        if request.get_ref().r#type == FALLS_SILENT {
            return Ok(Response::new(all.chain(futures::stream::pending()).boxed()));
        }
        Ok(Response::new(all.boxed()))
    }

    /// All there are, then again whenever the members change; ends when the node does.
    async fn watch(
        &self,
        request: Request<cosi::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let (node, admin) = self.target(&request)?;
        let (face, of) = (self.clone(), request.get_ref().r#type.clone());
        assert_eq!(request.get_ref().api_version, 1);
        if of == "MachineConfigs.config.talos.dev" && !admin {
            return Err(Status::permission_denied("not authorized"));
        }
        let event = |kind, resource| cosi::Event { event_type: kind, resource, ..Default::default() };
        let mut first: Vec<cosi::Event> = self
            .resources(&node, &of)
            .into_iter()
            .map(|it| event(cosi::EventType::Created as i32, Some(it)))
            .collect();
        first.push(event(cosi::EventType::Bootstrapped as i32, None));
        let hello = [Ok(cosi::WatchResponse::default()), Ok(cosi::WatchResponse { event: first })];
        let changes = self.world.members.subscribe();
        let before = self.resources(&node, &of);
        let later = futures::stream::unfold((changes, before, false), move |(mut changes, before, ended)| {
            let (face, of, node) = (face.clone(), of.clone(), node.clone());
            async move {
                if ended || changes.changed().await.is_err() {
                    return None;
                }
                if !face.world.alive.lock().unwrap().contains(&node) {
                    return Some((Err(Status::unavailable("dial")), (changes, before, true)));
                }
                let now = face.resources(&node, &of);
                let gone = before.iter().filter(|it| !now.contains(it)).cloned();
                let gone = gone.map(|it| event(cosi::EventType::Destroyed as i32, Some(it))).collect();
                Some((Ok(cosi::WatchResponse { event: gone }), (changes, now, false)))
            }
        });
        Ok(Response::new(futures::stream::iter(hello).chain(later).boxed()))
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 'a>>;

macro_rules! not_served {
    ($($name:ident($request:ty) -> $reply:ty;)+) => { $(
        fn $name<'a, 'b>(&'a self, _: Request<$request>) -> Answer<'b, $reply> where 'a: 'b, Self: 'b {
            async { Err(Status::unimplemented(stringify!($name))) }.boxed()
        }
    )+ };
}

macro_rules! answers {
    ($($name:ident -> $reply:ty = $it:expr;)+) => { $(
        fn $name<'a, 'b>(&'a self, request: Request<()>) -> Answer<'b, $reply> where 'a: 'b, Self: 'b {
            let target = self.target(&request);
            async move { target.map(|_| Response::new($it)) }.boxed()
        }
    )+ };
}

impl MachineService for Face {
    type DmesgStream = Streamed<Data>;
    type LogsStream = Streamed<Data>;
    type EtcdSnapshotStream = Streamed<Data>;
    type EventsStream = Streamed<pb::Event>;

    answers! {
        version -> pb::VersionResponse = pb::VersionResponse { messages: vec![pb::Version {
            version: Some(pb::VersionInfo { tag: "v1.12.2".into(), ..Default::default() }), ..Default::default()
        }] };
        load_avg -> pb::LoadAvgResponse = pb::LoadAvgResponse::default();
        memory -> pb::MemoryResponse = pb::MemoryResponse::default();
        system_stat -> pb::SystemStatResponse = pb::SystemStatResponse::default();
        mounts -> pb::MountsResponse = pb::MountsResponse::default();
    }

    fn events<'a, 'b>(&'a self, request: Request<pb::EventsRequest>) -> Answer<'b, Self::EventsStream>
    where
        'a: 'b,
        Self: 'b,
    {
        let target = self.target(&request);
        async move {
            target?;
            let hello = futures::stream::iter([Ok(pb::Event::default())]);
            Ok(Response::new(hello.chain(futures::stream::pending()).boxed()))
        }
        .boxed()
    }

    not_served! {
        apply_configuration(pb::ApplyConfigurationRequest) -> pb::ApplyConfigurationResponse;
        bootstrap(pb::BootstrapRequest) -> pb::BootstrapResponse;
        containers(pb::ContainersRequest) -> pb::ContainersResponse;
        cpu_info(()) -> pb::CpuInfoResponse;
        disk_stats(()) -> pb::DiskStatsResponse;
        dmesg(pb::DmesgRequest) -> Self::DmesgStream;
        etcd_alarm_list(()) -> pb::EtcdAlarmListResponse;
        etcd_forfeit_leadership(pb::EtcdForfeitLeadershipRequest) -> pb::EtcdForfeitLeadershipResponse;
        etcd_leave_cluster(pb::EtcdLeaveClusterRequest) -> pb::EtcdLeaveClusterResponse;
        etcd_member_list(pb::EtcdMemberListRequest) -> pb::EtcdMemberListResponse;
        etcd_remove_member_by_id(pb::EtcdRemoveMemberByIdRequest) -> pb::EtcdRemoveMemberByIdResponse;
        etcd_snapshot(pb::EtcdSnapshotRequest) -> Self::EtcdSnapshotStream;
        etcd_status(()) -> pb::EtcdStatusResponse;
        hostname(()) -> pb::HostnameResponse;
        logs(pb::LogsRequest) -> Self::LogsStream;
        logs_containers(()) -> pb::LogsContainersResponse;
        network_device_stats(()) -> pb::NetworkDeviceStatsResponse;
        processes(()) -> pb::ProcessesResponse;
        reboot(pb::RebootRequest) -> pb::RebootResponse;
        reset(pb::ResetRequest) -> pb::ResetResponse;
        service_list(()) -> pb::ServiceListResponse;
        stats(pb::StatsRequest) -> pb::StatsResponse;
        upgrade(pb::UpgradeRequest) -> pb::UpgradeResponse;
    }
}
