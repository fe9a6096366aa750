//! The server asked by the clients that people use.

mod controllers;
mod harness;
mod kubectl;
mod kubelet;
mod objects;
mod watches;
