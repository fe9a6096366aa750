//! The words of the wires: Talos messages, clients and servers, generated from our own minimal `.proto` files.
//!
//! Nothing here has hands. Backends and the simulated world share this crate and nothing else; `tests/it/wire.rs`
//! holds the generated files to the `.proto` files beside them (`UPDATE_WIRE=1` writes them anew).

/// What every Talos service shares.
#[path = "generated/common.rs"]
#[rustfmt::skip]
pub mod common;

/// `machine.MachineService`, `machine.LifecycleService`, `machine.ImageService`.
#[path = "generated/machine.rs"]
#[rustfmt::skip]
pub mod machine;

/// `storage.StorageService`.
#[path = "generated/storage.rs"]
#[rustfmt::skip]
pub mod storage;

/// `time.TimeService`.
#[path = "generated/time.rs"]
#[rustfmt::skip]
pub mod time;

/// `cosi.resource.State`: typed resources, read and watched.
#[path = "generated"]
pub mod cosi {
    #[rustfmt::skip]
    #[path = "cosi.resource.rs"]
    pub mod resource;
}
