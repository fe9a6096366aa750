//! Talos's text, made safe for a terminal and trimmed.

/// One line, without control characters.
pub(crate) fn plain(text: &str) -> String {
    crate::plain::plain(text).trim().to_owned()
}

/// The lines of a text, each without control characters; tabs become spaces.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| crate::plain::plain(&line.replace('\t', "    ")).into_owned()).collect()
}
