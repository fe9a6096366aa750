//! What changes a Talos node. Every licence of this wire is in this file, each at its one call: a config, which takes
//! published content; an installer's image, which a published config names; a reboot that the plan announced; the
//! leadership of etcd, before that.

use super::plan::Installer;
use super::roads::{Client, Roads};
use super::trouble::Trouble;
use crate::git::{Committed, Published};
use crate::render::MachineConfig;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use tonic::Streaming;
use wire::common::{ContainerDriver, ContainerdInstance, ContainerdNamespace};
use wire::machine as pb;
use wire::machine::apply_configuration_request::Mode;
use wire::machine::image_service_pull_response::Response as Pulled;
use wire::machine::lifecycle_service_install_progress::Response as Installed;

/// How long a config is tried. Whoever does not come back within it goes back by himself.
pub(super) const TRY: Duration = Duration::from_secs(120);
/// How long one change may take to be answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How long a pull or an installer may be silent.
const SILENT: Duration = Duration::from_secs(300);
/// How long Talos before 1.13 may take to answer to an upgrade: it pulls the image before it does.
const PULLS: Duration = Duration::from_secs(600);
/// How long a pull or an installer may take in all.
const LONGEST: Duration = Duration::from_secs(1800);

/// Who is told how far a long step has come.
pub(super) type Say<'a> = &'a (dyn Fn(String) + Send + Sync);

/// How a config is sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// Only asked: nothing takes effect. Always in the mode TRY: every other one ends somebody's trial, even here.
    DryRun,
    Try,
    Permanent,
    Staged,
}

/// Ask a node what it would say to a config. Nothing is changed; the answer holds nothing of the config.
pub(super) async fn dry_run(
    roads: &Roads,
    at: &str,
    config: &Committed<MachineConfig>,
) -> Result<String, Trouble> {
    let said = send(roads, at, config.content(), How::DryRun).await?;
    // What follows the first lines is a diff with secrets in it.
    let words = said.lines().nth(1).unwrap_or_default().replace("(skipped in dry-run).", "");
    Ok(crate::plain::plain(words.trim()).into_owned())
}

/// The one call that sends a config.
pub(super) async fn send(
    roads: &Roads,
    at: &str,
    config: &MachineConfig,
    how: How,
) -> Result<String, Trouble> {
    let (mode, dry_run) = match how {
        How::DryRun => (Mode::Try, true),
        How::Try => (Mode::Try, false),
        How::Permanent => (Mode::NoReboot, false),
        How::Staged => (Mode::Staged, false),
    };
    let span = prost_types::Duration { seconds: i64::try_from(TRY.as_secs()).unwrap_or(60), nanos: 0 };
    let request = pb::ApplyConfigurationRequest {
        data: config.reveal().to_vec(),
        mode: mode.into(),
        dry_run,
        try_mode_timeout: (mode == Mode::Try).then_some(span),
    };
    let call = |client: Client| {
        let request = request.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the one road of a config to a node: its callers take committed content for a dry run and published content for all else"
        )]
        async move {
            client.machine().apply_configuration(request).await
        }
    };
    let answer = roads.once(at, PATIENCE, call).await?;
    Ok(answer.messages.into_iter().map(|it| it.mode_details).collect::<Vec<_>>().join("\n"))
}

/// The one call that takes a node down.
pub(super) async fn reboot(roads: &Roads, at: &str) -> Result<String, Trouble> {
    let call = |client: Client| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the reboot that the approved plan announced, after the config was staged or the installer has written"
        )]
        async move {
            client.machine().reboot(pb::RebootRequest::default()).await
        }
    };
    roads.once(at, PATIENCE, call).await.map(|_| "reboots".into())
}

/// The one call that has a member of etcd hand over its leadership.
pub(super) async fn forfeit(roads: &Roads, at: &str) -> Result<String, Trouble> {
    let call = |client: Client| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the leader goes down with an announced reboot: it hands over first, so that no election is waited for"
        )]
        async move {
            client.machine().etcd_forfeit_leadership(pb::EtcdForfeitLeadershipRequest::default()).await
        }
    };
    let answer = roads.once(at, PATIENCE, call).await?;
    let to = answer.messages.into_iter().map(|it| crate::plain::plain(&it.member).into_owned());
    Ok(format!("handed over to {}", to.collect::<Vec<_>>().join(", ")))
}

/// Where Talos keeps its own images.
fn own() -> Option<ContainerdInstance> {
    Some(ContainerdInstance {
        driver: ContainerDriver::Cri.into(),
        namespace: ContainerdNamespace::NsSystem.into(),
    })
}

/// The one call that pulls an image: an installer that a published config names.
pub(super) async fn pull(
    roads: &Roads,
    at: &str,
    installer: &Published<Installer>,
    say: Say<'_>,
) -> Result<String, Trouble> {
    let image_ref = installer.content().image.clone();
    let request = pb::ImageServicePullRequest { containerd: own(), image_ref };
    let call = |client: Client| {
        let request = request.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the installer's image that a published config names, before it is run"
        )]
        async move {
            client.images().pull(request).await
        }
    };
    let mut steps = roads.once(at, PATIENCE, call).await?;
    let until = Instant::now() + LONGEST;
    let mut layers: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    while let Some(step) = next(&mut steps, until).await? {
        match step.response {
            Some(Pulled::Name(name)) => return Ok(format!("pulled {}", crate::plain::plain(&name))),
            Some(Pulled::PullProgress(it)) => {
                let done = it.progress.unwrap_or_default();
                layers.insert(it.layer_id, (done.offset, done.total));
                let (is, of) = layers.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
                say(format!("pulling {} %", (is * 100).checked_div(of).unwrap_or(0).clamp(0, 100)));
            }
            None => {}
        }
    }
    Err(Trouble::Other("the pull ended without an image".into()))
}

/// The one call that has an installer write another Talos, since Talos 1.13. Nothing reboots by it. A bad end of the
/// installer is an error with its last words.
pub(super) async fn install(
    roads: &Roads,
    at: &str,
    installer: &Published<Installer>,
    say: Say<'_>,
) -> Result<String, Trouble> {
    let source = pb::InstallArtifactsSource { image_name: installer.content().image.clone() };
    let request = pb::LifecycleServiceUpgradeRequest { containerd: own(), source: Some(source) };
    let call = |client: Client| {
        let request = request.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the upgrade that the approved plan announced, with the image that a published config names"
        )]
        async move {
            client.lifecycle().upgrade(request).await
        }
    };
    let mut steps = roads.once(at, PATIENCE, call).await?;
    let until = Instant::now() + LONGEST;
    let mut last = String::new();
    while let Some(step) = next(&mut steps, until).await? {
        match step.progress.and_then(|it| it.response) {
            Some(Installed::Message(words)) => {
                last = crate::plain::plain(words.trim()).into_owned();
                say(format!("installing: {last}"));
            }
            Some(Installed::ExitCode(0)) => return Ok(last),
            Some(Installed::ExitCode(code)) => {
                return Err(Trouble::Rejected(format!("the installer ended with {code}: {last}")));
            }
            None => {}
        }
    }
    Err(Trouble::Unreachable(format!("the installer did not say how it ended; its last words: {last}")))
}

/// The next message of a stream; one that says nothing for too long, or never ends, is given up.
async fn next<T>(steps: &mut Streaming<T>, until: Instant) -> Result<Option<T>, Trouble> {
    match tokio::time::timeout_at(until.min(Instant::now() + SILENT), steps.message()).await {
        Ok(step) => Ok(step?),
        Err(_) => Err(Trouble::Slow),
    }
}

/// The one call that upgrades a node as Talos before 1.13 does it: written, and rebooted into. Talos itself asks etcd
/// before, and is not told to leave that out.
pub(super) async fn upgrade(
    roads: &Roads,
    at: &str,
    installer: &Published<Installer>,
) -> Result<String, Trouble> {
    let image = installer.content().image.clone();
    let request = pb::UpgradeRequest { image, ..pb::UpgradeRequest::default() };
    let call = |client: Client| {
        let request = request.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the upgrade that the approved plan announced, with the image that a published config names"
        )]
        async move {
            client.machine().upgrade(request).await
        }
    };
    let answer = roads.once(at, PULLS, call).await?;
    Ok(answer.messages.into_iter().map(|it| crate::plain::plain(&it.ack).into_owned()).collect())
}
