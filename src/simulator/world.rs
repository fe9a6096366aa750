//! The truth that every face tells: nodes, members, servers.
