//! Both directions, for every message and every field that we declare.

use super::dice::Dice;
use super::pairs::{LACKING, Pair, Said, pairs};
use prost_reflect::{DescriptorPool, MessageDescriptor};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// How many messages of a kind are tried besides the one that says everything.
const TRIES: u64 = 64;

fn described(folder: &Path, files: &[&str]) -> DescriptorPool {
    let set = protox::compile(files, [folder]).unwrap();
    DescriptorPool::from_file_descriptor_set(set).unwrap()
}

fn ours() -> DescriptorPool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/backends/wire/proto");
    described(&folder, &["common.proto", "machine.proto", "storage.proto", "time.proto", "resource.proto"])
}

/// Their protos lie beside the sources that cargo has unpacked.
fn theirs() -> DescriptorPool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| env::home_dir().unwrap().join(".cargo"));
    let registries = fs::read_dir(home.join("registry/src")).unwrap();
    let found =
        registries.map(|it| it.unwrap().path().join("talos-api-rs-0.2.0/proto")).find(|it| it.is_dir());
    described(&found.unwrap(), &["common/common.proto", "machine/machine.proto"])
}

/// A message by its name; generators write it with other capitals.
fn message(pool: &DescriptorPool, name: &str) -> MessageDescriptor {
    pool.all_messages()
        .find(|it| it.full_name().eq_ignore_ascii_case(name))
        .unwrap_or_else(|| panic!("nobody describes {name}"))
}

/// Where one says otherwise than the other, who may say more.
fn wrong(less: &Said, more: &Said) -> Vec<String> {
    let differs = less.iter().filter(|(path, value)| more.get(*path) != Some(*value));
    differs.map(|(path, value)| format!("{path}: {value}, not {:?}", more.get(path))).collect()
}

fn tried(
    pool: &DescriptorPool,
    name: &str,
    mut with: impl FnMut(&prost_reflect::DynamicMessage) -> Vec<String>,
) {
    let of = message(pool, name);
    for number in 0..=TRIES {
        let seed = name.bytes().fold(number, |sum, it| sum.wrapping_mul(31).wrapping_add(u64::from(it)));
        let it = Dice(seed).message(&of, number == 0);
        assert_eq!(with(&it), Vec::<String>::new(), "{name}, number {number}: {it}");
    }
}

#[test]
fn what_we_encode_they_read_and_encode_again() {
    let pool = ours();
    for Pair { name, there_and_back, .. } in pairs() {
        tried(&pool, name, |it| {
            let [first, last, theirs] = there_and_back(it);
            [wrong(&first, &theirs), wrong(&first, &last), wrong(&last, &first)].concat()
        });
    }
}

#[test]
fn what_they_encode_we_read() {
    let pool = theirs();
    for Pair { theirs, from_them, .. } in pairs() {
        tried(&pool, theirs, |it| {
            let [theirs, ours] = from_them(it);
            // What of ours is not there reads as nothing, and theirs is that never in the one that says everything.
            wrong(&ours, &theirs)
        });
    }
}

#[test]
fn no_message_of_ours_is_left_out() {
    let nested = |it: &MessageDescriptor| it.parent_message().is_some();
    let ours = ours();
    let declared: BTreeSet<String> = ours
        .all_messages()
        .filter(|it| it.package_name() != "google.protobuf" && !nested(it))
        .map(|it| it.full_name().to_owned())
        .collect();
    let compared: BTreeSet<String> =
        pairs().iter().map(|it| message(&ours, it.name).full_name().to_owned()).collect();
    let left: BTreeSet<&str> = declared.difference(&compared).map(String::as_str).collect();
    assert_eq!(left, LACKING.into(), "compare it, or say that they do not have it");
    let theirs = theirs();
    for name in LACKING {
        assert!(theirs.get_message_by_name(name).is_none(), "they have {name} by now");
    }
}
