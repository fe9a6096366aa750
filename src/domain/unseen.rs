//! Characters that a screen obeys or hides instead of showing them. Text from a wire or a file may hold any of them.

/// Whether a character moves a cursor, turns the direction of what follows, or takes no room: none of them is drawn,
/// and a name with one is not the name it looks like.
pub fn unseen(it: char) -> bool {
    it.is_control()
        || matches!(
            it,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A line of a file as it is read and reviewed: tabs are four spaces, and what would not be seen is a mark that is.
pub fn revealed(line: &str) -> String {
    line.replace('\t', "    ").replace(unseen, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown_and_what_is_written_stays() {
        assert_eq!(revealed("a\tb\r"), "a    b\u{fffd}");
        assert_eq!(
            revealed("if admin\u{202e} \u{2066}// is user\u{2069}"),
            "if admin\u{fffd} \u{fffd}// is user\u{fffd}"
        );
        assert_eq!(revealed("v1.2\u{200b}.3"), "v1.2\u{fffd}.3");
        for written in ["Größe", "日本語", "é", "e\u{301}", "→ ● 🚀", "שלום", "مرحبا"] {
            assert_eq!(revealed(written), written);
        }
    }
}
