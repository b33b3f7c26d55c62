# `just` lists these; tests/run has the tests.

[private]
default:
    @just --list

# formatting, lints, licences, unused packages, unit and property tests
check:
    tests/run unit

# against the real kubeadm
compare:
    tests/run compare

# a real cluster in containers
e2e:
    tests/run cluster hosts

# ratios against the real kubeadm
bench:
    tests/run bench

# known vulnerabilities; needs the network
advisories:
    cargo deny check advisories

# one static program, for any Linux (needs musl-gcc: Debian's musl-tools)
static:
    rustup target add x86_64-unknown-linux-musl
    CC_x86_64_unknown_linux_musl=musl-gcc cargo build --profile dist --target x86_64-unknown-linux-musl
