//! What apid does with a call: look where it should go, whether the caller may, and hand it on.

use super::fan_out::{fan_out, is_for_many};
use super::roles::Roles;
use super::told::Told;
use super::{image, lifecycle, machine, resources, stats};
use crate::world::{Lock, Node, Nodes, Role, Wire};
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

/// 32 MiB, as Talos has it.
const LARGEST: usize = 32 * 1024 * 1024;

/// machined's services hold nothing: the machine they speak for comes with each call.
static ROUTES: LazyLock<Routes> = LazyLock::new(|| {
    use wire::cosi::resource::state_server::StateServer;
    use wire::machine::image_service_server::ImageServiceServer;
    use wire::machine::lifecycle_service_server::LifecycleServiceServer;
    use wire::machine::machine_service_server::MachineServiceServer;
    use wire::storage::storage_service_server::StorageServiceServer;
    use wire::time::time_service_server::TimeServiceServer;
    let machined = MachineServiceServer::new(machine::Machined);
    let state = StateServer::new(resources::Resources);
    Routes::new(machined.max_decoding_message_size(LARGEST).max_encoding_message_size(LARGEST))
        .add_service(state.max_decoding_message_size(LARGEST).max_encoding_message_size(LARGEST))
        .add_service(LifecycleServiceServer::new(lifecycle::Lifecycle))
        .add_service(ImageServiceServer::new(image::Images))
        .add_service(StorageServiceServer::new(stats::Storage))
        .add_service(TimeServiceServer::new(stats::Time))
});

/// How long the dial of a machine takes that never answers.
const DIAL: Duration = Duration::from_secs(3);

/// One connection's view of one machine's apid.
#[derive(Debug, Clone)]
pub struct Apid {
    node: Arc<Node>,
    nodes: Arc<Nodes>,
    roles: Roles,
}

impl Apid {
    pub fn new(node: Arc<Node>, nodes: Arc<Nodes>, roles: Roles) -> Self {
        Self { node, nodes, roles }
    }

    async fn handle(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        if is_for_many(request.headers()) {
            return fan_out(self, request).await;
        }
        self.one(request).await
    }

    /// A call that is for one machine.
    pub async fn one(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let delay = self.node.state.held().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let target = self.route(request.headers()).await?;
        let (request, told) = Told::of(request, &target, &self.roles).await?;
        let answer = self.hand_on(request, target).await;
        if let Some(told) = told {
            told.write(answer.as_ref());
        }
        answer
    }

    async fn hand_on(self, mut request: Request<Body>, target: Arc<Node>) -> Result<Response<Body>, Status> {
        let path = request.uri().path().to_owned();
        if !self.roles.may(&path) {
            return Err(Status::permission_denied("not authorized"));
        }
        if path.starts_with("/cosi.resource.State/")
            && !["/Get", "/List", "/Watch"].iter().any(|it| path.ends_with(it))
        {
            return Err(Status::permission_denied("write access is not allowed"));
        }
        request.extensions_mut().insert(target);
        request.extensions_mut().insert(self.roles);
        match ROUTES.clone().oneshot(request).await {
            Ok(response) => Ok(response),
            Err(never) => match never {},
        }
    }

    /// The machine that the call is for.
    async fn route(&self, headers: &HeaderMap) -> Result<Arc<Node>, Status> {
        let mut named = headers.get_all("node").iter();
        let (Some(first), second) = (named.next(), named.next()) else {
            return Ok(self.node.clone());
        };
        let target = first.to_str().map_err(|_| Status::invalid_argument("'node' metadata is not text"))?;
        if second.is_some() {
            return Err(Status::invalid_argument("'node' metadata must be single-valued"));
        }
        let found = self.nodes.target(target);
        if let Some(found) = &found
            && Arc::ptr_eq(found, &self.node)
        {
            return Ok(self.node.clone());
        }
        if matches!(target, "127.0.0.1" | "localhost" | "::1") {
            return Ok(self.node.clone());
        }
        if self.node.role() == Role::Worker {
            return Err(Status::permission_denied("no request forwarding"));
        }
        self.reach(target, found).await
    }

    async fn reach(&self, target: &str, found: Option<Arc<Node>>) -> Result<Arc<Node>, Status> {
        let dial = |why: &str| {
            let text = format!("connection error: desc = \"transport: Error while dialing: {why}\"");
            Status::new(Code::Unavailable, text)
        };
        let Some(found) = found else {
            let address = target.parse::<std::net::IpAddr>().is_ok();
            return Err(dial(&if address {
                format!("dial tcp {target}:50000: connect: no route to host")
            } else {
                format!("dial tcp: lookup {target} on 127.0.0.53:53: no such host")
            }));
        };
        if !Arc::ptr_eq(&found.cluster, &self.node.cluster) {
            return Err(dial(
                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            ));
        }
        let wire = *found.wire.borrow();
        match wire {
            Wire::Answering => {
                let delay = found.state.held().delay;
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                Ok(found)
            }
            Wire::Refusing => {
                Err(dial(&format!("dial tcp {}:50000: connect: connection refused", found.spec.address)))
            }
            Wire::Silent => {
                self.node.clock.sleep(DIAL).await;
                Err(dial(&format!("dial tcp {}:50000: i/o timeout", found.spec.address)))
            }
        }
    }
}

impl Service<Request<Incoming>> for Apid {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let apid = self.clone();
        let request = request.map(Body::new);
        Box::pin(async move { Ok(apid.handle(request).await.unwrap_or_else(|status| status.into_http())) })
    }
}
