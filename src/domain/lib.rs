//! The words of the house: what a cluster is, and how a wish becomes a fact.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here is drawn.

mod change;
mod feed;
mod id;
mod moment;
mod node;
mod observation;
mod order;
mod revision;

pub use change::{Change, Entity, Table};
pub use feed::{Feed, Link, Source};
pub use id::{MachineId, MemberId, NodeName, ObjectRef, OrderId, ServerId};
pub use moment::Moment;
pub use node::{Node, Stage};
pub use observation::{Finding, Look, Observation, Watch};
pub use order::{Approval, Draft, Order, Outcome, Plan, Receipt, Refusal};
pub use revision::{BranchName, CommitId, RepoPath, Revision};
