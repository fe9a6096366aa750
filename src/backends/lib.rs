//! The hands of the house: every wire, and nothing but wires. Facts come in as observations, orders go out; none of
//! the words of a wire pass this crate's door.

pub mod backoff;
pub mod capi;
mod declared;
pub mod delivery;
mod forge;
pub mod git;
mod hands;
mod hcl;
pub mod hetzner;
pub mod kubernetes;
mod layout;
mod now;
pub mod plain;
mod private_folder;
mod probe;
pub mod program;
mod relative;
mod render;
mod repository_address;
mod road;
mod schema;
mod sources;
pub mod talos;
pub mod yaml;

pub use hands::{Hands, Heard, Witness};
pub use private_folder::PrivateFolder;
pub use sources::{Secret, Sources};
