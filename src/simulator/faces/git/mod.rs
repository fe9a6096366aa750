//! The Git remote: smart HTTP and files.
