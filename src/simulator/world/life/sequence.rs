//! Sequences, phases and tasks, announced as they begin and end.

use crate::world::events::Told;
use crate::world::node::Node;
use std::time::Duration;
use wire::machine::{PhaseEvent, SequenceEvent, TaskEvent, phase_event, sequence_event, task_event};

/// A phase: its name, its tasks, how many milliseconds it takes.
pub type Phase = (&'static str, &'static [&'static str], u64);

/// What machined does between the kernel's start and its first service.
pub const INITIALIZE: &[Phase] = &[
    ("systemRequirements", &["enforceKSPPRequirements", "setupSystemDirectory", "setRLimit"], 400),
    ("integrity", &["writeIMAPolicy"], 200),
    ("etc", &["createSystemCgroups", "createOSReleaseFile"], 300),
    ("earlyServices", &["startUdevd", "startMachined", "startSyslogd", "startContainerd"], 2_500),
    ("meta", &["reloadMeta"], 200),
    ("dashboard", &["startDashboard"], 400),
    ("config", &["loadConfig"], 1_500),
];

/// From the config to services.
pub const BOOT: &[Phase] = &[
    ("saveStateEncryptionConfig", &["SaveStateEncryptionConfig"], 200),
    ("memorySizeCheck", &["memorySizeCheck"], 100),
    ("diskSizeCheck", &["diskSizeCheck"], 100),
    ("env", &["setUserEnvVars"], 100),
    ("dbus", &["startDBus"], 400),
    ("ephemeral", &["mountEphemeralPartition"], 1_800),
    ("var", &["setupVarDirectory"], 300),
    ("overlay", &["mountOverlayFilesystems"], 300),
    ("udevSetup", &["writeUdevRules"], 300),
    ("userSetup", &["writeUserFiles"], 200),
    ("extendPCRStartAll", &["extendPCRStartAll"], 100),
];

/// Down again, before the kernel is left.
pub const REBOOT: &[Phase] = &[
    ("cleanup", &["stopAllPods"], 4_000),
    ("dbus", &["stopDBus"], 300),
    ("stopServices", &["stopServicesEphemeral"], 2_500),
    ("unmountUser", &["unmountUserDisks"], 300),
    ("umount", &["unmountPodMounts", "unmountEphemeralPartition"], 1_000),
    ("stopEverything", &["stopAllServices"], 1_500),
    ("reboot", &["reboot"], 500),
];

/// With a new image written in between.
pub const UPGRADE: &[Phase] = &[
    ("drain", &["cordonAndDrainNode"], 4_000),
    ("cleanup", &["removeAllPods"], 4_000),
    ("dbus", &["stopDBus"], 300),
    ("stopServices", &["stopServicesEphemeral"], 2_500),
    ("umount", &["unmountPodMounts", "unmountEphemeralPartition"], 1_000),
    ("upgrade", &["upgrade"], 12_000),
    ("meta", &["reloadMeta"], 200),
    ("stopEverything", &["stopAllServices"], 1_500),
    ("reboot", &["reboot"], 500),
];

impl Node {
    /// Announce that a sequence begins or ends.
    pub fn sequence(&self, actor: &str, name: &str, begins: bool) {
        let action = if begins { sequence_event::Action::Start } else { sequence_event::Action::Stop };
        let event = SequenceEvent { sequence: name.into(), action: action.into(), error: None };
        self.tell(actor, &Told::Sequence(event));
        self.say(&format!("{name} sequence: {}", if begins { "starting" } else { "done" }));
    }

    /// Go through phases, taking their time.
    pub async fn phases(&self, actor: &str, phases: &[Phase]) {
        for (index, (phase, tasks, span)) in phases.iter().enumerate() {
            self.phase(actor, phase, true);
            self.say(&format!("phase {phase} ({}/{}): {} tasks(s)", index + 1, phases.len(), tasks.len()));
            for task in *tasks {
                self.task(actor, task, true);
                self.say(&format!("task {task} ({}/{}): starting", 1, tasks.len()));
                self.clock.sleep(Duration::from_millis(span / tasks.len().max(1) as u64)).await;
                self.task(actor, task, false);
            }
            self.phase(actor, phase, false);
            self.say(&format!("phase {phase} ({}/{}): done, {span}ms", index + 1, phases.len()));
        }
    }

    pub fn phase(&self, actor: &str, name: &str, begins: bool) {
        let action = if begins { phase_event::Action::Start } else { phase_event::Action::Stop };
        self.tell(actor, &Told::Phase(PhaseEvent { phase: name.into(), action: action.into() }));
    }

    pub fn task(&self, actor: &str, name: &str, begins: bool) {
        let action = if begins { task_event::Action::Start } else { task_event::Action::Stop };
        self.tell(actor, &Told::Task(TaskEvent { task: name.into(), action: action.into() }));
    }
}
