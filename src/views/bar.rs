//! The bar: the cluster, how well each source is heard, the change on its way, the clock. The narrower the screen,
//! the fewer words; what is wrong is said to the last.

use crate::widgets::{Words, mark, spread};
use crate::{Role, Theme};
use app::Model;
use app::queries::fleet::Mark;
use app::queries::sources::{self, Bar, Environment, SourceMark};
use app::queries::timeline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// How much is said; each leaves out something more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Terse {
    Full,
    /// Without the region.
    NoRegion,
    /// The change by its commit and step alone.
    ShortChange,
    /// Names closer together.
    Close,
    /// Only the sources that are not well.
    OnlyTrouble,
    /// Without the change, and the clock without seconds.
    Least,
}

const ALL: [Terse; 6] =
    [Terse::Full, Terse::NoRegion, Terse::ShortChange, Terse::Close, Terse::OnlyTrouble, Terse::Least];

pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let bar = sources::bar(model);
    let sides = |terse| (left(&bar, terse, theme), right(model, &bar, terse, theme));
    let fits =
        |(left, right): &(Words<'_>, Words<'_>)| left.width() + right.width() + 2 <= usize::from(area.width);
    let (left, right) = ALL.into_iter().map(sides).find(fits).unwrap_or_else(|| sides(Terse::Least));
    spread(left.line(), right.line(), area, buf);
}

fn left<'a>(bar: &Bar, terse: Terse, theme: &'a Theme) -> Words<'a> {
    let mut words = Words::new(theme);
    if !bar.cluster.is_empty() {
        words = words.say(Role::Strong, bar.cluster.clone()).gap(2);
    }
    if let Some(Environment { word, production }) = &bar.environment {
        let role = if *production { Role::Production } else { Role::Text };
        words = words.say(role, word.clone()).gap(2);
    }
    if !bar.region.is_empty() && terse < Terse::NoRegion {
        words = words.say(Role::Faint, bar.region.clone()).gap(3);
    }
    let well =
        |it: &&SourceMark| terse < Terse::OnlyTrouble || !matches!(it.mark, Mark::Good | Mark::NotConfigured);
    let mut heard = bar.sources.iter().filter(well).peekable();
    if heard.peek().is_none() && !bar.sources.is_empty() {
        return words.span(mark(Mark::Good, theme)).say(Role::Faint, " all live");
    }
    for source in heard {
        words = words.say(Role::Faint, source.source.word());
        words = words.gap(usize::from(terse < Terse::Close)).span(mark(source.mark, theme));
        if let Some(count) = source.count.filter(|_| terse < Terse::OnlyTrouble) {
            words = words.gap(usize::from(terse < Terse::Close)).say(Role::Text, count.to_string());
        }
        words = words.gap(if terse < Terse::Close { 2 } else { 1 });
    }
    words
}

fn right<'a>(model: &Model, bar: &Bar, terse: Terse, theme: &'a Theme) -> Words<'a> {
    let mut words = Words::new(theme);
    if let Some(as_of) = bar.as_of {
        let lead = if terse < Terse::ShortChange { "part of this is as of" } else { "as of" };
        words = words.say(Role::Unknown, format!("{lead} {}", timeline::clock(model, as_of))).gap(3);
    } else if let Some(change) = bar.change.as_ref().filter(|_| terse < Terse::Least) {
        words = words.span(mark(change.mark, theme)).gap(1).say(Role::Text, change.commit.clone());
        let says = if terse < Terse::ShortChange { &change.says } else { &change.step };
        words = words.say(Role::Faint, format!(" {says}")).gap(3);
    }
    let clock = timeline::clock(model, model.now);
    let shown = if terse < Terse::Least { clock.as_str() } else { clock.get(..5).unwrap_or(&clock) };
    words.say(Role::Faint, shown.to_owned())
}
