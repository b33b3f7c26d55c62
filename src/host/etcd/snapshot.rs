//! A member's data as it sends them: a stream with the SHA-256 of all of it at its end, which `etcdutl snapshot restore` wants in the
//! file, too.

use std::io;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::api::SnapshotResponse;
use super::error::EtcdError;

/// How long a member may take for each piece: it reads its disk meanwhile.
pub const PIECE_LIMIT: Duration = Duration::from_secs(30);

/// What stands behind the data, in bytes.
const HASH: usize = 32;

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The member does not send it.
    #[error(transparent)]
    Etcd(#[from] EtcdError),
    /// It cannot be kept.
    #[error("cannot keep the snapshot")]
    Kept(#[source] io::Error),
    /// What has come is not what was sent.
    #[error("the snapshot that {endpoint} has sent is of no use: {why}")]
    Broken {
        /// The member's URL.
        endpoint: String,
        /// What does not fit.
        why: &'static str,
    },
}

/// The pieces of a snapshot on their way into a file.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// How many bytes of data are to come yet; not known before the first piece.
    left: Option<u64>,
    data: Sha256,
    hash: Vec<u8>,
}

impl Pieces {
    /// Takes the next, whose bytes all belong into the file.
    pub fn take(&mut self, piece: &SnapshotResponse) -> Result<(), &'static str> {
        let length = piece.blob.len() as u64;
        let left = self.left.unwrap_or(piece.remaining_bytes.saturating_add(length));
        if left == 0 {
            self.hash.extend_from_slice(&piece.blob);
            return if self.hash.len() > HASH { Err("more has come than there should be") } else { Ok(()) };
        }
        self.data.update(&piece.blob);
        self.left = Some(left.checked_sub(length).ok_or("more data have come than there should be")?);
        Ok(())
    }

    /// Whether all has come as it was sent, when no more comes.
    pub fn end(self) -> Result<(), &'static str> {
        match self.left {
            Some(0) if self.hash.is_empty() => Err("the hash behind its data is missing"),
            Some(0) if self.hash[..] == self.data.finalize()[..] => Ok(()),
            Some(0) => Err("its data do not have the hash that stands behind them"),
            Some(_) | None => Err("it ends too early"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: &[(&[u8], u64)]) -> Result<(), &'static str> {
        let mut all = Pieces::default();
        for (blob, remaining_bytes) in pieces {
            all.take(&SnapshotResponse { remaining_bytes: *remaining_bytes, blob: blob.to_vec() })?;
        }
        all.end()
    }

    #[test]
    fn only_what_came_whole_and_with_its_hash_is_a_snapshot() {
        let hash = Sha256::digest(b"abcdef");
        assert_eq!(told(&[(b"abc", 3), (b"def", 0), (&hash, 0)]), Ok(()));
        assert_eq!(told(&[(b"abc", 3), (b"def", 0), (&hash[..16], 0), (&hash[16..], 0)]), Ok(()));
        assert_eq!(told(&[]), Err("it ends too early"));
        assert_eq!(told(&[(b"abc", 3)]), Err("it ends too early"));
        assert_eq!(told(&[(b"abc", 3), (b"def", 0)]), Err("the hash behind its data is missing"));
        assert_eq!(
            told(&[(b"abc", 3), (b"deg", 0), (&hash, 0)]),
            Err("its data do not have the hash that stands behind them")
        );
        assert_eq!(told(&[(b"abc", 3), (b"defg", 0)]), Err("more data have come than there should be"));
        assert_eq!(told(&[(b"abcdef", 0), (&hash, 0), (b"g", 0)]), Err("more has come than there should be"));
    }
}
