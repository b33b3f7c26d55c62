//! The CAs that a cluster shows × the pins → those that the pins vouch for.

use crate::config::CaPin;
use crate::pki::{self, FoundCert};

/// Those that are pinned, and the CAs below these: whoever holds the pinned CA's key could have signed in their place. Each
/// once, in the order of `authorities`.
///
/// That a bundle holds a pinned CA says nothing of the others in it: a CA's certificate is no secret, and anybody can put
/// it beside one of his own.
pub fn vouched<'a>(authorities: &'a [FoundCert], pins: &[CaPin]) -> Vec<&'a FoundCert> {
    let distinct = distinct(authorities);
    let is_pinned = |cert: &&FoundCert| {
        let hash = pki::ca_cert_hash(cert);
        pins.iter().any(|pin| pin.as_str() == hash)
    };
    let mut found: Vec<&FoundCert> = distinct.iter().copied().filter(is_pinned).collect();
    let mut at = 0;
    while let Some(above) = found.get(at).copied() {
        let below = distinct.iter().filter(|cert| cert.is_ca && cert.is_signed_by(above));
        let new: Vec<&FoundCert> = below.copied().filter(|cert| !found.contains(cert)).collect();
        found.extend(new);
        at += 1;
    }
    distinct.into_iter().filter(|cert| found.contains(cert)).collect()
}

/// Those that the pins do not vouch for, each once.
pub fn unvouched<'a>(authorities: &'a [FoundCert], pins: &[CaPin]) -> Vec<&'a FoundCert> {
    let vouched = vouched(authorities, pins);
    distinct(authorities).into_iter().filter(|cert| !vouched.contains(cert)).collect()
}

fn distinct(authorities: &[FoundCert]) -> Vec<&FoundCert> {
    let mut all: Vec<&FoundCert> = Vec::new();
    for cert in authorities {
        if all.iter().all(|known| known.der != cert.der) {
            all.push(cert);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

    use super::*;

    struct Authority {
        cert: FoundCert,
        issuer: Issuer<'static, KeyPair>,
    }

    fn params(name: &str, is_ca: IsCa) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = is_ca;
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
    }

    fn authority(name: &str, above: Option<&Authority>) -> Authority {
        signed(params(name, IsCa::Ca(BasicConstraints::Unconstrained)), above)
    }

    fn signed(params: CertificateParams, above: Option<&Authority>) -> Authority {
        let key = KeyPair::generate().unwrap();
        let cert = match above {
            Some(above) => params.signed_by(&key, &above.issuer).unwrap(),
            None => params.self_signed(&key).unwrap(),
        };
        Authority { cert: FoundCert::from_der(cert.der()).unwrap(), issuer: Issuer::new(params, key) }
    }

    fn pin(authority: &Authority) -> CaPin {
        CaPin::known(&pki::ca_cert_hash(&authority.cert))
    }

    fn bundle(all: &[&Authority]) -> Vec<FoundCert> {
        all.iter().map(|authority| authority.cert.clone()).collect()
    }

    #[test]
    fn a_ca_beside_a_pinned_one_is_not_vouched_for() {
        // All of kubeadm's CAs have the same name.
        let (ours, other) = (authority("kubernetes", None), authority("kubernetes", None));
        let both = bundle(&[&other, &ours, &ours]);
        assert_eq!(vouched(&both, &[pin(&ours)]), [&ours.cert]);
        assert_eq!(unvouched(&both, &[pin(&ours)]), [&other.cert]);
        assert_eq!(vouched(&both, &[pin(&ours), pin(&other)]), [&other.cert, &ours.cert]);
        assert!(vouched(&both, &[]).is_empty());
    }

    #[test]
    fn a_pinned_ca_vouches_for_those_below_it_and_for_none_above() {
        let root = authority("root", None);
        let middle = authority("middle", Some(&root));
        let low = authority("low", Some(&middle));
        let all = bundle(&[&low, &middle, &root]);
        assert_eq!(vouched(&all, &[pin(&root)]).len(), 3);
        assert_eq!(vouched(&all, &[pin(&middle)]), [&low.cert, &middle.cert]);
        assert_eq!(vouched(&all, &[pin(&low)]), [&low.cert]);
    }

    #[test]
    fn a_name_is_no_signature_and_a_leaf_no_ca() {
        let (root, impostor) = (authority("root", None), authority("root", None));
        let below = authority("middle", Some(&impostor));
        let leaf = signed(params("leaf", IsCa::ExplicitNoCa), Some(&root));
        let all = bundle(&[&root, &impostor, &below, &leaf]);
        assert_eq!(vouched(&all, &[pin(&root)]), [&root.cert]);
    }
}
