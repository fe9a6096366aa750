//! Rollouts: what is replaced, in which order, how far it is, and what an edit would set off.

mod current;
mod forecast;
mod lanes;
mod victims;

pub use current::{Rollout, current, manner, moved, quorum, shown};
pub use forecast::{Edit, Forecast, forecast};
pub use lanes::{Lane, Phase};
pub use victims::next as victims;
