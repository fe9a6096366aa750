//! YAML as people write it: every value with its place, and one value changed without touching another byte.

mod diagnose;
mod fault;
mod locate;
mod node;
mod numbers;
mod path;
mod read;
mod set;

pub use diagnose::{diagnose, is_template};
pub use fault::SetFault;
pub use node::{Node, What, nodes};
pub use path::{PathFault, ValuePath, below};
pub use read::{Difference, Document, YamlFault, differences, documents};
pub use set::{Edited, SetValue, Which, set};
