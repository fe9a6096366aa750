//! Put it in force? Shows the nodes, the quorum and what must hold. Enter never says yes, and the answer is Cancel
//! until a person says otherwise: with `y`, or with the name typed, `tab`, and then `y`.

use super::float::float;
use crate::widgets::{Words, fitted, spread};
use crate::{Role, Theme};
use app::queries::plan;
use app::{Model, Prompt, PromptKind};
use domain::Plan;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(crate) fn draw(model: &Model, plans: &[Plan], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let said = plan::question(model, plans);
    let wanted = plan::name_wanted(plans);
    let prompt = model.screen.prompt.as_ref().filter(|it| it.kind == PromptKind::Name);
    let more = if wanted.is_some() { 7 } else { 5 };
    let inner = float(&plan::title(plans), 96, said.len() as u16 + more, theme, area, buf);
    // The answers keep their lines; what does not fit above them is left out.
    let kept = if wanted.is_some() { 4 } else { 2 };
    let room = usize::from(inner.height.saturating_sub(kept + 1));
    for (phrase, line) in said.iter().take(room).zip(inner.rows().skip(1)) {
        fitted(phrase, theme, line, buf);
    }
    let mut last = inner.rows().rev();
    let Some(answers) = last.next() else { return };
    let (Some(wanted), Some(prompt)) = (wanted, prompt) else {
        let yes = Words::new(theme).say(Role::Key, "y").say(Role::Strong, " apply");
        return spread(cancel(true, theme).line(), yes.line(), answers, buf);
    };
    let on_apply = prompt.choice == 1;
    let fits = prompt.text == wanted || plans.len() == 1 && plans.iter().any(|it| it.cluster == prompt.text);
    let yes = match (on_apply, fits) {
        (true, true) => Words::new(theme).say(Role::Key, "y").say(Role::Strong, " apply"),
        (true, false) => Words::new(theme).say(Role::Faint, "the name is not that"),
        (false, true) => Words::new(theme)
            .say(Role::Key, "tab")
            .say(Role::Faint, " then ")
            .say(Role::Key, "y")
            .say(Role::Faint, " applies"),
        (false, false) => Words::new(theme).say(Role::Faint, "Apply"),
    };
    spread(cancel(!on_apply, theme).line(), yes.line(), answers, buf);
    if let Some(line) = last.nth(1) {
        ask(&wanted, prompt, on_apply, theme, line, buf);
    }
}

fn cancel(lit: bool, theme: &Theme) -> Words<'_> {
    let lead = if lit { "> Cancel" } else { "  Cancel" };
    Words::new(theme).say(if lit { Role::Accent } else { Role::Faint }, lead).say(Role::Faint, "  esc")
}

/// "Type cp-a1 to go on   [ cp-              ]"
fn ask(wanted: &str, prompt: &Prompt, left: bool, theme: &Theme, line: Rect, buf: &mut Buffer) {
    let words = Words::new(theme)
        .say(Role::Text, "Type ")
        .say(Role::Strong, wanted.to_owned())
        .say(Role::Text, " to go on   ");
    let at = line.x + words.width() as u16;
    let words =
        words.say(Role::Faint, "[ ").say(Role::Text, format!("{:<24}", prompt.text)).say(Role::Faint, " ]");
    words.line().render(line, buf);
    let x = at + 2 + u16::try_from(prompt.cursor).unwrap_or(0);
    if !left && x < line.right() {
        buf.set_style(Rect { x, width: 1, ..line }, theme.cursor());
    }
}
