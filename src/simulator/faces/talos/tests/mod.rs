//! Real clients with real certificates against machines of a small world.

mod life;
mod many;
mod numbers;
mod reading;
mod resources;
mod writing;

use crate::world::example::Example;
use futures::StreamExt;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Streaming};
use wire::cosi::resource::state_client::StateClient;
use wire::machine::machine_service_client::MachineServiceClient;

async fn channel(example: &Example, endpoint: &str, role: &str) -> Channel {
    let at = example.world.endpoint(endpoint).await.unwrap();
    let leaf = example.authority.client("", &[role]).unwrap();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(example.authority.cert_pem()))
        .identity(Identity::from_pem(leaf.cert_pem, leaf.key_pem));
    Endpoint::from_shared(format!("https://{at}")).unwrap().tls_config(tls).unwrap().connect_lazy()
}

async fn machine(example: &Example, endpoint: &str, role: &str) -> MachineServiceClient<Channel> {
    MachineServiceClient::new(channel(example, endpoint, role).await)
}

async fn state(example: &Example, endpoint: &str, role: &str) -> StateClient<Channel> {
    StateClient::new(channel(example, endpoint, role).await)
}

/// A call for one machine.
fn to<T>(node: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("node", node.parse().unwrap());
    request
}

/// The next message, within the one patience of tests.
async fn next<T>(stream: &mut Streaming<T>) -> T {
    let next = tokio::time::timeout(crate::PATIENCE, stream.next());
    next.await.expect("a message comes").expect("the stream goes on").expect("it is not an error")
}

fn code<T>(answer: Result<T, tonic::Status>) -> Code {
    answer.err().map_or(Code::Ok, |it| it.code())
}
