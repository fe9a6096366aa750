//! What the files of a folder want of the cloud.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

use super::TofuError;
use super::hcl::{Block, Value, blocks};

/// Everything that is declared, in the order of the files.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub firewalls: Vec<Firewall>,
    pub networks: Vec<Network>,
}

#[derive(Debug)]
pub(crate) struct Firewall {
    /// The resource's own name in the files.
    pub key: String,
    pub name: String,
    pub labels: Json,
    /// As the API takes them.
    pub rules: Vec<Json>,
    /// Labels of the servers that it guards; None where no attachment says.
    pub selectors: Option<Vec<String>>,
}

#[derive(Debug)]
pub(crate) struct Network {
    pub key: String,
    pub name: String,
    pub range: String,
    pub labels: Json,
    /// Type, range and zone of each.
    pub subnets: Vec<Json>,
}

/// Read files by path and text; what is no `.tf` is passed over.
pub(crate) fn read(files: &BTreeMap<String, String>) -> Result<Wanted, TofuError> {
    let mut resources = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".tf")) {
        for block in blocks(file, text)? {
            let fields = Fields { file, block };
            match fields.block.kind.as_str() {
                "terraform" | "provider" => {}
                "resource" if fields.block.labels.len() == 2 => resources.push(fields),
                other => return fields.refused(&format!("{other} is not known to the stand-in for tofu")),
            }
        }
    }
    let mut wanted = Wanted::default();
    // What others point at comes first.
    for fields in &resources {
        match fields.kind() {
            "hcloud_firewall" => wanted.firewalls.push(fields.firewall()?),
            "hcloud_network" => wanted.networks.push(fields.network()?),
            _ => {}
        }
    }
    for fields in &resources {
        match fields.kind() {
            "hcloud_firewall" | "hcloud_network" => {}
            "hcloud_firewall_attachment" => {
                fields.only(&["firewall_id", "label_selectors"], &[])?;
                let key = fields.points_at("firewall_id", "hcloud_firewall")?;
                let firewall = wanted.firewalls.iter_mut().find(|it| it.key == key);
                let Some(firewall) = firewall else { return fields.refused("no such firewall is declared") };
                firewall.selectors = Some(fields.texts("label_selectors")?);
            }
            "hcloud_network_subnet" => {
                fields.only(&["network_id", "type", "ip_range", "network_zone"], &[])?;
                let key = fields.points_at("network_id", "hcloud_network")?;
                let network = wanted.networks.iter_mut().find(|it| it.key == key);
                let Some(network) = network else { return fields.refused("no such network is declared") };
                network
                    .subnets
                    .push(json!({"type": fields.text("type")?, "ip_range": fields.text("ip_range")?,
                    "network_zone": fields.text("network_zone")?}));
            }
            other => return fields.refused(&format!("{other} is not known to the stand-in for tofu")),
        }
    }
    Ok(wanted)
}

/// A block, and the file that it is in.
struct Fields<'a> {
    file: &'a str,
    block: Block,
}

impl Fields<'_> {
    fn kind(&self) -> &str {
        self.block.labels.first().map_or("", String::as_str)
    }

    fn key(&self) -> String {
        self.block.labels.get(1).cloned().unwrap_or_default()
    }

    fn refused<T>(&self, why: &str) -> Result<T, TofuError> {
        Err(TofuError::Refused { file: self.file.to_owned(), line: self.block.line, why: why.to_owned() })
    }

    /// Refuse what is none of these.
    fn only(&self, attributes: &[&str], inner: &[&str]) -> Result<(), TofuError> {
        let attribute = self.block.attributes.iter().find(|it| !attributes.contains(&it.0.as_str()));
        let block = self.block.blocks.iter().find(|it| !inner.contains(&it.kind.as_str()));
        let unknown = attribute.map(|it| (&it.0, it.2)).or_else(|| block.map(|it| (&it.kind, it.line)));
        match unknown {
            None => Ok(()),
            Some((name, line)) => Err(TofuError::Refused {
                file: self.file.to_owned(),
                line,
                why: format!("{name} is not known to the stand-in for tofu"),
            }),
        }
    }

    fn attribute(&self, name: &str) -> Option<&Value> {
        self.block.attributes.iter().find(|it| it.0 == name).map(|it| &it.1)
    }

    fn text(&self, name: &str) -> Result<String, TofuError> {
        match self.attribute(name) {
            Some(Value::Text(text) | Value::Number(text)) => Ok(text.clone()),
            _ => self.refused(&format!("{name} must be a text")),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, TofuError> {
        let items = match self.attribute(name) {
            None => return Ok(Vec::new()),
            Some(Value::List(items)) => items,
            Some(_) => return self.refused(&format!("{name} must be a list")),
        };
        let text = |it: &Value| match it {
            Value::Text(text) => Ok(text.clone()),
            _ => self.refused(&format!("{name} must be a list of texts")),
        };
        items.iter().map(text).collect()
    }

    fn labels(&self) -> Result<Json, TofuError> {
        let mut labels = json!({});
        let pairs = match self.attribute("labels") {
            None => return Ok(labels),
            Some(Value::Map(pairs)) => pairs,
            Some(_) => return self.refused("labels must be a map"),
        };
        for (key, value) in pairs {
            let Value::Text(value) = value else { return self.refused("labels must be texts") };
            labels[key] = json!(value);
        }
        Ok(labels)
    }

    /// The name of the resource of a kind whose id an attribute refers to.
    fn points_at(&self, name: &str, kind: &str) -> Result<String, TofuError> {
        let Some(Value::Reference(reference)) = self.attribute(name) else {
            return self.refused(&format!("{name} must refer to a resource"));
        };
        let key = reference.strip_prefix(kind).and_then(|it| it.strip_prefix('.')?.strip_suffix(".id"));
        key.map_or_else(|| self.refused(&format!("{name} must be {kind}.NAME.id")), |it| Ok(it.to_owned()))
    }

    fn network(&self) -> Result<Network, TofuError> {
        self.only(&["name", "ip_range", "labels"], &[])?;
        let (name, range, labels) = (self.text("name")?, self.text("ip_range")?, self.labels()?);
        Ok(Network { key: self.key(), name, range, labels, subnets: Vec::new() })
    }

    fn firewall(&self) -> Result<Firewall, TofuError> {
        self.only(&["name", "labels"], &["rule"])?;
        let rule = |block: &Block| {
            let it = Fields { file: self.file, block: block.clone() };
            it.only(&["direction", "protocol", "port", "source_ips", "destination_ips", "description"], &[])?;
            let some = |name: &str| it.attribute(name).map(|_| it.text(name)).transpose();
            Ok(json!({
                "direction": it.text("direction")?, "protocol": it.text("protocol")?, "port": some("port")?,
                "source_ips": it.texts("source_ips")?, "destination_ips": it.texts("destination_ips")?,
                "description": some("description")?,
            }))
        };
        let rules: Result<Vec<Json>, TofuError> = self.block.blocks.iter().map(rule).collect();
        let (name, labels) = (self.text("name")?, self.labels()?);
        Ok(Firewall { key: self.key(), name, labels, rules: rules?, selectors: None })
    }
}
