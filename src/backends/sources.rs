//! Where each wire is found: what the command line and the environment say.

use crate::plain::plain;
use kube::config::Kubeconfig;
use std::fmt;
use std::path::PathBuf;

/// Text that must not be shown: it prints as dots wherever it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the wire alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What was configured. Every part may be absent: then it is looked for where users keep it.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `--kubeconfig`, else `$KUBECONFIG`, else `~/.kube/config`.
    pub kubeconfig: Option<PathBuf>,
    pub kube_context: Option<String>,
    /// `--talosconfig`, else `$TALOSCONFIG`, else `~/.talos/config`.
    pub talosconfig: Option<PathBuf>,
    pub talos_context: Option<String>,
    /// `--repo`, else the repository that encloses the working directory.
    pub repository: Option<PathBuf>,
    /// `--branch`, else the remote's default branch.
    pub branch: Option<String>,
    /// `forge` of `.pilothouse.toml`: github, gitlab or forgejo, where the name of the host does not say it.
    pub forge: Option<String>,
    /// `$HCLOUD_TOKEN`, else the hcloud CLI's active context; without one the source is off.
    pub hcloud_token: Option<Secret>,
    /// `$HCLOUD_ENDPOINT`, else the public one.
    pub hcloud_endpoint: Option<String>,
    /// How often Hetzner Cloud is asked in an hour, at most; 60 where nothing says.
    pub hcloud_calls: Option<u32>,
    /// Commands that `.pilothouse.toml` of a repository may have run to render it, as the person's own config allows.
    pub allowed_renderers: Vec<String>,
    /// Where drafts, the ledger and the last known state are kept: private, never configuration. None where the
    /// person has no home; then nothing outlives the program, and it says so.
    pub state_dir: Option<PathBuf>,
    /// A folder that is searched for programs, renderers such as talhelper among them, before `$PATH`.
    pub tools: Option<PathBuf>,
    /// The file with the age keys that open what SOPS has sealed: handed to renderers as `$SOPS_AGE_KEY_FILE`. None
    /// leaves them whatever that variable says already.
    pub age_key_file: Option<PathBuf>,
}

impl Sources {
    /// The context that Kubernetes is asked by: the one that was named, else the current one of the kubeconfig.
    pub fn kube_context(&self) -> Option<String> {
        let current = || match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path).ok(),
            None => Kubeconfig::read().ok(),
        };
        let named = self.kube_context.clone().or_else(|| current()?.current_context);
        named.map(|it| plain(&it).into_owned()).filter(|it| !it.is_empty())
    }
}
