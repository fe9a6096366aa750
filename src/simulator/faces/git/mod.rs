//! The Git remote: a bare repository in the world's folder, reached as a file and over smart HTTP.

mod commit;
mod http;
mod program;
mod remote;

#[cfg(test)]
mod tests;

pub use program::GitError;
pub use remote::Remote;
