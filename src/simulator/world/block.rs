//! Addresses for the machines of one world: a block of loopback addresses that no other world on this host uses.

use std::collections::{BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// The port of a Talos machine's API.
pub const APID: u16 = 50_000;
/// Held open on the first address of a block for as long as its world lives; Talos's trustd has it elsewhere.
const CLAIM: u16 = 50_001;
/// How many addresses end in the third number: 16 × 250 are enough for thousands of machines.
const THIRDS: u8 = 16;

/// Machine addresses, and where on this host they are listened at.
#[derive(Debug)]
pub struct Block {
    second: u8,
    third: u8,
    /// None where this host has no loopback address but 127.0.0.1.
    claim: Option<TcpListener>,
    next: u32,
    returned: VecDeque<IpAddr>,
    taken: BTreeSet<IpAddr>,
}

impl Block {
    /// Find a free block. Where other loopback addresses cannot be bound, machines get ports of 127.0.0.1 instead.
    pub fn claim() -> Self {
        for second in 10..=250 {
            for third in (0..=240).step_by(usize::from(THIRDS)) {
                match TcpListener::bind((Ipv4Addr::new(127, second, third, 1), CLAIM)) {
                    Ok(claim) => return Self::of(second, third, Some(claim)),
                    Err(err) if err.kind() == std::io::ErrorKind::AddrInUse => {}
                    Err(_) => return Self::of(10, 0, None),
                }
            }
        }
        Self::of(10, 0, None)
    }

    fn of(second: u8, third: u8, claim: Option<TcpListener>) -> Self {
        Self { second, third, claim, next: 0, returned: VecDeque::new(), taken: BTreeSet::new() }
    }

    /// An address that no machine has. Those given back come again only when the block has been gone through.
    pub fn next(&mut self) -> IpAddr {
        loop {
            let address = self.candidate();
            if self.taken.insert(address) {
                return address;
            }
        }
    }

    fn candidate(&mut self) -> IpAddr {
        if self.next < u32::from(THIRDS) * 250 {
            let (third, last) = (self.next / 250, self.next % 250 + 2);
            self.next += 1;
            let third = self.third.saturating_add(u8::try_from(third).unwrap_or(0));
            return IpAddr::V4(Ipv4Addr::new(127, self.second, third, u8::try_from(last).unwrap_or(2)));
        }
        self.returned.pop_front().unwrap_or_else(|| {
            self.next += 1;
            IpAddr::V4(Ipv4Addr::from(0x7f80_0000 + self.next))
        })
    }

    /// A machine came with its own address.
    pub fn take(&mut self, address: IpAddr) {
        self.taken.insert(address);
    }

    pub fn give_back(&mut self, address: IpAddr) {
        if self.taken.remove(&address) {
            self.returned.push_back(address);
        }
    }

    /// Where the machine of this address is listened at; port 0 asks for any.
    pub fn listen_at(&self, address: IpAddr) -> SocketAddr {
        match self.claim {
            Some(_) => SocketAddr::new(address, APID),
            None => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_worlds_have_different_blocks_and_addresses_are_not_given_twice() {
        let (mut one, mut other) = (Block::claim(), Block::claim());
        let mut seen = BTreeSet::new();
        for _ in 0..1_500 {
            assert!(seen.insert(one.next()));
        }
        if one.claim.is_some() {
            assert!(!seen.contains(&other.next()));
        }
    }
}
