//! What guards servers at the cloud provider, what joins them, and what was done to them.

use crate::{CommitId, Entity, Moment, ServerId};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A firewall as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firewall {
    /// The provider's number.
    pub number: u64,
    pub name: String,
    pub rules: Vec<FirewallRule>,
    /// The labels that select what it guards.
    pub selectors: Vec<String>,
    /// Every server that it guards, by label or by number.
    pub guards: Vec<ServerId>,
    pub created: Option<Moment>,
}

impl Entity for Firewall {
    type Id = String;
    fn id(&self) -> &String {
        &self.name
    }
}

/// What is let through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FirewallRule {
    /// Out of the server; else into it.
    pub outward: bool,
    /// tcp, udp, icmp, esp, gre.
    pub protocol: String,
    /// "6443", "8000-8080"; empty where the protocol has none.
    pub port: String,
    /// Where it may come from or go to, in CIDR notation.
    pub addresses: Vec<String>,
    pub description: String,
}

impl FirewallRule {
    /// The rule in a line: "tcp 8080 from anywhere".
    pub fn words(&self) -> String {
        let anywhere = |it: &String| it == "0.0.0.0/0" || it == "::/0";
        let way = if self.outward { "to" } else { "from" };
        let place = match self.addresses.as_slice() {
            [] => "nowhere".to_owned(),
            all if all.iter().all(anywhere) && all.len() == 2 => "anywhere".to_owned(),
            all => all.join(", "),
        };
        let port = if self.port.is_empty() { String::new() } else { format!(" {}", self.port) };
        format!("{}{port} {way} {place}", self.protocol)
    }

    /// The same rule, as every other spelling of it comes out: addresses sorted and in their shortest form, a port
    /// range of one as the port, all ports as `any`. The description is left out: it lets nothing through.
    pub fn plain(&self) -> Self {
        let mut addresses: Vec<String> = self.addresses.iter().map(|it| plain_address(it)).collect();
        addresses.sort();
        addresses.dedup();
        let port = match self.port.split_once('-') {
            Some(("1", "65535")) => "any".to_owned(),
            Some((from, to)) if from == to => from.to_owned(),
            _ => self.port.clone(),
        };
        let protocol = self.protocol.to_lowercase();
        Self { outward: self.outward, protocol, port, addresses, description: String::new() }
    }
}

fn plain_address(text: &str) -> String {
    let text = text.trim();
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let Ok(address) = address.parse::<IpAddr>() else { return text.to_owned() };
    let most: u32 = if address.is_ipv4() { 32 } else { 128 };
    let bits = if bits.is_empty() { Some(most) } else { bits.parse().ok().filter(|it| *it <= most) };
    let Some(bits) = bits else { return text.to_owned() };
    // What stands in the bits of hosts lets nobody else through.
    let network: IpAddr = match address {
        IpAddr::V4(it) => {
            Ipv4Addr::from_bits(it.to_bits() & u32::MAX.checked_shl(most - bits).unwrap_or(0)).into()
        }
        IpAddr::V6(it) => {
            Ipv6Addr::from_bits(it.to_bits() & u128::MAX.checked_shl(most - bits).unwrap_or(0)).into()
        }
    };
    format!("{network}/{bits}")
}

/// The rules of a firewall as its file had them before a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerRules {
    /// The commit that changed the file.
    pub until: CommitId,
    /// When that was.
    pub at: Moment,
    pub rules: Vec<FirewallRule>,
}

/// A private network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub number: u64,
    pub name: String,
    /// `10.0.0.0/16`.
    pub range: String,
    /// The ranges of its subnets.
    pub subnets: Vec<String>,
    /// Destination and gateway.
    pub routes: Vec<(String, String)>,
    pub labels: BTreeMap<String, String>,
    pub created: Option<Moment>,
}

impl Entity for Network {
    type Id = String;
    fn id(&self) -> &String {
        &self.name
    }
}

/// Something that was asked of the provider, by whomever: it does not say by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudAction {
    pub number: u64,
    /// set_firewall_rules, apply_firewall, create_server, delete_server …
    pub command: String,
    pub at: Option<Moment>,
    /// Kind and number of what it was about: ("firewall", 7).
    pub about: Vec<(String, u64)>,
}

impl Entity for CloudAction {
    type Id = u64;
    fn id(&self) -> &u64 {
        &self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(port: &str, addresses: &[&str]) -> FirewallRule {
        FirewallRule {
            protocol: "tcp".into(),
            port: port.into(),
            addresses: addresses.iter().map(|it| (*it).to_owned()).collect(),
            ..FirewallRule::default()
        }
    }

    #[test]
    fn a_rule_is_told_in_a_line() {
        assert_eq!(rule("8080", &["0.0.0.0/0", "::/0"]).words(), "tcp 8080 from anywhere");
        assert_eq!(rule("22", &["0.0.0.0/0"]).words(), "tcp 22 from 0.0.0.0/0");
        let ping = FirewallRule { protocol: "icmp".into(), outward: true, ..rule("", &["10.0.0.0/8"]) };
        assert_eq!(ping.words(), "icmp to 10.0.0.0/8");
    }

    #[test]
    fn one_rule_has_many_spellings() {
        let one = rule("1-65535", &["::/0", "10.0.0.1", "2001:DB8:0:0::/32"]).plain();
        assert_eq!(one, rule("any", &["2001:db8::/32", "10.0.0.1/32", "::/0", "::/0"]).plain());
        assert_eq!(rule("80-80", &["::/0"]).plain(), rule("80", &["::/0"]).plain());
        assert_ne!(rule("80-81", &["::/0"]).plain(), rule("80", &["::/0"]).plain());
        let hosts = rule("80", &["10.0.0.1/8", "2001:db8::1/32", "192.0.2.7/0", "::1/0"]).plain();
        assert_eq!(hosts, rule("80", &["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0"]).plain());
        assert_ne!(rule("80", &["10.0.0.0/8"]).plain(), rule("80", &["10.0.0.0/9"]).plain());
        assert_eq!(rule("80", &["10.0.0.0/33", "office"]).plain().addresses, ["10.0.0.0/33", "office"]);
    }
}
