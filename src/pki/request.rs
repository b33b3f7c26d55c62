//! What is wanted → keys, and requests for their certificates, for a CA whose key is elsewhere.

use super::catalogue::{Contents, Item, LeafRequest};
use super::certificate;
use super::key::PrivateKey;
use super::mint::MintError;
use super::minted::MintedFile;
use super::parallel;
use super::source::KeySource;

/// A key and a request for each leaf among `items`, in their order: first the key, then the request. CAs and service
/// account keys are skipped: nobody signs those.
///
/// # Errors
/// A failure of the random source or the library.
pub fn requests(items: &[Item], source: &dyn KeySource) -> Result<Vec<[MintedFile; 2]>, MintError> {
    let leaves: Vec<(&Item, &LeafRequest)> =
        items.iter().filter_map(|item| Some((item, leaf(&item.contents)?))).collect();
    parallel::map(&leaves, |(item, request)| files(item, request, source)).into_iter().collect()
}

fn leaf(contents: &Contents) -> Option<&LeafRequest> {
    match contents {
        Contents::Leaf(request) => Some(request),
        Contents::Authority(_) | Contents::ServiceAccountKeys => None,
    }
}

fn files(item: &Item, request: &LeafRequest, source: &dyn KeySource) -> Result<[MintedFile; 2], MintError> {
    let owner = item.stem;
    let failed = |source| MintError::Key { owner, source };
    let key: PrivateKey = source.key(owner, item.algorithm).map_err(failed)?;
    let der = certificate::request(&request.subject, &request.sans, &key)
        .map_err(|source| MintError::Issue { owner, source })?;
    Ok([MintedFile::private_key(owner, key.to_pem().map_err(failed)?), MintedFile::request(owner, &der)])
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::catalogue;
    use super::super::fixtures::{self, KnownKeys};
    use super::*;

    #[test]
    fn every_leaf_gets_a_key_and_a_request_and_no_ca_does() {
        let pairs = requests(&catalogue(fixtures::config().spec()), &KnownKeys).unwrap();
        let paths: Vec<_> =
            pairs.iter().map(|[key, request]| (key.path.as_str(), request.path.as_str())).collect();
        assert_eq!(paths[0], ("apiserver.key", "apiserver.csr"));
        assert_eq!(paths.len(), 7);
        assert!(pairs[0][1].bytes.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----\n"));
        assert!(pairs.iter().flatten().all(|file| file.kind.mode() == 0o600));
    }
}
