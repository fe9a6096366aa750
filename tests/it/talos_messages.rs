//! What our `.proto` files declare of Talos and COSI, beside the official protos of two versions: every message, field,
//! value of an enumeration and call is theirs, by name, number and kind.

use crate::harness::go;
use protox::prost_reflect::DescriptorPool;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// An enumeration of theirs that nobody here reads: on the wire it is this number.
const AS_A_NUMBER: &str = "field storage.Disk.type = 9: int32";

/// What we declare, a line each, as `tests/talos-client/messages` writes what they do.
fn ours() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backends/wire/proto");
    let files = ["common.proto", "machine.proto", "storage.proto", "time.proto", "resource.proto"];
    let set = protox::compile(files, [folder]).unwrap();
    let pool = DescriptorPool::from_file_descriptor_set(set).unwrap();
    let own = |package: &str| package != "google.protobuf";
    // Ours is declared where it is needed; theirs comes from Google.
    let called =
        |name: &str| if name == "common.Status" { "google.rpc.Status".into() } else { name.to_owned() };
    let mut lines = BTreeSet::new();
    for message in pool.all_messages().filter(|it| own(it.package_name()) && !it.is_map_entry()) {
        lines.insert(format!("message {}", called(message.full_name())));
        for it in message.fields() {
            let kind = match it.kind() {
                protox::prost_reflect::Kind::Message(of) => format!("message {}", called(of.full_name())),
                protox::prost_reflect::Kind::Enum(of) => format!("enum {}", of.full_name()),
                kind => format!("{kind:?}"),
            };
            let how = match it.containing_oneof() {
                _ if it.is_list() || it.is_map() => "repeated ".to_owned(),
                Some(of) if of.is_synthetic() => "optional ".to_owned(),
                Some(of) => format!("one of {} ", of.name()),
                None => String::new(),
            };
            let of = called(message.full_name());
            lines.insert(format!("field {of}.{} = {}: {how}{kind}", it.name(), it.number()));
        }
    }
    for of in pool.all_enums().filter(|it| own(it.package_name())) {
        lines.extend(
            of.values().map(|it| format!("value {}.{} = {}", of.full_name(), it.name(), it.number())),
        );
    }
    let stream = |is: bool| if is { "stream " } else { "" };
    for of in pool.services() {
        lines.extend(of.methods().map(|it| {
            let (asked, said) = (it.input(), it.output());
            let (client, server) = (stream(it.is_client_streaming()), stream(it.is_server_streaming()));
            let (asked, said) = (asked.full_name(), said.full_name());
            format!("call {}/{}: {client}{asked}, {server}{said}", of.full_name(), it.name())
        }));
    }
    lines
}

#[test]
#[ignore = "builds a Go program; .ci/run has a step for it"]
fn the_official_client_declares_all_that_we_declare() {
    let dir = tempfile::tempdir().unwrap();
    let ours = ours();
    assert!(ours.len() > 500, "{}", ours.len());
    for pins in ["go.mod", "go-1.14.mod"] {
        let Some(program) = go::build_pinned("talos-client", pins, "./messages", &dir.path().join(pins))
        else {
            return;
        };
        let output = Command::new(program).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        let theirs: BTreeSet<String> = said.lines().map(str::to_owned).collect();
        let only_ours: Vec<&String> =
            ours.difference(&theirs).filter(|it| it.as_str() != AS_A_NUMBER).collect();
        assert!(only_ours.is_empty(), "{pins}: {only_ours:#?}");
    }
}
