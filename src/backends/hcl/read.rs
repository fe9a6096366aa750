//! From the letters to blocks and values. What does not read is passed over to the end of its line.

use super::scan::Scan;
use super::{Attribute, Block, Body, Entry, Fault, Kind, Value};

/// Blocks and values in each other beyond this are no configuration.
const DEEPEST: usize = 64;

/// Everything that reads, and the first place that does not.
pub(crate) fn read(text: &str) -> (Body, Option<Fault>) {
    let mut reader = Reader { scan: Scan::new(text), fault: None };
    let mut body = Body::default();
    loop {
        let more = reader.body(0);
        body.attributes.extend(more.attributes);
        body.blocks.extend(more.blocks);
        if reader.scan.peek().is_none() {
            return (body, reader.fault);
        }
        // A brace that closes nothing.
        reader.fails("a } closes nothing");
        reader.scan.at += 1;
    }
}

struct Reader<'a> {
    scan: Scan<'a>,
    fault: Option<Fault>,
}

impl Reader<'_> {
    fn fails(&mut self, why: &'static str) {
        let line = self.scan.line();
        self.fault.get_or_insert(Fault { line, why });
    }

    /// To the brace that ends it, or the end.
    fn body(&mut self, depth: usize) -> Body {
        let mut body = Body::default();
        loop {
            self.scan.blank(true);
            match self.scan.peek() {
                None | Some(b'}') => return body,
                _ => {}
            }
            let start = self.scan.at;
            match self.scan.name().map(str::to_owned) {
                Some(name) => self.named(name, start, depth, &mut body),
                None => {
                    self.fails("a name is missing");
                    self.scan.rest_of_line();
                }
            }
        }
    }

    fn named(&mut self, name: String, start: usize, depth: usize, body: &mut Body) {
        self.scan.blank(false);
        if self.scan.peek() == Some(b'=') {
            self.scan.at += 1;
            let value = self.value(depth, true);
            body.attributes.push(Attribute { name, value });
            return;
        }
        let mut labels = Vec::new();
        loop {
            self.scan.blank(false);
            match self.scan.peek() {
                Some(b'{') => break,
                Some(b'"') => {
                    let from = self.scan.at;
                    if !self.scan.quoted() {
                        self.fails("a text does not end");
                        return self.scan.rest_of_line();
                    }
                    labels.push(self.scan.from(from).trim_matches('"').to_owned());
                }
                _ => match self.scan.name() {
                    Some(label) => labels.push(label.to_owned()),
                    None => {
                        self.fails("neither a value nor a block");
                        return self.scan.rest_of_line();
                    }
                },
            }
        }
        let line = self.scan.line_of(start);
        if depth >= DEEPEST {
            self.fails("blocks are in each other too deep");
            return self.scan.expression(true);
        }
        self.scan.at += 1;
        let inner = self.body(depth + 1);
        let last_line = self.scan.line();
        if !self.scan.take(b'}') {
            self.fails("a block does not end");
        }
        body.blocks.push(Block { kind: name, labels, line, last_line, body: inner });
    }

    fn value(&mut self, depth: usize, line_ends: bool) -> Value {
        self.scan.blank(!line_ends);
        let (start, line) = (self.scan.at, self.scan.line());
        let literal = self.literal(depth);
        let end = self.scan.at;
        self.scan.blank(!line_ends);
        let ended = matches!(self.scan.peek(), None | Some(b'\n' | b',' | b']' | b'}' | b')'));
        if let Some(kind) = literal.filter(|_| ended) {
            self.scan.at = end;
            return Value { line, kind };
        }
        self.scan.at = start;
        self.scan.expression(line_ends);
        let written = self.scan.from(start).trim_end().to_owned();
        if written.is_empty() {
            self.fails("a value is missing");
        }
        Value { line, kind: Kind::Expression(written) }
    }

    fn literal(&mut self, depth: usize) -> Option<Kind> {
        let start = self.scan.at;
        match self.scan.peek()? {
            b'"' => {
                if !self.scan.quoted() {
                    self.fails("a text does not end");
                    return None;
                }
                let written = self.scan.from(start);
                let body = written.strip_prefix('"')?.strip_suffix('"')?;
                Some(unescaped(body).map_or_else(|| Kind::Expression(written.to_owned()), Kind::Text))
            }
            b'<' => {
                let text = self.scan.heredoc()?;
                Some(if is_filled(&text) { Kind::Expression(text) } else { Kind::Text(text) })
            }
            b'[' if depth < DEEPEST => self.list(depth),
            b'{' if depth < DEEPEST => self.map(depth),
            b'-' | b'0'..=b'9' => {
                self.scan.at += 1;
                while matches!(self.scan.peek(), Some(b'0'..=b'9' | b'.' | b'e' | b'E')) {
                    self.scan.at += 1;
                }
                Some(Kind::Number(self.scan.from(start).to_owned()))
                    .filter(|_| self.scan.at > start + usize::from(self.scan.from(start) == "-"))
            }
            _ => match self.scan.name()? {
                "true" => Some(Kind::Bool(true)),
                "false" => Some(Kind::Bool(false)),
                "null" => Some(Kind::Null),
                _ => None,
            },
        }
    }

    /// Whether a list or a map is made by a loop.
    fn is_loop(&mut self) -> bool {
        self.scan.blank(true);
        let at = self.scan.at;
        let found = self.scan.name() == Some("for") && matches!(self.scan.peek(), Some(b' ' | b'\t' | b'\n'));
        self.scan.at = at;
        found
    }

    fn list(&mut self, depth: usize) -> Option<Kind> {
        self.scan.at += 1;
        if self.is_loop() {
            return None;
        }
        let mut items = Vec::new();
        loop {
            self.scan.blank(true);
            match self.scan.peek()? {
                b']' => {
                    self.scan.at += 1;
                    return Some(Kind::List(items));
                }
                b',' => self.scan.at += 1,
                b')' | b'}' => return None,
                _ => items.push(self.value(depth + 1, false)),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Option<Kind> {
        self.scan.at += 1;
        if self.is_loop() {
            return None;
        }
        let mut entries = Vec::new();
        loop {
            self.scan.blank(true);
            let start = self.scan.at;
            let key = match self.scan.peek()? {
                b'}' => {
                    self.scan.at += 1;
                    return Some(Kind::Map(entries));
                }
                b',' => {
                    self.scan.at += 1;
                    continue;
                }
                b'"' => {
                    self.scan.quoted().then_some(())?;
                    self.scan.from(start).trim_matches('"').to_owned()
                }
                b'(' => {
                    self.scan.at += 1;
                    self.scan.expression(false);
                    self.scan.take(b')').then(|| self.scan.from(start).to_owned())?
                }
                b'0'..=b'9' => {
                    while matches!(self.scan.peek(), Some(b'0'..=b'9' | b'.')) {
                        self.scan.at += 1;
                    }
                    self.scan.from(start).to_owned()
                }
                _ => self.scan.name()?.to_owned(),
            };
            self.scan.blank(false);
            if !self.scan.take(b'=') && !self.scan.take(b':') {
                return None;
            }
            let line = self.scan.line_of(start);
            let value = self.value(depth + 1, true);
            entries.push(Entry { key, line, value });
        }
    }
}

/// Whether something is filled into a text.
fn is_filled(text: &str) -> bool {
    let plain = text.replace("$${", "").replace("%%{", "");
    plain.contains("${") || plain.contains("%{")
}

/// A text without its escapes; none where something is filled into it.
fn unescaped(body: &str) -> Option<String> {
    if is_filled(body) {
        return None;
    }
    let mut text = String::with_capacity(body.len());
    let mut letters = body.chars();
    while let Some(it) = letters.next() {
        match it {
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            it => text.push(it),
        }
    }
    Some(text.replace("$${", "${").replace("%%{", "%{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_blocks_have_their_lines() {
        let text = "# top\nname = \"k8s\" // why\ncount=3\nversions = {\n  talos      = \"v1.12.5\" # renovate\n  \"a-b\" : [1, \"x\",\n  ],\n}\nresource \"hcloud_firewall\" \"main\" {\n  rule {\n    port = \"6443\"\n  }\n}\n";
        let (body, fault) = read(text);
        assert_eq!(fault, None);
        assert_eq!(body.get("name").and_then(Value::literal).as_deref(), Some("k8s"));
        assert_eq!(body.get("count").and_then(Value::literal).as_deref(), Some("3"));
        let versions = body.get("versions").unwrap();
        let talos = &versions.entries()[0];
        assert_eq!((talos.key.as_str(), talos.line, talos.value.line), ("talos", 5, 5));
        assert_eq!(versions.get("a-b").unwrap().items().len(), 2);
        let block = &body.blocks[0];
        assert_eq!((block.kind.as_str(), block.line, block.last_line), ("resource", 9, 13));
        assert_eq!(block.labels, ["hcloud_firewall", "main"]);
        assert_eq!((block.body.blocks[0].line, block.body.blocks[0].last_line), (10, 12));
    }

    #[test]
    fn expressions_are_kept_as_they_are_written() {
        let text = "a = var.x.y\nb = \"${var.z}-1\"\nc = [for n in var.nodes : n.ip if n.up]\nd = cond ? { x = 1 } : {}\ne = merge({\n  a = 1\n}, var.b)\nf = \"v\" == var.v\ng = 1\n";
        let (body, fault) = read(text);
        assert_eq!(fault, None);
        let said: Vec<&Kind> = body.attributes.iter().map(|it| &it.value.kind).collect();
        let of = |it: &str| Kind::Expression(it.into());
        assert_eq!(said[0], &of("var.x.y"));
        assert_eq!(said[1], &of("\"${var.z}-1\""));
        assert_eq!(said[2], &of("[for n in var.nodes : n.ip if n.up]"));
        assert_eq!(said[3], &of("cond ? { x = 1 } : {}"));
        assert_eq!(said[4], &of("merge({\n  a = 1\n}, var.b)"));
        assert_eq!(said[5], &of("\"v\" == var.v"));
        assert_eq!(said[6], &Kind::Number("1".into()));
    }

    #[test]
    fn texts_over_lines_and_quotes_in_quotes_end_where_they_end() {
        let text =
            "a = <<-EOT\n  x = {\n  EOT\nb = \"${lookup(m, \"k\", \"}\")} \\\" # no comment\"\nc = true\n";
        let (body, fault) = read(text);
        assert_eq!(fault, None);
        assert_eq!(body.get("a").unwrap().kind, Kind::Text("  x = {\n".into()));
        assert_eq!(body.get("c").unwrap().kind, Kind::Bool(true));
        assert_eq!(body.get("c").unwrap().line, 5);
    }

    #[test]
    fn what_does_not_read_is_told_and_read_around() {
        let (body, fault) = read("a = 1\n= 2\nb = \"open\nc = 3\n}\nd = 4\nblock \"x\" {\n  e = 5\n");
        assert_eq!(fault, Some(Fault { line: 2, why: "a name is missing" }));
        let names: Vec<&str> = body.attributes.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        assert_eq!(body.blocks[0].body.get("e").and_then(Value::literal).as_deref(), Some("5"));
    }

    #[test]
    fn nothing_is_too_deep_or_too_odd() {
        for text in [
            "a = ".to_owned() + &"[".repeat(100_000),
            "a = ".to_owned() + &"{a=".repeat(100_000),
            "a {".repeat(100_000),
            "a = ".to_owned() + &"\"${".repeat(100_000),
            "a = \"\\".to_owned(),
            "a = <<".to_owned(),
            "a = ".to_owned() + &"<<a".repeat(200_000),
            "a = <<E\n".repeat(50_000),
            "a = \"${\n".repeat(50_000),
            "ä = \"ü${\"é\"}\"\nö { }".to_owned(),
            "\u{feff}a = -".to_owned(),
        ] {
            let _ = read(&text);
        }
    }
}
