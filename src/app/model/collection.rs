//! Many rows of one kind, held so that tens of thousands can be searched within the time of a key stroke.

use domain::{Cell, Change, ColumnTitle, Entity, ResourceRow, RowId, RowsChange};
use std::collections::HashMap;
use std::fmt::Write;

/// The rows of one kind. Each sits in a slot; slots are dense, and the last row moves into a slot that becomes free.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    pub columns: Vec<ColumnTitle>,
    /// The widest value of each column that was ever seen, in bytes: namespace, name, then the cells.
    pub widths: Vec<u16>,
    rows: Vec<ResourceRow>,
    slots: HashMap<RowId, u32>,
    /// What is searched, one row after the other, in lower case; some of it is of rows that have changed since.
    text: String,
    /// Where the text of each slot lies.
    spans: Vec<(u32, u32)>,
    /// Counts the changes; whoever remembers another number has an old picture.
    generation: u64,
    /// Counts those of them with which a row came or went.
    membership: u64,
}

impl Collection {
    pub(crate) fn absorb(&mut self, change: RowsChange) {
        self.generation += 1;
        match change {
            RowsChange::Columns(columns) => self.columns = columns,
            RowsChange::Rows(Change::Snapshot(all)) => {
                let columns = std::mem::take(&mut self.columns);
                let (generation, membership) = (self.generation, self.membership + 1);
                *self = Self { columns, generation, membership, ..Self::default() };
                self.rows.reserve_exact(all.len());
                self.put_all(all);
            }
            RowsChange::Rows(Change::Part(some)) => self.put_all(some),
            RowsChange::Rows(Change::Upsert(row)) => self.put(row),
            RowsChange::Rows(Change::Remove(id)) => self.remove(&id),
        }
        if self.text.len() > 65_536 && self.text.len() > 2 * self.live() {
            self.compact();
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Changes only when a row comes or goes, not when one changes.
    pub fn membership(&self) -> u64 {
        self.membership
    }

    pub fn row(&self, slot: u32) -> Option<&ResourceRow> {
        self.rows.get(slot as usize)
    }

    pub fn slot(&self, id: &RowId) -> Option<u32> {
        self.slots.get(id).copied()
    }

    /// What is searched in a slot, in lower case.
    pub fn searched(&self, slot: u32) -> &str {
        let (from, to) = self.spans.get(slot as usize).copied().unwrap_or_default();
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }

    fn put_all(&mut self, rows: Vec<ResourceRow>) {
        for row in rows {
            self.put(row);
        }
    }

    fn put(&mut self, row: ResourceRow) {
        self.widen(&row);
        let span = self.write(&row);
        match self.slots.get(row.id()) {
            Some(slot) => {
                let slot = *slot as usize;
                if let (Some(held), Some(place)) = (self.rows.get_mut(slot), self.spans.get_mut(slot)) {
                    (*held, *place) = (row, span);
                }
            }
            None => {
                let slot = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
                self.membership += 1;
                self.slots.insert(row.id().clone(), slot);
                self.rows.push(row);
                self.spans.push(span);
            }
        }
    }

    fn remove(&mut self, id: &RowId) {
        let Some(slot) = self.slots.remove(id) else { return };
        self.membership += 1;
        self.rows.swap_remove(slot as usize);
        self.spans.swap_remove(slot as usize);
        if let Some(moved) = self.rows.get(slot as usize) {
            self.slots.insert(moved.id().clone(), slot);
        }
    }

    fn widen(&mut self, row: &ResourceRow) {
        self.widths.resize(row.cells.len() + 2, 0);
        let cells = row.cells.iter().map(width);
        for (held, wide) in self
            .widths
            .iter_mut()
            .zip([row.id.namespace().len(), row.id.name().len()].into_iter().chain(cells))
        {
            *held = (*held).max(u16::try_from(wide).unwrap_or(u16::MAX));
        }
    }

    /// Append what is searched of a row.
    fn write(&mut self, row: &ResourceRow) -> (u32, u32) {
        let from = self.text.len();
        lower(&row.id.0, &mut self.text);
        for cell in &row.cells {
            self.text.push('\u{1f}');
            match cell {
                Cell::Text(text) => lower(text, &mut self.text),
                // Writing to a String cannot fail.
                Cell::Number(number) => drop(write!(self.text, "{number}")),
                Cell::Share(ready, of) => drop(write!(self.text, "{ready}/{of}")),
                Cell::Nothing | Cell::Since(_) => {}
            }
        }
        (u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(self.text.len()).unwrap_or(u32::MAX))
    }

    fn live(&self) -> usize {
        self.spans.iter().map(|(from, to)| to.saturating_sub(*from) as usize).sum()
    }

    fn compact(&mut self) {
        let mut text = String::with_capacity(self.live() * 5 / 4);
        for (from, to) in &mut self.spans {
            let begin = text.len();
            text.push_str(self.text.get(*from as usize..*to as usize).unwrap_or_default());
            *from = u32::try_from(begin).unwrap_or(u32::MAX);
            *to = u32::try_from(text.len()).unwrap_or(u32::MAX);
        }
        self.text = text;
    }
}

fn lower(text: &str, into: &mut String) {
    if text.is_ascii() {
        into.extend(text.bytes().map(|it| char::from(it.to_ascii_lowercase())));
    } else {
        into.extend(text.chars().flat_map(char::to_lowercase));
    }
}

fn width(cell: &Cell) -> usize {
    match cell {
        Cell::Nothing => 0,
        Cell::Text(text) => text.len(),
        Cell::Number(number) => {
            number.checked_abs().map_or(20, |it| it.checked_ilog10().unwrap_or(0) as usize + 1)
        }
        Cell::Share(ready, of) => {
            let digits = |it: &u32| it.checked_ilog10().unwrap_or(0) as usize + 1;
            digits(ready) + digits(of) + 1
        }
        Cell::Since(_) => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, status: &str) -> ResourceRow {
        ResourceRow { id: RowId(id.into()), cells: [Cell::text(status)].into(), ..ResourceRow::default() }
    }

    fn said(held: &Collection) -> Vec<&str> {
        (0..held.len() as u32).map(|slot| held.searched(slot)).collect()
    }

    #[test]
    fn rows_come_change_and_go() {
        let mut held = Collection::default();
        let rows = |it| RowsChange::Rows(it);
        held.absorb(rows(Change::Snapshot(vec![row("a/One", "Running"), row("a/two", "Pending")])));
        held.absorb(rows(Change::Part(vec![row("b/three", "Running")])));
        assert_eq!(said(&held), ["a/one\u{1f}running", "a/two\u{1f}pending", "b/three\u{1f}running"]);
        held.absorb(rows(Change::Upsert(row("a/two", "Running"))));
        held.absorb(rows(Change::Remove(RowId("a/One".into()))));
        assert_eq!(said(&held), ["b/three\u{1f}running", "a/two\u{1f}running"]);
        assert_eq!(held.slot(&RowId("b/three".into())), Some(0));
        assert_eq!(held.widths, [1, 5, 7]);
        held.absorb(rows(Change::Snapshot(vec![row("c", "Running")])));
        assert_eq!((held.len(), said(&held)), (1, vec!["c\u{1f}running"]));
    }

    #[test]
    fn what_is_searched_does_not_grow_for_ever() {
        let mut held = Collection::default();
        for turn in 0..20_000 {
            held.absorb(RowsChange::Rows(Change::Upsert(row("ns/pod", &format!("turn {turn}")))));
        }
        assert!(held.text.len() < 70_000, "{}", held.text.len());
        assert_eq!(held.searched(0), "ns/pod\u{1f}turn 19999");
    }
}
