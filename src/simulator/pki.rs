//! Certificates: the CAs of a world and what they sign.
