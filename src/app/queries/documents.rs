//! The documents of a YAML text as they are written: where each begins and ends, and what it declares. A text that does
//! not read yet has some too.

/// Begin and end of each document, in bytes, without the line that parts it from the one before.
pub fn documents(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            found.push((begin, at));
            begin = at + line.len();
        }
        at += line.len();
    }
    found.push((begin, text.len()));
    found
}

/// The first line of each document, from 1, and what it declares: "TalosControlPlane/k8s-cp", or nothing.
pub fn titles(text: &str) -> Vec<(u32, String)> {
    let mut line = 1;
    let mut begun = 0;
    let all = documents(text).into_iter().filter_map(|(begin, end)| Some((begin, text.get(begin..end)?)));
    all.map(|(begin, document)| {
        let before = text.get(begun..begin).unwrap_or_default().matches('\n').count();
        (line, begun) = (line + u32::try_from(before).unwrap_or(u32::MAX), begin);
        (line, title(document))
    })
    .collect()
}

fn title(document: &str) -> String {
    match (kind_of(document), name_of(document)) {
        (Some(kind), Some((start, end))) => format!("{kind}/{}", &document[start..end]),
        (Some(kind), None) => kind.to_owned(),
        (None, _) => String::new(),
    }
}

/// The kind that a document declares.
pub fn kind_of(document: &str) -> Option<&str> {
    let value = document.lines().find_map(|it| it.strip_prefix("kind:"))?;
    let value = value.split(" #").next().unwrap_or_default();
    Some(value.trim().trim_matches(['"', '\''])).filter(|it| !it.is_empty())
}

/// The bytes of the name of an object in its document.
pub fn name_of(document: &str) -> Option<(usize, usize)> {
    let (mut at, mut inside) = (0, None);
    for line in document.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent == 0 && !line.trim().is_empty() && !line.starts_with('#') {
            inside = line.trim_end().starts_with("metadata:").then_some(0);
        }
        if let Some(depth) = inside.as_mut().filter(|_| indent > 0) {
            // The first key below says how deep its own keys stand; those of labels stand deeper.
            let depth = if *depth == 0 { std::mem::replace(depth, indent).max(indent) } else { *depth };
            if let Some(rest) = line.trim_start().strip_prefix("name:").filter(|_| indent == depth) {
                let value = rest.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
                let before = line.len() - rest.len();
                let start = at + before + rest.find(value).filter(|_| !value.is_empty())?;
                return Some((start, start + value.len()));
            }
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_say_what_they_declare() {
        let text = "# all\nkind: A # one\nmetadata:\n  labels:\n    name: no\n  name: \"a\" # yes\n---\nx: 1\n---\nkind: B\n";
        let told: Vec<(u32, String)> = titles(text);
        assert_eq!(told, [(1, "A/a".to_owned()), (8, String::new()), (10, "B".to_owned())]);
        assert_eq!(titles("---\nkind: C\n"), [(1, String::new()), (2, "C".to_owned())]);
        assert_eq!(name_of("metadata:\n  name: name\n"), Some((18, 22)));
    }
}
