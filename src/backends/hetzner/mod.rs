//! Hetzner Cloud: servers, load balancers, firewalls, networks, and what is left of the hour's calls.
//!
//! The hcloud crate says where the API is, how one proves who asks, and what its objects look like. The calls are
//! made here, because the crate drops the headers (the rate limit is in them) and gives up a whole page for one
//! word it does not know.

mod account;
mod budget;
mod call;
mod decode;
mod firewalls;
#[cfg(test)]
mod trial;
mod watch;

use crate::{Heard, Sources};
use account::Account;
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
}
