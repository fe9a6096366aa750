//! Finding a value by its path: the document, the field, the bytes of its token; also inside of a text that is YAML
//! itself, such as a patch.

use super::path::{Step, ValuePath, escaped, joined};
use super::{Document, SetFault, SetValue, documents};
use domain::{Quotes, Scalar};

/// Where a value stands in the text, and how it is written.
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub before: String,
    pub quotes: Quotes,
    pub line: u32,
    /// How far the lines of a block are indented, and the value it ends up as.
    pub block: Option<usize>,
}

/// The document that is meant: the one that is named, or the only one that has the path.
pub(super) fn which(read: &[Document], wish: &SetValue<'_>) -> Result<usize, SetFault> {
    let fitting: Vec<usize> =
        (0..read.len()).filter(|at| wish.document.is_none_or(|which| which.fits(*at, &read[*at]))).collect();
    let told = |of: &[usize]| of.iter().map(|at| named(*at, &read[*at])).collect::<Vec<_>>().join(", ");
    if let (Some(which), []) = (wish.document, fitting.as_slice()) {
        let there = told(&(0..read.len()).collect::<Vec<_>>());
        return Err(SetFault::NoDocument { which: which.clone(), there });
    }
    if let [only] = fitting.as_slice() {
        return Ok(*only);
    }
    let having: Vec<usize> =
        fitting.iter().copied().filter(|at| resolved(&read[*at], wish.path).is_ok()).collect();
    match having.as_slice() {
        [only] => Ok(*only),
        [] => fitting.first().copied().ok_or_else(|| missing(None, wish.path)),
        several => Err(SetFault::SeveralDocuments { path: wish.path.to_string(), there: told(several) }),
    }
}

/// "0 (Cluster k8s)"
fn named(at: usize, document: &Document) -> String {
    match (document.value("kind"), document.value("metadata.name").or(document.value("name"))) {
        (Some(kind), Some(name)) => format!("{at} ({kind} {name})"),
        (Some(kind), None) => format!("{at} ({kind})"),
        _ => at.to_string(),
    }
}

/// How far a path leads in a document: the field of a value, and what of the path goes on inside of its text.
fn resolved<'a>(document: &Document, path: &'a ValuePath) -> Result<(String, &'a [Step]), SetFault> {
    let mut field = String::new();
    for (done, step) in path.0.iter().enumerate() {
        field = match step {
            Step::Key(key) => joined(&field, &escaped(key)),
            Step::Item(item) => format!("{field}[{item}]"),
            Step::Having { key, value } => having(document, &field, key, value, path)?,
        };
        let text = document.scalars.iter().find(|it| it.field == field);
        if text.is_some_and(|it| it.quotes == Quotes::Block) {
            return Ok((field, &path.0[done + 1..]));
        }
    }
    let inside = |it: &&Scalar| {
        it.field.strip_prefix(&field).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
    };
    match document.scalars.iter().any(|it| it.field == field) {
        true => Ok((field, &[])),
        false if document.scalars.iter().any(|it| inside(&it)) => {
            Err(SetFault::NotScalar { path: path.to_string() })
        }
        false => Err(missing(Some(document), path)),
    }
}

/// The item of a list whose `key` is `value`.
fn having(
    document: &Document,
    list: &str,
    key: &str,
    value: &str,
    path: &ValuePath,
) -> Result<String, SetFault> {
    let tail = format!("].{}", escaped(key));
    let item = |it: &Scalar| {
        let number = it.field.strip_prefix(list)?.strip_prefix('[')?.strip_suffix(&tail)?;
        (it.value == value && number.parse::<usize>().is_ok()).then(|| format!("{list}[{number}]"))
    };
    let mut found = document.scalars.iter().filter_map(item);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(SetFault::SeveralItems { path: path.to_string() }),
        (None, _) => Err(missing(Some(document), path)),
    }
}

/// There is no such value: say what there is at the place where the path is left.
fn missing(document: Option<&Document>, path: &ValuePath) -> SetFault {
    let nearest = document.and_then(|document| {
        (0..path.0.len()).rev().find_map(|length| {
            let base = ValuePath(path.0[..length].to_vec()).to_string();
            let mut next: Vec<&str> = document
                .scalars
                .iter()
                .filter_map(|it| it.field.strip_prefix(&base))
                .filter_map(|it| if base.is_empty() { Some(it) } else { it.strip_prefix('.') })
                .map(|it| it.split(['.', '[']).next().unwrap_or(it))
                .collect();
            next.dedup();
            (!next.is_empty()).then(|| {
                let of = if base.is_empty() { String::new() } else { format!("{base} ") };
                format!("; {of}has {}", next.into_iter().take(12).collect::<Vec<_>>().join(", "))
            })
        })
    });
    SetFault::NoValue { path: path.to_string(), nearest: nearest.unwrap_or_default() }
}

/// The token of a value, also where it stands in a text that is YAML itself, such as a patch.
pub(super) fn locate(text: &str, document: &Document, path: &ValuePath) -> Result<(String, Token), SetFault> {
    let (field, rest) = resolved(document, path)?;
    let mut places = document.scalars.iter().filter(|it| it.field == field);
    let (Some(scalar), second) = (places.next(), places.next()) else {
        return Err(missing(Some(document), path));
    };
    if let Some(second) = second {
        return Err(SetFault::Twice { path: path.to_string(), first: scalar.line, second: second.line });
    }
    let mut token = Token {
        start: scalar.start as usize,
        end: scalar.end as usize,
        before: scalar.value.clone(),
        quotes: scalar.quotes,
        line: scalar.line,
        block: None,
    };
    if scalar.quotes != Quotes::Block {
        return Ok((field, token));
    }
    let unfit = || SetFault::Block { path: path.to_string() };
    let (first, indent) = content(text, &token).ok_or_else(unfit)?;
    if rest.is_empty() {
        token.block = Some(indent);
        return Ok((field, token));
    }
    let inner = &scalar.value;
    let rest = ValuePath(rest.to_vec());
    let read = documents(inner).map_err(SetFault::NoYaml)?;
    let wish = SetValue { document: None, path: &rest, value: "" };
    let (inside, found) = locate(inner, &read[which(&read, &wish)?], &rest)?;
    if found.block.is_some() {
        return Err(unfit());
    }
    // The same line and column in the text around it.
    let line = inner[..found.start].matches('\n').count();
    let column = found.start - inner[..found.start].rfind('\n').map_or(0, |it| it + 1);
    let start = first + line_start(&text[first..], line).ok_or_else(unfit)? + indent + column;
    let end = start + (found.end - found.start);
    if text.get(start..end) != inner.get(found.start..found.end) {
        return Err(unfit());
    }
    let line = u32::try_from(text[..start].matches('\n').count() + 1).unwrap_or(u32::MAX);
    Ok((joined(&field, &inside), Token { start, end, line, ..found }))
}

/// Where line `number` of `text` begins, from 0.
fn line_start(text: &str, number: usize) -> Option<usize> {
    match number {
        0 => Some(0),
        _ => text.match_indices('\n').nth(number - 1).map(|(at, _)| at + 1),
    }
}

/// The line in `text` that the first line of a literal block stands in, from 1. None for any other value.
pub(crate) fn first_line(text: &str, block: &Scalar) -> Option<u32> {
    let token = Token {
        start: block.start as usize,
        end: block.end as usize,
        before: String::new(),
        quotes: block.quotes,
        line: block.line,
        block: None,
    };
    let (first, _) = content(text, &token).filter(|_| block.quotes == Quotes::Block)?;
    u32::try_from(text.get(..first)?.matches('\n').count() + 1).ok()
}

/// Where the lines of a literal block begin, and how far they are indented. None for any other text. The span of a
/// block begins with its first letter, below the header and behind the indentation.
pub(super) fn content(text: &str, token: &Token) -> Option<(usize, usize)> {
    let above = text.get(..token.start)?;
    let line = above.rfind('\n')? + 1;
    let header_end = above[..line].trim_end().len();
    let header = above[..header_end].lines().next_back()?;
    let header = header.split(" #").next()?.trim_end();
    // Neither folded nor with an indentation that is written out.
    header.trim_end_matches(['-', '+']).ends_with('|').then_some(())?;
    let first = header_end + above[header_end..].find('\n')? + 1;
    let indent = &above[line..];
    indent.bytes().all(|it| it == b' ').then_some((first, indent.len()))
}
