//! Cluster API: clusters, control planes, deployments and machines, in whatever version is served.
