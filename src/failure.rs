//! What ends the program early, for a person to read.

use std::io;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("there is no terminal to draw on; `pilothouse status` prints without one")]
    NoTerminal,
    /// A file of the person's own is wrong; the text says which, where and what to do.
    #[error("{0}")]
    Settings(String),
    #[error("{0}")]
    World(String),
    /// The repository could not be read; the text says why and what to do.
    #[error("{0}")]
    Repository(String),
    /// By a signal, before anything was changed.
    #[error("interrupted; nothing was done")]
    Interrupted,
}

impl Failure {
    /// Exit status: 2 means that nothing could be looked at, 130 that it was interrupted, as shells say it.
    pub fn code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            _ => 2,
        }
    }
}
