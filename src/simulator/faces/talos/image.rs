//! `machine.ImageService`, since Talos 1.13: the images that a machine holds, and pulling another.

use super::stream::{Streaming, all, target, written};
use crate::world::{Lock, Node, schematic_id, seeded, timestamp};
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Request, Response, Status, async_trait};
use wire::machine::image_service_pull_layer_progress::Status as Layer;
use wire::machine::image_service_pull_response::Response as Pulled;
use wire::machine::image_service_server::ImageService;
use wire::machine::{
    ImageServiceListRequest, ImageServiceListResponse, ImageServicePullLayerProgress,
    ImageServicePullProgress, ImageServicePullRequest, ImageServicePullResponse,
};

#[derive(Debug, Clone, Copy)]
pub struct Images;

fn known(node: &Node) -> Result<(), Status> {
    if node.talos_minor() >= 13 {
        Ok(())
    } else {
        Err(Status::unimplemented("unknown service machine.ImageService"))
    }
}

fn image(node: &Node, name: &str) -> ImageServiceListResponse {
    let size = 8 + seeded::mix(0, name, 1) % 120;
    let created = node.state.held().booted_at + 20_000;
    ImageServiceListResponse {
        name: name.into(),
        digest: format!("sha256:{}", seeded::hex(0, name, 0, 64)),
        size: i64::try_from(size).unwrap_or_default() * 1_048_576,
        created_at: Some(timestamp(created)),
        labels: HashMap::new(),
    }
}

#[async_trait]
impl ImageService for Images {
    type ListStream = Streaming<ImageServiceListResponse>;
    type PullStream = Streaming<ImageServicePullResponse>;

    async fn list(
        &self,
        request: Request<ImageServiceListRequest>,
    ) -> Result<Response<Self::ListStream>, Status> {
        let node = target(&request)?;
        known(&node)?;
        let config = node.config();
        let mut names = vec![config.kubelet_image.clone(), "registry.k8s.io/pause:3.10".to_owned()];
        if config.is_control_plane() {
            names.push("registry.k8s.io/etcd:v3.6.7".into());
            let version = config.kubernetes_version();
            names.extend(crate::world::STATIC_PODS.map(|it| format!("registry.k8s.io/{it}:{version}")));
        }
        names.extend(node.pods().images());
        names.push(format!(
            "factory.talos.dev/{}-installer/{}:{}",
            node.spec.hardware.platform(),
            schematic_id(&node),
            node.talos_version()
        ));
        names.sort();
        names.dedup();
        Ok(all(names.iter().map(|name| image(&node, name)).collect()))
    }

    async fn pull(
        &self,
        request: Request<ImageServicePullRequest>,
    ) -> Result<Response<Self::PullStream>, Status> {
        let node = target(&request)?;
        known(&node)?;
        let name = request.into_inner().image_ref;
        if !name.contains('/') || !name.contains(':') {
            return Err(Status::invalid_argument(format!("failed to parse image reference \"{name}\"")));
        }
        Ok(written(node, move |node, sender| async move {
            for layer in 0..3_u64 {
                let total =
                    4_000_000 + i64::try_from(seeded::mix(0, &name, layer) % 60_000_000).unwrap_or_default();
                let steps = [
                    (Layer::Downloading, total / 3),
                    (Layer::DownloadComplete, total),
                    (Layer::ExtractComplete, total),
                ];
                for (status, offset) in steps {
                    let progress =
                        ImageServicePullLayerProgress { status: status.into(), elapsed: None, offset, total };
                    let layer_id = format!("sha256:{}", seeded::hex(0, &name, layer, 64));
                    let pulled =
                        Pulled::PullProgress(ImageServicePullProgress { layer_id, progress: Some(progress) });
                    if sender.send(Ok(ImageServicePullResponse { response: Some(pulled) })).await.is_err() {
                        return;
                    }
                    node.clock.sleep(Duration::from_millis(700)).await;
                }
            }
            let _ = sender.send(Ok(ImageServicePullResponse { response: Some(Pulled::Name(name)) })).await;
        }))
    }
}
