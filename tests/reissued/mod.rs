//! CAs of others' making, by openssl alone, and what they have signed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// One CA: its key, its subject, which strings that is made of, what it says of itself, and what its leaves say of it.
struct Kind {
    name: &'static str,
    key: &'static [&'static str],
    subject: &'static str,
    strings: &'static str,
    says: &'static str,
    leaf: &'static str,
}

const EC: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const RSA: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

const CA: &str =
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash";
const OF_SERIAL: &str = "authorityKeyIdentifier=keyid,issuer:always";
const OF_KEY: &str = "authorityKeyIdentifier=keyid";

macro_rules! kind {
    ($name:literal, $key:expr, $subject:literal, $strings:literal, $says:expr, $leaf:expr) => {
        Kind { name: $name, key: $key, subject: $subject, strings: $strings, says: $says, leaf: $leaf }
    };
}

const KINDS: &[Kind] = &[
    kind!("rsa", RSA, "/CN=kubernetes", "utf8only", CA, OF_KEY),
    kind!("p256", EC, "/CN=kubernetes", "utf8only", CA, OF_KEY),
    kind!("p384", P384, "/CN=kubernetes", "utf8only", CA, OF_KEY),
    kind!("utf8", EC, "/O=one/O=two/OU=z/CN=Grün & Söhne", "utf8only", CA, OF_KEY),
    kind!("printable", RSA, "/C=DE/O=one/O=two/CN=kubernetes", "pkix", CA, OF_KEY),
    kind!("leaf-names-serial", EC, "/CN=kubernetes", "utf8only", CA, OF_SERIAL),
    kind!(
        "names-its-own-serial",
        RSA,
        "/CN=kubernetes",
        "utf8only",
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always,issuer:always\nbasicConstraints=CA:TRUE",
        OF_SERIAL
    ),
    kind!(
        "pathlen",
        EC,
        "/CN=kubernetes",
        "utf8only",
        "keyUsage=critical,keyCertSign\nbasicConstraints=critical,CA:TRUE,pathlen:0\nsubjectKeyIdentifier=hash",
        OF_KEY
    ),
    kind!(
        "no-key-id",
        EC,
        "/CN=kubernetes",
        "utf8only",
        "basicConstraints=CA:TRUE\nsubjectKeyIdentifier=none",
        ""
    ),
    kind!(
        "more",
        EC,
        "/CN=kubernetes",
        "utf8only",
        "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=01020304\nnameConstraints=permitted;DNS:example.org\n\
         1.2.3.4=ASN1:UTF8String:x\nsubjectAltName=DNS:kubernetes",
        OF_KEY
    ),
];

/// A CA in a folder of its own: `ca.crt`, `ca.key` and `leaf.crt`, which is for the DNS name `a.example.org`.
pub struct Made {
    pub name: &'static str,
    leaf: &'static str,
    folder: TempDir,
}

impl Made {
    pub fn all() -> Vec<Self> {
        KINDS.iter().map(Self::of).collect()
    }

    fn of(kind: &Kind) -> Self {
        let made = Self { name: kind.name, leaf: kind.leaf, folder: TempDir::new().unwrap() };
        made.openssl(&[&["genpkey", "-out", "ca.key", "-algorithm"], kind.key].concat());
        made.openssl(&[&["genpkey", "-out", "leaf.key", "-algorithm"], EC].concat());
        let text =
            format!("[req]\ndistinguished_name=d\nstring_mask={}\n[d]\n[x]\n{}\n", kind.strings, kind.says);
        fs::write(made.path("config"), text).unwrap();
        let words =
            ["req", "-x509", "-new", "-utf8", "-key", "ca.key", "-config", "config", "-extensions", "x"];
        made.openssl(&[&words[..], &["-days", "400", "-subj", kind.subject, "-out", "ca.crt"]].concat());
        made.sign("ca.crt", "leaf.crt");
        made
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A leaf below the CA's certificate of this name.
    pub fn sign(&self, ca: &str, leaf: &str) {
        let says = format!(
            "subjectAltName=DNS:a.example.org\nextendedKeyUsage=serverAuth,clientAuth\n{}\n",
            self.leaf
        );
        fs::write(self.path("extensions"), says).unwrap();
        self.openssl(&["req", "-new", "-key", "leaf.key", "-subj", "/CN=leaf", "-out", "request"]);
        let words = ["x509", "-req", "-in", "request", "-CA", ca, "-CAkey", "ca.key", "-CAcreateserial"];
        self.openssl(&[&words[..], &["-days", "365", "-extfile", "extensions", "-out", leaf]].concat());
    }

    fn openssl(&self, words: &[&str]) {
        openssl(self.folder.path(), words);
    }
}

fn openssl(folder: &Path, words: &[&str]) {
    let run = Command::new("openssl")
        .args(words)
        .current_dir(folder)
        .output()
        .expect("openssl is needed by this test");
    assert!(run.status.success(), "openssl {}: {}", words.join(" "), String::from_utf8_lossy(&run.stderr));
}
