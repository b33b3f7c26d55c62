//! Helping an etcd to its beginning that was killed in its first start.
//!
//! etcd makes its log some milliseconds before it writes into it who its members are. Killed between the two, it takes itself
//! ever after for a member that is only started again, knows of no member, not even itself, and waits for a leader for ever.
//! Where it was to be the first of its cluster, such data is empty: nobody has ever asked it for anything. Without it etcd
//! begins as it would have.

use super::files::Tree;
use super::member::{MemberError, clear};
use super::static_pod::restart;
use crate::causes::Wanted;
use crate::manifests::static_pod::StaticPod;

/// Removes data that was seen to be empty, and lets the kubelet start etcd once more. Where the runtime does not end it, the
/// next look finds it as it was.
pub async fn recover_etcd(tree: &Tree, wanted: &Wanted) -> Result<(), MemberError> {
    if let Some(data) = &wanted.etcd_data {
        clear(tree, data)?;
        drop(restart(StaticPod::Etcd, &wanted.cri_socket).await);
    }
    Ok(())
}
