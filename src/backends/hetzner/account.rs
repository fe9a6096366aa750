//! Where the API is and what opens it: the environment, else the context that the hcloud CLI has active.

use super::budget::{Budget, For};
use super::call::Left;
use crate::{Secret, Sources};
use hcloud::apis::configuration::Configuration;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(15);
const PUBLIC: &str = "https://api.hetzner.cloud/v1";

pub(super) struct Account {
    pub configuration: Configuration,
    budget: Mutex<Budget>,
    /// What the last answer told of the hour.
    left: Mutex<Option<Left>>,
    /// What is known of the firewalls, whoever listens.
    pub firewalls: Mutex<super::firewalls::Known>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.configuration.get_default_base_path())
    }
}

impl Account {
    pub(super) fn find(sources: &Sources) -> Option<Self> {
        let token = sources.hcloud_token.clone().or_else(of_cli)?;
        Some(Self::new(token.reveal(), sources.hcloud_endpoint.as_deref(), sources.hcloud_calls))
    }

    /// `hourly` is how many calls may be made in an hour.
    pub(super) fn new(token: &str, endpoint: Option<&str>, hourly: Option<u32>) -> Self {
        let mut configuration = Configuration::new();
        if let Some(endpoint) = endpoint.filter(|it| !it.is_empty()) {
            let endpoint = endpoint.trim_end_matches('/').to_owned();
            configuration.base_path_mapping.insert(PUBLIC.to_owned(), endpoint);
        }
        configuration.bearer_access_token = Some(token.to_owned());
        configuration.user_agent = Some(concat!("pilothouse/", env!("CARGO_PKG_VERSION")).to_owned());
        // Where the client cannot be built with a limit, the default one is better than none.
        configuration.client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap_or_default();
        Self {
            configuration,
            budget: Mutex::new(Budget::new(hourly)),
            left: Mutex::default(),
            firewalls: Mutex::default(),
        }
    }

    pub(super) fn budget(&self) -> MutexGuard<'_, Budget> {
        held(&self.budget)
    }

    /// Take one call; else how long until there is one.
    pub(super) fn take(&self, what: For) -> Result<(), Duration> {
        self.budget().take(what, Instant::now())
    }

    pub(super) fn left(&self) -> Option<Left> {
        *held(&self.left)
    }

    pub(super) fn set_left(&self, left: Left) {
        *held(&self.left) = Some(left);
    }
}

/// What a lock guards, also where somebody failed while holding it: every value here is whole at any moment.
pub(super) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file of the hcloud CLI, as far as it matters here.
#[derive(Deserialize)]
struct CliFile {
    active_context: Option<String>,
    #[serde(default)]
    contexts: Vec<CliContext>,
}

#[derive(Deserialize)]
struct CliContext {
    name: String,
    token: Option<String>,
}

fn of_cli() -> Option<Secret> {
    let named = std::env::var_os("HCLOUD_CONFIG").map(PathBuf::from);
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| std::env::home_dir().map(|home| home.join(".config")));
    let path = named.or_else(|| config.map(|dir| dir.join("hcloud/cli.toml")))?;
    let text = std::fs::read_to_string(path).ok()?;
    active(&text, std::env::var("HCLOUD_CONTEXT").ok().as_deref())
}

/// The token of the active context, or of the one that is named.
fn active(text: &str, named: Option<&str>) -> Option<Secret> {
    let file: CliFile = toml::from_str(text).ok()?;
    let name = named.map(str::to_owned).or(file.active_context)?;
    let context = file.contexts.into_iter().find(|it| it.name == name)?;
    context.token.filter(|it| !it.is_empty()).map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_active_context_of_the_cli_is_taken() {
        let text = "active_context = \"b\"\n[[contexts]]\nname = \"a\"\ntoken = \"one\"\n[[contexts]]\nname = \"b\"\ntoken = \"two\"\n";
        assert_eq!(active(text, None).unwrap().reveal(), "two");
        assert_eq!(active(text, Some("a")).unwrap().reveal(), "one");
        assert!(active(text, Some("c")).is_none());
        assert!(active("not toml", None).is_none());
    }

    #[test]
    fn the_token_is_never_printed() {
        assert!(!format!("{:?}", Account::new("s3cret", None, None)).contains("s3cret"));
    }
}
