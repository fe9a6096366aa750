//! Which rows of a collection are seen, and in which order: worked out when something changed, not when it is drawn.

use super::natural::{by_value, natural};
use super::{Collection, Likeness, Terms};
use domain::{ResourceRow, RowId, RowsOf};
use std::cmp::Ordering;

/// The visible rows of one collection, in order.
#[derive(Debug, Clone, Default)]
pub struct Arranged {
    of: RowsOf,
    generation: u64,
    membership: u64,
    filter: String,
    /// No row holds what was typed: these are like it.
    alike: bool,
    sort: Option<(usize, bool)>,
    /// The slots of the collection in order, seen or not.
    order: Vec<u32>,
    /// Those that are seen.
    visible: Vec<u32>,
    /// Where each slot stands among the visible; [`HIDDEN`] where it does not.
    places: Vec<u32>,
}

const HIDDEN: u32 = u32::MAX;

impl Arranged {
    pub fn len(&self) -> usize {
        self.visible.len()
    }

    pub fn is_empty(&self) -> bool {
        self.visible.is_empty()
    }

    /// The slot that stands at `index`.
    pub fn slot(&self, index: usize) -> Option<u32> {
        self.visible.get(index).copied()
    }

    /// Where a row stands.
    pub fn index(&self, rows: &Collection, id: &RowId) -> Option<usize> {
        let place = *self.places.get(rows.slot(id)? as usize)?;
        (place != HIDDEN).then_some(place as usize)
    }

    /// Whether no row holds what was typed, and these are only like it.
    pub fn alike(&self) -> bool {
        self.alike
    }

    /// Whether this shows `of` at all, even if not as it is now.
    pub fn shows(&self, of: &RowsOf) -> bool {
        self.of == *of
    }

    /// Bring it up to date. Says whether anything had to be done.
    pub(crate) fn arrange(
        &mut self,
        of: &RowsOf,
        rows: &Collection,
        filter: &str,
        sort: Option<(usize, bool)>,
    ) -> bool {
        let unchanged = self.of == *of && self.generation == rows.generation();
        let ordered = self.sort == sort && (unchanged || self.of == *of && self.stands(rows));
        // Where all rows are seen, it does not matter what changed in one that stays in its place.
        let fresh = ordered && (unchanged || self.filter.is_empty());
        if fresh && self.filter == filter {
            return false;
        }
        if !ordered {
            self.reorder(of, rows, sort);
        }
        let terms = Terms::read(filter, rows);
        let (likeness, alike) = (Likeness::read(filter), std::mem::take(&mut self.alike));
        let like = |slot: u32| {
            let name = rows.row(slot).map(|it| it.id.0.as_ref()).unwrap_or_default();
            likeness.as_ref().is_some_and(|it| it.of(name))
        };
        if fresh && Terms::narrows(&self.filter, filter) {
            // What holds none of a word's beginning holds none of the word.
            self.alike = alike;
            self.visible.retain(|slot| if alike { like(*slot) } else { terms.keep(rows, *slot) });
        } else {
            self.see(|slot| terms.keep(rows, slot));
        }
        if self.visible.is_empty() && likeness.is_some() && !self.alike {
            self.see(like);
            self.alike = !self.visible.is_empty();
        }
        self.places.clear();
        self.places.resize(rows.len(), HIDDEN);
        for (at, slot) in self.visible.iter().enumerate() {
            if let (Some(place), Ok(at)) = (self.places.get_mut(*slot as usize), u32::try_from(at)) {
                *place = at;
            }
        }
        self.of = of.clone();
        (self.generation, self.membership) = (rows.generation(), rows.membership());
        filter.clone_into(&mut self.filter);
        self.sort = sort;
        true
    }

    /// Whether the rows stand by what never changes of them, and none came or went.
    fn stands(&self, rows: &Collection) -> bool {
        self.sort.is_none_or(|(column, _)| column <= 1) && self.membership == rows.membership()
    }

    /// See the rows that are kept, in order.
    fn see(&mut self, keep: impl Fn(u32) -> bool) {
        self.visible.clear();
        self.visible.extend(self.order.iter().copied().filter(|slot| keep(*slot)));
    }

    /// Put all rows in order, from the former order as far as there was one: sorting what is almost sorted is cheap.
    fn reorder(&mut self, of: &RowsOf, rows: &Collection, sort: Option<(usize, bool)>) {
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if self.of != *of {
            self.order.clear();
        }
        // Slots are dense: those that were not there before are the last ones.
        self.order.retain(|slot| *slot < count);
        self.order.extend(u32::try_from(self.order.len()).unwrap_or(u32::MAX)..count);
        let (column, descending) = sort.unwrap_or((0, false));
        self.order.sort_by(|a, b| match (rows.row(*a), rows.row(*b)) {
            (Some(a), Some(b)) => {
                let order = compare(a, b, column, rows.columns.len());
                (if descending { order.reverse() } else { order }).then_with(|| natural(&a.id.0, &b.id.0))
            }
            _ => Ordering::Equal,
        });
    }
}

/// Compare two rows by a column: namespace, name, the cells, age.
fn compare(a: &ResourceRow, b: &ResourceRow, column: usize, cells: usize) -> Ordering {
    match column {
        0 => natural(a.id.namespace(), b.id.namespace()),
        1 => natural(a.id.name(), b.id.name()),
        column if column == cells + 2 => b.created.cmp(&a.created),
        column => match (a.cells.get(column - 2), b.cells.get(column - 2)) {
            (Some(a), Some(b)) => by_value(a, b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Cell, Change, ColumnTitle, Moment, RowsChange};

    fn row(id: &str, status: &str, created: i64) -> ResourceRow {
        let cells = [Cell::text(status)].into();
        let labels = if id.contains("web") { "app=web,tier=front" } else { "k8s-app=dns" }.into();
        let created = Some(Moment(created));
        ResourceRow { id: RowId(id.into()), created, labels, cells, ..ResourceRow::default() }
    }

    fn pods() -> Collection {
        let mut held = Collection::default();
        held.absorb(RowsChange::Columns(vec![ColumnTitle::left("status")]));
        held.absorb(RowsChange::Rows(Change::Snapshot(vec![
            row("kube-system/coredns-10", "Running", 5),
            row("kube-system/coredns-2", "Running", 9),
            row("default/web-1", "Pending", 7),
            row("default/web-2", "CrashLoopBackOff", 1),
        ])));
        held
    }

    fn seen(filter: &str, sort: Option<(usize, bool)>) -> Vec<String> {
        let (held, mut arranged) = (pods(), Arranged::default());
        arranged.arrange(&RowsOf::default(), &held, filter, sort);
        names(&held, &arranged)
    }

    fn names(held: &Collection, arranged: &Arranged) -> Vec<String> {
        arranged.visible.iter().map(|slot| held.row(*slot).unwrap().id.name().to_owned()).collect()
    }

    #[test]
    fn rows_are_sorted_by_any_column() {
        assert_eq!(seen("", None), ["web-1", "web-2", "coredns-2", "coredns-10"]);
        assert_eq!(seen("", Some((1, true))), ["web-2", "web-1", "coredns-10", "coredns-2"]);
        assert_eq!(seen("", Some((2, false))), ["web-2", "web-1", "coredns-2", "coredns-10"]);
        assert_eq!(seen("", Some((3, false))), ["coredns-2", "web-1", "coredns-10", "web-2"]);
    }

    #[test]
    fn terms_are_words_columns_and_their_opposites() {
        assert_eq!(seen("web", None), ["web-1", "web-2"]);
        assert_eq!(seen("WEB crash", None), ["web-2"]);
        assert_eq!(seen("ns:kube 10", None), ["coredns-10"]);
        assert_eq!(seen("status:pend", None), ["web-1"]);
        assert_eq!(seen("!running !crash", None), ["web-1"]);
        assert_eq!(seen("!status:running ns:default web-2", None), ["web-2"]);
        assert_eq!(seen("nothing", None), Vec::<String>::new());
        assert_eq!(seen("label:tier=front", None), ["web-1", "web-2"]);
        assert_eq!(seen("!label:tier", None), ["coredns-2", "coredns-10"]);
        assert_eq!(seen("ns:", None).len(), 4);
    }

    #[test]
    fn where_no_row_holds_a_word_those_like_it_are_meant() {
        assert_eq!(seen("crdns", None), ["coredns-2", "coredns-10"]);
        assert_eq!(seen("dfw2", None), ["web-2"]);
        assert_eq!(seen("xq", None), Vec::<String>::new());
        let (held, mut arranged) = (pods(), Arranged::default());
        for (typed, alike, many) in [
            ("core", false, 2),
            ("cored2", true, 1),
            ("cored", false, 2),
            ("crd", true, 2),
            ("crd10", true, 1),
        ] {
            arranged.arrange(&RowsOf::default(), &held, typed, None);
            assert_eq!((arranged.alike(), arranged.len()), (alike, many), "after {typed:?}");
        }
    }

    #[test]
    fn typing_on_and_back_comes_to_the_same_rows() {
        let (held, mut arranged) = (pods(), Arranged::default());
        for typed in ["", "w", "we", "web", "web-2", "web", "", "!", "!w"] {
            arranged.arrange(&RowsOf::default(), &held, typed, None);
            assert_eq!(names(&held, &arranged), seen(typed, None), "after {typed:?}");
        }
    }

    #[test]
    fn nothing_is_worked_out_while_rows_change_that_stand_by_their_names() {
        let (mut held, mut arranged, of) = (pods(), Arranged::default(), RowsOf::default());
        arranged.arrange(&of, &held, "", None);
        held.absorb(RowsChange::Rows(Change::Upsert(row("default/web-1", "Running", 7))));
        assert!(!arranged.arrange(&of, &held, "", None));
        assert!(arranged.arrange(&of, &held, "running", None));
        assert_eq!(names(&held, &arranged), ["web-1", "coredns-2", "coredns-10"]);
        held.absorb(RowsChange::Rows(Change::Upsert(row("default/web-1", "Failed", 7))));
        assert!(arranged.arrange(&of, &held, "running", None));
        assert!(arranged.arrange(&of, &held, "", Some((2, false))));
        held.absorb(RowsChange::Rows(Change::Upsert(row("default/web-1", "Aborted", 7))));
        assert!(arranged.arrange(&of, &held, "", Some((2, false))));
        assert_eq!(names(&held, &arranged)[0], "web-1");
    }

    #[test]
    fn rows_that_change_are_moved() {
        let (mut held, mut arranged, of) = (pods(), Arranged::default(), RowsOf::default());
        arranged.arrange(&of, &held, "", None);
        held.absorb(RowsChange::Rows(Change::Remove(RowId("kube-system/coredns-10".into()))));
        held.absorb(RowsChange::Rows(Change::Upsert(row("default/alpha", "Running", 11))));
        assert!(arranged.arrange(&of, &held, "", None));
        assert!(!arranged.arrange(&of, &held, "", None));
        assert_eq!(names(&held, &arranged), ["alpha", "web-1", "web-2", "coredns-2"]);
        assert_eq!(arranged.index(&held, &RowId("kube-system/coredns-2".into())), Some(3));
        assert_eq!(arranged.index(&held, &RowId("kube-system/coredns-10".into())), None);
    }
}
