//! The infrastructure provider for Hetzner Cloud.
