//! The Talos control plane provider: rollout, etcd, the known flaw.
