//! `machine.LifecycleService`, since Talos 1.13: write the image of another version. Nothing reboots.

use super::power::written_by;
use super::stream::{Streaming, target, written};
use crate::world::{Installer, Lock, Node};
use std::sync::Arc;
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

/// The last words of one that fails.
const FAILS: &str = "error: failed to write boot entry B: write /boot/B/vmlinuz: no space left on device";

/// While this lives no other installer may run on the machine.
struct Turn(Arc<Node>);

impl Turn {
    /// Whether this one will end badly.
    fn take(node: &Arc<Node>) -> Result<(Self, bool), Status> {
        let mut state = node.state.held();
        let before = state.installer;
        if before == Installer::Writing {
            return Err(Status::failed_precondition("another upgrade is in progress"));
        }
        state.installer = Installer::Writing;
        Ok((Self(node.clone()), before == Installer::WillFail))
    }

    fn fails(&self) {
        self.0.change(|state| state.installer = Installer::Failed);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.0.state.held();
        if state.installer == Installer::Writing {
            state.installer = Installer::Idle;
        }
    }
}

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
        let wished = written_by(&image);
        let (turn, fails) = Turn::take(&node)?;
        Ok(written(node, move |node, sender| async move {
            let say = |progress| {
                let progress = Some(LifecycleServiceInstallProgress { response: Some(progress) });
                sender.send(Ok(LifecycleServiceUpgradeResponse { progress }))
            };
            let turn = turn;
            let wished = match wished {
                Ok(wished) => wished,
                Err(why) => {
                    let _ = say(Progress::Message(why.message().to_owned())).await;
                    let _ = say(Progress::ExitCode(2)).await;
                    return;
                }
            };
            for (number, step) in STEPS.into_iter().enumerate() {
                if fails && number == 3 {
                    let _ = say(Progress::Message(FAILS.to_owned())).await;
                    turn.fails();
                    let _ = say(Progress::ExitCode(1)).await;
                    return;
                }
                if say(Progress::Message(step.to_owned())).await.is_err() {
                    return;
                }
                node.clock.sleep(Duration::from_secs(2)).await;
            }
            node.state.held().installed = Some(wished);
            let _ = say(Progress::ExitCode(0)).await;
        }))
    }
}
