//! Typed filters: `cp role:worker !ready cpu>50`. Words must all hold; a `!` turns one around.

use std::cmp::Ordering;

/// A filter as it was typed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sieve {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    not: bool,
    want: Want,
}

#[derive(Debug, Clone, PartialEq)]
enum Want {
    /// Some field, or the state of the row, has this in it.
    Text(String),
    /// This field has this in it.
    Field(String, String),
    /// This field is a number beyond this one.
    Beyond(String, Ordering, f64),
}

impl Sieve {
    pub fn parse(typed: &str) -> Self {
        Self { terms: typed.to_lowercase().split_whitespace().filter_map(term).collect() }
    }

    /// Whether a row passes. `field` answers what stands in a column by its title; `all` is everything that a
    /// bare word is looked for in.
    pub fn lets(&self, all: &[&str], field: impl Fn(&str) -> Option<String>) -> bool {
        let has = |text: &str, word: &str| text.to_lowercase().contains(word);
        self.terms.iter().all(|term| {
            let holds = match &term.want {
                Want::Text(word) => all.iter().any(|it| has(it, word)),
                Want::Field(title, word) => field(title).is_some_and(|it| has(&it, word)),
                Want::Beyond(title, order, than) => {
                    let number = field(title).and_then(|it| leading_number(&it));
                    number.and_then(|it| it.partial_cmp(than)) == Some(*order)
                }
            };
            holds != term.not
        })
    }
}

fn term(word: &str) -> Option<Term> {
    let (not, word) = match word.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let beyond = [('>', Ordering::Greater), ('<', Ordering::Less)].into_iter().find_map(|(sign, order)| {
        let (title, than) = word.split_once(sign)?;
        Some(Want::Beyond(title.to_owned(), order, than.parse().ok()?))
    });
    let field = || word.split_once(':').map(|(title, rest)| Want::Field(title.to_owned(), rest.to_owned()));
    let want = beyond.or_else(field).unwrap_or_else(|| Want::Text(word.to_owned()));
    (!word.is_empty()).then_some(Term { not, want })
}

fn leading_number(text: &str) -> Option<f64> {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(typed: &str) -> bool {
        let field = |title: &str| match title {
            "role" => Some("worker".to_owned()),
            "cpu" => Some("44 %".to_owned()),
            _ => None,
        };
        Sieve::parse(typed).lets(&["worker-1", "running"], field)
    }

    #[test]
    fn words_fields_and_numbers() {
        for typed in
            ["", "WORKER", "role:work run", "cpu>40", "cpu<44.5", "!ready", "!role:control", "!cpu>50", "!"]
        {
            assert!(passes(typed), "{typed}");
        }
        for typed in ["cp-", "role:control", "cpu>44", "!running", "nosuch:x", "cpu>x"] {
            assert!(!passes(typed), "{typed}");
        }
    }
}
