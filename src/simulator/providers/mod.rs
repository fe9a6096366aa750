//! Controllers of the world itself: ordinary clients of whatever Kubernetes API there is.

pub(crate) mod caph;
