//! The server itself: it listens, lets go of everyone, and listens again.

use super::authentication::{Identity, by_certificate, identify};
use super::cluster::{CUT, Cluster};
use super::controllers;
use super::http::answer;
use super::options::{Options, User};
use crate::mutations::Mutations;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use serde_json::Value;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// Why an API server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{what} is not readable as PEM: {why}")]
    Pem { what: &'static str, why: String },
    #[error("these certificates cannot serve: {0}")]
    Tls(String),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// A running API server; dropping it ends it and all its connections.
pub struct ApiServer {
    address: SocketAddr,
    cluster: Arc<Cluster>,
    door: Arc<Door>,
    /// The task that listens; `None` while the server is cut off.
    listening: Mutex<Option<Abort>>,
    controllers: Mutex<Option<Abort>>,
}

/// What every connection needs.
struct Door {
    cluster: Arc<Cluster>,
    acceptor: TlsAcceptor,
    users: Vec<User>,
    mutations: Mutations,
    /// Milliseconds that every request waits.
    slow: AtomicU64,
}

/// A task that ends when this is dropped.
struct Abort(JoinHandle<()>);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ApiServer {
    /// Start to listen and to answer. Needs a Tokio runtime.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let acceptor = acceptor(&options)?;
        let cluster = Arc::new(Cluster::new(options.clock, options.pod_logs));
        cluster.seed(super::beginnings::beginnings());
        cluster.seed(options.seed);
        let door = Arc::new(Door {
            cluster: cluster.clone(),
            acceptor,
            users: options.users,
            mutations: options.mutations,
            slow: AtomicU64::new(0),
        });
        let listener = listen(options.listen).await?;
        let failed = |source| StartError::Listen { address: options.listen, source };
        let address = listener.local_addr().map_err(failed)?;
        let task = Abort(tokio::spawn(accept(listener, door.clone())));
        let server =
            Self { address, cluster, door, listening: Mutex::new(Some(task)), controllers: Mutex::default() };
        if options.controllers {
            server.run_controllers().await;
        }
        Ok(server)
    }

    /// Run the controllers, if they do not yet: for whoever [loads](Self::load) objects first.
    pub async fn run_controllers(&self) {
        self.controllers.lock().await.get_or_insert_with(|| {
            let feed = self.cluster.store.feed();
            Abort(tokio::spawn(controllers::run(self.cluster.clone(), feed)))
        });
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stop listening and drop every connection, as a dead API server does. The objects stay.
    pub async fn cut(&self) {
        self.cluster.answers_since.store(CUT, Ordering::Relaxed);
        if let Some(mut task) = self.listening.lock().await.take() {
            task.0.abort();
            // It ends as cancelled; that is what was wanted.
            let _ = (&mut task.0).await;
        }
    }

    /// Listen again on the same port.
    pub async fn restore(&self) -> Result<(), StartError> {
        let mut listening = self.listening.lock().await;
        if listening.is_none() {
            let listener = listen(self.address).await?;
            *listening = Some(Abort(tokio::spawn(accept(listener, self.door.clone()))));
            self.cluster.answers_since.store(self.cluster.clock.course(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether the etcd below has no space: it then refuses every write but that of a removal.
    pub fn set_full(&self, full: bool) {
        self.cluster.store.set_full(full);
    }

    /// Make every request wait this long before it is answered.
    pub fn slow(&self, by: Duration) {
        self.door.slow.store(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Put many objects there at once, as they are, status and all. Nobody who watches hears of it: watches that
    /// run become too old. Answers how many were of no known kind.
    pub fn load(&self, objects: Vec<Value>) -> usize {
        self.cluster.seed(objects)
    }

    /// Put one object there as it is, status and all. Whoever watches hears of it. Says whether its kind is known.
    pub fn put(&self, object: Value) -> bool {
        self.cluster.put(object)
    }

    /// Forget what happened until now: watches that resume from before are told 410.
    pub fn compact(&self) {
        self.cluster.store.compact();
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// Take connections in; all of them are dropped with this task.
async fn accept(listener: TcpListener, door: Arc<Door>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(converse(stream, door.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection, until either side has enough.
async fn converse(stream: TcpStream, door: Arc<Door>) {
    // Small answers must not wait for more.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = door.acceptor.accept(stream).await else { return };
    let peer = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certified: Option<Identity> = peer.and_then(|it| by_certificate(it, &door.users));
    let service = service_fn(|request| {
        let (door, certified) = (door.clone(), certified.clone());
        async move {
            let slow = door.slow.load(Ordering::Relaxed);
            if slow > 0 {
                tokio::time::sleep(Duration::from_millis(slow)).await;
            }
            let who = identify(request.headers(), certified.as_ref(), &door.users);
            Ok::<_, Infallible>(answer(&door.cluster, &door.mutations, who, request).await)
        }
    });
    // A client that goes away is no error of ours.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn acceptor(options: &Options) -> Result<TlsAcceptor, StartError> {
    let pem = |what: &'static str| {
        move |why: rustls::pki_types::pem::Error| StartError::Pem { what, why: why.to_string() }
    };
    let certificates = |text: &str, what| {
        CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(pem(what))
    };
    let tls = |why: &dyn std::fmt::Display| StartError::Tls(why.to_string());
    let mut roots = RootCertStore::empty();
    for authority in certificates(&options.client_ca_pem, "the client CA")? {
        roots.add(authority).map_err(|why| tls(&why))?;
    }
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .allow_unauthenticated()
        .build()
        .map_err(|why| tls(&why))?;
    let key =
        PrivateKeyDer::from_pem_slice(options.server_key_pem.as_bytes()).map_err(pem("the server key"))?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| tls(&why))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&options.server_cert_pem, "the server certificate")?, key)
        .map_err(|why| tls(&why))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
