//! The lines of a file that its errors show: never with a secret.

use proptest::prelude::*;

use crate::config::{ConfigErrors, Excerpt, Flags, JoinFlags, Requested, RequestedJoin, SourceFile};

/// What is wrong with the file for `init`, with its lines.
fn errors(text: &str) -> ConfigErrors {
    let source = SourceFile::new("f.yaml".to_owned(), text.to_owned());
    let errors = Requested::parse(Some(text), &Flags::default()).err().unwrap_or(ConfigErrors(Vec::new()));
    errors.in_file(Some(&source))
}

fn excerpts(text: &str) -> Vec<Excerpt> {
    errors(text).0.into_iter().filter_map(|error| error.excerpt).collect()
}

/// The one line that is shown, and the part of it that is meant.
fn shown(text: &str) -> (String, String) {
    let all = excerpts(text);
    assert!(!all.is_empty(), "{}", errors(text));
    (all[0].text.clone(), all[0].text[all[0].mark.clone()].to_owned())
}

const INIT: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";
const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";

fn pair(line: &str, mark: &str) -> (String, String) {
    (line.to_owned(), mark.to_owned())
}

#[test]
fn the_line_is_shown_and_what_in_it_is_meant() {
    for (body, line, mark) in [
        ("networking:\n  podSubnt: 10.0.0.0/16 # why\n", "  podSubnt: 10.0.0.0/16", "podSubnt"),
        ("networking:\n  podSubnet: ten\n", "  podSubnet: ten", "ten"),
        ("networking: {podSubnet: ten, dnsDomain: a}\n", "networking: {podSubnet: ten, dnsDomain: a}", "ten"),
        ("networking: {podSubnet: [ten]}\n", "networking: {podSubnet: [ten]}", "[ten]"),
        ("\"foo\": 1\n", "\"foo\": 1", "\"foo\""),
        ("apiServer:\n  certSANs:\n  - \"a b\"\n", "  - \"a b\"", "\"a b\""),
        ("clusterNam\u{200b}e: a\n", "clusterNam<U+200B>e: a", "clusterNam<U+200B>e"),
        ("networking:\r\n  podSubnet: ten\r\n", "  podSubnet: ten", "ten"),
    ] {
        assert_eq!(shown(&format!("{CLUSTER}{body}")), pair(line, mark), "{body}");
    }
}

#[test]
fn the_line_is_that_of_the_whole_file() {
    let all = excerpts(&format!("{INIT}---\n# comment\n{CLUSTER}foo: 1\n"));
    assert_eq!((all[0].line, all[0].column, all[0].text.as_str()), (7, 1, "foo: 1"));
}

#[test]
fn what_cannot_be_counted_or_is_no_line_for_people_is_not_shown() {
    for text in [
        format!("{CLUSTER}foo: {}\n", "x".repeat(3_000)),
        format!("{CLUSTER}foo: \"a\u{2028}b\"\n"),
        format!("{CLUSTER}foo: 1\rbar: 2\n"),
    ] {
        assert_eq!(excerpts(&text), [], "{text}");
    }
}

const SECRET: &str = "hunter2hunter2";
const TOKEN: &str = "abcdef.0123456789abcdef";

/// In each of these there is an error in or beside the secret.
const WITH_SECRETS: &[&str] = &[
    "token: hunter2hunter2\n",
    "bootstrapTokens:\n- token: hunter2hunter2\n",
    "bootstrapTokens:\n- token: hunter2hunter2 # also hunter2hunter2\n",
    "bootstrapTokens: [{token: hunter2hunter2, ttlx: 1h}]\n",
    "bootstrapTokens: [{ttlx: 1h, token: \"hunter2hunter2\"}]\n",
    "bootstrapTokens: hunter2hunter2\n",
    "bootstrapTokens: [hunter2hunter2]\n",
    "bootstrapTokens:\n- hunter2hunter2\n",
    "bootstrapTokens:\n- token:\n    - hunter2hunter2\n",
    "bootstrapTokens:\n- token: {hunter2hunter2: 1}\n",
    "bootstrapTokens:\n- token: |\n    hunter2hunter2\n  ttl: x\n",
    "bootstrapTokens:\n- token: >-\n    hunter2hunter2\n",
    "bootstrapTokens:\n- tokne: hunter2hunter2\n",
    "bootstrapTokns:\n- hunter2hunter2\n",
    "certificateKey: hunter2hunter2\n",
    "certificatekey: hunter2hunter2\n",
    "certificateKey: hunter2hunter2: x\n",
    "certificateKey: \"hunter2hunter2\n",
    "certificateKey: \"x\nhunter2hunter2\nfoo: 1\n",
    "certificateKey:\n\thunter2hunter2\n",
    "certificateKey:\n  hunter2hunter2: [\n",
    "certificateKey: [hunter2hunter2\nfoo: 1\n",
    "password: hunter2hunter2\n",
    "foo: &a hunter2hunter2\ncertificateKey: *a\n",
    "foo: http://user:hunter2hunter2@proxy:3128\n",
    "foo: https://x.y/z?token=hunter2hunter2\n",
    "foo: 1 # the password is hunter2hunter2\n",
    "foo: {bar: {}, token: hunter2hunter2}\n",
    "nodeRegistration: {kubeletExtraArgs: [{name: a-token, value: hunter2hunter2, x: 1}]}\n",
    "? token\n: hunter2hunter2\n",
];

#[test]
fn no_secret_is_shown_whatever_is_wrong_around_it() {
    for body in WITH_SECRETS {
        // The other one may be what is wanted there.
        assert!(!errors(&format!("{INIT}{body}")).0.is_empty(), "{body}");
        for secret in [SECRET, TOKEN] {
            let text = format!("{INIT}{}", body.replace(SECRET, secret));
            for Excerpt { text: line, .. } in excerpts(&text) {
                assert!(!line.contains(secret), "{text}: {line}");
            }
        }
    }
}

#[test]
fn no_secret_of_a_cluster_or_a_join_is_shown() {
    for body in [
        "apiServer:\n  extraEnvs:\n  - {name: \"a=b\", value: hunter2hunter2, x: 1}\n",
        "apiServer:\n  extraEnvs:\n  - name: A\n    value: hunter2hunter2\n    valueFrom: {}\n",
        "apiServer:\n  extraEnvs:\n  - name: A\n    value: hunter2hunter2: x\n",
        "etcd: {external: {endpoints: [\"http://user:hunter2hunter2@x\"], x: 1}}\n",
        "imageRepository: user:hunter2hunter2@registry.example.org\n",
    ] {
        for Excerpt { text: line, .. } in excerpts(&format!("{CLUSTER}{body}")) {
            assert!(!line.contains(SECRET), "{body}: {line}");
        }
    }
    for body in [
        "discovery: {bootstrapToken: {token: hunter2hunter2, apiServerEndpoint: x}}\n",
        "discovery: {bootstrapToken: hunter2hunter2}\n",
        "discovery: {tlsBootstrapToken: hunter2hunter2, x: 1}\n",
        "discovery: {bootstrapToken: {caCertHashes: [hunter2hunter2]}}\n",
        "discovery: {file: {kubeConfigPath: 'ftp://user:hunter2hunter2@x'}}\n",
        "controlPlane: {certificateKey: hunter2hunter2}\n",
    ] {
        let text = format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n{body}");
        let source = SourceFile::new("f.yaml".to_owned(), text.clone());
        let errors = RequestedJoin::parse(Some(&text), &JoinFlags::default()).map(|_| ()).unwrap_err();
        let shown: Vec<_> =
            errors.in_file(Some(&source)).0.into_iter().filter_map(|error| error.excerpt).collect();
        assert!(!shown.is_empty(), "{body}");
        for Excerpt { text: line, .. } in shown {
            assert!(!line.contains(SECRET), "{body}: {line}");
        }
    }
}

#[test]
fn what_stands_beside_a_secret_is_shown_and_marked() {
    let text = format!("{INIT}bootstrapTokens: [{{token: {TOKEN}, ttlx: 1h}}]\n");
    assert_eq!(shown(&text), pair("bootstrapTokens: [{token: …, ttlx: 1h}]", "ttlx"));
    let text = format!("{INIT}certificateKey: nonsense\n");
    assert_eq!(shown(&text), pair("certificateKey: …", "…"));
}

proptest! {
    #[test]
    fn no_text_makes_it_fall_over(
        text in "(a|token|b: |- |  |# x|: |\\{|\\[|\\]|\\}|,|'|\"|\\||\r|\n|\u{200b}|\u{e4}|&a |\\*a|---\n|@|\\.|=)*"
    ) {
        for text in [text.clone(), format!("{INIT}{text}")] {
            let source = SourceFile::new("f.yaml".to_owned(), text.clone());
            if let Err(errors) = Requested::parse(Some(&text), &Flags::default()) {
                for excerpt in errors.in_file(Some(&source)).0.into_iter().filter_map(|error| error.excerpt) {
                    prop_assert!(!excerpt.text[excerpt.mark].is_empty());
                }
            }
        }
    }

    #[test]
    fn a_secret_field_is_never_shown(
        before in "(foo: 1\n|  |- |networking:\n|\\{|\\[|')*",
        name in "token|certificateKey|\"token\"|tlsBootstrapToken|kubeConfigPath",
        between in "( |\n  |\n    )(\"|'|\\||>-|)",
        behind in "(\n|,|\\}|\\]|\"|'| x: y|#|foo: 1\n)*"
    ) {
        let text = format!("{INIT}{before}{name}:{between}{SECRET}{behind}");
        let source = SourceFile::new("f.yaml".to_owned(), text.clone());
        if let Err(errors) = Requested::parse(Some(&text), &Flags::default()) {
            for excerpt in errors.in_file(Some(&source)).0.into_iter().filter_map(|error| error.excerpt) {
                prop_assert!(!excerpt.text.contains(SECRET), "{text}: {}", excerpt.text);
            }
        }
    }
}
