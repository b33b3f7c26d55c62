//! What a comparison cannot show of kubewright's tree: that others accept its chains, that the uploaded secrets open
//! with their key, and that cluster-info's signatures are those of its tokens.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use serde_json::{Value, json};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

use crate::case::Ready;
use crate::certificate;
use crate::kubeadms::yaml;
use crate::snapshot::signs;
use crate::tree::{self, File, Tree};

/// Complaints, none if all is well; and how many chains and secrets were looked at.
pub struct Verdict {
    pub complaints: Vec<String>,
    pub verified: usize,
}

pub fn verify(case: &Ready, tree: &Tree) -> Verdict {
    let chains = chains(tree);
    let mut complaints = Vec::new();
    for (name, leaf, ca) in &chains {
        complaints
            .extend(openssl(&case.scratch, leaf, ca).map(|said| format!("{name}: openssl verify: {said}")));
        complaints.extend(rustls(leaf, ca, tree.started).map(|said| format!("{name}: webpki: {said}")));
    }
    let sealed = unsealed(case, tree);
    let signed = signatures(tree);
    let verified = chains.len() + sealed.len() + signed.len();
    complaints.extend(sealed.into_iter().chain(signed).filter_map(Result::err));
    complaints.extend(administrators(tree));
    Verdict { complaints, verified }
}

/// kubeadm's dry run does not show this binding, so it is held to what kubeadm's `EnsureAdminClusterRoleBinding` makes.
fn administrators(tree: &Tree) -> Option<String> {
    let object = tree.objects.get("clusterrolebinding/_cluster/kubeadm:cluster-admins")?;
    let wanted = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "kubeadm:cluster-admins"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "kubeadm:cluster-admins"}],
    });
    (*object != wanted).then(|| format!("kubeadm:cluster-admins is {object}"))
}

/// (where, leaf, CA) for each certificate that is not a CA itself, in a file or in a kubeconfig.
fn chains(tree: &Tree) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let certificate =
        |(name, file): (&String, &File)| Some((name.clone(), certificate_in(name, &file.bytes)?));
    let certificates: BTreeMap<String, Vec<u8>> = tree.files.iter().filter_map(certificate).collect();
    let is_ca = |der: &[u8]| certificate::parse(der).is_ca();
    let leaves = certificates.iter().filter(|(_, der)| !is_ca(der));
    leaves
        .map(|(name, leaf)| {
            let ca = certificates.values().find(|ca| is_ca(ca) && signs(ca, leaf));
            let ca = ca.unwrap_or_else(|| panic!("no CA of the tree signed {name}"));
            (name.clone(), leaf.clone(), ca.clone())
        })
        .collect()
}

fn certificate_in(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match name.rsplit_once('.')?.1 {
        "crt" => Some(first_block(bytes)),
        "conf" => {
            let document = yaml::document(std::str::from_utf8(bytes).unwrap());
            let data = document["users"][0]["user"]["client-certificate-data"].as_str();
            Some(first_block(&BASE64_STANDARD.decode(data.expect("an embedded certificate")).unwrap()))
        }
        _ => None,
    }
}

fn first_block(pem: &[u8]) -> Vec<u8> {
    Pem::iter_from_buffer(pem).next().expect("a block").expect("PEM").contents
}

fn openssl(scratch: &Path, leaf: &[u8], ca: &[u8]) -> Option<String> {
    let [leaf_path, ca_path] = [("leaf.pem", leaf), ("ca.pem", ca)].map(|(name, der)| {
        let path = scratch.join(name);
        let body = BASE64_STANDARD.encode(der);
        let lines: Vec<&str> =
            body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let text = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        fs::write(&path, text).unwrap();
        path
    });
    let parsed = certificate::parse(leaf);
    let usages = parsed.extended_key_usage().unwrap().expect("an extended key usage").value.clone();
    let purposes = [("sslserver", usages.server_auth), ("sslclient", usages.client_auth)];
    purposes.iter().filter(|(_, wanted)| *wanted).find_map(|(purpose, _)| {
        let mut command = Command::new("openssl");
        command
            .args(["verify", "-x509_strict", "-purpose", purpose, "-CAfile"])
            .arg(&ca_path)
            .arg(&leaf_path);
        let output = command.output().expect("openssl is installed");
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    })
}

fn rustls(leaf: &[u8], ca: &[u8], started: i64) -> Option<String> {
    let [leaf_der, ca_der] = [leaf, ca].map(|der| CertificateDer::from(der.to_vec()));
    let anchors = [anchor_from_trusted_cert(&ca_der).ok()?];
    let entity = match EndEntityCert::try_from(&leaf_der) {
        Ok(entity) => entity,
        Err(error) => return Some(error.to_string()),
    };
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(started).unwrap() + 60));
    let parsed = certificate::parse(leaf);
    let usages = parsed.extended_key_usage().unwrap().expect("an extended key usage").value.clone();
    let wanted =
        [(usages.server_auth, KeyUsage::server_auth()), (usages.client_auth, KeyUsage::client_auth())];
    for usage in wanted.into_iter().filter_map(|(wanted, usage)| wanted.then_some(usage)) {
        let verified = entity.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &[], now, usage, None, None);
        if let Err(error) = verified {
            return Some(error.to_string());
        }
    }
    let names = parsed.subject_alternative_name().unwrap();
    let names = names.iter().flat_map(|extension| extension.value.general_names.iter());
    names
        .filter_map(server_name)
        .find_map(|name| entity.verify_is_valid_for_subject_name(&name).err())
        .map(|error| error.to_string())
}

/// A wild card is no name that a client would ask for; one label takes its star's place.
fn server_name(name: &GeneralName) -> Option<ServerName<'static>> {
    let text = certificate::general_name(name);
    let (_, text) = text.split_once(':')?;
    ServerName::try_from(text.replace('*', "label")).ok()
}

/// Each entry of the kubeadm-certs Secret opens with the case's key (AES-256-GCM, the nonce in front) and holds its
/// file.
fn unsealed(case: &Ready, tree: &Tree) -> Vec<Result<(), String>> {
    let Some(secret) = tree.objects.get("secret/kube-system/kubeadm-certs") else { return Vec::new() };
    let data = secret["data"].as_object().expect("data");
    let present = data.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    let Some(key) = certificate_key(case) else { return Vec::new() };
    let mut files = tree::read_all(&case.scratch.join("dir"));
    files.extend(tree.files.clone());
    let pki = tree.files.keys().find_map(|path| path.strip_suffix("/sa.pub")).expect("a pki folder");
    present
        .map(|(name, sealed)| {
            let plain = open(&key, &BASE64_STANDARD.decode(sealed).unwrap());
            let plain = plain.ok_or_else(|| format!("kubeadm-certs {name} does not open with its key"))?;
            let held = files.get(&source(pki, name)).map(|file| &file.bytes);
            if held == Some(&plain) {
                Ok(())
            } else {
                Err(format!("kubeadm-certs {name} holds another file"))
            }
        })
        .collect()
}

/// The file that an entry holds; case 40 has its external etcd's files in `dir/etcd`.
fn source(pki: &str, name: &str) -> String {
    match name {
        "external-etcd-ca.crt" => "etcd/ca.crt".to_owned(),
        "external-etcd.crt" | "external-etcd.key" => name.replace("external-etcd", "etcd/client"),
        _ => format!("{pki}/{}", name.replace("etcd-", "etcd/")),
    }
}

/// 64 hexadecimal digits, which nothing else in a case is.
fn certificate_key(case: &Ready) -> Option<Vec<u8>> {
    let digits = case.text.split(|c: char| !c.is_ascii_hexdigit()).find(|word| word.len() == 64)?;
    (0..32).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()).collect()
}

fn open(key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let (nonce, body) = sealed.split_at_checked(12)?;
    let mut body = body.to_vec();
    let plain =
        key.open_in_place(Nonce::try_assume_unique_for_key(nonce).ok()?, Aad::empty(), &mut body).ok()?;
    Some(plain.to_vec())
}

/// cluster-info's `jws-kubeconfig-ID` is the detached JWS (RFC 7515, HS256) of its kubeconfig under the secret of token ID.
fn signatures(tree: &Tree) -> Vec<Result<(), String>> {
    let Some(map) = tree.objects.get("configmap/kube-public/cluster-info") else { return Vec::new() };
    let data = map["data"].as_object().expect("data");
    let payload = BASE64_URL_SAFE_NO_PAD.encode(data["kubeconfig"].as_str().unwrap());
    let signed = data.iter().filter_map(|(name, jws)| Some((name.strip_prefix("jws-kubeconfig-")?, jws)));
    signed
        .map(|(id, jws)| {
            let fits = token_secret(tree, id).is_some_and(|secret| is_signature(jws, &payload, id, &secret));
            if fits { Ok(()) } else { Err(format!("cluster-info is not signed by token {id}")) }
        })
        .collect()
}

fn token_secret(tree: &Tree, id: &str) -> Option<Vec<u8>> {
    let secret = tree.objects.get(&format!("secret/kube-system/bootstrap-token-{id}"))?;
    BASE64_STANDARD.decode(secret["data"]["token-secret"].as_str()?).ok()
}

fn is_signature(jws: &Value, payload: &str, id: &str, token: &[u8]) -> bool {
    let Some((header, signature)) = jws.as_str().and_then(|text| text.split_once("..")) else { return false };
    let said = BASE64_URL_SAFE_NO_PAD
        .decode(header)
        .ok()
        .and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let right = said.is_some_and(|said| said["alg"] == "HS256" && said["kid"] == id);
    let key = hmac::Key::new(hmac::HMAC_SHA256, token);
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    right && hmac::verify(&key, format!("{header}.{payload}").as_bytes(), &signature).is_ok()
}
