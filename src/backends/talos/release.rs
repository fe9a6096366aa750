//! The Talos that a node runs now: its version, and what was built into it.

use super::cosi::{self, Type};
use super::decode::Yaml;
use super::roads::{Client, Roads};
use super::tidy::plain;
use super::trouble::Trouble;
use domain::Release;

/// A release, and where it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunningRelease {
    pub release: Release,
    /// In a container there is no disk, and so no installer.
    pub contained: bool,
}

/// Ask a node; a reader may.
pub(super) async fn release(roads: &Roads, at: &str) -> Result<RunningRelease, Trouble> {
    let answer = roads.ask(at, |it: Client| async move { it.machine().version(()).await }).await?;
    let said = answer.messages.into_iter().next().unwrap_or_default();
    let version = plain(&said.version.unwrap_or_default().tag);
    if version.is_empty() {
        return Err(Trouble::Missing("it does not say which Talos it runs".into()));
    }
    let contained = said.platform.is_some_and(|it| it.mode == "container");
    let schematic = schematic(roads, at).await?;
    Ok(RunningRelease { release: Release { version, schematic }, contained })
}

/// What the Image Factory built into it; since Talos 1.14 said in so many words, before that among the extensions.
async fn schematic(roads: &Roads, at: &str) -> Result<Option<String>, Trouble> {
    let told = Type::of("runtime", "ImageFactorySchematics.runtime.talos.dev");
    match cosi::list(roads, at, &told).await {
        Ok(all) if !all.is_empty() => {
            return Ok(all.iter().find_map(|it| id(Yaml::read(&it.yaml).text_at(&["schematicId"]))));
        }
        Err(trouble) if trouble.is_silence() => return Err(trouble),
        _ => {}
    }
    let all = cosi::list(roads, at, &Type::of("runtime", "ExtensionStatuses.runtime.talos.dev")).await?;
    let named = all.iter().map(|it| Yaml::read(&it.yaml));
    let schematic = named.filter(|it| it.text_at(&["metadata", "name"]).as_deref() == Some("schematic"));
    Ok(schematic.into_iter().find_map(|it| id(it.text_at(&["metadata", "version"]))))
}

fn id(said: Option<String>) -> Option<String> {
    said.map(|it| plain(&it)).filter(|it| !it.is_empty())
}
