//! apid and machined of every Talos node.
