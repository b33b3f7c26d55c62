//! Helping an etcd to its beginning that was killed in its first start.
//!
//! etcd makes its log some milliseconds before it writes into it who its members are. Killed between the two, it takes itself
//! ever after for a member that is only started again, knows of no member, not even itself, and waits for a leader for ever.
//! Where it was to be the first of its cluster, such data is empty: nobody has ever asked it for anything. Without it etcd
//! begins as it would have.

use super::files::Tree;
use super::member::{MemberError, clear};
use super::static_pod::restart;
use crate::manifests::static_pod::StaticPod;
use crate::plan::EtcdRecovery;

/// Removes data that was seen to be empty, and lets the kubelet start etcd once more. Where the runtime does not end it, the
/// next look finds it as it was.
///
/// # Errors
/// The data cannot be removed.
pub async fn recover_etcd(tree: &Tree, wanted: &EtcdRecovery) -> Result<(), MemberError> {
    clear(tree, &wanted.data_dir)?;
    drop(restart(StaticPod::Etcd, &wanted.cri_socket).await);
    Ok(())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test makes what is removed")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_data_goes_whether_or_not_the_runtime_ends_etcd() {
        let host = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(host.path().join("data/etcd/member/wal")).unwrap();
        let cri_socket = "unix:///nowhere/cri.sock".to_owned();
        let wanted = EtcdRecovery { data_dir: "/data/etcd".into(), cri_socket };
        let tree = Tree::new(host.path());
        recover_etcd(&tree, &wanted).await.unwrap();
        assert!(std::fs::read_dir(host.path().join("data/etcd")).unwrap().next().is_none());
        recover_etcd(&tree, &wanted).await.unwrap();
    }
}
