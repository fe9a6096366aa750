//! Hetzner Cloud: servers, load balancers, firewalls, networks, and what is left of the hour's calls.
//!
//! The hcloud crate says where the API is, how one proves who asks, and what its objects look like. The calls are
//! made here, because the crate drops the headers (the rate limit is in them) and gives up a whole page for one
//! word it does not know.

mod account;
mod adopt;
mod budget;
mod call;
mod decode;
mod firewalls;
#[cfg(test)]
mod trial;
mod watch;

use crate::git::Tree;
use crate::{Heard, Sources};
use account::Account;
use domain::{CommitId, Draft, FirewallRule, LoadBalancer, Network, RepoPath};
use serde_json::Value;
use std::sync::Arc;

const OFF: &str = "Hetzner Cloud is not asked here: there is no token";

/// The rules that a file declares of a firewall, as far as they are written out; none where it declares no such one.
pub(crate) fn rules(tree: &Tree, path: &RepoPath, name: &str) -> Vec<FirewallRule> {
    tree.text(&path.0).map(|text| adopt::rules(text, name)).unwrap_or_default()
}

/// One project of Hetzner Cloud, as its token opens it.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// None without a token; then the source is off.
    account: Option<Arc<Account>>,
}

impl Cloud {
    pub fn new(sources: &Sources) -> Self {
        Self { account: Account::find(sources).map(Arc::new) }
    }

    /// Listen to what stands in the project.
    pub fn watch(&self) -> Heard {
        watch::watch(self.account.clone())
    }

    /// Listen to what its firewalls let through, and what was done to them.
    pub fn firewalls(&self, closely: bool) -> Heard {
        firewalls::watch(self.account.clone(), closely)
    }

    /// Every load balancer, read between two looks of its rhythm. The error is for a person to read.
    pub(crate) async fn load_balancers(&self) -> Result<Vec<LoadBalancer>, String> {
        self.closer("load_balancers", decode::load_balancer).await
    }

    /// Every network, likewise.
    pub(crate) async fn networks(&self) -> Result<Vec<Network>, String> {
        self.closer("networks", decode::network).await
    }

    async fn closer<T>(&self, collection: &str, decode: fn(&Value) -> Option<T>) -> Result<Vec<T>, String> {
        let account = self.account.as_ref().ok_or(OFF)?;
        if account.left().is_some_and(|it| !it.enough()) {
            return Err("too few of the project's calls are left in this hour".into());
        }
        let listed =
            call::list(account, collection, budget::For::Close).await.map_err(|why| why.to_string())?;
        Ok(listed.items.iter().filter_map(decode).collect())
    }

    /// The draft that makes the files of a commit have one rule of a firewall, or not have it, as it is in force now.
    /// The error is for a person to read.
    pub(crate) async fn adopt(
        &self,
        tip: CommitId,
        tree: &Tree,
        name: &str,
        rule: &FirewallRule,
    ) -> Result<Draft, String> {
        let account = self.account.as_ref().ok_or(OFF)?;
        let listed = call::list(account, "firewalls", budget::For::Asked).await;
        let listed = listed.map_err(|why| format!("the firewall could not be asked: {why}"))?;
        let live = listed.items.iter().filter_map(decode::firewall).find(|it| it.name == name);
        let live = live.ok_or_else(|| format!("Hetzner has no firewall {name} any more"))?;
        let live = live.rules.iter().find(|it| it.plain() == rule.plain());
        adopt::draft(tip, tree, name, rule, live)
    }
}
