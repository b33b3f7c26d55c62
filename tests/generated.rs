//! The code in proto/ is what its generator makes of the definitions beside it. Where that changes: `UPDATE=1 cargo test --test generated`.
#![expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]

use std::env;
use std::fs;

/// A definition, the file that the generator makes of its package, and where that stands.
const GENERATED: [(&str, &str, &str); 2] = [
    ("cri/api.proto", "runtime.v1.rs", "proto/cri/runtime.v1.rs"),
    ("etcd/rpc.proto", "etcdserverpb.rs", "proto/etcd/etcdserverpb.rs"),
];

#[test]
fn the_code_of_the_grpc_definitions_is_the_generators() {
    let folder = tempfile::tempdir().unwrap();
    let definitions = protox::compile(GENERATED.map(|(definition, ..)| definition), ["proto"]).unwrap();
    tonic_prost_build::configure()
        .build_server(false)
        .out_dir(folder.path())
        .compile_fds(definitions)
        .unwrap();
    for (definition, made, stands) in GENERATED {
        let made = fs::read_to_string(folder.path().join(made)).unwrap();
        if env::var_os("UPDATE").is_some() {
            fs::write(stands, &made).unwrap();
        }
        assert!(
            fs::read_to_string(stands).unwrap() == made,
            "{stands} is not what {definition} gives: UPDATE=1"
        );
    }
}
