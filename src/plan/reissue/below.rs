//! What a CA has signed on this host, and whether it holds below a certificate of that CA.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::super::inputs::certificate_path;
use super::ReissueInputs;
use crate::pki::{self, Bundle, Ca, FoundCert};

/// What a CA has signed.
#[derive(Debug, Default)]
pub struct Below {
    /// A path, with the field in brackets behind it where it stands in a kubeconfig; and the certificate with its chain.
    pub bundles: Vec<(String, Bundle)>,
    /// What names the CA's serial number.
    pub serial_named_by: Vec<String>,
    /// In use, by the CA's name, and not signed with its key.
    strange: Vec<String>,
}

/// All certificates here that `ca` has signed, by their signatures: one of another name than it names counts too, unless another CA
/// of this node, with the same key, has that name.
pub fn signed_with(ca: &FoundCert, inputs: &ReissueInputs<'_>) -> Below {
    let authorities = authorities(inputs);
    let mut below = Below { strange: strange(ca, &authorities, inputs), ..Below::default() };
    for (name, found) in places(inputs) {
        for (at, own) in found.iter().enumerate() {
            let is_another_s = own.issuer != ca.subject && is_signed_by_its_issuer(own, &authorities);
            // Whatever has its key is the CA itself, by this name or by another.
            if own.public_key == ca.public_key || is_another_s || pki::signed(own, ca).is_err() {
                continue;
            }
            if own.names_authority_serial {
                below.serial_named_by.push(name.clone());
            }
            let others = found.iter().enumerate().filter(|(other, _)| *other != at);
            let others = others.map(|(_, other)| other.clone().into_owned()).collect();
            below.bundles.push((name.clone(), Bundle { own: own.clone().into_owned(), others }));
        }
    }
    if ca.names_authority_serial {
        below.serial_named_by.insert(0, "itself".to_owned());
    }
    below
}

/// What is in the files of the node's CAs.
fn authorities(inputs: &ReissueInputs<'_>) -> Vec<FoundCert> {
    let paths = Ca::ALL.into_iter().map(|ca| certificate_path(inputs.spec.cluster, &ca.certificate_path()));
    let bundles = paths.filter_map(|path| pki::certificates(inputs.files.get(&path)?.bytes()).ok());
    bundles.flat_map(|bundle| bundle.iter().cloned().collect::<Vec<_>>()).collect()
}

fn is_signed_by_its_issuer(own: &FoundCert, authorities: &[FoundCert]) -> bool {
    authorities.iter().any(|ca| ca.subject == own.issuer && pki::signed(own, ca).is_ok())
}

/// By what they are called: the certificates of the graph, and those of files that it does not know.
fn places<'a>(inputs: &'a ReissueInputs<'_>) -> BTreeMap<String, Vec<Cow<'a, FoundCert>>> {
    let known: BTreeMap<String, &FoundCert> =
        inputs.graph.certificates.iter().map(|(hash, one)| (hash.to_string(), &one.found)).collect();
    let mut all: BTreeMap<String, Vec<Cow<'_, FoundCert>>> = BTreeMap::new();
    for place in inputs.graph.places() {
        let found = place.certificates.iter().filter_map(|hash| known.get(hash).copied());
        all.insert(place.name, found.map(Cow::Borrowed).collect());
    }
    for (path, text) in inputs.files {
        let Ok(bundle) = pki::certificates(text.bytes()) else { continue };
        let found = bundle.iter().cloned().map(Cow::Owned).collect();
        all.entry(path.display().to_string()).or_insert(found);
    }
    all
}

/// In use, by the name of this CA, and signed by none of the node's.
fn strange(ca: &FoundCert, authorities: &[FoundCert], inputs: &ReissueInputs<'_>) -> Vec<String> {
    let pairs = inputs.graph.nodes.iter().flat_map(|node| &node.pairs);
    let named = pairs.filter_map(|pair| {
        let own = &pair.own()?.found;
        let is_strange = own.issuer == ca.subject && !is_signed_by_its_issuer(own, authorities);
        is_strange.then(|| pair.certificate.name.clone())
    });
    named.collect()
}

impl Below {
    /// A sentence for each that does not hold below one of `roots`, the certificates of the CA with this path.
    pub fn broken(&self, roots: &[&FoundCert; 2], ca: &Path, now: Timestamp) -> Vec<String> {
        let ca = ca.display();
        let mut all: Vec<String> = self
            .strange
            .iter()
            .map(|name| {
                format!("{name} names {ca} as its CA, and is signed with another key; renew it, or remove it")
            })
            .collect();
        for (name, bundle) in &self.bundles {
            for (root, which) in roots.iter().zip(["as it is", "once it is issued again"]) {
                if let Err(why) = pki::holds_below(bundle, root, now) {
                    all.push(format!("{name} does not hold below {ca} {which}: {why}"));
                    break;
                }
            }
        }
        all
    }
}
