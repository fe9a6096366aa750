//! Requests in, answers out.

pub mod answer;
mod messages;
pub mod protobuf;
pub mod represent;
pub mod response;

pub use answer::answer;
