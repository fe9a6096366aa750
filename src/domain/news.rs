//! Something that happened, in one line: what the timeline and the Bridge are made of.

use crate::{Moment, Source};

/// One thing that happened. Two reports of the same thing are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct News {
    pub at: Moment,
    pub source: Source,
    /// Whom it is about: a node, an application, a machine.
    pub about: String,
    /// In words, lower case, without a full stop.
    pub words: String,
}
