//! Requests in, answers out.

pub mod answer;
pub mod represent;
pub mod response;

pub use answer::answer;
