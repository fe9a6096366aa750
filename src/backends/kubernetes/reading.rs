//! How the answers of a list and the events of a watch are read: into rows of ours, in one pass, keeping nothing.

use super::kinds::Served;
use super::trouble::Trouble;
use domain::Entity;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// The version of the whole list: where a watch goes on.
    pub version: String,
    /// Asks for the next page.
    pub next: Option<String>,
}

/// One event of a watch.
#[derive(Debug)]
pub enum Event<T: Entity> {
    Upsert(T),
    Remove(T::Id),
    /// Nothing happened up to here, or nothing that concerns us.
    Bookmark,
}

/// Reads what a server says of one kind.
pub trait Reading: Send + 'static {
    type Row: Entity + Send + 'static;

    /// What to ask for, as an Accept header.
    fn accept(&self) -> &'static str {
        "application/json"
    }
    /// The same for the events of a watch.
    fn accept_watch(&self) -> &'static str {
        self.accept()
    }
    /// How many rows are asked for at once.
    fn page_size(&self) -> usize {
        500
    }
    fn page(&mut self, served: &Served, bytes: &[u8]) -> Result<Page<Self::Row>, Trouble>;
    /// The event and the version of the world after it.
    fn event(&mut self, served: &Served, line: &[u8]) -> Result<(Event<Self::Row>, Option<String>), Trouble>;
}

/// Whole objects, of which `W` says what is read and `project` what is kept. None is not ours and passed over.
pub struct Objects<W, P> {
    project: P,
    read: PhantomData<fn() -> W>,
}

impl<W, P> Objects<W, P> {
    pub fn new(project: P) -> Self {
        Self { project, read: PhantomData }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListMetadata {
    pub(super) resource_version: String,
    #[serde(rename = "continue")]
    pub(super) next: Option<String>,
}

impl ListMetadata {
    pub(super) fn page<T>(self, rows: Vec<T>) -> Page<T> {
        Page { rows, version: self.resource_version, next: self.next.filter(|it| !it.is_empty()) }
    }
}

#[derive(Deserialize)]
struct List<W> {
    #[serde(default)]
    metadata: ListMetadata,
    items: Option<Vec<W>>,
}

#[derive(Deserialize)]
pub(super) struct Head<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) what: std::borrow::Cow<'a, str>,
    #[serde(default)]
    pub(super) object: HeadObject,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct HeadObject {
    pub(super) metadata: ListMetadata,
    code: u16,
    message: String,
}

impl Head<'_> {
    /// The trouble of an ERROR event.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        if self.what != "ERROR" {
            return None;
        }
        let status =
            http::StatusCode::from_u16(self.object.code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::json!({ "message": self.object.message });
        Some(Trouble::answered(status, body.to_string().as_bytes()))
    }
}

#[derive(Deserialize)]
struct Body<W> {
    object: W,
}

pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|err| Trouble::Garbled(err.to_string()))
}

impl<W, T, P> Reading for Objects<W, P>
where
    W: DeserializeOwned + 'static,
    T: Entity + Send + 'static,
    P: FnMut(W, &Served) -> Option<T> + Send + 'static,
{
    type Row = T;

    fn page(&mut self, served: &Served, bytes: &[u8]) -> Result<Page<T>, Trouble> {
        let list: List<W> = parse(bytes)?;
        let rows =
            list.items.unwrap_or_default().into_iter().filter_map(|it| (self.project)(it, served)).collect();
        Ok(list.metadata.page(rows))
    }

    fn event(&mut self, served: &Served, line: &[u8]) -> Result<(Event<T>, Option<String>), Trouble> {
        let head: Head<'_> = parse(line)?;
        if let Some(trouble) = head.trouble() {
            return Err(trouble);
        }
        let version = Some(head.object.metadata.resource_version).filter(|it| !it.is_empty());
        if head.what == "BOOKMARK" {
            return Ok((Event::Bookmark, version));
        }
        let body: Body<W> = parse(line)?;
        let event = match (self.project)(body.object, served) {
            None => Event::Bookmark,
            Some(row) if head.what == "DELETED" => Event::Remove(row.id().clone()),
            Some(row) => Event::Upsert(row),
        };
        Ok((event, version))
    }
}
