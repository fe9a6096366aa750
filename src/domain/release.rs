//! Releases of Talos: which one a node runs, which one its installer's image is of, and the step between the two.

use crate::Refusal;
use std::cmp::Ordering;

/// The schematic of a Talos to which nothing was added.
const PLAIN: &str = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";

/// A version of Talos, and what was built into it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Release {
    /// With its `v`.
    pub version: String,
    /// The schematic of the Image Factory. None where it is of no factory.
    pub schematic: Option<String>,
}

/// Another Talos than the one that a node runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The installer's image, as the rendered config names it.
    pub image: String,
    pub from: Release,
    pub to: Release,
}

impl Release {
    /// Whether a node that runs this needs no installer of `wished`. An image that names no schematic says nothing of
    /// it, and a plain one is the same with and without a factory.
    pub fn is(&self, wished: &Release) -> bool {
        let schematic = match (&self.schematic, &wished.schematic) {
            (_, None) => true,
            (None, Some(wished)) => wished == PLAIN,
            (Some(is), Some(wished)) => is == wished,
        };
        self.version == wished.version && schematic
    }

    /// "v1.13.9, schematic 37656798"
    pub fn words(&self) -> String {
        match &self.schematic {
            Some(it) => format!("{}, schematic {}", self.version, short(it)),
            None => self.version.clone(),
        }
    }
}

impl Upgrade {
    /// "Talos v1.13.2 → v1.13.9", "schematic 37656798 → 0af31b20".
    pub fn words(&self) -> String {
        let (from, to) = (&self.from, &self.to);
        let version =
            (from.version != to.version).then(|| format!("Talos {} → {}", from.version, to.version));
        let schematic = to.schematic.as_ref().filter(|it| from.schematic.as_ref() != Some(it)).map(|it| {
            let from = from.schematic.as_deref().map_or("none", short);
            format!("schematic {from} → {}", short(it))
        });
        [version, schematic].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Whether the node has what the installer leaves out: extensions and kernel arguments of its schematic.
    pub fn leaves_out(&self) -> bool {
        self.from.schematic.as_ref().is_some_and(|it| it != PLAIN) && self.to.schematic.is_none()
    }

    /// Why Talos does not go this way.
    pub fn unfit(&self) -> Option<Refusal> {
        let (from, to) = (numbers(&self.from.version)?, numbers(&self.to.version)?);
        let refused = |why: String, hint: String| Some(Refusal { why, hint: Some(hint) });
        let (is, wished) = (&self.from.version, &self.to.version);
        match (from.0, from.1) {
            it if it > (to.0, to.1) => refused(
                format!(
                    "Talos {is} → {wished} goes back by a minor version: its configs and its etcd may not"
                ),
                "declare the version that it runs, or one after it".into(),
            ),
            it if it.0 == to.0 && to.1 > it.1 + 1 => refused(
                format!("Talos {is} → {wished} leaves out a minor version"),
                format!("go by the newest v{}.{} first", it.0, it.1 + 1),
            ),
            it if it.0 < to.0 => refused(
                format!("Talos {is} → {wished} is another major version"),
                "read its own way of upgrading first".into(),
            ),
            _ => None,
        }
    }

    /// Whether it is an older patch of the same minor version: Talos takes it, and a person should know.
    pub fn goes_back(&self) -> bool {
        let compared = numbers(&self.from.version).zip(numbers(&self.to.version));
        compared.is_some_and(|(from, to)| from.cmp(&to) == Ordering::Greater)
    }

    /// Whether another minor version comes.
    pub fn is_minor(&self) -> bool {
        let compared = numbers(&self.from.version).zip(numbers(&self.to.version));
        compared.is_some_and(|(from, to)| (from.0, from.1) != (to.0, to.1))
    }
}

/// As much of a schematic as a person compares.
fn short(schematic: &str) -> &str {
    schematic.get(..8).unwrap_or(schematic)
}

/// Major, minor, patch, and whether it is the release itself and none before it: `v1.14.0-rc.1` comes before
/// `v1.14.0`.
fn numbers(version: &str) -> Option<(u32, u32, u32, bool)> {
    let version = version.trim_start_matches('v');
    let (numbers, before) = version.split_once('-').map_or((version, false), |(it, _)| (it, true));
    let mut all = numbers.split('.').map(|it| it.parse::<u32>().ok());
    Some((all.next()??, all.next()??, all.next()??, !before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, schematic: Option<&str>) -> Release {
        Release { version: version.into(), schematic: schematic.map(str::to_owned) }
    }

    fn step(from: &str, to: &str) -> Upgrade {
        Upgrade { image: String::new(), from: release(from, None), to: release(to, None) }
    }

    #[test]
    fn a_node_that_runs_what_the_image_is_of_needs_no_installer() {
        let is = release("v1.13.9", Some("aa"));
        assert!(is.is(&release("v1.13.9", Some("aa"))) && is.is(&release("v1.13.9", None)));
        assert!(!is.is(&release("v1.13.9", Some("bb"))) && !is.is(&release("v1.13.8", Some("aa"))));
        let of_no_factory = release("v1.13.9", None);
        assert!(of_no_factory.is(&release("v1.13.9", Some(PLAIN))));
        assert!(!of_no_factory.is(&release("v1.13.9", Some("bb"))));
    }

    #[test]
    fn a_plain_installer_leaves_out_what_a_factory_put_in() {
        let to = |from: Option<&str>, to: Option<&str>| Upgrade {
            image: String::new(),
            from: release("v1.13.2", from),
            to: release("v1.13.9", to),
        };
        assert!(to(Some("aa"), None).leaves_out());
        assert!(!to(Some("aa"), Some("bb")).leaves_out());
        assert!(!to(Some(PLAIN), None).leaves_out() && !to(None, None).leaves_out());
    }

    #[test]
    fn one_minor_version_at_a_time_and_never_one_back() {
        for (from, to) in [("v1.13.2", "v1.13.9"), ("v1.13.9", "v1.14.0-rc.1"), ("v1.13.9", "v1.13.2")] {
            assert_eq!(step(from, to).unfit(), None, "{from} {to}");
        }
        assert!(step("v1.13.9", "v1.13.2").goes_back() && !step("v1.13.2", "v1.13.9").goes_back());
        assert!(step("v1.14.0", "v1.14.0-rc.1").goes_back());
        assert!(step("v1.13.9", "v1.14.0").is_minor() && !step("v1.13.2", "v1.13.9").is_minor());
        assert!(step("v1.14.0", "v1.13.9").unfit().is_some_and(|it| it.why.contains("goes back")));
        let skips = step("v1.11.4", "v1.13.9").unfit().unwrap();
        assert!(skips.why.contains("leaves out") && skips.hint.is_some_and(|it| it.contains("v1.12")));
    }

    #[test]
    fn what_changes_is_told_and_nothing_else() {
        assert_eq!(step("v1.13.2", "v1.13.9").words(), "Talos v1.13.2 → v1.13.9");
        let schematic = Upgrade {
            image: String::new(),
            from: release("v1.13.2", Some("aaaaaaaaaa")),
            to: release("v1.13.2", Some("bbbbbbbbbb")),
        };
        assert_eq!(schematic.words(), "schematic aaaaaaaa → bbbbbbbb");
    }
}
