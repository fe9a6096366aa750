//! The roads to a node: through the endpoints, the healthiest first, and straight to it where none of them lives.

use super::talosconfig::{Authority, TalosConfig, authority};
use super::trouble::{Trouble, deepest, is_local};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint as Dial, Identity};
use tonic::{Request, Response, Status};
use wire::cosi::resource::state_client::StateClient;
use wire::machine::image_service_client::ImageServiceClient;
use wire::machine::lifecycle_service_client::LifecycleServiceClient;
use wire::machine::machine_service_client::MachineServiceClient;

/// Talos sends messages of up to this size.
const LARGEST: usize = 32 << 20;
const CONNECT: Duration = Duration::from_secs(5);
/// What one question may take, on each road it is tried on.
pub(crate) const PATIENCE: Duration = Duration::from_secs(6);

type Wire = InterceptedService<Channel, Headers>;

/// Every road of one talosconfig context. Shared; connections are made when first used.
#[derive(Debug)]
pub(crate) struct Roads {
    /// Where the configuration is from, for a person to read.
    pub from: String,
    pub config: TalosConfig,
    endpoints: Mutex<Vec<Arc<Endpoint>>>,
    direct: Mutex<BTreeMap<Authority, Arc<Endpoint>>>,
    /// Nodes that are about to go down: nobody else is asked through them.
    shunned: Mutex<Vec<GoesDown>>,
}

/// A node that is about to go down, and the nodes that stay.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GoesDown {
    at: String,
    others: Vec<String>,
}

impl GoesDown {
    /// Whether a server may be away with it: the node itself, and whatever is the address of no other node. A virtual
    /// address or a balancer may lead to the very node.
    fn takes(&self, it: &Endpoint) -> bool {
        it.is(&self.at) || !self.others.iter().any(|other| it.is(other))
    }
}

/// While this is held, nobody is asked through a node but that node itself.
pub(crate) struct Shunned<'a> {
    roads: &'a Roads,
    node: GoesDown,
}

impl Drop for Shunned<'_> {
    fn drop(&mut self) {
        let mut shunned = locked(&self.roads.shunned);
        if let Some(at) = shunned.iter().position(|it| *it == self.node) {
            shunned.swap_remove(at);
        }
    }
}

/// One server that calls can go to.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub at: Authority,
    dial: Dial,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    channel: Channel,
    /// Which connection this is: each new one has the next number.
    number: u64,
    /// Answers that did not come, since the last that did.
    strikes: u32,
    /// It has answered before.
    proven: bool,
    /// A worker answers for itself only.
    forwards: bool,
}

/// A connection with the headers of one call on it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    channel: Channel,
    headers: Headers,
}

/// Goes into every request: which node is meant, and which cluster where one server has several.
#[derive(Debug, Clone)]
pub(crate) struct Headers {
    node: Option<MetadataValue<Ascii>>,
    cluster: Option<MetadataValue<Ascii>>,
}

impl tonic::service::Interceptor for Headers {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let headers = request.metadata_mut();
        headers.insert("runtime", MetadataValue::from_static("Talos"));
        if let Some(node) = &self.node {
            headers.insert("node", node.clone());
        }
        if let Some(cluster) = &self.cluster {
            headers.insert("context", cluster.clone());
        }
        Ok(request)
    }
}

impl Client {
    pub(crate) fn machine(&self) -> MachineServiceClient<Wire> {
        MachineServiceClient::with_interceptor(self.channel.clone(), self.headers.clone())
            .max_decoding_message_size(LARGEST)
    }

    /// Since Talos 1.13.
    pub(crate) fn images(&self) -> ImageServiceClient<Wire> {
        ImageServiceClient::with_interceptor(self.channel.clone(), self.headers.clone())
    }

    /// Since Talos 1.13.
    pub(crate) fn lifecycle(&self) -> LifecycleServiceClient<Wire> {
        LifecycleServiceClient::with_interceptor(self.channel.clone(), self.headers.clone())
    }

    pub(crate) fn state(&self) -> StateClient<Wire> {
        StateClient::with_interceptor(self.channel.clone(), self.headers.clone())
            .max_decoding_message_size(LARGEST)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Endpoint {
    fn new(at: Authority, config: &TalosConfig) -> Result<Self, Trouble> {
        let host = if at.host.contains(':') { format!("[{}]", at.host) } else { at.host.clone() };
        let wrong = |err: tonic::transport::Error| {
            Trouble::Other(format!("its certificates or its key cannot be used: {}", deepest(&err)))
        };
        let mut tls = ClientTlsConfig::new()
            .domain_name(&at.host)
            .ca_certificate(Certificate::from_pem(&config.ca))
            .timeout(CONNECT);
        if let Some(us) = &config.identity {
            tls = tls.identity(Identity::from_pem(&us.certificate, us.key.reveal()));
        }
        // No HTTP/2 pings: the server ends a connection that pings more often than every five minutes.
        let dial = Dial::from_shared(format!("https://{host}:{}", at.port))
            .and_then(|it| it.tls_config(tls))
            .map_err(wrong)?
            .connect_timeout(CONNECT)
            .tcp_keepalive(Some(Duration::from_secs(15)))
            .tcp_keepalive_interval(Some(Duration::from_secs(5)))
            .tcp_keepalive_retries(Some(3))
            .initial_stream_window_size(65_535 * 32)
            .initial_connection_window_size(65_535 * 64);
        let state =
            State { channel: dial.connect_lazy(), number: 0, strikes: 0, proven: false, forwards: true };
        Ok(Self { at, dial, state: Mutex::new(state) })
    }

    fn is(&self, target: &str) -> bool {
        target == self.at.host || authority(target).as_ref() == Some(&self.at)
    }

    pub(crate) fn is_well(&self) -> bool {
        locked(&self.state).strikes == 0
    }

    fn answered(&self) {
        let mut state = locked(&self.state);
        (state.strikes, state.proven) = (0, true);
    }

    fn number(&self) -> u64 {
        locked(&self.state).number
    }

    /// No answer came on connection `number`. One that stays silent may be half open and is made anew, once:
    /// many questions wait on it, and a server under load must not be met by as many handshakes.
    fn was_silent(&self, number: u64, half_open: bool) {
        let mut state = locked(&self.state);
        state.strikes = state.strikes.saturating_add(1);
        if half_open && state.number == number {
            state.number += 1;
            state.channel = self.dial.connect_lazy();
        }
    }

    fn client(&self, node: Option<&str>, config: &TalosConfig) -> Client {
        let header = |text: &str| MetadataValue::try_from(text).ok();
        Client {
            channel: locked(&self.state).channel.clone(),
            headers: Headers {
                node: node.and_then(header),
                cluster: config.cluster.as_deref().and_then(header),
            },
        }
    }
}

impl Roads {
    /// The error is for a person to read; it holds no key material.
    pub(crate) fn new(from: String, config: TalosConfig) -> Result<Self, Trouble> {
        let endpoints = config
            .endpoints
            .iter()
            .map(|at| Endpoint::new(at.clone(), &config).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            from,
            config,
            endpoints: Mutex::new(endpoints),
            direct: Mutex::default(),
            shunned: Mutex::default(),
        })
    }

    pub(crate) fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        locked(&self.endpoints).clone()
    }

    /// A control plane that others told of can forward too: a talosconfig grows stale when machines are replaced.
    pub(crate) fn learn(&self, control_plane: &str) {
        let mut endpoints = locked(&self.endpoints);
        if endpoints.iter().any(|it| it.is(control_plane)) {
            return;
        }
        let made = authority(control_plane).and_then(|at| Endpoint::new(at, &self.config).ok());
        endpoints.extend(made.map(Arc::new));
    }

    /// Forget what was learned and is no control plane any more; what the talosconfig names stays.
    pub(crate) fn forget(&self, keep: impl Fn(&Authority) -> bool) {
        locked(&self.endpoints).retain(|it| self.config.endpoints.contains(&it.at) || keep(&it.at));
    }

    /// Open a stream that may be silent for as long as it likes: nothing is said before its first message, so
    /// the node is first asked whether it lives.
    pub(crate) async fn stream<T, F, Fut>(&self, target: &str, call: F) -> Result<T, Trouble>
    where
        F: Fn(Client) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let road = self.ask(target, |client| async move {
            client.machine().version(()).await.map(|_| Response::new(client))
        });
        Ok(call(road.await?).await?.into_inner())
    }

    /// Ask a node, through whichever road answers first in the order of health.
    pub(crate) async fn ask<T, F, Fut>(&self, target: &str, call: F) -> Result<T, Trouble>
    where
        F: Fn(Client) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let mut last = None;
        for endpoint in self.ranked(target) {
            match self.through(&endpoint, Some(target), &call).await {
                Ok(reply) => return Ok(reply),
                Err(Failed::Said(trouble)) if !trouble.is_silence() => return Err(trouble),
                // An endpoint that lives says that the node does not: another one will hardly know better.
                Err(Failed::Said(trouble)) => return self.straight(target, &call).await.map_err(|_| trouble),
                Err(Failed::Silent(trouble)) => last = Some(trouble),
                Err(Failed::WillNotForward) => {}
            }
        }
        match (self.straight(target, &call).await, last) {
            (Ok(reply), _) => Ok(reply),
            (Err(trouble), None) => Err(trouble),
            (Err(trouble), Some(_)) if !trouble.is_silence() => Err(trouble),
            (Err(_), Some(trouble)) => Err(trouble),
        }
    }

    /// Ask the server at an endpoint about itself.
    pub(crate) async fn ask_at<T, F, Fut>(&self, endpoint: &Endpoint, call: F) -> Result<T, Trouble>
    where
        F: Fn(Client) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        self.through(endpoint, None, &call).await.map_err(|failed| match failed {
            Failed::Said(trouble) | Failed::Silent(trouble) => trouble,
            Failed::WillNotForward => Trouble::Forbidden("it does not forward".into()),
        })
    }

    async fn straight<T, F, Fut>(&self, target: &str, call: &F) -> Result<T, Trouble>
    where
        F: Fn(Client) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        if self.endpoints().iter().any(|it| it.is(target)) {
            return Err(Trouble::Unreachable("no road leads there".into()));
        }
        let endpoint = self.itself(target)?;
        self.ask_at(&endpoint, call).await
    }

    /// The server of a node itself, not one that forwards to it.
    pub(crate) fn itself(&self, target: &str) -> Result<Arc<Endpoint>, Trouble> {
        if let Some(endpoint) = self.endpoints().into_iter().find(|it| it.is(target)) {
            return Ok(endpoint);
        }
        let Some(at) = authority(target) else {
            return Err(Trouble::Other(format!("`{target}` is no address")));
        };
        let known = locked(&self.direct).get(&at).cloned();
        Ok(match known {
            Some(it) => it,
            None => {
                let made = Arc::new(Endpoint::new(at.clone(), &self.config)?);
                locked(&self.direct).entry(at).or_insert(made).clone()
            }
        })
    }

    /// A node is about to go down: until this is dropped nobody is asked through it, nor through a server that is none
    /// of the `others`.
    pub(crate) fn shun(&self, at: &str, others: Vec<String>) -> Shunned<'_> {
        let node = GoesDown { at: at.to_owned(), others };
        locked(&self.shunned).push(node.clone());
        Shunned { roads: self, node }
    }

    /// Send what changes a node: on the road that answered just now, once. Where no answer comes it is not known
    /// whether it was done, and it is not sent again.
    pub(crate) async fn once<T, F, Fut>(
        &self,
        target: &str,
        patience: Duration,
        call: F,
    ) -> Result<T, Trouble>
    where
        F: Fn(Client) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let road = self.ask(target, |client| async move {
            client.machine().version(()).await.map(|_| Response::new(client))
        });
        let client = road.await.map_err(|trouble| match trouble.is_silence() {
            true => Trouble::NotSent(trouble.to_string()),
            false => trouble,
        })?;
        match tokio::time::timeout(patience, call(client)).await {
            Ok(answer) => Ok(answer?.into_inner()),
            Err(_) => Err(Trouble::Slow),
        }
    }

    async fn through<T, F, Fut>(
        &self,
        endpoint: &Endpoint,
        target: Option<&str>,
        call: &F,
    ) -> Result<T, Failed>
    where
        F: Fn(Client) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        // An endpoint that is the node itself needs no header; where it is a worker it would refuse one.
        let node = target.filter(|it| !endpoint.is(it));
        let client = endpoint.client(node, &self.config);
        let number = endpoint.number();
        match tokio::time::timeout(PATIENCE, call(client)).await {
            Err(_) => {
                if node.is_none() {
                    endpoint.was_silent(number, true);
                    return Err(Failed::Silent(Trouble::Slow));
                }
                // Either of the two may be the silent one; the endpoint's own question will tell.
                Err(Failed::Said(Trouble::Slow))
            }
            Ok(Ok(reply)) => {
                endpoint.answered();
                Ok(reply.into_inner())
            }
            Ok(Err(status)) if is_local(&status) => {
                endpoint.was_silent(number, false);
                Err(Failed::Silent(status.into()))
            }
            Ok(Err(status)) => {
                endpoint.answered();
                if status.message().contains("no request forwarding") {
                    locked(&endpoint.state).forwards = false;
                    return Err(Failed::WillNotForward);
                }
                Err(Failed::Said(status.into()))
            }
        }
    }

    /// Endpoints in the order to try: those that answer first; calls to different nodes are spread over them.
    fn ranked(&self, target: &str) -> Vec<Arc<Endpoint>> {
        let mut endpoints = self.endpoints();
        endpoints.retain(|it| locked(&it.state).forwards || it.is(target));
        let shunned = locked(&self.shunned).clone();
        let goes_down = |it: &Endpoint| !it.is(target) && shunned.iter().any(|node| node.takes(it));
        if endpoints.iter().any(|it| !goes_down(it)) {
            endpoints.retain(|it| !goes_down(it));
        }
        let spread = |it: &Endpoint| {
            let mut hasher = DefaultHasher::new();
            (target, &it.at).hash(&mut hasher);
            hasher.finish()
        };
        endpoints.sort_by_cached_key(|it| {
            let state = locked(&it.state);
            (state.strikes.min(1), !state.proven, !it.is(target), spread(it))
        });
        let well = endpoints.iter().filter(|it| it.is_well()).count();
        // Those that are ill are asked by their own watch; nobody else waits for them while another is well.
        if well > 0 {
            endpoints.truncate(well);
        }
        endpoints
    }
}

enum Failed {
    /// The server, or one behind it, said so.
    Said(Trouble),
    /// The server itself said nothing.
    Silent(Trouble),
    WillNotForward,
}
