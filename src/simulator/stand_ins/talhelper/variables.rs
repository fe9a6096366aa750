//! Variables in files: `${NAME}` and `$NAME` are filled in where they are set, `$$` is a dollar.

use super::RenderError;
use serde_yaml::{Mapping, Value};

/// The value of a variable of the environment; empty ones are not set.
pub type Variable<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Fill in every text and key of a document.
pub fn fill(file: &str, value: Value, variable: &Variable<'_>) -> Result<Value, RenderError> {
    Filling { file, variable }.value(value, &mut Vec::new())
}

struct Filling<'a> {
    file: &'a str,
    variable: &'a Variable<'a>,
}

impl Filling<'_> {
    fn value(&self, value: Value, at: &mut Vec<String>) -> Result<Value, RenderError> {
        Ok(match value {
            Value::String(text) if text.contains('$') => Value::String(self.text(&text, at)?),
            Value::Sequence(items) => {
                let mut filled = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    at.push(format!("[{index}]"));
                    filled.push(self.value(item, at)?);
                    at.pop();
                }
                Value::Sequence(filled)
            }
            Value::Mapping(mapping) => {
                let mut filled = Mapping::new();
                for (key, value) in mapping {
                    at.push(key.as_str().unwrap_or_default().to_owned());
                    let key = match key {
                        Value::String(text) if text.contains('$') => Value::String(self.text(&text, at)?),
                        other => other,
                    };
                    let value = self.value(value, at)?;
                    at.pop();
                    filled.insert(key, value);
                }
                Value::Mapping(filled)
            }
            other => other,
        })
    }

    fn text(&self, text: &str, at: &[String]) -> Result<String, RenderError> {
        let refused = |why: String| RenderError::refused(self.file, at.join("."), why);
        let mut out = String::new();
        let mut rest = text;
        let mut named = false;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            let (name, after) = match after.strip_prefix('{') {
                Some(braced) => {
                    braced.split_once('}').ok_or_else(|| refused("a `${` that does not end".into()))?
                }
                None => after.split_at(after.find(|it: char| !is_name(it)).unwrap_or(after.len())),
            };
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(refused(format!("`${name}`: only ${{NAME}}, $NAME and $$ are known")));
            }
            let value = (self.variable)(name).filter(|it| !it.is_empty()).ok_or_else(|| {
                let hint = if name == "patch" {
                    "; `$$patch: delete` is how talhelper's files take away"
                } else {
                    ""
                };
                refused(format!("variable ${{{name}}} not set{hint}"))
            })?;
            out.push_str(&value);
            (rest, named) = (after, true);
        }
        out.push_str(rest);
        // talhelper fills in before it reads: a value that reads as something else than a text would become that.
        // A block of lines stays a text whatever stands in it.
        let block = text.contains('\n') && out.lines().count() == text.lines().count();
        if named && !block && serde_yaml::from_str::<Value>(&out).ok().is_none_or(|it| !it.is_string()) {
            return Err(refused("what the variables make of this is no plain text".into()));
        }
        Ok(out)
    }
}

fn is_name(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}
