//! A sentence whose words have a tone: what a query says, before a view gives it colours.

/// What a word means to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    Plain,
    Faint,
    Strong,
    Accent,
    Good,
    Wait,
    Bad,
}

/// Words in their order, with no space between them but what they bring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phrase(pub Vec<(Tone, String)>);

impl Phrase {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn say(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    pub fn plain(self, text: impl Into<String>) -> Self {
        self.say(Tone::Plain, text)
    }

    pub fn faint(self, text: impl Into<String>) -> Self {
        self.say(Tone::Faint, text)
    }

    pub fn strong(self, text: impl Into<String>) -> Self {
        self.say(Tone::Strong, text)
    }

    /// The words of another phrase behind these.
    pub fn join(mut self, other: Phrase) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The words without their tones.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// How many characters it has.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.chars().count()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, text)| text.is_empty())
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Phrase::new().plain(text)
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Phrase::new().plain(text)
    }
}

/// "1 machine", "3 machines".
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
