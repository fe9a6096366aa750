//! A Kubernetes API server, and the controllers every cluster has.
