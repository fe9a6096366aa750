//! One operation of a JSON patch (RFC 6902), done to a document.

use super::merge::Refused;
use serde_yaml::Value;

#[derive(Debug)]
pub struct Operation {
    verb: String,
    path: Vec<String>,
    from: Option<Vec<String>>,
    value: Option<Value>,
}

impl Operation {
    pub fn read(it: &Value) -> Result<Self, Refused> {
        let word = |key: &str| it.get(key).and_then(Value::as_str);
        let wrong = |why: &str| Refused::new(&["op".to_owned()], why);
        Ok(Self {
            verb: word("op").ok_or_else(|| wrong("an operation needs `op`"))?.to_owned(),
            path: word("path")
                .and_then(keys)
                .ok_or_else(|| wrong("an operation needs a `path` like /a/b"))?,
            from: word("from").and_then(keys),
            value: it.get("value").cloned(),
        })
    }

    pub fn apply(&self, document: &mut Value) -> Result<(), Refused> {
        let value = || self.value.clone().ok_or_else(|| self.wrong("an operation needs `value`"));
        let from = || self.from.as_deref().ok_or_else(|| self.wrong("an operation needs `from`"));
        match self.verb.as_str() {
            "add" => self.add(document, value()?),
            "remove" => self.take(document, &self.path).map(drop),
            "replace" => {
                let value = value()?;
                *self.place(document, &self.path)? = value;
                Ok(())
            }
            "test" if *self.place(document, &self.path)? == value()? => Ok(()),
            "test" => Err(self.wrong("the test does not hold")),
            "copy" => {
                let value = self.place(document, from()?)?.clone();
                self.add(document, value)
            }
            "move" => {
                let value = self.take(document, from()?)?;
                self.add(document, value)
            }
            other => Err(self.wrong(format!("no operation is called {other}"))),
        }
    }

    fn wrong(&self, why: impl Into<String>) -> Refused {
        Refused::new(&self.path, why)
    }

    /// What is at a path.
    fn place<'a>(&self, document: &'a mut Value, path: &[String]) -> Result<&'a mut Value, Refused> {
        let found = path.iter().try_fold(document, |value, key| match value {
            Value::Mapping(map) => map.get_mut(key.as_str()),
            Value::Sequence(list) => list.get_mut(key.parse::<usize>().ok()?),
            _ => None,
        });
        found.ok_or_else(|| self.wrong("there is nothing"))
    }

    fn add(&self, document: &mut Value, value: Value) -> Result<(), Refused> {
        let Some((last, way)) = self.path.split_last() else {
            *document = value;
            return Ok(());
        };
        match self.place(document, way)? {
            Value::Mapping(map) => {
                map.insert(last.as_str().into(), value);
                Ok(())
            }
            Value::Sequence(list) => {
                let at = if last == "-" { Some(list.len()) } else { last.parse().ok() };
                let at =
                    at.filter(|it| *it <= list.len()).ok_or_else(|| self.wrong("there is no such item"))?;
                list.insert(at, value);
                Ok(())
            }
            _ => Err(self.wrong("there is nothing to add to")),
        }
    }

    fn take(&self, document: &mut Value, path: &[String]) -> Result<Value, Refused> {
        let nothing = || self.wrong("there is nothing");
        let (last, way) = path.split_last().ok_or_else(nothing)?;
        match self.place(document, way)? {
            Value::Mapping(map) => map.remove(last.as_str()).ok_or_else(nothing),
            Value::Sequence(list) => {
                let at = last.parse().ok().filter(|it: &usize| *it < list.len()).ok_or_else(nothing)?;
                Ok(list.remove(at))
            }
            _ => Err(nothing()),
        }
    }
}

/// The keys of a pointer: `/a/b~1c` is a, b/c.
fn keys(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let parts = pointer.strip_prefix('/')?.split('/');
    Some(parts.map(|it| it.replace("~1", "/").replace("~0", "~")).collect())
}
