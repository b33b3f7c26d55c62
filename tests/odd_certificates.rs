//! Certificates that are not as kubewright makes them, as init, renew and the kubeconfigs meet them: what Go takes is kept, what
//! it does not is refused by name before anything is written. No root is needed; openssl is.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

#[allow(dead_code, reason = "not every helper that tests share is called here")]
mod tree;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

/// A host's folder, and what runs on it.
struct Host(TempDir);

const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign";

impl Host {
    fn empty() -> Self {
        let host = Self(tree::configured());
        fs::create_dir_all(host.path("pki/etcd")).unwrap();
        host
    }

    fn whole() -> Self {
        let host = Self::empty();
        for phase in ["certs", "kubeconfig"] {
            let made = host.run(&["init", "phase", phase, "all"]);
            assert!(made.status.success(), "{}", said(&made));
        }
        host
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("root/etc/kubernetes").join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        let at = |name: &str| self.0.path().join(name).display().to_string();
        let mut command = Command::new(cargo_bin("kubewright"));
        let ends = ["--dry-run", "--output-dir", &at("root"), "--config", &at("config.yaml")];
        command.env_clear().args(words).args(ends).output().unwrap()
    }

    fn certs(&self) -> Output {
        self.run(&["init", "phase", "certs", "all"])
    }

    /// A CA of openssl's, with its key, below the certificates directory.
    fn ca(&self, stem: &str, says: &str, words: &[&str]) {
        let config = self.0.path().join("openssl");
        fs::write(&config, format!("[req]\ndistinguished_name=d\n[d]\n[x]\n{says}\n")).unwrap();
        let (key, cert) = (self.path(&format!("pki/{stem}.key")), self.path(&format!("pki/{stem}.crt")));
        let own = [
            "-keyout",
            key.to_str().unwrap(),
            "-out",
            cert.to_str().unwrap(),
            "-config",
            config.to_str().unwrap(),
        ];
        let fixed = ["req", "-x509", "-nodes", "-subj", "/CN=kubernetes", "-extensions", "x"];
        let kind: &[&str] = if words.contains(&"-newkey") { &[] } else { &["-newkey", "rsa:2048"] };
        openssl(&[&fixed, &own[..], kind, words].concat());
    }

    /// Nothing was made beside what was there, and it is said which file is at fault, and in which words.
    fn refused(&self, run: &Output, words: &[&str], before: &tree::Files) {
        assert_eq!(run.status.code(), Some(1), "{}", said(run));
        for word in words {
            assert!(said(run).contains(word), "{word}: {}", said(run));
        }
        for text in ["Other(", "BadEncoding", "NameConstraint", "UnknownIssuer", "remove it and its key"] {
            assert!(!said(run).contains(text), "{}", said(run));
        }
        assert_eq!(&tree::files(&self.path("")), before);
    }

    fn files(&self) -> tree::Files {
        tree::files(&self.path(""))
    }
}

fn said(run: &Output) -> String {
    String::from_utf8_lossy(&run.stderr).into_owned()
}

fn openssl(words: &[&str]) {
    let run = Command::new("openssl").args(words).output().expect("openssl is needed by this test");
    assert!(run.status.success(), "openssl {}: {}", words.join(" "), said(&run));
}

#[test]
fn a_ca_that_go_does_not_read_or_trust_is_refused_by_name() {
    for (says, words, why) in [
        (CA, &["-set_serial", "-5"][..], "negative serial number"),
        ("basicConstraints=CA:FALSE", &[], "CA:TRUE"),
        ("basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature", &[], "keyCertSign"),
        (
            "basicConstraints=critical,CA:TRUE\n1.2.3.4=critical,ASN1:UTF8String:x",
            &[],
            "critical extension 1.2.3.4",
        ),
        (
            "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=critical,hash",
            &[],
            "subject key identifier",
        ),
        (
            CA,
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
            "written out in numbers",
        ),
        (CA, &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "elliptic curve"),
        (CA, &["-newkey", "rsa:512"], "512 bits"),
        (CA, &["-newkey", "ed25519"], "ca.key cannot be used"),
    ] {
        let host = Host::empty();
        host.ca("ca", says, words);
        let before = host.files();
        host.refused(&host.certs(), &["/etc/kubernetes/pki/ca.", why], &before);
        host.refused(
            &host.run(&["init", "phase", "kubeconfig", "all"]),
            &["/etc/kubernetes/pki/ca.", why],
            &before,
        );
    }
}

#[test]
fn what_a_ca_may_not_sign_is_not_signed_and_the_names_are_said() {
    for (stem, says, words) in [
        (
            "ca",
            "nameConstraints=critical,permitted;DNS:.example.org",
            &["apiserver below ca.crt", "kubernetes.default", "permit .example.org"][..],
        ),
        (
            "etcd/ca",
            "nameConstraints=excluded;IP:127.0.0.0/255.0.0.0",
            &["etcd/server below etcd/ca.crt", "127.0.0.1"],
        ),
        (
            "front-proxy-ca",
            "extendedKeyUsage=serverAuth",
            &["front-proxy-client below front-proxy-ca.crt", "clientAuth"],
        ),
        (
            "etcd/ca",
            "extendedKeyUsage=clientAuth",
            &["etcd/server below etcd/ca.crt", "etcd/peer below", "serverAuth"],
        ),
    ] {
        let host = Host::empty();
        host.ca(stem, &format!("{CA}\n{says}"), &[]);
        let before = host.files();
        host.refused(&host.certs(), words, &before);
    }
}

#[test]
fn odd_cas_that_go_takes_are_taken() {
    for (says, words) in [
        (CA, &["-set_serial", "0"][..]),
        ("basicConstraints=CA:TRUE,pathlen:0", &[]),
        ("basicConstraints=critical,CA:TRUE\nnameConstraints=excluded;DNS:.example.org", &[]),
        (
            "basicConstraints=critical,CA:TRUE\nextendedKeyUsage=serverAuth,clientAuth\ncertificatePolicies=1.2.3.4",
            &[],
        ),
        (CA, &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"]),
        (CA, &["-sigopt", "rsa_padding_mode:pss"]),
        (CA, &["-sha1"]),
    ] {
        let host = Host::empty();
        host.ca("ca", says, words);
        for _ in 0..2 {
            let run = host.certs();
            assert!(run.status.success(), "{says} {words:?}: {}", said(&run));
        }
    }
}

#[test]
fn a_ca_that_ends_before_what_it_signs_is_named_with_its_end() {
    let host = Host::empty();
    host.ca("ca", CA, &["-days", "30"]);
    let run = host.certs();
    assert!(run.status.success(), "{}", said(&run));
    assert!(said(&run).contains("warning: /etc/kubernetes/pki: the CA ca.crt ends at "), "{}", said(&run));
    assert!(said(&run).contains("apiserver.crt, apiserver-kubelet-client.crt"), "{}", said(&run));
    let run = host.run(&["init", "phase", "kubeconfig", "all"]);
    assert!(
        said(&run).contains("the CA ca.crt ends at ") && said(&run).contains("admin.conf"),
        "{}",
        said(&run)
    );
    let run = host.run(&["certs", "renew", "apiserver"]);
    assert!(said(&run).contains("the CA /etc/kubernetes/pki/ca.crt ends at "), "{}", said(&run));
}

/// Issues the CA again so that it has ended, with its key.
fn expire(host: &Host, stem: &str) {
    let at = |name: &str| host.0.path().join(name).display().to_string();
    fs::write(at("index"), "").unwrap();
    fs::write(at("serial"), "01\n").unwrap();
    let config = format!(
        "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={}\ndatabase={}\nserial={}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n\
         x509_extensions=x\n[p]\ncommonName=supplied\n[x]\nbasicConstraints=critical,CA:TRUE\n",
        host.0.path().display(),
        at("index"),
        at("serial")
    );
    fs::write(at("ca-config"), config).unwrap();
    let (key, cert) = (host.path(&format!("pki/{stem}.key")), host.path(&format!("pki/{stem}.crt")));
    let key = key.to_str().unwrap();
    // Its name in the type of text that Go has written it in: names are equal by their bytes.
    fs::write(at("req-config"), "[req]\ndistinguished_name=d\nstring_mask=default\n[d]\n").unwrap();
    let asked = ["-subj", "/CN=kubernetes", "-config", &at("req-config"), "-out", &at("request")];
    openssl(&[&["req", "-new", "-key", key][..], &asked].concat());
    let dates = ["-startdate", "20150101000000Z", "-enddate", "20250101000000Z"];
    let words = [
        "ca",
        "-batch",
        "-config",
        &at("ca-config"),
        "-selfsign",
        "-keyfile",
        key,
        "-in",
        &at("request"),
        "-notext",
        "-out",
        cert.to_str().unwrap(),
    ];
    openssl(&[&words[..], &dates].concat());
}

#[test]
fn a_ca_that_has_ended_is_to_be_issued_again_and_its_key_is_kept() {
    let host = Host::whole();
    expire(&host, "ca");
    let before = host.files();
    let again = "`kubewright certs reissue-ca ca`";
    for words in [
        &["certs", "renew", "all"][..],
        &["init", "phase", "certs", "all"],
        &["init", "phase", "kubeconfig", "all"],
    ] {
        host.refused(
            &host.run(words),
            &["/etc/kubernetes/pki/ca.crt expired at 2025-01-01T00:00:00Z", again, "Keep ca.key"],
            &before,
        );
    }
    // What is advised works, and all that the CA has signed holds again.
    let run = host.run(&["certs", "reissue-ca", "ca"]);
    assert!(run.status.success(), "{}", said(&run));
    let run = host.certs();
    assert!(run.status.success(), "{}", said(&run));
}

#[test]
fn clients_of_the_first_version_and_a_server_that_is_a_ca_are_kept() {
    let host = Host::whole();
    let at = |name: &str| host.0.path().join(name).display().to_string();
    let sign = |ca: &str, stem: &str, subject: &str, says: Option<&str>| {
        let path = |stem: &str, end: &str| host.path(&format!("pki/{stem}.{end}")).display().to_string();
        openssl(&[
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            &path(stem, "key"),
            "-subj",
            subject,
            "-out",
            &at("request"),
        ]);
        let (ca_cert, ca_key, cert, says_at) =
            (path(ca, "crt"), path(ca, "key"), path(stem, "crt"), at("extensions"));
        let words = [
            "x509",
            "-req",
            "-in",
            &at("request"),
            "-CA",
            &ca_cert,
            "-CAkey",
            &ca_key,
            "-set_serial",
            "9",
            "-days",
            "365",
            "-out",
            &cert,
        ];
        let extended = says.map_or(Vec::new(), |says| {
            fs::write(&says_at, says).unwrap();
            vec!["-extfile", says_at.as_str()]
        });
        openssl(&[&words[..], &extended].concat());
    };
    sign(
        "ca",
        "apiserver-kubelet-client",
        "/O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client",
        None,
    );
    sign(
        "front-proxy-ca",
        "front-proxy-client",
        "/CN=front-proxy-client",
        Some("basicConstraints=critical,CA:TRUE"),
    );
    let run = host.certs();
    assert!(run.status.success(), "{}", said(&run));
    assert!(
        said(&run).contains("warning: /etc/kubernetes/pki: front-proxy-client.crt says CA:TRUE of itself"),
        "{}",
        said(&run)
    );
}

#[test]
fn a_file_in_another_form_is_named_with_what_it_is() {
    let host = Host::whole();
    let ca = fs::read(host.path("pki/ca.crt")).unwrap();
    let key = fs::read(host.path("pki/ca.key")).unwrap();
    let (cert, key_path) = (host.path("pki/ca.crt"), host.path("pki/ca.key"));
    let der = host.0.path().join("der");
    openssl(&["x509", "-in", cert.to_str().unwrap(), "-outform", "der", "-out", der.to_str().unwrap()]);
    let encrypted = host.0.path().join("encrypted");
    let words =
        ["-in", key_path.to_str().unwrap(), "-out", encrypted.to_str().unwrap(), "-passout", "pass:x"];
    let mut old_key = vec!["ec", "-aes256"];
    old_key.extend(words);
    openssl(&old_key);
    let old_form = fs::read(&encrypted).unwrap();
    openssl(&[&["pkcs8", "-topk8"], &words[..]].concat());
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(ca.iter().flat_map(|byte| [*byte, 0])).collect();
    for (path, bytes, why) in [
        (&cert, fs::read(&der).unwrap(), "ca.crt cannot be used: it is DER, not PEM"),
        (&cert, utf16, "ca.crt cannot be used: it is UTF-16"),
        (
            &cert,
            [&[0xef, 0xbb, 0xbf][..], &ca].concat(),
            "ca.crt cannot be used: it begins with a byte order mark",
        ),
        (&cert, Vec::new(), "ca.crt cannot be used: it is empty"),
        (&cert, key.clone(), "ca.crt cannot be used: it holds a private key"),
        (&key_path, old_form, "ca.key cannot be used: its private key is encrypted"),
        (&key_path, fs::read(&encrypted).unwrap(), "ca.key cannot be used: its private key is encrypted"),
        (&key_path, ca.clone(), "ca.key cannot be used: it holds a certificate"),
    ] {
        fs::write(&cert, &ca).unwrap();
        fs::write(&key_path, &key).unwrap();
        fs::write(path, bytes).unwrap();
        let before = host.files();
        for words in [
            &["init", "phase", "certs", "all"][..],
            &["init", "phase", "kubeconfig", "all"],
            &["certs", "renew", "all"],
        ] {
            host.refused(&host.run(words), &[why, "/etc/kubernetes/pki/ca."], &before);
        }
    }
    fs::write(&key_path, &key).unwrap();
    for text in [
        [b"subject=CN = kubernetes\n".as_slice(), &ca].concat(),
        String::from_utf8(ca.clone()).unwrap().replace('\n', "\r\n").into_bytes(),
    ] {
        fs::write(&cert, text).unwrap();
        let run = host.certs();
        assert!(run.status.success(), "{}", said(&run));
    }
}

#[test]
fn a_kubeconfig_s_files_are_found_beside_it() {
    let host = Host::whole();
    let path = host.path("controller-manager.conf");
    let text = fs::read_to_string(&path).unwrap();
    let lines = |text: &str, field: &str, to: &str| {
        let change = |line: &str| {
            let is_it = line.trim_start().starts_with(field);
            if is_it {
                format!("{}{to}\n", &line[..line.len() - line.trim_start().len()])
            } else {
                format!("{line}\n")
            }
        };
        text.lines().map(change).collect::<String>()
    };
    let text = lines(&text, "certificate-authority-data:", "certificate-authority: pki/ca.crt");
    fs::write(&path, &text).unwrap();
    let run = host.run(&["init", "phase", "kubeconfig", "all"]);
    assert!(run.status.success(), "{}", said(&run));

    let client = |end: &str| {
        fs::copy(
            host.path(&format!("pki/apiserver-kubelet-client.{end}")),
            host.path(&format!("pki/u.{end}")),
        )
    };
    client("crt").unwrap();
    client("key").unwrap();
    let text = lines(&text, "client-certificate-data:", "client-certificate: pki/u.crt");
    fs::write(&path, lines(&text, "client-key-data:", "client-key: pki/u.key")).unwrap();
    let run = host.run(&["certs", "renew", "controller-manager.conf"]);
    assert!(run.status.success(), "{}", said(&run));
    let renewed = fs::read_to_string(&path).unwrap();
    assert!(
        renewed.contains("client-certificate-data:") && !renewed.contains("client-certificate:"),
        "{renewed}"
    );
    assert!(renewed.contains("certificate-authority: pki/ca.crt"), "{renewed}");
}

#[test]
fn more_names_over_a_certificate_that_is_kept_are_a_warning_where_nothing_is_started() {
    let host = Host::whole();
    let before = host.files();
    let config = host.0.path().join("config.yaml");
    let more =
        format!("{}apiServer: {{certSANs: [new.example.com]}}\n", fs::read_to_string(&config).unwrap());
    fs::write(&config, more).unwrap();
    let run = host.certs();
    assert!(run.status.success(), "{}", said(&run));
    let warning = "apiserver.crt is kept, though it lacks the names new.example.com; `certs renew --from-config` adds them";
    assert!(said(&run).contains(warning), "{}", said(&run));
    assert_eq!(host.files(), before);
}
