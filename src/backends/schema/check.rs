//! A text is read event by event, and each key and value held against what its place may have.

use super::book::{Book, Shape};
use super::words;
use domain::{Diagnosis, Verdict};
use granit_parser::{Event, Options, Parser, ScalarStyle, Span};

/// What one document of a text is held against.
pub(super) struct Root<'a> {
    pub book: &'a Book,
    pub shape: &'a Shape,
    /// What the document is called in a sentence: its kind, or nothing.
    pub what: String,
    pub system: System,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// A version of Talos, where it is known.
    Talos {
        minor: Option<u16>,
    },
    Kubernetes,
}

/// No more than this is said of one text.
const MOST: usize = 200;

/// Hold each document of a text against its root; what has none is passed over.
pub(super) fn check(text: &str, roots: &[Option<Root<'_>>]) -> Vec<Diagnosis> {
    if roots.iter().all(Option::is_none) {
        return Vec::new();
    }
    let mut options = Options::default();
    options.emit_comments = false;
    let mut walk = Walk { roots, next: 0, root: None, levels: Vec::new(), found: Vec::new() };
    for next in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = next else { break };
        walk.step(event, &span);
        if walk.found.len() >= MOST {
            break;
        }
    }
    walk.found
}

/// A list or a map that is open.
enum Level<'a> {
    Map {
        /// None where nothing is known of it.
        shape: Option<&'a Shape>,
        key_next: bool,
        /// The key that was read last, and what its value may be.
        key: String,
        value: Option<&'a Shape>,
        /// What was said of there being a map at all, by its place in what was found.
        misfit: Option<usize>,
    },
    List {
        of: Option<&'a Shape>,
    },
}

struct Walk<'a> {
    roots: &'a [Option<Root<'a>>],
    next: usize,
    root: Option<&'a Root<'a>>,
    levels: Vec<Level<'a>>,
    found: Vec<Diagnosis>,
}

impl<'a> Walk<'a> {
    fn step(&mut self, event: Event<'_>, span: &Span) {
        match event {
            Event::DocumentStart(..) => {
                self.root = self.roots.get(self.next).and_then(Option::as_ref);
                self.next += 1;
                self.levels.clear();
            }
            Event::MappingStart(..) => {
                let shape = self.expected();
                let fits = shape.filter(|it| matches!(it, Shape::Map(_) | Shape::Of(_)));
                let before = self.found.len();
                self.misfit(shape.filter(|it| fits.is_none() && **it != Shape::Any), "a map", span);
                let misfit = (self.found.len() > before).then_some(before);
                let key = String::new();
                self.levels.push(Level::Map { shape: fits, key_next: true, key, value: None, misfit });
            }
            Event::SequenceStart(..) => {
                let shape = self.expected();
                let of = match shape {
                    Some(Shape::List(of)) => Some(&**of),
                    _ => None,
                };
                self.misfit(shape.filter(|it| of.is_none() && **it != Shape::Any), "a list", span);
                self.levels.push(Level::List { of });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.levels.pop();
                self.node_ended();
            }
            Event::Alias(_) => self.node_ended(),
            Event::Scalar(value, style, _, tag) => {
                match self.levels.last() {
                    Some(Level::Map { key_next: true, .. }) => self.key(&value, span),
                    _ if tag.is_none() => self.scalar(&value, style, span),
                    _ => {}
                }
                self.node_ended();
            }
            _ => {}
        }
    }

    /// What the node that begins here may be.
    fn expected(&self) -> Option<&'a Shape> {
        let root = self.root?;
        let shape = match self.levels.last() {
            None => root.shape,
            Some(Level::Map { key_next: false, value, .. }) => (*value)?,
            // A map or a list in the place of a key.
            Some(Level::Map { .. }) => return None,
            Some(Level::List { of }) => (*of)?,
        };
        Some(root.book.meaning(shape))
    }

    fn key(&mut self, name: &str, span: &Span) {
        let (known, found) = match self.levels.last() {
            Some(Level::Map { shape: Some(shape), .. }) => self.field(shape, name),
            _ => (None, None),
        };
        if let Some(says) = found {
            self.say(span, Verdict::Bad, says);
        }
        if let Some(Level::Map { key, value, misfit, .. }) = self.levels.last_mut() {
            (*key, *value) = (name.to_owned(), known);
            // `$patch: delete` may stand for whatever shall go.
            if let Some(place) = misfit.take_if(|_| name.starts_with('$')) {
                self.found.truncate(place);
            }
        }
    }

    /// What a field may be, or what is to be said of there being none.
    fn field(&self, of: &'a Shape, name: &str) -> (Option<&'a Shape>, Option<String>) {
        let Some(root) = self.root else { return (None, None) };
        if let Shape::Map(values) = of {
            return (Some(values), None);
        }
        let Some(kind) = root.book.of(of) else { return (None, None) };
        let minor = match root.system {
            System::Talos { minor } => minor,
            System::Kubernetes => None,
        };
        if let Some(field) = kind.field(name, minor) {
            return (Some(&field.shape), None);
        }
        // A merge, an instruction to who patches it, or what SOPS and Kustomize leave in a file for themselves.
        let aside = name == "<<" || name.starts_with('$') || (self.levels.len() == 1 && name == "sops");
        if kind.open || aside {
            return (None, None);
        }
        let place = self.place(&words::key(name));
        let gone = minor.zip(kind.fields.get(name)).and_then(|(minor, of)| words::versions(of, minor));
        let says = match (gone, words::meant(kind, name)) {
            (Some(gone), _) => format!("{place} {gone}"),
            (None, Some(near)) => format!("{} {place}: is it {near}?", self.unknown()),
            (None, None) => format!("{} {place}", self.unknown()),
        };
        (None, Some(says))
    }

    fn unknown(&self) -> String {
        match self.root {
            Some(Root { system: System::Talos { minor }, .. }) => {
                format!("{} knows no", words::talos(*minor))
            }
            Some(Root { what, .. }) => format!("{what} has no"),
            None => String::new(),
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, span: &Span) {
        let Some(shape) = self.expected() else { return };
        let plain = style == ScalarStyle::Plain;
        let nothing = plain && matches!(value, "" | "~" | "null" | "Null" | "NULL");
        // What Flux or a shell puts in its place is not known here.
        if nothing || value.contains("${") {
            return;
        }
        // Talos takes any scalar for a text; an API server is sent JSON, where a number is none.
        let strict = self.root.is_some_and(|it| it.system == System::Kubernetes);
        if strict && *shape == Shape::Text && plain && !is_text(value) {
            return self.misfit(Some(shape), "none without quotes", span);
        }
        if !fits(shape, value, plain) {
            self.misfit(Some(shape), if plain { "" } else { "a text in quotes" }, span);
        }
    }

    /// Say that a place wants something else than what `is` there.
    fn misfit(&mut self, shape: Option<&Shape>, is: &str, span: &Span) {
        let Some(wants) = shape.and_then(words::wants) else { return };
        let place = match self.levels.last() {
            Some(Level::Map { key, .. }) => self.place(&words::key(key)),
            _ => self.place(""),
        };
        let place = if place.is_empty() { "this".to_owned() } else { place };
        let here = if is.is_empty() { String::new() } else { format!(", and here is {is}") };
        // Readers take more than the list of values that is written down for them.
        let verdict = if matches!(shape, Some(Shape::OneOf(_))) { Verdict::Note } else { Verdict::Bad };
        self.say(span, verdict, format!("{place} wants {wants}{here}"));
    }

    /// The way to a key of the innermost map, as `machine.kubelet.image`.
    fn place(&self, key: &str) -> String {
        let mut place = String::new();
        let inner = self.levels.len().saturating_sub(usize::from(!key.is_empty()));
        let above = self.levels.iter().take(inner).map(|level| match level {
            Level::Map { key, .. } => words::key(key),
            Level::List { .. } => "[]".into(),
        });
        for name in above.chain((!key.is_empty()).then(|| key.to_owned())) {
            if !place.is_empty() && name != "[]" {
                place.push('.');
            }
            place.push_str(&name);
        }
        place
    }

    /// In a map, keys and values take turns.
    fn node_ended(&mut self) {
        if let Some(Level::Map { key_next, value, .. }) = self.levels.last_mut() {
            *key_next = !*key_next;
            // What comes next in the place of a key may be no name: then nothing is known of its value.
            if *key_next {
                *value = None;
            }
        }
    }

    fn say(&mut self, span: &Span, verdict: Verdict, says: String) {
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let (line, column) = (number(span.start.line()), number(span.start.col() + 1));
        self.found.push(Diagnosis { line, column, verdict, says });
    }
}

const TRUE_OR_FALSE: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "y", "n"];

fn is_truth(value: &str) -> bool {
    TRUE_OR_FALSE.iter().any(|it| value.eq_ignore_ascii_case(it))
}

/// Whether a scalar without quotes reads as a text by YAML 1.1, which is what Kubernetes's tools go by.
fn is_text(value: &str) -> bool {
    let begins = value.trim_start_matches(['+', '-', '.']).starts_with(|it: char| it.is_ascii_digit());
    let hex = value.strip_prefix("0x").is_some_and(|it| u64::from_str_radix(it, 16).is_ok());
    let number = begins && (hex || value.replace('_', "").parse::<f64>().is_ok());
    let truth = is_truth(value) && value.len() > 1;
    !number && !truth
}

/// Whether a scalar is of a shape.
fn fits(shape: &Shape, value: &str, plain: bool) -> bool {
    match shape {
        Shape::Any | Shape::Text | Shape::NumberOrText => true,
        Shape::Number => {
            plain && value.trim_start_matches(['+', '-', '.']).starts_with(|it: char| it.is_ascii_digit())
        }
        Shape::Truth => plain && is_truth(value),
        Shape::OneOf(values) => values.iter().any(|it| it == value),
        Shape::List(_) | Shape::Map(_) | Shape::Of(_) => false,
    }
}
