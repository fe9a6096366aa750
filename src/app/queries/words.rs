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

/// Letters that two values must begin with alike before they are left out.
const ALIKE: usize = 24;

/// Two values as they are told side by side: of long ones that begin alike, only from shortly before they part, as
/// `…:v1.13.8` and `…:v1.13.9`.
pub fn apart(before: &str, after: &str) -> (String, String) {
    let alike = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let letters: Vec<char> = before.chars().take(alike).collect();
    let parting = letters.iter().rposition(|it| "/:@, =".contains(*it)).unwrap_or(alike);
    if parting < ALIKE {
        return (before.to_owned(), after.to_owned());
    }
    let rest = |it: &str| std::iter::once('…').chain(it.chars().skip(parting)).collect();
    (rest(before), rest(after))
}

/// A long name with its middle left out: what it is called by stands at its ends.
pub fn shortened(name: &str, letters: usize) -> String {
    let all: Vec<char> = name.chars().collect();
    if all.len() <= letters {
        return name.to_owned();
    }
    let tail = letters / 3;
    let (head, tail) = (all.iter().take(letters - tail - 1), all.iter().skip(all.len() - tail));
    head.chain(std::iter::once(&'…')).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_told_from_where_they_part() {
        let image = |version: &str| format!("factory.example/metal-installer/0123456789abcdef:{version}");
        let told = apart(&image("v1.13.8"), &image("v1.13.9"));
        assert_eq!(told, ("…:v1.13.8".to_owned(), "…:v1.13.9".to_owned()));
        assert_eq!(apart("a/b:1", "a/b:2"), ("a/b:1".to_owned(), "a/b:2".to_owned()), "short ones stay");
        assert_eq!(apart("nothing", &image("v1")), ("nothing".to_owned(), image("v1")));
    }

    #[test]
    fn a_long_name_keeps_its_ends() {
        assert_eq!(shortened("factory.example/0123456789abcdef:v1.13.9", 24), "factory.example…:v1.13.9");
        assert_eq!(shortened("short", 24), "short");
    }
}
