//! The deadlocks that are known, and what must not be taken for one.
