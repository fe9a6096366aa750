//! Time on a line of cells: how many seconds a cell is, where a moment falls, where the axis is marked.

use crate::Role;
use app::queries::rollout::Phase;
use domain::Moment;

/// Seconds that a cell may be.
const STEPS: [i64; 19] =
    [1, 2, 3, 4, 5, 10, 15, 20, 30, 60, 90, 120, 180, 300, 600, 1_200, 1_800, 3_600, 7_200];
/// Seconds between two marks of the axis.
const TICKS: [i64; 13] = [10, 15, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    first: Moment,
    /// Milliseconds.
    cell: i64,
    tick: i64,
}

impl Scale {
    /// The finest scale on which `first` to `end` fits into `width` cells.
    pub(crate) fn of(first: Moment, end: Moment, width: u16) -> Self {
        let length = end.0.saturating_sub(first.0).max(1);
        let fits = |step: &&i64| length <= **step * 1000 * i64::from(width.max(1));
        let step = STEPS.iter().find(fits).copied();
        let step = step.unwrap_or_else(|| (length / 1000).div_euclid(i64::from(width.max(1))) + 1);
        let enough = |tick: &&i64| **tick >= step * 10;
        let tick = TICKS.iter().find(enough).copied().unwrap_or(step * 12);
        Self { first, cell: step * 1000, tick }
    }

    /// The time that a cell stands for.
    pub(crate) fn stretch(&self, cell: u16) -> (Moment, Moment) {
        let from = self.first.0 + i64::from(cell) * self.cell;
        (Moment(from), Moment(from + self.cell))
    }

    /// The cell that a moment falls into; the first one where it was earlier.
    pub(crate) fn cell(&self, at: Moment) -> u16 {
        u16::try_from((at.0 - self.first.0).max(0) / self.cell).unwrap_or(u16::MAX)
    }

    /// The marks of the axis within `width` cells, at round times of the day on the wall.
    pub(crate) fn ticks(&self, width: u16, utc_offset: i32) -> Vec<(u16, Moment)> {
        let step = self.tick * 1000;
        let offset = i64::from(utc_offset) * 1000;
        let begin = (self.first.0 + offset).div_euclid(step) * step + step - offset;
        let mut found = Vec::new();
        let mut at = begin;
        while self.cell(Moment(at)) < width && found.len() < 100 {
            found.push((self.cell(Moment(at)), Moment(at)));
            at += step;
        }
        found
    }

    /// Whether its marks need no seconds.
    pub(crate) fn whole_minutes(&self) -> bool {
        self.tick % 60 == 0
    }
}

/// How a phase looks.
pub(crate) fn glyph(phase: Phase, ascii: bool) -> (&'static str, Role) {
    let (shape, plain, role) = match phase {
        Phase::Nothing => (" ", " ", Role::Faint),
        Phase::Made => ("░", ".", Role::Faint),
        Phase::Boots => ("▄", "b", Role::Accent),
        Phase::Joins => ("▟", "j", Role::Accent),
        Phase::New => ("█", "#", Role::Good),
        Phase::Old => ("█", "=", Role::Rule),
        Phase::Drains => ("╱", "/", Role::Wait),
        Phase::Deleted => ("▒", "x", Role::Bad),
    };
    (if ascii { plain } else { shape }, role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_fits_what_it_is_made_for_and_marks_round_times() {
        let first = Moment::from_seconds(1_795_248_000 + 7);
        let scale = Scale::of(first, Moment::from_seconds(1_795_248_000 + 600), 40);
        assert_eq!(scale.stretch(0).1.since(first).as_secs(), 15);
        assert!(scale.cell(Moment::from_seconds(1_795_248_600)) < 40);
        let ticks = scale.ticks(40, 3600);
        assert!(!ticks.is_empty() && ticks.iter().all(|(_, at)| at.seconds() % 300 == 0), "{ticks:?}");
        assert!(ticks.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 10));
        let long = Scale::of(Moment(0), Moment::from_seconds(86_400 * 30), 40);
        assert!(long.cell(Moment::from_seconds(86_400 * 30)) <= 40);
    }
}
