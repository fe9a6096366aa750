//! Argo CD: applications and application sets.
