//! Kubernetes: any kind by discovery, one watch a kind, projected and let go.
