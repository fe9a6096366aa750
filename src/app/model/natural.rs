//! The order people expect: `v1.9` before `v1.10`, `pod-2` before `pod-10`, small letters beside great ones.

use domain::Cell;
use std::cmp::Ordering;

/// Compare two texts, their runs of digits by value.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (digits(a, i), digits(b, j));
            let (p, q) = (significant(a, i, m), significant(b, j, n));
            let order = p.len().cmp(&q.len()).then_with(|| p.cmp(q));
            if order.is_ne() {
                return order;
            }
            (i, j) = (m, n);
        } else {
            let order = x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase());
            if order.is_ne() {
                return order;
            }
            (i, j) = (i + 1, j + 1);
        }
    }
    (a.len() - i).cmp(&(b.len() - j)).then_with(|| a.cmp(b))
}

/// Where the digits from `from` on end.
fn digits(text: &[u8], from: usize) -> usize {
    text.iter().skip(from).position(|it| !it.is_ascii_digit()).map_or(text.len(), |run| from + run)
}

/// The digits without leading zeros.
fn significant(text: &[u8], from: usize, to: usize) -> &[u8] {
    let run = text.get(from..to).unwrap_or_default();
    let zeros = run.iter().take_while(|it| **it == b'0').count().min(run.len().saturating_sub(1));
    run.get(zeros..).unwrap_or_default()
}

/// Compare two values of one column; what is not there comes last.
pub fn by_value(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Number(a), Cell::Number(b)) => a.cmp(b),
        (Cell::Text(a), Cell::Text(b)) => natural(a, b),
        // The later it was, the shorter ago.
        (Cell::Since(a), Cell::Since(b)) => b.cmp(a),
        (Cell::Share(a, of_a), Cell::Share(b, of_b)) => {
            let (left, right) = (u64::from(*a) * u64::from(*of_b), u64::from(*b) * u64::from(*of_a));
            left.cmp(&right).then_with(|| of_a.cmp(of_b))
        }
        (a, b) => kind(a).cmp(&kind(b)),
    }
}

fn kind(cell: &Cell) -> u8 {
    match cell {
        Cell::Number(_) => 0,
        Cell::Share(..) => 1,
        Cell::Text(_) => 2,
        Cell::Since(_) => 3,
        Cell::Nothing => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_inside_words_count() {
        let mut versions = ["v1.10.0", "v1.9.12", "V1.9.2", "v1.9.2-rc", "v1.09.1", "w0", "v"];
        versions.sort_by(|a, b| natural(a, b));
        assert_eq!(versions, ["v", "v1.09.1", "V1.9.2", "v1.9.2-rc", "v1.9.12", "v1.10.0", "w0"]);
    }

    #[test]
    fn a_smaller_share_comes_first() {
        let mut shares = [Cell::Nothing, Cell::Share(3, 3), Cell::Share(0, 2), Cell::Share(1, 2)];
        shares.sort_by(by_value);
        assert_eq!(shares, [Cell::Share(0, 2), Cell::Share(1, 2), Cell::Share(3, 3), Cell::Nothing]);
    }
}
