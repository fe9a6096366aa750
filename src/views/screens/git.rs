//! Git: where the repository stands, the log, what a commit changed; and a file with who wrote its lines.

use crate::areas::{below, first, inset};
use crate::targets::Target;
use crate::widgets::{Cell, Column, Table, Width, Words, mark, spread};
use crate::{Role, Targets, Theme};
use app::queries::ages;
use app::queries::git::{self, Shown};
use app::{Model, RowKey};
use domain::{CommitId, DiffLine, Revision};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Below this width the commit has no place beside the log.
const NARROW: u16 = 110;

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer, targets: &mut Targets) {
    let mut rest = below(area, 1);
    for phrase in git::standing(model) {
        Words::new(theme).phrase(&phrase).line().render(first(inset(rest)), buf);
        rest = below(rest, 1);
    }
    let rest = below(rest, 1);
    let wide = area.width >= NARROW;
    let left = if wide { rest.width * 55 / 100 } else { rest.width };
    let list = model.screen.listing().cloned().unwrap_or_default();
    let columns = [
        Column::left("commit", Width::Cells(8)),
        Column::right("age", Width::Cells(7)),
        Column::left("author", Width::Cells(if wide { 18 } else { 14 })),
        Column::left("subject", Width::Share(1)),
    ];
    let focused = model.screen.prompt.is_none();
    let table = Table { theme, columns: &columns, sort: None, selected: list.selected.as_ref(), focused };
    let rows = git::list(model, list.top, usize::from(rest.height)).into_iter().map(|row| {
        let cells = vec![
            Cell::new(theme, Role::Accent, row.short),
            Cell::new(theme, Role::Faint, row.age),
            Cell::new(theme, Role::Faint, row.author),
            Cell::new(theme, Role::Text, row.subject),
        ];
        (row.key, mark(row.mark, theme), cells)
    });
    table.draw(rows, Rect { width: left.saturating_sub(1), ..rest }, buf, targets);
    if wide {
        let divider = if theme.ascii { "|" } else { "│" };
        for y in rest.y..rest.bottom() {
            buf.set_stringn(rest.x + left, y, divider, 1, theme.fg(Role::Rule));
        }
        let right = Rect { x: rest.x + left + 1, width: rest.width - left - 1, ..rest };
        match git::diff(model) {
            Some(diff) => {
                for (line, shown) in right.rows().zip(git::diff_lines(diff)) {
                    diff_line(&shown, theme, line, buf);
                }
            }
            None => waiting(model, theme, right, buf),
        }
    }
}

/// One commit on the whole screen.
pub(crate) fn draw_commit(
    model: &Model,
    id: &CommitId,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let head = below(area, 1);
    let mut left = Words::new(theme).say(Role::Accent, id.short().to_owned());
    if let Some(commit) = model.world.log.get(id) {
        let age = ages::short(model.now.since(commit.at));
        left = left.gap(2).say(Role::Text, commit.author.clone()).say(Role::Faint, format!("  {age} ago"));
    }
    left.line().render(first(inset(head)), buf);
    let body = below(head, 2);
    targets.rows = body.height;
    let Some(diff) = git::diff(model) else { return waiting(model, theme, body, buf) };
    let list = model.screen.listing().cloned().unwrap_or_default();
    for (line, (at, shown)) in body.rows().zip(git::diff_lines(diff).into_iter().enumerate().skip(list.top)) {
        let key = RowKey(at.to_string());
        diff_line(&shown, theme, line, buf);
        cursor(list.selected.as_ref() == Some(&key), theme, line, buf);
        targets.add(line, Target::Row(key));
    }
}

/// A file with who wrote each line.
pub(crate) fn draw_blame(
    model: &Model,
    revision: &Revision,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
    targets: &mut Targets,
) {
    let head = below(area, 1);
    let left = Words::new(theme).say(Role::Strong, revision.path.to_string());
    let right =
        Words::new(theme).say(Role::Faint, "as of ").say(Role::Accent, revision.commit.short().to_owned());
    spread(left.line(), right.line(), first(inset(head)), buf);
    let body = below(head, 2);
    targets.rows = body.height;
    let Some(text) = git::blamed(model, revision) else { return waiting(model, theme, body, buf) };
    let list = model.screen.listing().cloned().unwrap_or_default();
    let mut before = None;
    for (line, (number, text)) in body.rows().zip((1u32..).zip(text).skip(list.top)) {
        let key = RowKey(number.to_string());
        let written = git::blame_of(model, revision, number);
        let mut words = Words::new(theme);
        // A commit is named at the first of its lines; the eye finds the next one.
        match written.filter(|it| before != Some(&it.commit)) {
            Some(it) => {
                let age = ages::short(model.now.since(it.at));
                words = words
                    .say(Role::Accent, format!("{} ", it.commit.short()))
                    .say(Role::Faint, format!("{:<14.14} {age:>7}  ", it.author));
            }
            None => words = words.gap(32),
        }
        before = written.map(|it| &it.commit);
        words = words.say(Role::Faint, format!("{number:>4}  ")).say(Role::Text, text.clone());
        let selected = list.selected.as_ref() == Some(&key);
        if selected {
            buf.set_style(line, theme.bg(Role::SelectedGround));
        }
        words.line().render(inset(line), buf);
        cursor(selected, theme, line, buf);
        targets.add(line, Target::Row(key));
    }
}

fn cursor(here: bool, theme: &Theme, line: Rect, buf: &mut Buffer) {
    if here {
        buf.set_stringn(line.x, line.y, if theme.ascii { ">" } else { "▸" }, 1, theme.fg(Role::Accent));
    }
}

fn waiting(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let words = match &model.world.git.failed {
        Some(why) => Words::new(theme).say(Role::Bad, why.clone()),
        None => Words::new(theme).say(Role::Faint, "is being read"),
    };
    words.line().render(first(inset(area)), buf);
}

pub(super) fn diff_line(shown: &Shown<'_>, theme: &Theme, line: Rect, buf: &mut Buffer) {
    let minus = if theme.ascii { "-" } else { "−" };
    let (ground, words) = match shown {
        Shown::Message(text) => (None, Words::new(theme).say(Role::Strong, (*text).to_owned())),
        Shown::Blank => (None, Words::new(theme)),
        Shown::File { path, how, added, removed } => {
            let words = Words::new(theme).say(Role::Strong, (*path).to_owned());
            let how = if *how == "modified" { String::new() } else { format!("  {how}") };
            let words = words.say(Role::Faint, how).say(Role::Added, format!("  +{added}"));
            (None, words.say(Role::Removed, format!(" {minus}{removed}")))
        }
        Shown::Line(DiffLine::Hunk { after, .. }) => {
            (None, Words::new(theme).say(Role::Faint, format!("  line {after}")))
        }
        Shown::Line(DiffLine::Same(text)) => (None, Words::new(theme).gap(2).say(Role::Text, text.clone())),
        Shown::Line(DiffLine::Added(text)) => {
            let words = Words::new(theme).say(Role::Added, "+ ").say(Role::Text, text.clone());
            (Some(Role::AddedGround), words)
        }
        Shown::Line(DiffLine::Removed(text)) => {
            let words =
                Words::new(theme).say(Role::Removed, format!("{minus} ")).say(Role::Text, text.clone());
            (Some(Role::RemovedGround), words)
        }
    };
    if let Some(ground) = ground {
        buf.set_style(line, theme.bg(ground));
    }
    words.line().render(inset(line), buf);
}
