//! The API of every Talos machine: apid on its own address, port 50000, with mutual TLS, and machined behind it.

mod apid;
mod apply;
mod etcd;
mod fan_out;
mod image;
mod lifecycle;
mod logs;
mod machine;
mod power;
mod resources;
mod roles;
mod stats;
mod stream;
mod tell;
#[cfg(test)]
mod tests;
mod tls;
mod told;

pub use apply::{edit_config, try_config};

use crate::world::{Node, Nodes, Wire};
use apid::Apid;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How long a connection to a machine that went dark stays before the other side's kernel gives it up.
const KEPT_DARK: Duration = Duration::from_secs(30);

/// Listen for as long as the machine exists, whenever it answers.
pub fn listen(node: Arc<Node>, nodes: Arc<Nodes>, at: SocketAddr, gone: CancellationToken) {
    tokio::spawn(async move {
        gone.clone().run_until_cancelled(answer(node, nodes, at, gone)).await;
    });
}

async fn answer(node: Arc<Node>, nodes: Arc<Nodes>, mut at: SocketAddr, gone: CancellationToken) {
    let mut wire = node.wire.subscribe();
    loop {
        if wire.wait_for(|it| *it == Wire::Answering).await.is_err() {
            return;
        }
        let Ok(listener) = TcpListener::bind(at).await else {
            // Somebody else has the address for a moment; nothing tells when it is free.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        at = listener.local_addr().unwrap_or(at);
        node.listens.send_replace(Some(at));
        let (dark, closed) = (gone.child_token(), gone.child_token());
        let left = loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        let apid = (node.clone(), nodes.clone());
                        tokio::spawn(connection(stream, apid, dark.clone(), closed.clone()));
                    }
                }
                changed = wire.changed() => {
                    let now = *wire.borrow_and_update();
                    if changed.is_err() || now != Wire::Answering {
                        break now;
                    }
                }
            }
        };
        dark.cancel();
        if left == Wire::Silent {
            // Connections hang, and new ones are never accepted, until something changes.
            tokio::select! {
                () = node.clock.sleep(KEPT_DARK) => {}
                _ = wire.changed() => {}
            }
            closed.cancel();
            let _ = wire.wait_for(|it| *it != Wire::Silent).await;
        }
        closed.cancel();
    }
}

async fn connection(
    stream: TcpStream,
    (node, nodes): (Arc<Node>, Arc<Nodes>),
    dark: CancellationToken,
    closed: CancellationToken,
) {
    let serve = async {
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = tls::acceptor(&node).await else { return };
        let Ok(stream) = acceptor.accept(stream).await else { return };
        let Some(roles) = tls::roles(&stream) else { return };
        let service = TowerToHyperService::new(Apid::new(node.clone(), nodes.clone(), roles));
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            // As many as the client likes: one channel carries the streams of a whole fleet.
            .max_concurrent_streams(None)
            .initial_stream_window_size(1 << 21)
            .initial_connection_window_size(1 << 20)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    };
    tokio::pin!(serve);
    tokio::select! {
        () = &mut serve => return,
        () = dark.cancelled() => {}
    }
    // Not polled any more, but not dropped either: the other side hears nothing.
    closed.cancelled().await;
}
