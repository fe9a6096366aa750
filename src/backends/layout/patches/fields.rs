//! What a patch sets, as it may be shown: every value by its name, without secrets.

use crate::plain::plain;
use crate::yaml::{self, first_key};
use domain::inventory::{PatchField, PatchForm};
use domain::{Scalar, hidden, veiled_value};
use std::collections::HashMap;

/// Values that are shown of one patch.
const MOST: usize = 500;

/// One value of a patch.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub field: &'a str,
    pub line: u32,
    pub value: &'a str,
}

impl<'a> Named<'a> {
    pub fn new(field: &'a str, scalar: &'a Scalar) -> Self {
        Self { field, line: scalar.line, value: &scalar.value }
    }
}

/// The values of one document; `kind` stands before each name. Operations are told by what they are on.
pub(super) fn fields(named: &[Named<'_>], kind: &str) -> (PatchForm, Vec<PatchField>) {
    let on = targets(named);
    let form = if on.is_empty() { PatchForm::Strategic } else { PatchForm::Json6902 };
    let shown = |it: &Named<'_>| {
        let field = match form {
            PatchForm::Json6902 => on_target(&on, it.field)?,
            _ => format!("{kind}{}", it.field),
        };
        Some(PatchField { value: masked(&field, it.value), field: plain(&field).into_owned(), line: it.line })
    };
    (form, named.iter().filter_map(shown).take(MOST).collect())
}

/// What each operation of RFC 6902 is on, by where it stands: a document that is one, or a list of them. A patch of
/// another kind has none, also where it has files with paths.
fn targets<'a>(named: &[Named<'a>]) -> HashMap<&'a str, String> {
    let mut on = HashMap::new();
    let mut operates = false;
    for it in named {
        let Some((item, name)) = placed(it.field) else { continue };
        operates |= name == "op";
        if name == "path" {
            on.insert(item, way(it.value));
        }
    }
    if operates { on } else { HashMap::new() }
}

/// The place of an operation, `[n]` or nothing, and the name of what it has there.
fn placed(field: &str) -> Option<(&str, &str)> {
    if !field.starts_with('[') {
        return Some(("", field));
    }
    let (item, name) = field.split_at(field.find(']')? + 1);
    Some((item, name.strip_prefix('.')?))
}

/// The name of what an operation sets; none for what only says how.
fn on_target(on: &HashMap<&str, String>, field: &str) -> Option<String> {
    let (item, name) = placed(field)?;
    let on = on.get(item)?;
    match first_key(name) {
        "value" => Some(format!("{on}{}", &name["value".len()..])),
        "from" => Some(format!("{on}.from")),
        _ => None,
    }
}

/// `/machine/files/0/path` as the name of a field.
fn way(pointer: &str) -> String {
    let steps = pointer.split('/').skip(1).map(|it| it.replace("~1", "/").replace("~0", "~"));
    steps.fold(String::new(), |way, step| yaml::below(&way, &step))
}

/// Keys of texts that may hold anything.
const TEXTS: [&str; 4] = ["content", "contents", "userData", "user_data"];

/// A value as it may be shown.
fn masked(field: &str, value: &str) -> String {
    let key = field.rsplit('.').next().unwrap_or(field);
    let key = key.split('[').next().unwrap_or(key);
    let lines = value.trim_end().lines().count();
    if lines > 1 || TEXTS.contains(&key) {
        return format!("a text of {lines} line{}", if lines == 1 { "" } else { "s" });
    }
    let value = plain(value.trim());
    let below = |name: &str| field.split(['.', '[']).rev().skip(1).any(|it| it == name);
    // The environment of a program is where its secrets are.
    if ["environment", "env"].contains(&key)
        && let Some((name, inner)) = value.split_once('=')
    {
        return format!("{name}={}", of_environment(name, inner));
    }
    if below("extraManifestHeaders") {
        hidden()
    } else if below("env") && key != "name" {
        of_environment(key, &value)
    } else {
        veiled_value(key, &value)
    }
}

/// A proxy has no secret but in its address.
fn of_environment(name: &str, value: &str) -> String {
    match name.to_ascii_lowercase().contains("proxy") {
        true => veiled_value(name, value),
        false => hidden(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::doc::Doc;
    use crate::layout::label::Label;

    fn read(text: &str) -> (PatchForm, Vec<String>) {
        let read = yaml::documents(text).unwrap();
        let doc = Doc::new(Label::Patch, &read[0]);
        let named: Vec<Named<'_>> = doc.scalars.iter().map(|it| Named::new(&it.field, it)).collect();
        let (form, fields) = fields(&named, "");
        (form, fields.into_iter().map(|it| format!("{} {}", it.field, it.value)).collect())
    }

    #[test]
    fn a_config_with_files_is_no_list_of_operations() {
        let text = "machine:\n  token: abcdef.0123456789\n  files:\n    - op: create\n      path: /etc/x\n      content: hush\n";
        let (form, said) = read(text);
        assert_eq!(form, PatchForm::Strategic);
        assert_eq!(
            said,
            [
                "machine.token ••••••••",
                "machine.files[0].op create",
                "machine.files[0].path /etc/x",
                "machine.files[0].content a text of 1 line"
            ]
        );
    }

    #[test]
    fn operations_are_told_by_what_they_are_on() {
        let text = "- value: [{path: /etc/x, content: hush}]\n  op: add\n  path: /machine/files\n- op: replace\n  path: /machine/nodeLabels/a.b~1c\n  value: d\n- {op: add, path: /cluster/token, value: /0123}\n";
        let (form, said) = read(text);
        assert_eq!(form, PatchForm::Json6902);
        assert_eq!(
            said,
            [
                "machine.files[0].path /etc/x",
                "machine.files[0].content a text of 1 line",
                r"machine.nodeLabels.a\.b/c d",
                "cluster.token ••••••••"
            ]
        );
        assert_eq!(read("op: add\npath: /machine/type\nvalue: worker\n").1, ["machine.type worker"]);
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        for (text, shown) in [
            ("environment: [TS_AUTHKEY=tskey-auth-x]", "environment[0] TS_AUTHKEY=••••••••"),
            ("environment: [ANY=x]", "environment[0] ANY=••••••••"),
            (
                "machine: {env: {https_proxy: 'http://bob:pw@proxy'}}",
                "machine.env.https_proxy http://…@proxy",
            ),
            ("machine: {env: {CF_API: abcdef}}", "machine.env.CF_API ••••••••"),
            ("extraManifestHeaders: {X-Any: a}", "extraManifestHeaders.X-Any ••••••••"),
            (
                "extraManifests: ['https://u:p@h/x?private_token=q']",
                "extraManifests[0] https://…@h/x?private_token=…",
            ),
            ("inlineManifests: [{contents: 'a: b'}]", "inlineManifests[0].contents a text of 1 line"),
            ("extraKernelArgs: [net.ifnames=0]", "extraKernelArgs[0] net.ifnames=0"),
        ] {
            assert_eq!(read(text).1, [shown]);
        }
    }
}
