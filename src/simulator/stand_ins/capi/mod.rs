//! Cluster API core: machines, sets, deployments, conditions.
