//! YAML as people write it: every value with its place, and one value changed without touching another byte.

mod diagnose;
mod events;
mod expand;
mod fault;
pub(crate) mod graft;
mod locate;
mod node;
mod numbers;
mod path;
mod read;
mod set;

pub use diagnose::{diagnose, is_template};
pub use events::YamlFault;
pub use fault::SetFault;
pub(crate) use locate::first_line;
pub use node::{Node, What, nodes};
pub(crate) use path::first_key;
pub use path::{PathFault, Step, ValuePath, below};
pub use read::{Anchor, Difference, Document, differences, documents};
pub use set::{Edited, SetValue, Which, set};
