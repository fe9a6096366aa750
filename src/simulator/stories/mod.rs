//! Named courses that a world can take.
//!
//! A story is what people and fate do, on the world's clock; the machinery does the rest by itself. It is over when
//! the world is in the state that its end names, looked at through the Kubernetes API like everything else.

mod config;
mod etcd;
mod faults;
mod rollouts;
mod stage;

pub(crate) use stage::{Stage, StoryError};

/// One course: what it is called, what happens, and the named state that it ends in.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    pub name: &'static str,
    pub about: &'static str,
    pub ends: &'static str,
}

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
        },
        Story {
            name: "rolling-upgrade",
            about: "A colleague pushes Kubernetes v1.35.2 for the control plane; its machines are replaced one by one.",
            ends: "three control-plane machines of v1.35.2, none older",
        },
        Story {
            name: "worker-rollout",
            about: "A colleague gives the workers a larger machine type; the deployment rolls.",
            ends: "every worker machine comes of k8s-md-v6 and runs",
        },
        Story {
            name: "cacppt-deadlock",
            about: "Kubernetes v1.35.2 is pushed while the control-plane provider is v0.5.12: a member leaves etcd, its Machine is never deleted, and the roll stands still.",
            ends: "four control-plane machines and three members of etcd, for two minutes without progress",
        },
        Story {
            name: "node-down",
            about: "A worker goes dark, and three minutes later boots again.",
            ends: "the node is ready again",
        },
        Story {
            name: "etcd-member-lost",
            about: "etcd ends on one control-plane machine and stays down. Two of three members hold the quorum.",
            ends: "the control plane reports that etcd is not healthy",
        },
        Story {
            name: "etcd-nospace",
            about: "etcd's database reaches its quota and raises NOSPACE: reads go on, writes do not.",
            ends: "the API server refuses a write because there is no space",
        },
        Story {
            name: "pdb-blocks-drain",
            about: "The workers roll, and the budget of ory/hydra, which has one replica, does not let its node be drained.",
            ends: "a worker machine waits in the drain because of the budget",
        },
        Story {
            name: "hcloud-no-capacity",
            about: "A fourth worker is committed while Hetzner has no server of its type left in nbg1.",
            ends: "an HCloudMachine says that its server could not be created",
        },
        Story {
            name: "apiserver-down",
            about: "The Kubernetes API stops answering for ninety seconds. Talos answers all the while.",
            ends: "the API answers again",
        },
        Story {
            name: "git-behind",
            about: "Two colleagues and the bot push while the operator's clone stands still.",
            ends: "the clone is three commits behind, and Argo CD has synced all of them",
        },
        Story {
            name: "argo-sync-failed",
            about: "A colleague gives Loki a larger volume in a field of its StatefulSet that may not change.",
            ends: "the sync of the application loki has failed, and says why",
        },
    ]
}

/// Play a story to its end.
pub(crate) async fn play(name: &str, stage: &Stage) -> Result<(), StoryError> {
    match name {
        "steady" => config::steady(stage).await,
        "rolling-upgrade" => rollouts::rolling_upgrade(stage).await,
        "worker-rollout" => rollouts::worker_rollout(stage).await,
        "cacppt-deadlock" => etcd::cacppt_deadlock(stage).await,
        "node-down" => faults::node_down(stage).await,
        "etcd-member-lost" => etcd::member_lost(stage).await,
        "etcd-nospace" => etcd::no_space(stage).await,
        "pdb-blocks-drain" => rollouts::pdb_blocks_drain(stage).await,
        "hcloud-no-capacity" => rollouts::no_capacity(stage).await,
        "apiserver-down" => faults::api_server_down(stage).await,
        "git-behind" => config::git_behind(stage).await,
        "argo-sync-failed" => config::sync_failed(stage).await,
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
        }
    }
}
