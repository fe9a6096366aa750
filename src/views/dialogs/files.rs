//! Which file to edit: type some letters of its name, enter opens it; a name that no file has makes a new one.

use super::float::float;
use crate::widgets::Words;
use crate::{Role, Theme};
use app::queries::files::{offers, usable};
use app::{Model, Prompt};
use domain::RepoPath;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, prompt: &Prompt, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let offers = offers(model, &prompt.text);
    let height = (offers.len().max(1) as u16 + 3).clamp(6, 22);
    let inner = float("Files", 84, height, theme, area, buf);
    let mut lines = inner.rows();
    let Some(head) = lines.next() else { return };
    let words = Words::new(theme).say(Role::Text, prompt.text.clone()).say(Role::Accent, "▏");
    words.line().render(head, buf);
    if offers.is_empty()
        && let Some(line) = lines.next()
    {
        let path = RepoPath(prompt.text.trim().to_owned());
        let words = Words::new(theme);
        let words = match (model.world.git.files.is_some(), usable(&path)) {
            (false, _) => words.say(Role::Faint, "the names of the files are being read"),
            (true, Ok(())) => {
                words.say(Role::Key, "enter").say(Role::Faint, format!(" makes the new file {path}"))
            }
            (true, Err(why)) => words.say(Role::Faint, why),
        };
        words.line().render(line, buf);
        return;
    }
    let choice = prompt.choice.min(offers.len().saturating_sub(1));
    let top = (choice + 1).saturating_sub(usize::from(inner.height.saturating_sub(1)));
    for (line, (at, path)) in lines.zip(offers.iter().enumerate().skip(top)) {
        if at == choice {
            buf.set_style(line, theme.bg(Role::SelectedGround));
        }
        let (folder, name) =
            path.0.rsplit_once('/').map_or(("", path.0.as_str()), |(folder, name)| (folder, name));
        let words =
            Words::new(theme).say(Role::Text, name.to_owned()).gap(2).say(Role::Faint, folder.to_owned());
        words.line().render(line, buf);
    }
}
