//! Hetzner Cloud over REST.
