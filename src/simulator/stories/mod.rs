//! Named courses that a world can take.
//!
//! A story is what people and fate do, on the world's clock; the machinery does the rest by itself. It is over when
//! the world is in the state that its end names, looked at through the Kubernetes API like everything else.

mod by_hand;
mod config;
mod etcd;
mod faults;
mod installers;
mod rollouts;
mod stage;
mod tries;

pub(crate) use stage::{Stage, StoryError};

use crate::WorldKind;
use crate::faces::hetzner::Cloud;
use crate::stand_ins::cacppt::Version;

/// One course: what it is called, what happens, and the named state that it ends in.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    pub name: &'static str,
    pub about: &'static str,
    pub ends: &'static str,
    /// The worlds in which it can be played.
    pub worlds: &'static [WorldKind],
}

const DEFAULT: &[WorldKind] = &[WorldKind::Default];
const TALHELPER: &[WorldKind] = &[WorldKind::Talhelper];
const BOTH: &[WorldKind] = &[WorldKind::Default, WorldKind::Talhelper];

/// How far a world's story has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoryState {
    Running,
    /// The state that the story's end names has been reached.
    Ended,
    /// It cannot be played; the text says why.
    Failed(String),
}

/// Every story, in the order of the list.
pub fn stories() -> &'static [Story] {
    &[
        Story {
            name: "steady",
            about: "Nothing happens. Every application is synced, every machine runs.",
            ends: "all applications are synced and healthy",
            worlds: BOTH,
        },
        Story {
            name: "rolling-upgrade",
            about: "A colleague pushes Kubernetes v1.35.2 for the control plane; its machines are replaced one by one.",
            ends: "three control-plane machines of v1.35.2, none older",
            worlds: DEFAULT,
        },
        Story {
            name: "worker-rollout",
            about: "A colleague gives the workers a larger machine type; the deployment rolls.",
            ends: "every worker machine comes of k8s-md-v6 and runs",
            worlds: DEFAULT,
        },
        Story {
            name: "cacppt-deadlock",
            about: "Kubernetes v1.35.2 is pushed while the control-plane provider is v0.5.12: a member leaves etcd, its Machine is never deleted, and the roll stands still.",
            ends: "four control-plane machines and three members of etcd, for two minutes without progress",
            worlds: DEFAULT,
        },
        Story {
            name: "node-down",
            about: "A worker goes dark, and three minutes later boots again.",
            ends: "the node is ready again",
            worlds: BOTH,
        },
        Story {
            name: "etcd-member-lost",
            about: "etcd ends on one control-plane machine and stays down. Two of three members hold the quorum.",
            ends: "the control plane reports that etcd is not healthy",
            worlds: DEFAULT,
        },
        Story {
            name: "etcd-nospace",
            about: "etcd's database reaches its quota and raises NOSPACE: reads go on, writes do not.",
            ends: "the API server refuses a write because there is no space",
            worlds: BOTH,
        },
        Story {
            name: "pdb-blocks-drain",
            about: "The workers roll, and the budget of ory/hydra, which has one replica, does not let its node be drained.",
            ends: "a worker machine waits in the drain because of the budget",
            worlds: DEFAULT,
        },
        Story {
            name: "hcloud-no-capacity",
            about: "A fourth worker is committed while Hetzner has no server of its type left in nbg1.",
            ends: "an HCloudMachine says that its server could not be created",
            worlds: DEFAULT,
        },
        Story {
            name: "apiserver-down",
            about: "The Kubernetes API stops answering for ninety seconds. Talos answers all the while.",
            ends: "the API answers again",
            worlds: BOTH,
        },
        Story {
            name: "git-behind",
            about: "Two colleagues and the bot push while the operator's clone stands still.",
            ends: "the clone is three commits behind, and Argo CD has synced all of them",
            worlds: DEFAULT,
        },
        Story {
            name: "argo-sync-failed",
            about: "A colleague gives Loki a larger volume in a field of its StatefulSet that may not change.",
            ends: "the sync of the application loki has failed, and says why",
            worlds: DEFAULT,
        },
        Story {
            name: "out-of-band-change",
            about: "People change things past Git: the config of a machine with talosctl and, in the default world, the firewall in the console and a workload with kubectl.",
            ends: "what was changed by hand is live, and Git says otherwise",
            worlds: BOTH,
        },
        Story {
            name: "try-reverts",
            about: "The second control plane on which a config is tried stops answering over its Talos API; its etcd goes on. When the time to try is over, Talos takes the config back by itself and answers again.",
            ends: "the config of that node is again what it was before the try, and the node answers",
            worlds: TALHELPER,
        },
        Story {
            name: "try-pending",
            about: "Another operator tries a config on a control plane, for ten minutes from the start.",
            ends: "the try has been taken back by itself when its time was over, and nobody cut it short",
            worlds: TALHELPER,
        },
        Story {
            name: "installer-fails",
            about: "Another Talos is rolled out. The installer on the second control plane ends badly, once: there is no space left to write its boot entry.",
            ends: "that installer has ended with an error, and the node runs what it ran before",
            worlds: TALHELPER,
        },
        Story {
            name: "talos-behind",
            about: "Git has said Talos v1.13.2 for weeks, and the machines run v1.12.6 still, which writes and reboots in one call.",
            ends: "every machine runs v1.13.2",
            worlds: TALHELPER,
        },
    ]
}

/// The story of a name in a world, or why there is none.
pub(crate) fn of(world: WorldKind, name: &str) -> Result<&'static Story, StoryError> {
    let story = stories().iter().find(|it| it.name == name).ok_or(StoryError::Unknown(name.to_owned()))?;
    if story.worlds.contains(&world) {
        return Ok(story);
    }
    let elsewhere = story.worlds.first().map_or("", |it| it.word());
    Err(StoryError::Elsewhere { name: name.to_owned(), world: elsewhere })
}

/// Play a story of the default world to its end.
pub(crate) async fn lighthouse(
    name: &str,
    stage: &Stage,
    cloud: &Cloud,
    cacppt: &Version,
) -> Result<(), StoryError> {
    match name {
        "steady" => config::steady(stage).await,
        "rolling-upgrade" => rollouts::rolling_upgrade(stage).await,
        "worker-rollout" => rollouts::worker_rollout(stage).await,
        "cacppt-deadlock" => etcd::cacppt_deadlock(stage, cacppt).await,
        "etcd-member-lost" => etcd::member_lost(stage).await,
        "pdb-blocks-drain" => rollouts::pdb_blocks_drain(stage).await,
        "hcloud-no-capacity" => rollouts::no_capacity(stage, cloud).await,
        "git-behind" => config::git_behind(stage).await,
        "argo-sync-failed" => config::sync_failed(stage).await,
        "out-of-band-change" => by_hand::lighthouse(stage, cloud).await,
        other => anywhere(other, stage).await,
    }
}

/// Play a story of the world of talhelper to its end. What is so from the start is so before the answer.
pub(crate) fn home_ops(
    name: String,
    stage: Stage,
) -> Result<impl Future<Output = Result<(), StoryError>>, StoryError> {
    let begun = if name == "try-pending" { Some(tries::begin(&stage)?) } else { None };
    match name.as_str() {
        "installer-fails" => installers::begin(&stage)?,
        "talos-behind" => installers::fall_behind(&stage),
        _ => {}
    }
    let watched = tries::look(&stage);
    Ok(async move {
        match (name.as_str(), begun) {
            ("steady", _) => config::steady_by_flux(&stage).await,
            ("out-of-band-change", _) => by_hand::home_ops(&stage).await,
            ("try-reverts", _) => tries::reverts(&stage, watched).await,
            ("try-pending", Some(begun)) => tries::pending(&stage, begun).await,
            ("installer-fails", _) => installers::fails(&stage).await,
            ("talos-behind", _) => installers::catch_up(&stage).await,
            (other, _) => anywhere(other, &stage).await,
        }
    })
}

/// What can befall every world.
async fn anywhere(name: &str, stage: &Stage) -> Result<(), StoryError> {
    match name {
        "node-down" => faults::node_down(stage).await,
        "etcd-nospace" => etcd::no_space(stage).await,
        "apiserver-down" => faults::api_server_down(stage).await,
        other => Err(StoryError::Unknown(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_in_the_docs_is_this_one() {
        let written = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/stories.md"));
        let named: Vec<&str> = written.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let all: Vec<&str> = stories().iter().map(|it| it.name).collect();
        assert_eq!(named, all);
        for story in stories() {
            assert!(written.contains(&format!("It ends when: {}.", story.ends)), "{}", story.name);
            let worlds: Vec<&str> = story.worlds.iter().map(|it| it.word()).collect();
            let said = format!("## {}\n\nWorlds: {}.", story.name, worlds.join(", "));
            assert!(written.contains(&said), "{}", story.name);
        }
    }
}
