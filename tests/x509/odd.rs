//! Odd certificates, made with openssl: a table of CAs and of what each signs.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use jiff::Timestamp;
use kubewright::pki::go::Purpose;
use tempfile::TempDir;

use super::Question;

/// One CA: what makes its key, what it says of itself, and what else its certificate is made with.
struct Ca {
    name: &'static str,
    key: &'static [&'static str],
    says: &'static str,
    with: &'static [&'static str],
}

const EC: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA: &[&str] = &["rsa", "-pkeyopt", "rsa_keygen_bits:2048"];
const CA: &str =
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n";

macro_rules! ca {
    ($name:literal) => {
        ca!($name, "")
    };
    ($name:literal, $says:literal) => {
        ca!($name, $says, EC, &[])
    };
    ($name:literal, $says:literal, $key:expr, $with:expr) => {
        Ca { name: $name, key: $key, says: $says, with: $with }
    };
}

const CAS: &[Ca] = &[
    ca!("usual"),
    ca!("rsa", "", RSA, &[]),
    ca!("ed25519", "", &["ed25519"], &[]),
    ca!("p384", "", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], &[]),
    ca!("p521", "", &["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], &[]),
    ca!("rsa-1024", "", &["rsa", "-pkeyopt", "rsa_keygen_bits:1024"], &[]),
    ca!("rsa-512", "", &["rsa", "-pkeyopt", "rsa_keygen_bits:512"], &[]),
    ca!("pss", "", RSA, &["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]),
    ca!("pss-salt", "", RSA, &["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"]),
    ca!("sha1", "", RSA, &["-sha1"]),
    ca!("sha512", "", RSA, &["-sha512"]),
    ca!(
        "explicit",
        "",
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
        &[]
    ),
    ca!("k1", "", &["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], &[]),
    ca!("negative", "", EC, &["-set_serial", "-5"]),
    ca!("zero", "", EC, &["-set_serial", "0"]),
    ca!("dns", "nameConstraints=critical,permitted;DNS:.example.org"),
    ca!("dns-excluded", "nameConstraints=excluded;DNS:a.example.org"),
    ca!(
        "ranges",
        "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0,excluded;IP:10.9.0.0/255.255.0.0"
    ),
    ca!("emails", "nameConstraints=permitted;email:.example.org"),
    ca!("urls", "nameConstraints=permitted;URI:.example.org"),
    ca!("folders", "nameConstraints=critical,permitted;dirName:folder\n[folder]\nO=x"),
    ca!("servers", "extendedKeyUsage=serverAuth"),
    ca!("clients", "extendedKeyUsage=critical,clientAuth"),
    ca!("any", "extendedKeyUsage=anyExtendedKeyUsage,emailProtection"),
    ca!("critical", "1.2.3.4=critical,ASN1:UTF8String:x"),
    ca!("not-critical", "1.2.3.4=ASN1:UTF8String:x"),
    ca!("key-id-critical", "authorityKeyIdentifier=critical,keyid"),
    ca!("policies", "certificatePolicies=1.2.3.4,1.2.3.5"),
    ca!("crl", "crlDistributionPoints=URI:http://a/b"),
    ca!("access", "authorityInfoAccess=OCSP;URI:http://a/b"),
];

/// What each of the CAs signs.
const LEAVES: &[(&str, &str)] = &[
    ("plain", ""),
    ("server", "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:a.example.org,DNS:example.org,IP:10.1.2.3"),
    ("outside", "subjectAltName=DNS:kubernetes,IP:10.9.0.1,IP:fd00::1"),
    ("wild", "subjectAltName=DNS:*.example.org"),
    (
        "both",
        "extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:b.example.org,email:x@a.example.org,URI:https://a.example.org/b",
    ),
    ("others", "extendedKeyUsage=clientAuth\nsubjectAltName=email:x@other.org,URI:https://10.1.2.3/b"),
    ("authority", "basicConstraints=critical,CA:TRUE"),
    ("critical", "1.2.3.4=critical,ASN1:UTF8String:x"),
];

/// Leaves that stand for themselves: what their subject is, and what they say.
const ALONE: &[(&str, &str, &str)] = &[
    ("bmp", "/CN=x", "subjectAltName=URI:http://a b/"),
    ("space", "/CN=x", "subjectAltName=DNS:a b"),
    ("dot", "/CN=x", "subjectAltName=DNS:a."),
    ("urn", "/CN=x", "subjectAltName=URI:urn:a:b"),
    ("spiffe", "/CN=x", "subjectAltName=critical,URI:spiffe://cluster.local/ns/a"),
    ("folder", "/CN=x", "subjectAltName=critical,dirName:d\n[d]\nO=y"),
    ("twice", "/CN=x/CN=y/O=a/O=b", "keyUsage=digitalSignature"),
    ("umlaut", "/CN=Gr\u{fc}n", "keyUsage=decipherOnly"),
    ("nobody", "/", "subjectAltName=critical,DNS:a"),
];

pub struct Odd {
    pub certificates: Vec<(String, Vec<u8>)>,
    now: Timestamp,
}

impl Odd {
    /// Once for all tests: it takes some hundred runs of openssl.
    pub fn made() -> &'static Self {
        static MADE: OnceLock<Odd> = OnceLock::new();
        MADE.get_or_init(Self::make)
    }

    fn make() -> Self {
        let scratch = TempDir::new().unwrap();
        let mut odd = Self { certificates: Vec::new(), now: Timestamp::now() };
        for ca in CAS {
            odd.authority(scratch.path(), ca);
        }
        odd.intermediates(scratch.path());
        odd
    }

    fn authority(&mut self, dir: &Path, ca: &Ca) {
        key(dir, ca.name, ca.key);
        let words = [&["-subj", "/CN=ca"], ca.with].concat();
        self.self_signed(dir, ca.name, &words, &format!("{CA}{}", ca.says));
        for (name, says) in LEAVES {
            self.signed(dir, ca.name, &format!("{}/{name}", ca.name), "/CN=leaf", says);
        }
        if ca.name == "usual" {
            for (name, subject, says) in ALONE {
                self.signed(dir, ca.name, &format!("usual/{name}"), subject, says);
            }
            self.first_version(dir);
        }
    }

    fn self_signed(&mut self, dir: &Path, name: &str, words: &[&str], says: &str) {
        fs::write(dir.join("config"), format!("[req]\ndistinguished_name=d\n[d]\n[x]\n{says}\n")).unwrap();
        let (own, cert) = (format!("{name}.key"), format!("{name}.crt"));
        let all = [
            &[
                "req",
                "-x509",
                "-new",
                "-utf8",
                "-key",
                &own,
                "-config",
                "config",
                "-extensions",
                "x",
                "-days",
                "30",
                "-out",
                &cert,
            ],
            words,
        ]
        .concat();
        self.keep(dir, name, &all);
    }

    fn signed(&mut self, dir: &Path, ca: &str, name: &str, subject: &str, says: &str) {
        let stem = name.replace('/', "-");
        // Leaves share a key: to make one for each would be most of the time.
        let own = if subject.starts_with("/CN=leaf") { "leaf.key".to_owned() } else { format!("{stem}.key") };
        if !dir.join(&own).exists() {
            key(dir, own.trim_end_matches(".key"), EC);
        }
        let cert = format!("{stem}.crt");
        let (ca_cert, ca_key) = (format!("{ca}.crt"), format!("{ca}.key"));
        fs::write(dir.join("extensions"), says).unwrap();
        openssl(dir, &["req", "-new", "-utf8", "-key", &own, "-subj", subject, "-out", "request"]);
        let words = [
            "x509",
            "-req",
            "-in",
            "request",
            "-CA",
            &ca_cert,
            "-CAkey",
            &ca_key,
            "-set_serial",
            "7",
            "-days",
            "20",
            "-out",
            &cert,
            "-extfile",
            "extensions",
        ];
        self.keep(dir, name, &words);
    }

    fn first_version(&mut self, dir: &Path) {
        key(dir, "first", EC);
        openssl(dir, &["req", "-new", "-key", "first.key", "-subj", "/O=g/CN=u", "-out", "request"]);
        let words = [
            "x509",
            "-req",
            "-in",
            "request",
            "-CA",
            "usual.crt",
            "-CAkey",
            "usual.key",
            "-set_serial",
            "9",
            "-days",
            "20",
            "-out",
            "usual-first.crt",
        ];
        self.keep(dir, "usual/first", &words);
    }

    /// A CA below another one, with a bound of its own, and a leaf below that.
    fn intermediates(&mut self, dir: &Path) {
        for (name, above, says) in [
            ("between", "usual", "basicConstraints=critical,CA:TRUE"),
            ("no-ca", "usual", "basicConstraints=critical,CA:FALSE"),
            ("end", "usual", "basicConstraints=critical,CA:TRUE,pathlen:0"),
            ("too-deep", "end", "basicConstraints=critical,CA:TRUE"),
            (
                "bounded",
                "usual",
                "basicConstraints=critical,CA:TRUE\nnameConstraints=permitted;DNS:example.org",
            ),
            ("signs-not", "usual", "basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature"),
        ] {
            self.signed(dir, above, name, &format!("/CN={name}"), says);
            for (leaf, says) in LEAVES {
                self.signed(dir, name, &format!("{name}/{leaf}"), "/CN=leaf", says);
            }
        }
    }

    /// What openssl itself does not make is left out; which those are depends on its version.
    fn keep(&mut self, dir: &Path, name: &str, words: &[&str]) {
        let cert = format!("{}.crt", name.replace('/', "-"));
        if run(dir, words) {
            openssl(dir, &["x509", "-in", &cert, "-outform", "der", "-out", "der"]);
            self.certificates.push((name.to_owned(), fs::read(dir.join("der")).unwrap()));
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.certificates.iter().position(|(own, _)| own == name)
    }

    /// Each leaf below its CA, at several times and for several purposes.
    pub fn questions(&self) -> Vec<Question> {
        let mut all = Vec::new();
        let usual = self.place("usual");
        for (leaf, (name, _)) in self.certificates.iter().enumerate() {
            let Some((ca, _)) = name.split_once('/') else { continue };
            let Some(above) = self.place(ca) else { continue };
            let is_root = CAS.iter().any(|row| row.name == ca);
            let roots = if is_root { vec![above] } else { usual.into_iter().collect() };
            let intermediates = if is_root {
                Vec::new()
            } else {
                [Some(above), self.place("end")].into_iter().flatten().collect()
            };
            all.extend(self.of(name, leaf, &roots, &intermediates));
            all.extend(self.of(name, leaf, &[leaf], &[]));
        }
        all
    }

    fn of(&self, name: &str, leaf: usize, roots: &[usize], intermediates: &[usize]) -> Vec<Question> {
        let (server, client) = (Purpose::Server, Purpose::Client);
        let days = |days: i64| self.now.saturating_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        let rows = [
            (vec![], 1),
            (vec![server], 1),
            (vec![client], 1),
            (vec![server, client], 1),
            (vec![], -1),
            (vec![], 25),
            (vec![], 40),
        ];
        let question = |(purposes, at): (Vec<Purpose>, i64)| Question {
            name: format!("{name} for {purposes:?} in {at} days below {roots:?} and {intermediates:?}"),
            now: days(at),
            purposes,
            leaf,
            roots: roots.to_vec(),
            intermediates: intermediates.to_vec(),
        };
        rows.into_iter().map(question).collect()
    }
}

fn key(dir: &Path, name: &str, kind: &[&str]) {
    let own = format!("{name}.key");
    openssl(dir, &[&["genpkey", "-out", &own, "-algorithm"], kind].concat());
}

fn openssl(dir: &Path, words: &[&str]) {
    assert!(run(dir, words), "openssl {}", words.join(" "));
}

fn run(dir: &Path, words: &[&str]) -> bool {
    let run = Command::new("openssl")
        .args(words)
        .current_dir(dir)
        .output()
        .expect("openssl is needed by this test");
    run.status.success()
}
