//! The generated wire code is what our `.proto` files say. `UPDATE_WIRE=1 cargo test wire` writes it anew.

use std::fs;
use std::path::Path;

#[test]
fn generated_code_is_fresh() {
    let wire = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backends/wire");
    let names = ["common.proto", "machine.proto", "storage.proto", "time.proto", "resource.proto"];
    let files = protox::compile(names, [wire.join("proto")]).expect("the .proto files compile");
    let out = tempfile::tempdir().unwrap();
    tonic_prost_build::configure().out_dir(out.path()).compile_fds(files).expect("code is generated");

    let mut stale = Vec::new();
    for entry in fs::read_dir(out.path()).unwrap() {
        let made = entry.unwrap().path();
        let name = made.file_name().unwrap().to_owned();
        if name == "google.protobuf.rs" {
            continue;
        }
        let kept = wire.join("generated").join(&name);
        let text = fs::read_to_string(&made).unwrap();
        if std::env::var_os("UPDATE_WIRE").is_some() {
            fs::write(&kept, &text).unwrap();
        } else if fs::read_to_string(&kept).unwrap_or_default() != text {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "stale: {stale:?}; run `UPDATE_WIRE=1 cargo test --test it wire`");
}
