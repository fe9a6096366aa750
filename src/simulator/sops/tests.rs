//! What is sealed is opened again by its reader, and by nobody else; what was changed is not.

use super::*;
use serde_yaml::Value;

const AT: &str = "2026-03-07T18:22:41Z";

fn document() -> Value {
    serde_yaml::from_str("cluster:\n  id: abc=\n  number: 7\nlist: [one, two]\nempty: \"\"\nyes: true\n")
        .unwrap()
}

#[test]
fn the_reader_gets_back_what_was_sealed() {
    let reader = Identity::generate();
    let text = seal(&document(), &reader, AT, None).unwrap();
    assert!(!text.contains("abc=") && text.contains("type:int]"), "{text}");
    let sealed: Value = serde_yaml::from_str(&text).unwrap();
    assert!(is_sealed(&sealed));
    let kept = Identity::read(&reader.file(AT)).unwrap();
    assert_eq!(open(&sealed, &kept).unwrap(), document());
    let refused = open(&sealed, &[Identity::generate()]).unwrap_err().to_string();
    assert!(refused.contains(&reader.recipient()), "{refused}");
}

#[test]
fn a_value_that_was_moved_or_left_out_is_noticed() {
    let reader = [Identity::generate()];
    let sealed: Value = serde_yaml::from_str(&seal(&document(), &reader[0], AT, None).unwrap()).unwrap();
    let mut moved = sealed.clone();
    let id = moved["cluster"]["id"].clone();
    moved["empty"] = id;
    assert!(matches!(open(&moved, &reader), Err(SopsError::Value { .. })));
    let mut shorter = sealed;
    shorter["list"].as_sequence_mut().unwrap().pop();
    assert!(matches!(open(&shorter, &reader), Err(SopsError::Changed)));
}

#[test]
fn a_rule_seals_only_what_it_names() {
    let reader = [Identity::generate()];
    let secret = "kind: Secret\nmetadata:\n  name: x\nstringData:\n  token: t0p\n";
    let secret: Value = serde_yaml::from_str(secret).unwrap();
    let text = seal(&secret, &reader[0], AT, Some("^(data|stringData)$")).unwrap();
    assert!(text.contains("name: x") && !text.contains("t0p"), "{text}");
    assert_eq!(open(&serde_yaml::from_str(&text).unwrap(), &reader).unwrap(), secret);
}
