//! What the record of mutations says of a call: which it is, of a config its mode and its digest, of an installer its
//! image.

use super::roles::Roles;
use crate::mutations::{Mutations, OWN_AGENT, digest};
use crate::world::Node;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use serde_json::{Value, json};
use tonic::body::Body;
use tonic::{Code, Status};
use wire::machine::{
    ApplyConfigurationRequest, ImageServicePullRequest, LifecycleServiceUpgradeRequest, UpgradeRequest,
};

/// The length and the flag that stand before a message of gRPC.
const FRAME: usize = 5;

/// A mutating call that is being answered.
pub struct Told {
    record: Mutations,
    fields: Value,
}

/// Calls that change nothing although readers may not make them.
const LOOKS: [&str; 5] = ["EtcdSnapshot", "Kubeconfig", "Read", "Copy", "PacketCapture"];

/// Whether a call changes something. What nobody knows might.
fn mutates(path: &str) -> bool {
    let method = path.rsplit('/').next().unwrap_or_default();
    !Roles::of(["os:reader"].into_iter()).may(path) && !LOOKS.contains(&method)
}

impl Told {
    /// Look at a call before it is answered; the request comes back whole. None where there is nothing to record.
    pub async fn of(
        request: Request<Body>,
        node: &Node,
        roles: &Roles,
    ) -> Result<(Request<Body>, Option<Self>), Status> {
        let path = request.uri().path().to_owned();
        if !mutates(&path) || is_own(request.headers()) {
            return Ok((request, None));
        }
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Status::internal("the body ended too early"))?.to_bytes();
        let mut fields = json!({
            "node": node.spec.name, "rpc": path.trim_start_matches('/'), "role": roles.words(),
            "sha256": digest(body.get(FRAME..).unwrap_or_default()), "dry_run": false,
        });
        if path.ends_with("/ApplyConfiguration")
            && let Ok(asked) = ApplyConfigurationRequest::decode(body.get(FRAME..).unwrap_or_default())
        {
            fields["mode"] = json!(asked.mode().as_str_name());
            fields["dry_run"] = json!(asked.dry_run);
            fields["sha256"] = json!(digest(&asked.data));
        }
        if let Some(image) = image(&path, body.get(FRAME..).unwrap_or_default()) {
            fields["image"] = json!(image);
        }
        let told = Self { record: node.mutations.clone(), fields };
        Ok((Request::from_parts(head, Body::new(Full::new(body))), Some(told)))
    }

    /// Write down what came of it. A stream that ends badly later has been begun all the same.
    pub fn write(mut self, answer: Result<&Response<Body>, &Status>) {
        let code = match answer {
            Ok(response) => Status::from_header_map(response.headers()).map_or(Code::Ok, |it| it.code()),
            Err(status) => status.code(),
        };
        self.fields["code"] = json!(format!("{code:?}"));
        self.record.write("talos", self.fields);
    }
}

/// The image that a call is about.
fn image(path: &str, body: &[u8]) -> Option<String> {
    match path.trim_start_matches('/') {
        "machine.ImageService/Pull" => Some(ImageServicePullRequest::decode(body).ok()?.image_ref),
        "machine.LifecycleService/Upgrade" => {
            Some(LifecycleServiceUpgradeRequest::decode(body).ok()?.source?.image_name)
        }
        "machine.MachineService/Upgrade" => Some(UpgradeRequest::decode(body).ok()?.image),
        _ => None,
    }
}

fn is_own(headers: &HeaderMap) -> bool {
    let agent = headers.get(http::header::USER_AGENT).and_then(|it| it.to_str().ok());
    agent.is_some_and(|it| it.starts_with(OWN_AGENT))
}

#[cfg(test)]
mod tests {
    use super::mutates;

    #[test]
    fn what_asks_is_no_mutation() {
        for path in
            ["/machine.MachineService/Version", "/cosi.resource.State/Watch", "/machine.ImageService/List"]
        {
            assert!(!mutates(path), "{path}");
        }
        for path in ["/machine.MachineService/ApplyConfiguration", "/machine.LifecycleService/Upgrade"] {
            assert!(mutates(path), "{path}");
        }
    }
}
