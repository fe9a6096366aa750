//! The course of a figure over the last minutes, one bar for each.

use crate::Theme;

/// Percentages as bars, the newest on the right, `cells` wide; what was not measured yet is a dot.
pub(crate) fn trend(percents: &[u8], cells: usize, theme: &Theme) -> String {
    let bars: &[char] = if theme.ascii {
        &['_', '.', '-', '=', '#']
    } else {
        &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    };
    let shown = percents.get(percents.len().saturating_sub(cells)..).unwrap_or(percents);
    let dot = if theme.ascii { ' ' } else { '·' };
    let blank = std::iter::repeat_n(dot, cells.saturating_sub(shown.len()));
    let bar = |percent: &u8| bars[usize::from((*percent).min(99)) * bars.len() / 100];
    blank.chain(shown.iter().map(bar)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_on_the_right() {
        let text = crate::Theme::parse("night", include_str!("../../../themes/night.toml")).unwrap();
        assert_eq!(trend(&[0, 50, 100, 200], 6, &text), "··▁▅██");
        assert_eq!(trend(&[0, 50, 100], 2, &text), "▅█");
        assert_eq!(trend(&[], 3, &text), "···");
    }
}
