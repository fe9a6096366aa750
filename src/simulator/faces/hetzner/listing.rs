//! Lists: filters, sorting, pages.

use serde_json::{Value, json};

use super::failure::Failure;

const DEFAULT_PAGE: u64 = 25;
const LARGEST_PAGE: u64 = 50;

/// The pairs of a query, in order; a key may come more than once.
pub(crate) type Query = Vec<(String, String)>;

/// One page of what matches the query, with its `meta`.
pub(crate) fn page(collection: &str, all: Vec<Value>, query: &Query) -> Result<Value, Failure> {
    let mut found: Vec<Value> = all.into_iter().filter(|it| matches(it, query)).collect();
    for (_, by) in query.iter().rev().filter(|(key, _)| key == "sort") {
        let (field, direction) = by.split_once(':').unwrap_or((by, "asc"));
        found.sort_by(|left, right| {
            let order = compare(&left[field], &right[field]);
            if direction == "desc" { order.reverse() } else { order }
        });
    }
    let number = |key: &str, otherwise: u64| match query.iter().find(|(it, _)| it == key) {
        None => Ok(otherwise),
        Some((_, text)) => text
            .parse::<u64>()
            .ok()
            .filter(|it| *it > 0)
            .ok_or_else(|| Failure::invalid(key, "must be positive")),
    };
    let (page, per_page) = (number("page", 1)?, number("per_page", DEFAULT_PAGE)?.min(LARGEST_PAGE));
    let total = found.len() as u64;
    let last = total.div_ceil(per_page).max(1);
    let skip = usize::try_from((page - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
    let items: Vec<Value> =
        found.into_iter().skip(skip).take(usize::try_from(per_page).unwrap_or(50)).collect();
    let next = (page < last).then_some(page + 1);
    let previous = (page > 1).then(|| page - 1);
    Ok(json!({
        collection: items,
        "meta": {"pagination": {"page": page, "per_page": per_page, "previous_page": previous, "next_page": next,
            "last_page": last, "total_entries": total}},
    }))
}

fn compare(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (left.as_u64(), right.as_u64()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.as_str().cmp(&right.as_str()),
    }
}

/// Filters of one kind widen, filters of different kinds narrow.
fn matches(resource: &Value, query: &Query) -> bool {
    ["name", "status", "type", "architecture"].iter().all(|field| {
        let mut wanted = query.iter().filter(|(key, _)| key == field).peekable();
        wanted.peek().is_none() || wanted.any(|(_, value)| resource[field] == value.as_str())
    }) && query
        .iter()
        .filter(|(key, _)| key == "label_selector")
        .all(|(_, it)| selects(it, &resource["labels"]))
}

/// `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, joined by commas.
pub(crate) fn selects(selector: &str, labels: &Value) -> bool {
    terms(selector).iter().all(|term| {
        let value_of = |key: &str| labels.get(key.trim()).and_then(Value::as_str);
        if let Some((key, values)) = term.split_once(" notin ") {
            return value_of(key).is_none_or(|it| !listed(values, it));
        }
        if let Some((key, values)) = term.split_once(" in ") {
            return value_of(key).is_some_and(|it| listed(values, it));
        }
        if let Some((key, value)) = term.split_once("!=") {
            return value_of(key) != Some(value.trim());
        }
        if let Some((key, value)) = term.split_once('=') {
            return value_of(key) == Some(value.trim_start_matches('=').trim());
        }
        match term.strip_prefix('!') {
            Some(key) => value_of(key).is_none(),
            None => value_of(term).is_some(),
        }
    })
}

fn listed(values: &str, value: &str) -> bool {
    values.trim().trim_matches(['(', ')']).split(',').any(|it| it.trim() == value)
}

/// Split at the commas that are not within brackets.
fn terms(selector: &str) -> Vec<String> {
    let (mut terms, mut depth, mut term) = (Vec::new(), 0_u32, String::new());
    for letter in selector.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                terms.push(std::mem::take(&mut term));
                continue;
            }
            _ => {}
        }
        term.push(letter);
    }
    terms.push(term);
    terms.iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_select() {
        let labels = json!({"caph-cluster-k8s": "owned", "machine_type": "worker"});
        for yes in [
            "caph-cluster-k8s==owned",
            "machine_type=worker",
            "machine_type",
            "!other",
            "machine_type!=x",
            "machine_type in (worker, control_plane)",
            "machine_type notin (x),caph-cluster-k8s",
        ] {
            assert!(selects(yes, &labels), "{yes}");
        }
        for no in ["caph-cluster-k8s==other", "other", "!machine_type", "machine_type in (x)"] {
            assert!(!selects(no, &labels), "{no}");
        }
    }

    #[test]
    fn pages_are_at_most_fifty() {
        let all = (0..120).map(|id| json!({"id": id})).collect();
        let page =
            page("servers", all, &vec![("per_page".into(), "500".into()), ("page".into(), "3".into())])
                .unwrap();
        assert_eq!(page["servers"].as_array().unwrap().len(), 20);
        assert_eq!(page["meta"]["pagination"]["last_page"], 3);
        assert_eq!(page["meta"]["pagination"]["next_page"], Value::Null);
    }
}
