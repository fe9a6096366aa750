//! Where to find a difference among all: by its name, by what it is of, by who delivers that.

use domain::{Difference, ObjectComparison, ObjectRef, Said, Subject, Table};
use std::collections::BTreeMap;

/// Made anew whenever the differences are: screens ask many times for one frame.
#[derive(Debug, Clone, Default)]
pub struct DriftIndex {
    /// The key of each row, in their order.
    pub keys: Vec<String>,
    by_key: BTreeMap<String, usize>,
    by_subject: BTreeMap<Subject, Vec<usize>>,
    delivered: BTreeMap<ObjectRef, usize>,
}

impl DriftIndex {
    pub(crate) fn of(rows: &[Difference], declared: &Table<ObjectComparison>) -> Self {
        let mut index = Self { keys: rows.iter().map(Difference::key).collect(), ..Self::default() };
        for (at, (row, key)) in rows.iter().zip(&index.keys).enumerate() {
            index.by_key.entry(key.clone()).or_insert(at);
            index.by_subject.entry(row.of.clone()).or_default().push(at);
            if let Some(by) = deliverer(row, declared) {
                *index.delivered.entry(by.clone()).or_default() += 1;
            }
        }
        index
    }

    pub fn find(&self, key: &str) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// The rows of one thing, in their order.
    pub fn of_subject(&self, of: &Subject) -> &[usize] {
        self.by_subject.get(of).map_or(&[], Vec::as_slice)
    }

    /// How many rows are of what an application or kustomization delivers.
    pub fn delivered_by(&self, by: &ObjectRef) -> usize {
        self.delivered.get(by).copied().unwrap_or_default()
    }
}

/// Who delivers what a difference is of. What the machines of an object are beside it is not the engine's to bring
/// together.
fn deliverer<'a>(row: &Difference, declared: &'a Table<ObjectComparison>) -> Option<&'a ObjectRef> {
    let Subject::Object(object) = &row.of else { return None };
    let delivered = row.declared == Said::Silent;
    declared.get(object).filter(|_| delivered)?.delivered_by.as_ref()
}
