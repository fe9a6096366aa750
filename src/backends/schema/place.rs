//! Going down a Talos document by its shape: whether what is not said there is the same as nothing.

use super::book::Shape;
use super::talos::{self, BOOK};

/// A place in a Talos document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TalosPlace {
    shape: &'static Shape,
    own: bool,
}

impl TalosPlace {
    /// The root of a document by its kind; empty for the main one.
    pub(crate) fn document(kind: &str) -> Self {
        let kind = if kind.is_empty() { talos::API_VERSION } else { kind };
        let of = BOOK.types.get(talos::DOCUMENTS).and_then(|it| it.field(kind, None));
        Self { shape: of.map_or(&Shape::Any, |it| &it.shape), own: true }
    }

    pub(crate) fn key(self, name: &str) -> Self {
        match BOOK.meaning(self.shape) {
            Shape::Map(of) => Self { shape: of, own: true },
            it => match BOOK.of(it).and_then(|it| it.field(name, None)) {
                Some(field) => Self { shape: &field.shape, own: false },
                None => Self { shape: &Shape::Any, own: true },
            },
        }
    }

    pub(crate) fn item(self) -> Self {
        match BOOK.meaning(self.shape) {
            Shape::List(of) => Self { shape: of, own: true },
            _ => Self { shape: &Shape::Any, own: true },
        }
    }

    /// Whether the name or the value here is the writer's own: a label that is empty is one all the same. A field that
    /// Talos knows is as if it were not there where it says nothing, or no.
    pub(crate) fn is_own(self) -> bool {
        self.own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_talos_knows_is_told_from_what_is_the_writers_own() {
        let own = |kind: &str, path: &[&str]| {
            path.iter().fold(TalosPlace::document(kind), |it, key| it.key(key)).is_own()
        };
        assert!(!own("", &["machine", "kubelet", "disableManifestsDirectory"]));
        assert!(!own("HostnameConfig", &["auto"]));
        for path in [
            &["machine", "nodeLabels", "a.b/c"][..],
            &["machine", "sysctls", "vm.x"],
            &["machine", "kubelet", "extraConfig", "maxPods"],
            &["machine", "nothing", "known"],
        ] {
            assert!(own("", path), "{path:?}");
        }
        let interface = ["machine", "network", "interfaces"];
        let list = interface.iter().fold(TalosPlace::document(""), |it, key| it.key(key));
        assert!(!list.item().key("dhcp").is_own());
    }
}
