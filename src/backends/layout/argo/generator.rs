//! The generators of ApplicationSets, as far as Git alone says what they give.

use super::super::files::{Files, Object};
use super::super::label::Label;
use super::super::remotes::Own;
use super::pattern::{matches, matches_deep};
use super::template::{Given, filled, of_folder};
use crate::plain::plain;
use domain::inventory::Said;
use domain::veiled_value;
use std::cell::Cell;
use std::collections::HashMap;

/// Generators inside of generators beyond this are not asked.
const DEEPEST: usize = 4;
/// Applications of one set that are told.
const MOST: usize = 2_000;
/// Elements of lists that are read for one set, and generators that are asked, each time that they are.
const ELEMENTS: usize = 20_000;
const ASKS: usize = 2_500;
/// Why not all of it is told.
const MORE: &str = "it gives more than is told here";
/// How often the files are gone through for one set: once for each that the first of a matrix gives.
const LOOKS: usize = 500;

/// What a generator gives.
#[derive(Debug, Default)]
pub(super) struct Gives {
    /// "git-directories", "matrix(list, git-files)".
    pub kind: String,
    pub from: Vec<Said>,
    pub without: Vec<Said>,
    pub given: Vec<Given>,
    /// Why that is not all.
    pub unresolved: Option<String>,
}

impl Gives {
    fn nothing(kind: &str, why: &str) -> Self {
        Self { kind: kind.to_owned(), unresolved: Some(why.to_owned()), ..Self::default() }
    }
}

pub(super) struct Asked<'a> {
    pub files: &'a Files<'a>,
    pub own: &'a Own,
    pub set: Object<'a>,
    looks: Cell<usize>,
    elements: Cell<usize>,
    asks: Cell<usize>,
}

impl<'a> Asked<'a> {
    pub fn new(files: &'a Files<'a>, own: &'a Own, set: Object<'a>) -> Self {
        let none = || Cell::new(0);
        Self { files, own, set, looks: none(), elements: none(), asks: none() }
    }
}

impl Asked<'_> {
    /// Ask the generator at a field, with what the one before it gives.
    pub fn give(&self, at: &str, before: &Given) -> Gives {
        self.deeper(at, before, DEEPEST)
    }

    fn deeper(&self, at: &str, before: &Given, left: usize) -> Gives {
        let Some(left) = left.checked_sub(1) else {
            return Gives::nothing("generators", "generators are in generators too deep");
        };
        self.asks.set(self.asks.get() + 1);
        let keys = self.set.doc.keys(at);
        let mut gives = match keys.iter().find(|it| !["selector", "template"].contains(it)).copied() {
            Some("git") => self.git(&format!("{at}.git"), before),
            Some("list") => self.list(&format!("{at}.list"), before),
            Some("matrix") => self.matrix(&format!("{at}.matrix"), before, left),
            Some("merge") => self.merge(&format!("{at}.merge"), before, left),
            Some("clusters") => {
                Gives::nothing("clusters", "which clusters there are is known to Argo CD alone")
            }
            Some(other) => Gives::nothing(&plain(other), "what it gives is known outside of Git"),
            None => Gives::nothing("none", "it names no generator"),
        };
        if keys.contains(&"selector") && gives.unresolved.is_none() {
            gives.unresolved = Some("a selector leaves some of these out".into());
        }
        gives.given.truncate(MOST);
        gives
    }

    /// Whether it was asked for more than any honest set takes.
    fn is_spent(&self) -> bool {
        self.asks.get() > ASKS || self.elements.get() > ELEMENTS
    }

    fn git(&self, at: &str, before: &Given) -> Gives {
        let files = self.set.doc.items(&format!("{at}.files"));
        let (name, list) =
            if files > 0 { ("git-files", "files") } else { ("git-directories", "directories") };
        let mut gives = Gives { kind: name.to_owned(), ..Gives::default() };
        for number in 0..self.set.doc.items(&format!("{at}.{list}")) {
            let one = format!("{at}.{list}[{number}]");
            let Some(mut said) = self.set.said(&format!("{one}.path")) else { continue };
            let (path, whole) = filled(&said.value, before);
            if !whole {
                gives.unresolved = Some(format!("{path} is not filled in by what comes before it"));
            }
            said.value = path;
            match self.set.value(&format!("{one}.exclude")) {
                Some("true") => gives.without.push(said),
                _ => gives.from.push(said),
            }
        }
        let url = self.set.value(&format!("{at}.repoURL")).unwrap_or_default();
        if !self.own.is(&filled(url, before).0) {
            gives.unresolved =
                Some(format!("it reads another repository: {}", domain::without_passwords(&plain(url))));
            return gives;
        }
        self.looks.set(self.looks.get() + 1);
        if self.looks.get() > LOOKS {
            gives.unresolved = Some(MORE.into());
            return gives;
        }
        let prefix = self.set.value(&format!("{at}.pathParamPrefix")).unwrap_or_default();
        match files {
            0 => self.folders(&mut gives, prefix),
            _ => self.contents(&mut gives, prefix),
        }
        let values = format!("{at}.values");
        let keys = self.set.doc.keys(&values);
        for given in &mut gives.given {
            // They may name what the generator gives, and not each other.
            let own = |key: &str| {
                let text = self.set.value(&format!("{values}.{key}")).unwrap_or_default();
                (format!("values.{key}"), veiled_value(key, &filled(text, given).0))
            };
            let own: Vec<(String, String)> = keys.iter().map(|key| own(key)).collect();
            given.extend(own);
        }
        gives
    }

    fn folders(&self, gives: &mut Gives, prefix: &str) {
        let hidden = |it: &str| it.split('/').any(|it| it.starts_with('.'));
        for folder in self.files.folders.iter().filter(|it| !hidden(it)) {
            let fits = |it: &Said| matches(it.value.trim_matches('/'), folder);
            if gives.from.iter().any(fits) && !gives.without.iter().any(fits) {
                gives.given.push(of_folder(folder, prefix));
            }
        }
    }

    fn contents(&self, gives: &mut Gives, prefix: &str) {
        for (path, facts) in self.files.all {
            let fits = |it: &Said| matches_deep(it.value.trim_matches('/'), &path.0);
            if !gives.from.iter().any(fits) || gives.without.iter().any(fits) {
                continue;
            }
            let (folder, name) = path.0.rsplit_once('/').unwrap_or(("", &path.0));
            let mut place = of_folder(folder, prefix);
            let dot = if prefix.is_empty() { String::new() } else { format!("{prefix}.") };
            place.insert(format!("{dot}path.filename"), name.to_owned());
            let read: Vec<_> =
                facts.docs.iter().filter(|it| !matches!(it.label, Label::Object { .. })).collect();
            if read.is_empty() {
                gives.unresolved = Some(format!("{} cannot be read for it", path.0));
                gives.given.push(place.clone());
            }
            for doc in read {
                let mut items = vec![place.clone(); doc.items("").clamp(1, MOST)];
                for scalar in &doc.scalars {
                    let listed = scalar.field.strip_prefix('[').and_then(|it| it.split_once(']'));
                    let (number, field) = match listed {
                        Some((number, rest)) => (number.parse().unwrap_or(0), rest.trim_start_matches('.')),
                        None => (0, scalar.field.as_str()),
                    };
                    if let Some(given) = items.get_mut(number) {
                        given.insert(field.replace('\\', ""), veiled_value(field, &plain(&scalar.value)));
                    }
                }
                gives.given.extend(items);
            }
            if gives.given.len() > MOST {
                gives.unresolved = Some(MORE.into());
                return;
            }
        }
    }

    fn list(&self, at: &str, before: &Given) -> Gives {
        let mut gives = Gives { kind: "list".to_owned(), ..Gives::default() };
        if self.set.value(&format!("{at}.elementsYaml")).is_some() {
            gives.unresolved = Some("its elements are a template".into());
        }
        for number in 0..self.set.doc.items(&format!("{at}.elements")).min(MOST + 1) {
            self.elements.set(self.elements.get() + 1);
            if self.is_spent() {
                gives.unresolved = Some(MORE.into());
                break;
            }
            let base = format!("{at}.elements[{number}]");
            let mut given = Given::new();
            let mut first = None;
            for (rest, scalar) in self.set.doc.below(&base) {
                let value = veiled_value(rest, &filled(&plain(&scalar.value), before).0);
                first.get_or_insert_with(|| Said::new(self.set.path, scalar.line, value.clone()));
                given.insert(rest.trim_start_matches('.').to_owned(), value);
            }
            gives.from.extend(first);
            gives.given.push(given);
        }
        gives
    }

    /// Each of the first with each of the second, which may name what the first gives.
    fn matrix(&self, at: &str, before: &Given, left: usize) -> Gives {
        let one = self.deeper(&format!("{at}.generators[0]"), before, left);
        let second = format!("{at}.generators[1]");
        let mut gives =
            Gives { from: one.from, without: one.without, unresolved: one.unresolved, ..Gives::default() };
        let mut kind = self.deeper(&second, before, left).kind;
        for given in &one.given {
            if self.is_spent() {
                gives.unresolved.get_or_insert_with(|| MORE.into());
                break;
            }
            let other = self.deeper(&second, given, left);
            kind = other.kind;
            for place in other.from.into_iter().filter(|it| !gives.from.contains(it)).collect::<Vec<_>>() {
                gives.from.push(place);
            }
            gives.unresolved = gives.unresolved.or(other.unresolved);
            for more in other.given {
                let mut both = given.clone();
                both.extend(more);
                gives.given.push(both);
            }
            if gives.given.len() > MOST {
                break;
            }
        }
        gives.kind = format!("matrix({}, {kind})", one.kind);
        gives
    }

    /// What the first gives, with what the others give for the same keys laid over it.
    fn merge(&self, at: &str, before: &Given, left: usize) -> Gives {
        let several = self.set.doc.items(&format!("{at}.generators"));
        let keys: Vec<String> =
            super::texts(self.set, &format!("{at}.mergeKeys")).into_iter().map(|it| it.value).collect();
        let mut all = (0..several).map(|it| self.deeper(&format!("{at}.generators[{it}]"), before, left));
        let Some(mut gives) = all.next() else { return Gives::nothing("merge", "it names no generators") };
        let mut kinds = vec![std::mem::take(&mut gives.kind)];
        for other in all {
            kinds.push(other.kind);
            gives.from.extend(other.from);
            gives.unresolved = gives.unresolved.or(other.unresolved);
            let mut by_keys: HashMap<Vec<&String>, &Given> = HashMap::new();
            for it in &other.given {
                if let Some(values) = values(it, &keys) {
                    by_keys.entry(values).or_insert(it);
                }
            }
            for given in &mut gives.given {
                let same = values(given, &keys).and_then(|it| by_keys.get(&it).copied());
                if let Some(found) = same {
                    given.extend(found.clone());
                }
            }
        }
        gives.kind = format!("merge({})", kinds.join(", "));
        gives
    }
}

/// What is given for each of these keys; none where one of them is not.
fn values<'a>(given: &'a Given, keys: &[String]) -> Option<Vec<&'a String>> {
    keys.iter().map(|key| given.get(key)).collect()
}
