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
use domain::{CommitId, Draft};
use std::sync::Arc;

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

    /// The draft that makes the files of a commit say what a firewall lets through now. The error is for a person to
    /// read.
    pub(crate) async fn adopt(&self, tip: CommitId, tree: &Tree, name: &str) -> Result<Draft, String> {
        let account = self.account.as_ref().ok_or("Hetzner Cloud is not asked here: there is no token")?;
        let listed = call::list(account, "firewalls", budget::For::Asked).await;
        let listed = listed.map_err(|why| format!("the firewall could not be asked: {why}"))?;
        let live = listed.items.iter().filter_map(decode::firewall).find(|it| it.name == name);
        let live = live.ok_or_else(|| format!("Hetzner has no firewall {name} any more"))?;
        adopt::draft(tip, tree, name, &live.rules)
    }
}
