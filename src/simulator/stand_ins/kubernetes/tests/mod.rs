//! The server asked by the clients that people use.

mod harness;
mod kubelet;
mod objects;
