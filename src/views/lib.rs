//! The face of the house: a model in, cells out. Views ask; they never tell.

mod areas;
mod bar;
mod dialogs;
mod frame;
mod screens;
mod targets;
mod theme;
mod typing;
mod widgets;

pub use frame::{draw, draw_bar};
pub use targets::{Target, Targets};
pub use theme::{Depth, Role, Theme, ThemeError};
pub use typing::typed;
