//! What was typed after `/`, as terms: plain words, `column:word`, `label:app=web`, each with `!` in front for its
//! opposite. Where no row holds the words, those whose names are like them are meant.

use super::Collection;
use domain::{Cell, ResourceRow};
use memchr::memmem::Finder;

/// A filter that has been read. Every term must hold.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    terms: Vec<Term>,
}

#[derive(Debug, Clone)]
struct Term {
    not: bool,
    wanted: Wanted,
}

#[derive(Debug, Clone)]
enum Wanted {
    /// Anywhere in the row.
    Word(Finder<'static>),
    /// In one column.
    Within(Column, String),
}

#[derive(Debug, Clone, Copy)]
enum Column {
    Namespace,
    Name,
    Label,
    Cell(usize),
}

impl Terms {
    /// Read what was typed, given the columns that there are.
    pub fn read(typed: &str, rows: &Collection) -> Self {
        let terms = typed.to_lowercase().split_whitespace().filter_map(|word| term(word, rows)).collect();
        Self { terms }
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row stays.
    pub fn keep(&self, rows: &Collection, slot: u32) -> bool {
        self.terms.iter().all(|term| {
            let holds = match &term.wanted {
                Wanted::Word(finder) => finder.find(rows.searched(slot).as_bytes()).is_some(),
                Wanted::Within(column, word) => rows.row(slot).is_some_and(|row| within(row, *column, word)),
            };
            holds != term.not
        })
    }

    /// Whether every row that `longer` keeps was kept by `shorter` too, as far as the text alone tells: more was
    /// typed at the end of a plain word.
    pub fn narrows(shorter: &str, longer: &str) -> bool {
        longer.starts_with(shorter) && !longer.contains(['!', ':'])
    }
}

fn term(word: &str, rows: &Collection) -> Option<Term> {
    let (not, word) = match word.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    if word.is_empty() {
        return None;
    }
    let typed = word.split_once(':').and_then(|(key, value)| Some((column(key, rows)?, value)));
    let wanted = match typed {
        Some((_, "")) => return None,
        Some((column, value)) => Wanted::Within(column, value.to_owned()),
        None => Wanted::Word(Finder::new(word.as_bytes()).into_owned()),
    };
    Some(Term { not, wanted })
}

fn column(key: &str, rows: &Collection) -> Option<Column> {
    match key {
        "ns" | "namespace" => Some(Column::Namespace),
        "name" => Some(Column::Name),
        "label" | "labels" => Some(Column::Label),
        "" => None,
        key => {
            rows.columns.iter().position(|it| it.title.replace(' ', "-").starts_with(key)).map(Column::Cell)
        }
    }
}

fn within(row: &ResourceRow, column: Column, word: &str) -> bool {
    match column {
        Column::Namespace => contains(row.id.namespace(), word),
        Column::Name => contains(row.id.name(), word),
        Column::Label => contains(&row.labels, word),
        Column::Cell(at) => match row.cells.get(at) {
            Some(Cell::Text(text)) => contains(text, word),
            Some(Cell::Number(number)) => number.to_string() == word,
            Some(Cell::Share(ready, of)) => format!("{ready}/{of}") == word,
            _ => false,
        },
    }
}

/// Plain words, as a person types them who does not know the whole name: their letters stand in a name in that order.
#[derive(Debug, Clone, Default)]
pub struct Likeness {
    words: Vec<String>,
}

impl Likeness {
    /// None where the words are typed ones, or too short to be like anything in particular.
    pub fn read(typed: &str) -> Option<Self> {
        let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let plain = words.iter().all(|it| it.chars().count() > 2 && !it.contains(['!', ':', '<', '>']));
        (plain && !words.is_empty()).then_some(Self { words })
    }

    pub fn of(&self, name: &str) -> bool {
        self.words.iter().all(|word| {
            let mut letters = name.chars().flat_map(char::to_lowercase);
            word.chars().all(|wanted| letters.any(|it| it == wanted))
        })
    }
}

/// Whether `text` holds `word`, which is in lower case.
pub(super) fn contains(text: &str, word: &str) -> bool {
    text.len() >= word.len()
        && (text.as_bytes().windows(word.len()).any(|it| it.eq_ignore_ascii_case(word.as_bytes()))
            || (!text.is_ascii() && text.to_lowercase().contains(word)))
}
