//! The rows of the list on the screen, by name and by place. A long list is not copied to be asked.

use crate::{Arranged, Collection, RowKey};
use domain::RowId;

pub enum Lines<'a> {
    /// A list that is short enough to be made anew.
    Names(Vec<RowKey>),
    /// A long one, arranged before.
    Arranged(&'a Arranged, &'a Collection),
}

impl Lines<'_> {
    pub fn len(&self) -> usize {
        match self {
            Lines::Names(names) => names.len(),
            Lines::Arranged(arranged, _) => arranged.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of the row at `index`.
    pub fn name(&self, index: usize) -> Option<RowKey> {
        match self {
            Lines::Names(names) => names.get(index).cloned(),
            Lines::Arranged(arranged, rows) => {
                let row = rows.row(arranged.slot(index)?)?;
                Some(RowKey(row.id.0.to_string()))
            }
        }
    }

    /// Where a row stands.
    pub fn index(&self, name: &RowKey) -> Option<usize> {
        match self {
            Lines::Names(names) => names.iter().position(|it| it == name),
            Lines::Arranged(arranged, rows) => arranged.index(rows, &RowId(name.0.as_str().into())),
        }
    }
}
