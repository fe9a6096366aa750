//! What floats over the screen: help, palette, questions.

mod apply;
mod copy;
mod files;
mod float;
mod help;
mod leave;
mod message;
mod palette;
mod push;
mod sources;
mod sync;

use crate::Theme;
use app::{Dialog, Model, PromptKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    match &model.screen.dialog {
        Some(Dialog::Help { top }) => help::draw(model, *top, theme, area, buf),
        Some(Dialog::Sources) => sources::draw(model, theme, area, buf),
        Some(Dialog::Leave) => leave::draw(theme, area, buf),
        Some(Dialog::Push(id)) => push::draw(model, *id, theme, area, buf),
        Some(Dialog::Apply(plans)) => apply::draw(model, plans, theme, area, buf),
        Some(Dialog::Sync(_)) => sync::draw(model, theme, area, buf),
        None => {}
    }
    if let Some(prompt) = model.screen.prompt.as_ref().filter(|it| matches!(it.kind, PromptKind::Message(_)))
    {
        message::draw(prompt, theme, area, buf);
    }
    if let Some(prompt) = model.screen.prompt.as_ref().filter(|it| it.kind == PromptKind::Copy) {
        copy::draw(model, prompt, theme, area, buf);
    }
    if let Some(prompt) = model.screen.prompt.as_ref().filter(|it| it.kind == PromptKind::Files) {
        files::draw(model, prompt, theme, area, buf);
    }
    if let Some(prompt) = model.screen.prompt.as_ref().filter(|it| it.kind == PromptKind::Palette) {
        palette::draw(model, prompt, theme, area, buf);
    }
}
