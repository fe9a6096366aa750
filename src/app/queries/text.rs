//! A text that is on the screen: YAML, an overview, a log. Every place that shows one names it here; scrolling,
//! searching, following and drawing then work alike.

use super::object::{self, Line};
use super::{resources, sheets};
use crate::{Listing, LogBook, LogFilter, Model, NodeTab, Place, Tab};
use domain::LogLine;

pub enum Text<'a> {
    Yaml(&'a [Box<str>]),
    /// Lines without a syntax.
    Plain(&'a [Box<str>]),
    Overview(Vec<Line<'a>>),
    Log(&'a LogBook),
}

impl Text<'_> {
    /// How many lines it has.
    pub fn len(&self) -> usize {
        match self {
            Text::Yaml(lines) | Text::Plain(lines) => lines.len(),
            Text::Overview(lines) => lines.len(),
            Text::Log(book) => book.end() - book.first(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a line holds `word`, which is in lower case.
    pub fn holds(&self, line: usize, word: &str) -> bool {
        match self {
            Text::Yaml(lines) | Text::Plain(lines) => {
                lines.get(line).is_some_and(|it| it.to_lowercase().contains(word))
            }
            Text::Overview(lines) => lines.get(line).is_some_and(|it| match it {
                Line::Blank => false,
                Line::Title(title) => title.to_lowercase().contains(word),
                Line::Fact { label, value, .. } => {
                    label.to_lowercase().contains(word) || value.to_lowercase().contains(word)
                }
                Line::Event { reason, message, .. } => {
                    reason.to_lowercase().contains(word) || message.to_lowercase().contains(word)
                }
            }),
            Text::Log(_) => false,
        }
    }
}

/// The text at the place on the screen, where there is one.
pub fn text(model: &Model) -> Option<Text<'_>> {
    match &model.screen.place {
        Place::Object(_, Tab::Yaml) => object::opened(model).map(|it| Text::Yaml(&it.yaml)),
        Place::Object(_, Tab::Overview) => Some(Text::Overview(object::overview(model))),
        Place::Object(_, Tab::Logs) | Place::PodLogs(_) => {
            resources::logs_of(model).and_then(|of| model.world.pod_logs.get(&of)).map(Text::Log)
        }
        Place::NodeTab(_, NodeTab::Dmesg) | Place::NodeLogs(_) => {
            sheets::logs(model).and_then(|of| model.world.node_logs.get(&of)).map(Text::Log)
        }
        Place::NodeTab(..) | Place::NodeSheet(_) => sheets::yaml(model).map(Text::Yaml),
        _ => None,
    }
}

pub fn is_log(model: &Model) -> bool {
    matches!(text(model), Some(Text::Log(_)))
}

/// The lines of a log that are in sight of `height` lines: the last ones while it is followed.
pub fn log_in_sight<'a>(book: &'a LogBook, list: &Listing, height: usize) -> Vec<(usize, &'a LogLine)> {
    let filter = LogFilter::read(&list.filter);
    if !list.paused {
        return book.before(book.end(), &filter, height);
    }
    let from_top = book.after(list.top, &filter, height);
    // Where too few follow, what is before fills the screen.
    if from_top.len() < height { book.before(book.end(), &filter, height) } else { from_top }
}
