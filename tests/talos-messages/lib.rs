//! Our Talos messages (`src/backends/wire`) beside those of `talos-api-rs`, which somebody else generated from the
//! protos of Talos: whatever the one encodes, the other reads, field by field and name by name.

#[cfg(test)]
mod both;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod said;
