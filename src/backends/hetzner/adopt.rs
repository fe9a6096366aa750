//! One rule of a firewall, as it is in force or is not, written into the file that declares it. Only its block comes or
//! goes: every other byte stays, and so does every rule that Git wants and nobody has applied yet.

use crate::git::Tree;
use crate::hcl;
use domain::{CommitId, Draft, DraftFile, FirewallRule, RepoPath};
use std::fmt::Write;

/// A rule as a file has it: the first and last line of its block, from 1.
#[derive(Debug, Clone)]
struct Block {
    pub rule: FirewallRule,
    pub lines: (u32, u32),
}

/// A firewall as a file declares it.
struct Declared {
    path: RepoPath,
    lines: (u32, u32),
    blocks: Vec<Block>,
}

/// The draft that makes the file of a firewall have `rule` as it is in force: `live`, or not at all. The error is for a
/// person to read.
pub(super) fn draft(
    tip: CommitId,
    tree: &Tree,
    name: &str,
    rule: &FirewallRule,
    live: Option<&FirewallRule>,
) -> Result<Draft, String> {
    let mut found = Vec::new();
    for (path, _) in tree.leaves().iter().filter(|(path, _)| path.0.ends_with(".tf")) {
        let Some(text) = tree.text(&path.0) else { continue };
        for block in firewalls(text, name) {
            found.push((text, declared(path, &block)?));
        }
    }
    let (text, it) = match found.as_slice() {
        [one] => one,
        [] => return Err(format!("no .tf file says name = \"{name}\" of a firewall: edit it by hand")),
        [(_, one), (_, other), ..] => {
            return Err(format!(
                "{} and {} both declare firewall {name}: edit one by hand",
                one.path, other.path
            ));
        }
    };
    let others = it.blocks.iter().map(|it| &it.rule);
    let wanted: Vec<FirewallRule> = match live {
        Some(live) => others.chain([live]).cloned().collect(),
        None => others.filter(|it| it.plain() != rule.plain()).cloned().collect(),
    };
    let body = adopted(text, it.lines, &it.blocks, &wanted);
    let (words, how) = (rule.words(), if live.is_some() { "is let through" } else { "is not let through" });
    if body == *text {
        return Err(format!("{} says already that {words} {how} by firewall {name}", it.path));
    }
    let file = DraftFile { path: it.path.clone(), body: Some(body), edits: Vec::new() };
    Ok(Draft { base: tip, files: vec![file], message: format!("firewall {name}: {words} {how}") })
}

/// The rules that a text declares of a firewall, as far as they are written out.
pub(super) fn rules(text: &str, name: &str) -> Vec<FirewallRule> {
    let of = |block: hcl::Block| block.body.blocks.into_iter().filter(|it| it.kind == "rule");
    firewalls(text, name).into_iter().flat_map(of).filter_map(|it| rule(&it.body)).collect()
}

/// The blocks that declare a firewall of this name.
fn firewalls(text: &str, name: &str) -> Vec<hcl::Block> {
    let is_it = |block: &hcl::Block| {
        let named = block.body.get("name").and_then(hcl::Value::literal);
        block.kind == "resource"
            && block.labels.first().is_some_and(|it| it == "hcloud_firewall")
            && named.as_deref() == Some(name)
    };
    hcl::read(text).0.blocks.into_iter().filter(is_it).collect()
}

fn declared(path: &RepoPath, block: &hcl::Block) -> Result<Declared, String> {
    let computed =
        |line: u32| format!("rules are computed in {path}:{line}, not written out: edit them by hand");
    let mut blocks = Vec::new();
    for it in &block.body.blocks {
        match (it.kind.as_str(), it.labels.first().map(String::as_str)) {
            ("rule", _) => {
                let rule = rule(&it.body).ok_or_else(|| computed(it.line))?;
                blocks.push(Block { rule, lines: (it.line, it.last_line) });
            }
            ("dynamic", Some("rule")) => return Err(computed(it.line)),
            _ => {}
        }
    }
    Ok(Declared { path: path.clone(), lines: (block.line, block.last_line), blocks })
}

/// A rule whose every value is written out.
fn rule(body: &hcl::Body) -> Option<FirewallRule> {
    let text = |name: &str| match body.get(name).map(|it| (&it.kind, it.literal())) {
        None | Some((hcl::Kind::Null, _)) => Some(String::new()),
        Some((_, text)) => text,
    };
    let outward = text("direction")? == "out";
    let addresses = match body.get(if outward { "destination_ips" } else { "source_ips" }).map(|it| &it.kind)
    {
        None => Some(Vec::new()),
        Some(hcl::Kind::List(items)) => {
            items.iter().map(hcl::Value::literal).collect::<Option<Vec<String>>>()
        }
        Some(_) => None,
    };
    Some(FirewallRule {
        outward,
        protocol: text("protocol")?,
        port: text("port")?,
        addresses: addresses?,
        description: text("description")?,
    })
}

/// The file with exactly these rules, `whole` the lines of the resource's block. What says the same in other words is
/// left as it is written.
fn adopted(text: &str, whole: (u32, u32), blocks: &[Block], wanted: &[FirewallRule]) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let stays = |rule: &FirewallRule| wanted.iter().any(|it| it.plain() == rule.plain());
    let gone = blocks.iter().filter(|it| !stays(&it.rule));
    let new = wanted.iter().filter(|it| !blocks.iter().any(|one| one.rule.plain() == it.plain()));
    let style = Style::of(&lines, whole, blocks, newline);

    // After the last block that stays a block, or before the end of the resource where there is none.
    let place = blocks.iter().map(|it| it.lines.1).max().unwrap_or(whole.1.saturating_sub(1)) as usize;
    let mut added = String::new();
    for rule in new {
        let before = lines.get(..place).and_then(<[String]>::last).map_or("", |it| it.trim());
        if style.apart && (!added.is_empty() || !before.ends_with('{')) {
            added.push_str(newline);
        }
        style.write(rule, &mut added);
    }
    if let Some(before) = place.checked_sub(1).and_then(|it| lines.get_mut(it)) {
        before.push_str(&added);
    }
    let mut out: Vec<usize> = Vec::new();
    for (first, last) in gone.map(|it| (it.lines.0 as usize, it.lines.1 as usize)) {
        out.extend(first..last);
        let blank = |line: usize| {
            line.checked_sub(1).and_then(|it| lines.get(it)).is_some_and(|it| it.trim().is_empty())
        };
        let ends =
            |line: usize| line.checked_sub(1).and_then(|it| lines.get(it)).is_some_and(|it| it.trim() == "}");
        // The blank line that kept it apart goes with it.
        if blank(first - 1) && (blank(last + 1) || ends(last + 1)) {
            out.push(first - 1);
        }
        // The last line of the block goes, what was added after it stays.
        if let Some(line) = last.checked_sub(1).and_then(|it| lines.get_mut(it)) {
            let own = line.split_inclusive('\n').next().map_or(0, str::len);
            *line = line.split_off(own);
        }
    }
    let kept = lines.into_iter().zip(1..).filter(|(_, line)| !out.contains(line)).map(|(text, _)| text);
    kept.collect()
}

/// How the file writes its rules.
struct Style<'a> {
    /// What stands before `rule`, and before what is within.
    outer: String,
    inner: String,
    /// A blank line stands between two of them.
    apart: bool,
    newline: &'a str,
}

impl<'a> Style<'a> {
    fn of(lines: &[String], whole: (u32, u32), blocks: &[Block], newline: &'a str) -> Self {
        let indent = |line: u32| -> Option<String> {
            let line = lines.get((line as usize).checked_sub(1)?)?;
            Some(line.chars().take_while(|it| *it == ' ' || *it == '\t').collect())
        };
        let step = |by: &str| if by.contains('\t') { "\t" } else { "  " };
        let first = blocks.first().filter(|it| it.lines.1 > it.lines.0 + 1);
        let resource = indent(whole.0).unwrap_or_default();
        let outer = blocks.first().and_then(|it| indent(it.lines.0));
        let outer = outer.unwrap_or_else(|| format!("{resource}{}", step(&resource)));
        let inner = first.and_then(|it| indent(it.lines.0 + 1));
        let inner = inner.unwrap_or_else(|| format!("{outer}{}", step(&outer)));
        let apart = blocks.windows(2).all(|two| match two {
            [one, other] => other.lines.0 > one.lines.1 + 1,
            _ => true,
        });
        Self { outer, inner, apart, newline }
    }

    fn write(&self, rule: &FirewallRule, to: &mut String) {
        let list = |all: &[String]| all.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", ");
        let addresses = if rule.outward { "destination_ips" } else { "source_ips" };
        let mut fields = vec![
            ("direction", quoted(if rule.outward { "out" } else { "in" })),
            ("protocol", quoted(&rule.protocol)),
        ];
        if !rule.description.is_empty() {
            fields.insert(0, ("description", quoted(&rule.description)));
        }
        if !rule.port.is_empty() {
            fields.push(("port", quoted(&rule.port)));
        }
        fields.push((addresses, format!("[{}]", list(&rule.addresses))));
        let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        let Self { outer, inner, newline, .. } = self;
        // Writing into a text does not fail.
        let _ = write!(to, "{outer}rule {{{newline}");
        for (name, value) in fields {
            let _ = write!(to, "{inner}{name:<width$} = {value}{newline}");
        }
        let _ = write!(to, "{outer}}}{newline}");
    }
}

/// A text as HCL reads it back.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\nresource \"hcloud_firewall\" \"nodes\" {\n  name = \"nodes\"\n\n  rule {\n    direction  = \"in\" # api\n    protocol   = \"tcp\"\n    port       = \"6443\"\n    source_ips = [\"::/0\"]\n  }\n\n  rule {\n    direction  = \"in\"\n    protocol   = \"icmp\"\n    source_ips = [\"::/0\"]\n  }\n}\n# after\n";

    fn rule(protocol: &str, port: &str) -> FirewallRule {
        let addresses = vec!["::/0".to_owned()];
        FirewallRule { protocol: protocol.into(), port: port.into(), addresses, ..FirewallRule::default() }
    }

    fn blocks() -> Vec<Block> {
        vec![
            Block { rule: rule("tcp", "6443"), lines: (5, 10) },
            Block { rule: rule("icmp", ""), lines: (12, 16) },
        ]
    }

    #[test]
    fn what_is_open_gets_a_block_like_the_others() {
        let live = [rule("tcp", "6443"), rule("icmp", ""), rule("tcp", "8080")];
        let text = adopted(FILE, (2, 17), &blocks(), &live);
        let block = "\n  rule {\n    direction  = \"in\"\n    protocol   = \"tcp\"\n    port       = \"8080\"\n    source_ips = [\"::/0\"]\n  }\n";
        assert_eq!(text, FILE.replace("  }\n}\n", &format!("  }}\n{block}}}\n")));
    }

    #[test]
    fn what_is_closed_loses_its_block_and_nothing_else() {
        let text = adopted(FILE, (2, 17), &blocks(), &[rule("tcp", "6443")]);
        let block = "\n  rule {\n    direction  = \"in\"\n    protocol   = \"icmp\"\n    source_ips = [\"::/0\"]\n  }\n";
        assert_eq!(text, FILE.replace(block, ""));
        let text = adopted(FILE, (2, 17), &blocks(), &[rule("icmp", "")]);
        assert!(
            text.contains("name = \"nodes\"\n\n  rule {\n    direction  = \"in\"\n    protocol   = \"icmp\""),
            "{text}"
        );
        assert_eq!(adopted(FILE, (2, 17), &blocks(), &[rule("icmp", ""), rule("tcp", "6443-6443")]), FILE);
    }

    #[test]
    fn one_goes_as_another_comes() {
        let live =
            [rule("tcp", "6443"), FirewallRule { description: "a \"${b}\"".into(), ..rule("gre", "") }];
        let text = adopted(FILE, (2, 17), &blocks(), &live);
        assert!(!text.contains("icmp"), "{text}");
        let block = "\n  rule {\n    description = \"a \\\"$${b}\\\"\"\n    direction   = \"in\"\n    protocol    = \"gre\"\n    source_ips  = [\"::/0\"]\n  }\n}\n# after\n";
        assert!(text.ends_with(block), "{text}");
        assert_eq!(text.lines().count(), FILE.lines().count() + 1);
    }

    #[test]
    fn a_firewall_without_rules_gets_its_first() {
        let text = "\tresource \"hcloud_firewall\" \"a\" {\r\n\t\tname = \"a\"\r\n\t}\r\n";
        let with = adopted(text, (1, 3), &[], &[rule("icmp", "")]);
        let block = "\r\n\t\trule {\r\n\t\t\tdirection  = \"in\"\r\n\t\t\tprotocol   = \"icmp\"\r\n\t\t\tsource_ips = [\"::/0\"]\r\n\t\t}\r\n\t}\r\n";
        assert!(with.ends_with(block), "{with:?}");
    }

    #[test]
    fn a_draft_has_one_rule_as_it_is_live_in_the_one_file_that_declares_it() {
        let other = "resource \"hcloud_firewall\" \"db\" {\n  name = \"db\"\n}\n";
        let tree = Tree::of(&[("cloud/firewall.tf", FILE), ("cloud/db.tf", other), ("a.txt", FILE)]);
        let tip = || CommitId("tip".into());
        let open = rule("tcp", "8080");
        assert_eq!(rules(FILE, "nodes"), [rule("tcp", "6443"), rule("icmp", "")]);
        assert_eq!(rules(FILE, "db"), []);
        let draft = |tree: &Tree, name: &str, rule: &FirewallRule, live: Option<&FirewallRule>| {
            super::draft(tip(), tree, name, rule, live)
        };
        let it = draft(&tree, "nodes", &open, Some(&open)).unwrap();
        assert_eq!((it.files.len(), it.files[0].path.0.as_str()), (1, "cloud/firewall.tf"));
        assert_eq!(it.message, "firewall nodes: tcp 8080 from ::/0 is let through");
        let body = it.files[0].body.clone().unwrap();
        // What else is not as Git says stays as it is: only this rule was meant.
        let all = [rule("tcp", "6443"), rule("icmp", ""), open.clone()];
        assert_eq!(body, adopted(FILE, (2, 17), &blocks(), &all));
        // What was adopted is what is declared.
        let after = Tree::of(&[("cloud/firewall.tf", &body)]);
        assert!(draft(&after, "nodes", &open, Some(&open)).unwrap_err().contains("says already"));
        let closed = draft(&after, "nodes", &open, None).unwrap();
        assert_eq!(closed.files[0].body.as_deref(), Some(FILE));
        assert!(draft(&tree, "gone", &open, None).unwrap_err().contains("no .tf file"));
        let computed = FILE.replace("[\"::/0\"]", "var.office");
        let tree = Tree::of(&[("cloud/firewall.tf", &computed)]);
        let why = draft(&tree, "nodes", &open, Some(&open)).unwrap_err();
        assert!(why.contains("cloud/firewall.tf:5"), "{why}");
    }
}
