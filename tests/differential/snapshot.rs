//! A tree → all that is compared of it: one property a certificate's field, YAML value, mode or line of text.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use sha2::{Digest, Sha256};
use x509_parser::pem::Pem;

use crate::case::Ready;
use crate::kubeadms::compare::{Property, Snapshot};
use crate::kubeadms::yaml;
use crate::tree::{File, Tree};
use crate::{certificate, key};

const REQUEST: &str = "CERTIFICATE REQUEST";

const HASH: &str = "kubeadm.kubernetes.io/component-config.hash";

pub fn of(tree: &Tree, case: &Ready) -> Snapshot {
    let (blocks, tokens) = (public_blocks(tree), generated_tokens(tree, case));
    let mut taker = Taker { tree, blocks, snapshot: Snapshot::new(), tokens };
    for (name, file) in &tree.files {
        taker.file(name, file);
    }
    for (name, object) in &tree.objects {
        taker.object(name, object);
    }
    for (index, command) in tree.joins.iter().enumerate() {
        let command = taker.join_command(command);
        taker.exact("stdout", format!("join command {index}"), command);
    }
    taker.snapshot
}

/// Of its files alone.
pub fn of_files(tree: &Tree) -> Snapshot {
    let mut taker =
        Taker { tree, blocks: public_blocks(tree), snapshot: Snapshot::new(), tokens: BTreeMap::new() };
    for (name, file) in &tree.files {
        taker.file(name, file);
    }
    taker.snapshot
}

struct Taker<'a> {
    tree: &'a Tree,
    blocks: Vec<PublicBlock<'a>>,
    snapshot: Snapshot,
    /// Ids of tokens made by chance → what to call them.
    tokens: BTreeMap<String, &'static str>,
}

impl Taker<'_> {
    fn note(&mut self, file: &str, path: impl Into<String>, property: Property) {
        self.snapshot.insert((file.to_owned(), path.into()), property);
    }

    fn exact(&mut self, file: &str, path: impl Into<String>, text: impl Into<String>) {
        self.note(file, path, Property::Exact(text.into()));
    }

    /// Word by word; a pin that is the CA's counts as the same pin, a token made by chance as the same token.
    fn join_command(&self, command: &str) -> String {
        let ca = self
            .blocks
            .iter()
            .find(|block| block.file.ends_with("/ca.crt") && !block.file.contains("/etcd/"));
        let pin = ca.map(|ca| hex(&Sha256::digest(certificate::parse(&ca.der).public_key().raw)));
        let shown = |word: &str| match word.split_once('.') {
            _ if word.strip_prefix("sha256:").map(str::to_owned) == pin => "<the CA's pin>".to_owned(),
            Some((id, _)) if self.tokens.contains_key(id) => "<chance>".to_owned(),
            _ => word.to_owned(),
        };
        command.split(' ').map(shown).collect::<Vec<_>>().join(" ")
    }

    fn file(&mut self, name: &str, file: &File) {
        self.exact(name, "mode", format!("{:04o}", file.mode));
        let end = name.rsplit_once('.').map(|(_, end)| end);
        match end {
            Some("crt" | "csr" | "key" | "pub") => self.pem(name, "", &file.bytes),
            Some("yaml" | "conf") => self.value(name, "", &yaml::document(text(&file.bytes))),
            _ => self.exact(name, "text", text(&file.bytes)),
        }
    }

    fn object(&mut self, name: &str, object: &Value) {
        let object = decoded(object);
        let name = self.renamed(name);
        self.value(&name, "", &object);
        if let Some(hash) = object["metadata"]["annotations"][HASH].as_str() {
            self.exact(&name, "hash", format!("of its data: {}", hash == data_hash(&object)));
        }
    }

    fn value(&mut self, file: &str, path: &str, value: &Value) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (key, inner) in map {
                    let key = self.renamed(key);
                    let joined = if path.is_empty() { key } else { format!("{path}.{key}") };
                    self.value(file, &joined, inner);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, inner) in items.iter().enumerate() {
                    self.value(file, &format!("{path}[{index}]"), inner);
                }
            }
            Value::String(text) => self.text(file, path, text),
            other => self.exact(file, path, other.to_string()),
        }
    }

    /// Documents and PEM within a text are taken apart, times are told relative to now.
    fn text(&mut self, file: &str, path: &str, text: &str) {
        if let Some(document) = inner_document(text) {
            return self.value(file, &format!("{path}!"), &document);
        }
        if let Some(pem) = path.ends_with("-data").then(|| BASE64_STANDARD.decode(text).ok()).flatten() {
            return self.pem(file, &format!("{path}!"), &pem);
        }
        if path == "data.expiration" {
            let at: jiff::Timestamp = text.parse().expect("an RFC 3339 time");
            return self.note(file, path, Property::Near(at.as_second() - self.tree.started));
        }
        let text = if self.is_chance(file, path) { "<chance>".to_owned() } else { self.renamed(text) };
        self.exact(file, path, format!("{text:?}"));
    }

    fn is_chance(&self, file: &str, path: &str) -> bool {
        path == "data.token-secret" && self.tokens.values().any(|name| file.ends_with(name))
    }

    /// Ids made by chance get a name that both programs share.
    fn renamed(&self, text: &str) -> String {
        let spelt = |form: &str| self.tokens.iter().find(|(id, _)| text.ends_with(&form.replace("ID", id)));
        match ["bootstrap-token-ID", "jws-kubeconfig-ID"].iter().find_map(|form| spelt(form)) {
            Some((id, name)) => text.replace(id.as_str(), name),
            None => self.tokens.get(text).map_or_else(|| text.to_owned(), |name| (*name).to_owned()),
        }
    }

    fn pem(&mut self, file: &str, prefix: &str, bytes: &[u8]) {
        let blocks: Vec<Pem> = Pem::iter_from_buffer(bytes).map(|block| block.expect("PEM")).collect();
        let labels: Vec<&str> = blocks.iter().map(|block| block.label.as_str()).collect();
        self.exact(file, format!("{prefix}labels"), labels.join(", "));
        self.exact(file, format!("{prefix}around"), around(bytes));
        for block in &blocks {
            match key::read(block) {
                Some(key) => self.key(file, prefix, &key),
                None if block.label == REQUEST => {
                    for (path, property) in certificate::request_properties(&block.contents) {
                        self.note(file, format!("{prefix}{path}"), property);
                    }
                }
                None => self.certificate(file, prefix, &block.contents),
            }
        }
    }

    fn certificate(&mut self, file: &str, prefix: &str, der: &[u8]) {
        for (path, property) in certificate::properties(der, self.tree.started) {
            self.note(file, format!("{prefix}{path}"), property);
        }
        let same = self.files_where(|block| block.der == der && block.file != file);
        self.exact(file, format!("{prefix}also in"), same);
        let leaf = certificate::parse(der);
        let issuer = leaf.issuer().as_raw();
        let signers = self.files_where(|block| block.subject == issuer && signs(&block.der, der));
        self.exact(file, format!("{prefix}signed by"), signers);
    }

    fn key(&mut self, file: &str, prefix: &str, key: &key::Key) {
        self.exact(file, format!("{prefix}kind"), key.kind.clone());
        let halves = self.files_where(|block| block.public == key.public);
        self.exact(file, format!("{prefix}belongs to"), halves);
    }

    fn files_where(&self, is: impl Fn(&PublicBlock<'_>) -> bool) -> String {
        let fitting = self.blocks.iter().filter(|block| is(block));
        fitting.map(|block| block.file).collect::<Vec<_>>().join(" ")
    }
}

/// A certificate or a public key in a file of the tree.
struct PublicBlock<'a> {
    file: &'a str,
    der: Vec<u8>,
    /// Empty for a bare key.
    subject: Vec<u8>,
    public: Vec<u8>,
}

fn public_blocks(tree: &Tree) -> Vec<PublicBlock<'_>> {
    let named =
        |name: &str| name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "crt" | "csr" | "pub"));
    let files = tree.files.iter().filter(|(name, _)| named(name));
    let blocks = files.flat_map(|(name, file)| {
        Pem::iter_from_buffer(&file.bytes).map(|block| public_block(name, block.expect("PEM")))
    });
    blocks.collect()
}

fn public_block(file: &str, block: Pem) -> PublicBlock<'_> {
    let (subject, public) = if let Some(key) = key::read(&block) {
        (Vec::new(), key.public)
    } else if block.label == REQUEST {
        (Vec::new(), certificate::requested_key(&block.contents))
    } else {
        let certificate = certificate::parse(&block.contents);
        let public = certificate.public_key().subject_public_key.data.to_vec();
        (certificate.subject().as_raw().to_vec(), public)
    };
    PublicBlock { file, der: block.contents, subject, public }
}

/// By name and by signature.
pub fn signs(ca: &[u8], leaf: &[u8]) -> bool {
    let (ca, leaf) = (certificate::parse(ca), certificate::parse(leaf));
    ca.subject().as_raw() == leaf.issuer().as_raw() && leaf.verify_signature(Some(ca.public_key())).is_ok()
}

/// What stands before, between and after the blocks, and how their lines are broken.
fn around(bytes: &[u8]) -> String {
    let text = text(bytes);
    let longest = text.lines().map(str::len).max().unwrap_or_default();
    format!("lines of {longest}, begins {:?}, ends {:?}", &text[..5], &text[text.len() - 6..])
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// A text that is a Kubernetes document of its own.
fn inner_document(text: &str) -> Option<Value> {
    text.lines().any(|line| line.starts_with("apiVersion: ")).then(|| yaml::document(text))
}

fn data_hash(config_map: &Value) -> String {
    let data = config_map["data"].as_object().expect("data");
    let mut entries: Vec<_> = data.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    let digest =
        entries.iter().fold(Sha256::new(), |digest, (_, text)| digest.chain_update(text.as_str().unwrap()));
    format!("sha256:{}", hex(&digest.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// A Secret's data as text; what is no text, or not there because a dry run seals nothing, as `<sealed>`.
fn decoded(object: &Value) -> Value {
    let mut object = object.clone();
    if object["kind"] == "Secret" {
        for value in object["data"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
            let bytes = value.as_str().map(|text| BASE64_STANDARD.decode(text).expect("base64"));
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            *value = Value::String(text.unwrap_or_else(|| "<sealed>".to_owned()));
        }
    }
    object
}

/// Tokens that the case does not spell: the one that holds the uploaded certificates' life, and a default one.
fn generated_tokens(tree: &Tree, case: &Ready) -> BTreeMap<String, &'static str> {
    let mut tokens = BTreeMap::new();
    for (name, object) in &tree.objects {
        let Some(id) = name.strip_prefix("secret/kube-system/bootstrap-token-") else { continue };
        if !case.text.contains(id) {
            let description = decoded(object)["data"]["description"].as_str().unwrap_or_default().to_owned();
            let name = if description.contains("kubeadm-certs") { "CERTS" } else { "CHANCE" };
            tokens.insert(id.to_owned(), name);
        }
    }
    tokens
}
