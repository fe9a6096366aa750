//! The old way to ask many machines with one call, by `nodes`: each answers for itself, and what comes together says of
//! each part whose it is, or why there is none.

use super::apid::Apid;
use bytes::{Buf as _, Bytes};
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use prost::Message as _;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field};
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::{Code, Status};
use wire::common::Metadata;

/// The services that can be asked so; those that came later cannot.
const SERVICES: [&str; 5] = [
    "/machine.MachineService/",
    "/cluster.ClusterService/",
    "/inspect.InspectService/",
    "/storage.StorageService/",
    "/time.TimeService/",
];
/// Calls of theirs that answer with a stream.
const STREAMS: [&str; 12] = [
    "Copy",
    "DiskUsage",
    "Dmesg",
    "EtcdSnapshot",
    "Events",
    "HealthCheck",
    "ImageList",
    "Kubeconfig",
    "List",
    "Logs",
    "PacketCapture",
    "Read",
];

/// The number of a machine in the call, and a message of its, or why it ends.
type Part = (usize, Result<Bytes, Status>);

/// Whether a call is for many.
pub fn is_for_many(headers: &HeaderMap) -> bool {
    headers.contains_key("nodes") && !headers.contains_key("node")
}

pub async fn fan_out(apid: Apid, request: Request<Body>) -> Result<Response<Body>, Status> {
    let path = request.uri().path().to_owned();
    if !SERVICES.iter().any(|it| path.starts_with(it)) {
        return Err(Status::invalid_argument(format!("one-2-many proxying is not supported for {path}")));
    }
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Status::internal("the body ended too early"))?.to_bytes();
    let names: Vec<HeaderValue> = head.headers.get_all("nodes").iter().cloned().collect();
    let (sender, receiver) = mpsc::channel(64);
    for (number, name) in names.iter().enumerate() {
        let mut one = Request::new(Body::new(Full::new(body.clone())));
        *one.method_mut() = head.method.clone();
        *one.uri_mut() = head.uri.clone();
        *one.version_mut() = head.version;
        *one.headers_mut() = head.headers.clone();
        one.headers_mut().remove("nodes");
        one.headers_mut().insert("node", name.clone());
        tokio::spawn(ask(apid.clone(), one, number, sender.clone()));
    }
    drop(sender);
    let names: Vec<String> =
        names.iter().map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned()).collect();
    let parts = ReceiverStream::new(receiver);
    let named = move |number: usize| names.get(number).cloned().unwrap_or_default();
    if STREAMS.iter().any(|it| path.ends_with(&format!("/{it}"))) {
        let frames = parts.map(move |(number, part)| {
            frame(&match part {
                Ok(message) => marked(&message, &named(number), None),
                Err(status) => marked(&[], &named(number), Some(&status)),
            })
        });
        return Ok(answer(frames.boxed()));
    }
    let mut all: Vec<Part> = parts.collect().await;
    all.sort_by_key(|(number, _)| *number);
    let mut whole = Vec::new();
    for (number, part) in all {
        let of_one = match &part {
            Ok(message) => inner(message).iter().map(|it| marked(it, &named(number), None)).collect(),
            Err(status) => vec![marked(&[], &named(number), Some(status))],
        };
        of_one.iter().for_each(|it| field(1, it, &mut whole));
    }
    Ok(answer(futures::stream::iter([frame(&whole)]).boxed()))
}

/// Ask one machine, and hand on what it says.
async fn ask(apid: Apid, request: Request<Body>, number: usize, sender: mpsc::Sender<Part>) {
    let ended = match apid.one(request).await {
        Err(status) => status,
        Ok(response) => read(response, number, &sender).await,
    };
    if ended.code() != Code::Ok {
        let _ = sender.send((number, Err(ended))).await;
    }
}

/// Every message of an answer; what comes back is how it ended.
async fn read(response: Response<Body>, number: usize, sender: &mpsc::Sender<Part>) -> Status {
    if let Some(status) = Status::from_header_map(response.headers()) {
        return status;
    }
    let mut body = response.into_body();
    let mut kept: Vec<u8> = Vec::new();
    while let Some(next) = body.frame().await {
        let Ok(next) = next else { return Status::unavailable("error reading from server: EOF") };
        match next.into_data() {
            Ok(data) => kept.extend_from_slice(&data),
            Err(rest) => {
                let trailers = rest.into_trailers().unwrap_or_default();
                return Status::from_header_map(&trailers).unwrap_or_else(|| Status::ok(""));
            }
        }
        // A flag and the length stand before each message.
        while let Some((head, rest)) = kept.split_at_checked(5) {
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let Some(message) = rest.get(..length).map(Bytes::copy_from_slice) else { break };
            kept.drain(..5 + length);
            if sender.send((number, Ok(message))).await.is_err() {
                return Status::cancelled("nobody listens any more");
            }
        }
    }
    Status::ok("")
}

/// What is in field 1 of an answer: one message for each machine.
fn inner(mut message: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while message.has_remaining() {
        let Ok((number, kind)) = decode_key(&mut message) else { break };
        if number != 1 || kind != WireType::LengthDelimited {
            if skip_field(kind, number, &mut message, prost::encoding::DecodeContext::default()).is_err() {
                break;
            }
            continue;
        }
        let Ok(length) = decode_varint(&mut message) else { break };
        let Some((it, rest)) = message.split_at_checked(usize::try_from(length).unwrap_or(usize::MAX)) else {
            break;
        };
        found.push(it.to_vec());
        message = rest;
    }
    found
}

/// A message with whose it is in its field 1.
fn marked(message: &[u8], name: &str, failed: Option<&Status>) -> Vec<u8> {
    let status = failed
        .map(|it| wire::common::Status { code: i32::from(it.code()), message: it.message().to_owned() });
    let error = failed.map(|it| format!("rpc error: code = {:?} desc = {}", it.code(), it.message()));
    let metadata = Metadata { hostname: name.to_owned(), error: error.unwrap_or_default(), status };
    let mut marked = message.to_vec();
    field(1, &metadata.encode_to_vec(), &mut marked);
    marked
}

fn field(number: u32, value: &[u8], into: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, into);
    encode_varint(value.len() as u64, into);
    into.extend_from_slice(value);
}

fn frame(message: &[u8]) -> Bytes {
    let mut framed = vec![0];
    framed.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    framed.extend_from_slice(message);
    framed.into()
}

/// What one machine has to say of itself stands in the parts: as a whole the call went well.
fn answer(frames: futures::stream::BoxStream<'static, Bytes>) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let end = futures::stream::iter([Frame::trailers(trailers)]);
    let body = StreamBody::new(frames.map(Frame::data).chain(end).map(Ok::<_, Infallible>));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}
