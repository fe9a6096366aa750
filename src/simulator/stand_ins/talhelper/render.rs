//! From a tree of files to a config for every node.

use super::RenderError;
use super::base::{Wanted, base};
use super::patches::Patch;
use super::schematic::installer;
use super::secrets::Secrets;
use super::talconfig::{Node, Talconfig};
use super::validate::validate;
use super::variables::{Variable, fill};
use crate::patches::{ordered, text};
use crate::sops::Identity;
use serde_yaml::Value;

/// The files that are read, and what opens and fills them.
pub(crate) struct Tree<'a> {
    /// The name of `talconfig.yaml`; the files of its patches are found from beside it.
    pub config: &'a str,
    pub read: &'a dyn Fn(&str) -> std::io::Result<String>,
    pub identities: &'a [Identity],
    pub variable: &'a Variable<'a>,
}

/// What one node is given.
pub(crate) struct Rendered {
    pub hostname: String,
    /// `<cluster>-<hostname>.yaml`.
    pub file_name: String,
    pub text: String,
}

impl Tree<'_> {
    pub(super) fn text(&self, file: &str) -> Result<String, RenderError> {
        (self.read)(file).map_err(|source| RenderError::Unreadable { file: file.to_owned(), source })
    }

    /// The name of a file that is named from beside `talconfig.yaml`.
    pub(super) fn beside(&self, named: &str) -> Option<String> {
        let named = named.strip_prefix("./")?;
        let folder = self.config.rsplit_once('/').map(|(folder, _)| folder);
        Some(folder.map_or_else(|| named.to_owned(), |folder| format!("{folder}/{named}")))
    }
}

/// A config for every node, in the order of `talconfig.yaml`. `secrets` is the name of the file that holds them.
pub(crate) fn render(tree: &Tree<'_>, secrets: &str) -> Result<Vec<Rendered>, RenderError> {
    let talconfig = talconfig(tree)?;
    let contract = talconfig.contract(tree.config)?;
    let secrets = Secrets::read(secrets, &tree.text(secrets)?, tree.identities, tree.variable)?;
    let every = talconfig.patches.iter().enumerate();
    let every = every.map(|(index, it)| Patch::read(tree, &format!("patches[{index}]"), it));
    let every = every.collect::<Result<Vec<_>, _>>()?;
    let mut rendered: Vec<Rendered> = Vec::new();
    for (number, node) in talconfig.nodes.iter().enumerate() {
        let one = Rendering { tree, talconfig: &talconfig, contract, secrets: &secrets, every: &every };
        let one = one.node(node, number)?;
        if rendered.iter().any(|it| it.hostname == one.hostname) {
            let at = format!("nodes[{number}].hostname");
            return Err(RenderError::refused(tree.config, at, format!("a second {}", one.hostname)));
        }
        rendered.push(one);
    }
    Ok(rendered)
}

/// Read once as it is, so that what is unknown is named by its line, and once more with the variables filled in.
fn talconfig(tree: &Tree<'_>) -> Result<Talconfig, RenderError> {
    let text = tree.text(tree.config)?;
    let named = |source| RenderError::Yaml { file: tree.config.to_owned(), source };
    let read: Talconfig = serde_yaml::from_str(&text).map_err(named)?;
    if !text.contains('$') {
        return Ok(read);
    }
    let value: Value = serde_yaml::from_str(&text).map_err(named)?;
    serde_yaml::from_value(fill(tree.config, value, tree.variable)?).map_err(named)
}

struct Rendering<'a> {
    tree: &'a Tree<'a>,
    talconfig: &'a Talconfig,
    contract: u32,
    secrets: &'a Secrets,
    /// The patches of every node; they come last.
    every: &'a [Patch],
}

impl Rendering<'_> {
    fn node(&self, node: &Node, number: usize) -> Result<Rendered, RenderError> {
        let (file, at) = (self.tree.config, format!("nodes[{number}]"));
        let settled = node.settled(self.talconfig);
        if node.own.ip_address.is_empty() || node.own.hostname.is_empty() {
            return Err(RenderError::refused(file, at, "a node needs a hostname and an ipAddress"));
        }
        if node.own.install_disk.is_none() == node.own.install_disk_selector.is_none() {
            return Err(RenderError::refused(
                file,
                at,
                "a node needs installDisk or installDiskSelector, one of them",
            ));
        }
        let words = [&settled.node_labels, &settled.node_annotations];
        if words.into_iter().flatten().flatten().any(|(_, value)| value.contains("{{")) {
            return Err(RenderError::refused(file, at, "templates ({{ … }}) are not known here"));
        }
        let image = match &settled.talos_image_url {
            Some(image) => image.clone(),
            None => installer(file, &format!("{at}.schematic"), settled.schematic.as_ref())?,
        };
        let wanted = Wanted {
            talconfig: self.talconfig,
            node,
            settled: &settled,
            secrets: self.secrets,
            contract: self.contract,
            installer: &format!("{image}:{}", self.talconfig.talos_version),
        };
        let named = |source| RenderError::Yaml { file: file.to_owned(), source };
        let mut config = base(&wanted).map_err(named)?;
        for (place, written) in node.patches(self.talconfig, number) {
            Patch::read(self.tree, &place, written)?.apply(&mut config)?;
        }
        self.every.iter().try_for_each(|it| it.apply(&mut config))?;
        if let Some(Err((key, why))) = config.first().map(validate) {
            return Err(RenderError::refused(file, format!("{at}: {key}"), why));
        }
        let config: Vec<Value> = config.into_iter().map(ordered).collect();
        Ok(Rendered {
            hostname: node.own.hostname.clone(),
            file_name: format!("{}-{}.yaml", self.talconfig.cluster_name, node.own.hostname),
            text: text(&config).map_err(named)?,
        })
    }
}
