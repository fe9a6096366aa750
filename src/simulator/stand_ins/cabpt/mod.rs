//! The Talos bootstrap provider: machine configs.
