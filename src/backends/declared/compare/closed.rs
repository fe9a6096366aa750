//! What cannot be looked into: values that SOPS has sealed, and such that Flux puts in from where nobody looks.

use crate::declared::substitutions::is_unknown;
use crate::yaml::{Node, What};

/// What is shown in the place of a live value that stands for something sealed.
pub(super) const HIDDEN: &str = "••••••••";

/// Whether this text is not what is delivered. A whole file may be sealed within a value.
pub(super) fn is_closed(text: &str) -> bool {
    is_sealed(text) || is_unknown(text)
}

fn is_sealed(text: &str) -> bool {
    text.starts_with("ENC[") || text.contains("ENC[AES256_GCM")
}

/// Whether something in it is closed.
pub(super) fn holds_closed(node: &Node) -> bool {
    any(node, &is_closed)
}

/// Whether an object, or a part of it, is sealed. A list that was taken apart has its seal elsewhere.
pub(super) fn holds_sealed(node: &Node) -> bool {
    node.get("sops").is_some() || any(node, &is_sealed)
}

fn any(node: &Node, is: &impl Fn(&str) -> bool) -> bool {
    match &node.what {
        What::Scalar { text, .. } => is(text),
        What::Map(entries) => entries.iter().any(|(_, it)| any(it, is)),
        What::List(items) => items.iter().any(|it| any(it, is)),
    }
}
