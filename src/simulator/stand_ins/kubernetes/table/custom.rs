//! Columns that a definition asks for.

use super::json_path::JsonPath;
use super::{Column, age, age_column, column};
use crate::stand_ins::kubernetes::kinds::Kind;
use serde_json::Value;

pub fn columns(kind: &Kind, version: &str) -> Vec<Column> {
    let Some(wanted) = kind.columns.get(version) else { return vec![age_column()] };
    let one = |it: &crate::stand_ins::kubernetes::kinds::Column| {
        let (path, is_date) = (JsonPath::parse(&it.path), it.kind == "date");
        let shown_as = if is_date { "string" } else { it.kind.as_str() };
        let mut column =
            column(&it.name, shown_as, it.priority, move |object, now| match path.find(object) {
                Some(Value::String(since)) if is_date => age(&Value::String(since.clone()), now).into(),
                Some(Value::Object(_) | Value::Array(_)) | None if is_date => "<unknown>".into(),
                Some(value @ (Value::Object(_) | Value::Array(_))) => value.to_string().into(),
                Some(value) => value.clone(),
                None => Value::Null,
            });
        column.definition["description"] = it.description.as_str().into();
        column
    };
    wanted.iter().map(one).collect()
}
