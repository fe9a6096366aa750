//! Which renderer a tree wants, and for which of its clusters: found from the layout, or named in `.pilothouse.toml`
//! of the tree itself.

use super::shut_in::Job;
use super::talconfig::TalConfig;
use super::{Live, MachineConfig, RenderFailure, RenderedNode, Tools};
use crate::git::Tree;
use domain::RepoPath;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A renderer that was found, ready to run.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub cluster: String,
    pub job: Job,
    expected: Vec<(String, Vec<String>, String)>,
}

const TALSECRETS: [&str; 4] =
    ["talsecret.yaml", "talsecret.sops.yaml", "talsecret.yml", "talsecret.sops.yml"];
const SETTINGS: &str = ".pilothouse.toml";
/// More bytes are no machine config: Talos takes four million at most.
const LARGEST: u64 = 8 << 20;

/// What of `.pilothouse.toml` is about rendering; the rest of it is none of ours.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Settings {
    clusters: BTreeMap<String, Entry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    render: Vec<String>,
    render_in: String,
}

/// Find the renderer of the live cluster.
pub(super) fn find(tree: &Tree, tools: &Tools, live: &Live) -> Result<Found, RenderFailure> {
    if let Some(named) = named(tree, tools, live)? {
        return Ok(named);
    }
    let mut found = Vec::new();
    let mut broken = None;
    for (path, _) in tree.leaves() {
        let name = path.0.rsplit('/').next().unwrap_or_default();
        if !["talconfig.yaml", "talconfig.yml"].contains(&name) {
            continue;
        }
        match TalConfig::read(tree.text(&path.0).unwrap_or_default()) {
            Ok(config) => found.push((path.clone(), config)),
            Err(why) => broken = Some(RenderFailure::Unreadable { path: path.0.clone(), why }),
        }
    }
    let all: Vec<String> = found.iter().map(|(path, _)| path.0.clone()).collect();
    let best = found.into_iter().map(|(path, config)| (kinship(&config, live), path, config));
    let best = best.max_by_key(|(kinship, ..)| *kinship).filter(|(kinship, ..)| *kinship > (0, 0, 0));
    let Some((_, path, config)) = best else {
        return Err(match broken {
            Some(broken) => broken,
            None if all.is_empty() => RenderFailure::NoRenderer,
            None => RenderFailure::OtherClusters(all.join(", ")),
        });
    };
    talhelper(tree, path, &config)
}

/// How much speaks for a talconfig being of the live cluster: nodes at the same addresses, the endpoint, names.
fn kinship(config: &TalConfig, live: &Live) -> (usize, usize, usize) {
    let here = |it: &&String| live.addresses.contains(it);
    let addresses = config.nodes.iter().filter(|it| it.addresses.iter().any(|it| here(&it))).count();
    let endpoint = usize::from(live.addresses.contains(&config.endpoint));
    let names = config.nodes.iter().filter(|it| live.names.contains(&it.hostname)).count();
    (addresses, endpoint, names + usize::from(live.names.contains(&config.cluster)))
}

fn talhelper(tree: &Tree, path: RepoPath, config: &TalConfig) -> Result<Found, RenderFailure> {
    let (inside, name) = path.0.rsplit_once('/').unwrap_or(("", &path.0));
    let beside = |name: &str| if inside.is_empty() { name.to_owned() } else { format!("{inside}/{name}") };
    if !TALSECRETS.iter().any(|it| tree.bytes(&beside(it)).is_some()) {
        return Err(RenderFailure::NoSecrets(path.0));
    }
    let arguments =
        ["genconfig", "--config-file", name, "--out-dir", "{out}", "--offline-mode", "--no-gitignore"];
    let expected = config
        .nodes
        .iter()
        .map(|it| (it.hostname.clone(), it.addresses.clone(), config.file_of(it)))
        .collect();
    Ok(Found {
        cluster: config.cluster.clone(),
        job: Job {
            program: "talhelper".into(),
            arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
            inside: inside.to_owned(),
            from: path,
        },
        expected,
    })
}

/// The renderer that the repository names itself: run only where the person's own config allows just that.
fn named(tree: &Tree, tools: &Tools, live: &Live) -> Result<Option<Found>, RenderFailure> {
    let Some(text) = tree.text(SETTINGS) else { return Ok(None) };
    let settings: Settings = toml::from_str(text).map_err(|err| {
        let before = err.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let why =
            format!("line {}: {}", before.matches('\n').count() + 1, crate::plain::plain(err.message()));
        RenderFailure::Unreadable { path: SETTINGS.into(), why }
    })?;
    let mut entries: Vec<(String, Entry)> =
        settings.clusters.into_iter().filter(|(_, it)| !it.render.is_empty()).collect();
    if entries.len() > 1 {
        entries.retain(|(name, _)| live.names.contains(name));
    }
    let Some((cluster, entry)) = entries.into_iter().next() else { return Ok(None) };
    let command = entry.render.join(" ");
    if !tools.allowed.contains(&command) {
        return Err(RenderFailure::NotAllowed { command: crate::plain::plain(&command).into_owned() });
    }
    let inside = entry.render_in.trim_matches('/').trim_start_matches("./").to_owned();
    if inside.split('/').any(|it| it == "..") || inside.contains('\0') {
        let why = "render_in is a folder of the repository, without ..".to_owned();
        return Err(RenderFailure::Unreadable { path: SETTINGS.into(), why });
    }
    let mut words = entry.render.into_iter();
    let program = words.next().unwrap_or_default();
    Ok(Some(Found {
        cluster: crate::plain::plain(&cluster).into_owned(),
        job: Job { program, arguments: words.collect(), from: RepoPath(SETTINGS.into()), inside },
        expected: Vec::new(),
    }))
}

impl Found {
    /// The folder that it is run in, with `/` at its end; empty for the root.
    pub(super) fn folder(&self) -> String {
        if self.job.inside.is_empty() { String::new() } else { format!("{}/", self.job.inside) }
    }

    /// Read what was written: the files that are expected, or every YAML under the name of its node.
    pub(super) fn read(&self, out: &Path) -> Result<Vec<RenderedNode>, RenderFailure> {
        let expected = match self.expected.is_empty() {
            false => self.expected.clone(),
            true => yaml_files(out)?,
        };
        let mut missing = Vec::new();
        let mut nodes = Vec::new();
        for (name, addresses, file) in expected {
            // A name from the repository does not lead out of the folder.
            let inside = !file.contains('/') && !file.is_empty();
            match inside.then(|| written(&out.join(&file))).flatten() {
                Some(bytes) => nodes.push(RenderedNode { name, addresses, config: MachineConfig::of(bytes) }),
                None => missing.push(name),
            }
        }
        if !missing.is_empty() || nodes.is_empty() {
            let nodes = if missing.is_empty() { "any node".to_owned() } else { missing.join(", ") };
            return Err(RenderFailure::Missing { program: self.job.program.clone(), nodes });
        }
        nodes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(nodes)
    }
}

/// What was written to a file; none where it is no file, or larger than any config. A link would lead anywhere, a pipe
/// would be waited for.
pub(super) fn written(path: &Path) -> Option<Vec<u8>> {
    let it = std::fs::symlink_metadata(path).ok()?;
    (it.is_file() && it.len() <= LARGEST).then(|| std::fs::read(path).ok())?
}

fn yaml_files(out: &Path) -> Result<Vec<(String, Vec<String>, String)>, RenderFailure> {
    let entries = std::fs::read_dir(out).map_err(|err| RenderFailure::Folder(err.to_string()))?;
    let names = entries.flatten().map(|it| it.file_name().to_string_lossy().into_owned());
    let of = |file: String| {
        let name = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml"))?;
        Some((crate::plain::plain(name).into_owned(), Vec::new(), file))
    };
    Ok(names.filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Tree {
        let config = |name: &str, at: &str| {
            format!(
                "clusterName: {name}\nendpoint: https://{at}:6443\nnodes: [{{hostname: cp-1, ipAddress: {at}, controlPlane: true}}]\n"
            )
        };
        Tree::of(&[
            ("clusters/home/talconfig.yaml", &config("home", "10.0.0.1")),
            ("clusters/home/talsecret.sops.yaml", "sops: {}\na: ENC[x]\n"),
            ("clusters/lab/talconfig.yaml", &config("lab", "10.9.0.1")),
            ("docs/talconfig.yaml", "# how it looks\n"),
        ])
    }

    #[test]
    fn the_live_cluster_is_told_by_its_addresses() {
        let live = |at: &str| Live { names: vec!["cp-1".into()], addresses: vec![at.into()] };
        let found = find(&two(), &Tools::default(), &live("10.0.0.1")).unwrap();
        assert_eq!((found.cluster.as_str(), found.folder().as_str()), ("home", "clusters/home/"));
        let err = find(&two(), &Tools::default(), &live("10.9.0.1")).unwrap_err();
        assert_eq!(err, RenderFailure::NoSecrets("clusters/lab/talconfig.yaml".into()));
        let nobody = Live { names: vec!["x".into()], addresses: vec!["10.5.0.1".into()] };
        let one = Tree::of(&[("talconfig.yaml", "clusterName: a\nnodes: []\n")]);
        assert!(matches!(find(&one, &Tools::default(), &nobody), Err(RenderFailure::OtherClusters(_))));
        let none = Tree::of(&[("a.yaml", "a: 1\n")]);
        assert_eq!(find(&none, &Tools::default(), &nobody).unwrap_err(), RenderFailure::NoRenderer);
    }

    #[test]
    fn a_repository_cannot_have_its_own_command_run() {
        let tree =
            Tree::of(&[(SETTINGS, "[clusters.k]\nrender = ['./r.sh', '{out}']\nrender_in = 'talos/'\n")]);
        let err = find(&tree, &Tools::default(), &Live::default()).unwrap_err();
        assert_eq!(err, RenderFailure::NotAllowed { command: "./r.sh {out}".into() });
        let allowed = Tools { allowed: vec!["./r.sh {out}".into()], ..Tools::default() };
        let found = find(&tree, &allowed, &Live::default()).unwrap();
        assert_eq!((found.job.program.as_str(), found.folder().as_str()), ("./r.sh", "talos/"));
        for out in ["../x", "a/../../x", ".."] {
            let settings = format!("[clusters.k]\nrender = ['./r.sh', '{{out}}']\nrender_in = '{out}'\n");
            let err = find(&Tree::of(&[(SETTINGS, &settings)]), &allowed, &Live::default()).unwrap_err();
            assert!(err.to_string().contains("render_in"), "{err}");
        }
    }

    #[test]
    fn what_is_no_file_of_its_own_is_not_read() {
        let out = tempfile::tempdir().unwrap();
        let secret = out.path().join("secret");
        std::fs::write(&secret, "hunter2").unwrap();
        std::os::unix::fs::symlink(&secret, out.path().join("link.yaml")).unwrap();
        assert_eq!(written(&out.path().join("link.yaml")), None);
        let made = std::process::Command::new("mkfifo").arg(out.path().join("pipe.yaml")).status().unwrap();
        assert!(made.success());
        assert_eq!(written(&out.path().join("pipe.yaml")), None, "and nobody waits for it");
        let large = std::fs::File::create(out.path().join("large.yaml")).unwrap();
        large.set_len(LARGEST + 1).unwrap();
        assert_eq!(written(&out.path().join("large.yaml")), None);
        assert_eq!(written(&secret).as_deref(), Some(b"hunter2".as_slice()));
    }
}
