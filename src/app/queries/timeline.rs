//! Everything that happened, on one axis: the newest first.

use super::words::Phrase;
use domain::Moment;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub at: Moment,
    /// Who told: a source's word, or "you".
    pub lane: &'static str,
    pub subject: String,
    pub says: Phrase,
}
