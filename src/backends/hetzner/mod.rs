//! Hetzner Cloud: servers and what hangs on them, within the rate limit.
