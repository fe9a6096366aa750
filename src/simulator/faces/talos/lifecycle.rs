//! `machine.LifecycleService`, since Talos 1.13: write the image of another version. Nothing reboots.

use super::power::version_of;
use super::stream::{Streaming, target, written};
use crate::world::Lock;
use std::time::Duration;
use tonic::{Request, Response, Status, async_trait};
use wire::machine::lifecycle_service_install_progress::Response as Progress;
use wire::machine::lifecycle_service_server::LifecycleService;
use wire::machine::{
    LifecycleServiceInstallProgress, LifecycleServiceUpgradeRequest, LifecycleServiceUpgradeResponse,
};

#[derive(Debug, Clone, Copy)]
pub struct Lifecycle;

/// What the installer says on its way.
const STEPS: [&str; 5] = [
    "running pre-flight checks",
    "pre-flight checks successful",
    "copying from /usr/install/amd64/vmlinuz to /boot/B/vmlinuz",
    "writing boot entry B",
    "installation of the new version complete",
];

#[async_trait]
impl LifecycleService for Lifecycle {
    type UpgradeStream = Streaming<LifecycleServiceUpgradeResponse>;

    async fn upgrade(
        &self,
        request: Request<LifecycleServiceUpgradeRequest>,
    ) -> Result<Response<Self::UpgradeStream>, Status> {
        let node = target(&request)?;
        if node.talos_minor() < 13 {
            return Err(Status::unimplemented("unknown service machine.LifecycleService"));
        }
        let image = request.into_inner().source.unwrap_or_default().image_name;
        let version = version_of(&image);
        Ok(written(node, move |node, sender| async move {
            let say = |progress| {
                let progress = Some(LifecycleServiceInstallProgress { response: Some(progress) });
                sender.send(Ok(LifecycleServiceUpgradeResponse { progress }))
            };
            let version = match version {
                Ok(version) => version,
                Err(why) => {
                    let _ = say(Progress::Message(why.message().to_owned())).await;
                    let _ = say(Progress::ExitCode(2)).await;
                    return;
                }
            };
            for step in STEPS {
                if say(Progress::Message(step.to_owned())).await.is_err() {
                    return;
                }
                node.clock.sleep(Duration::from_secs(2)).await;
            }
            node.state.held().installed = Some(version);
            let _ = say(Progress::ExitCode(0)).await;
        }))
    }
}
