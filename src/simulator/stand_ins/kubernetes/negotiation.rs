//! In which form an answer is wanted, by the Accept header.

use http::HeaderMap;
use http::header::ACCEPT;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Whole,
    /// Rows and columns, as kubectl prints them.
    Table,
    /// `PartialObjectMetadata`: objects without spec and status. A list of them has a name of its own, which fits no
    /// single one, and no event of a watch.
    Metadata {
        list: bool,
    },
}

/// The first form of the header that we speak; whole objects where it names none. Protobuf is not spoken: clients
/// that prefer it name JSON after it.
pub fn form(headers: &HeaderMap) -> Form {
    for wish in wishes(headers) {
        let parameter = |name: &str| wish.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        let json = wish.first().is_some_and(|it| it == "application/json");
        match parameter("as") {
            Some("Table") if json => return Form::Table,
            Some("PartialObjectMetadata") if json => return Form::Metadata { list: false },
            Some("PartialObjectMetadataList") if json => return Form::Metadata { list: true },
            None if json => return Form::Whole,
            _ => {}
        }
    }
    Form::Whole
}

/// Whether discovery shall come in one piece.
pub fn wants_aggregated(headers: &HeaderMap) -> bool {
    wishes(headers).iter().any(|wish| {
        let has = |text: &str| wish.iter().any(|it| it == text);
        has("application/json") && has("as=APIGroupDiscoveryList") && has("v=v2")
    })
}

/// Each media type with its parameters, in order.
fn wishes(headers: &HeaderMap) -> Vec<Vec<String>> {
    let all = headers.get_all(ACCEPT).iter().filter_map(|it| it.to_str().ok());
    let all = all.flat_map(|it| it.split(','));
    all.map(|it| it.split(';').map(|word| word.trim().to_owned()).collect()).collect()
}
