//! Keys that are made before they are asked for, while the host is looked at.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::config::KeyAlgorithm;

use super::key::{BadKey, PrivateKey};
use super::source::{KeySource, Serial, SystemKeys};

/// How many keys lie ready at most: about as many as a cluster takes.
const STOCK: usize = 16;

/// Keys that several threads make, one after the other, until this is dropped.
///
/// Whoever asks for a key gets the next one that is ready. So no thread is idle while another makes the last key, which
/// may take ten times as long as one that is begun later; what is not yet ready in the end is not waited for.
#[derive(Debug)]
pub struct KeysAhead {
    algorithm: KeyAlgorithm,
    ready: Mutex<Receiver<Result<PrivateKey, BadKey>>>,
    /// Ends when every thread has drawn its first random number.
    begun: Mutex<Receiver<()>>,
}

impl KeysAhead {
    /// In so many threads.
    pub fn begin(algorithm: KeyAlgorithm, threads: usize) -> Self {
        let (give, ready) = sync_channel(STOCK);
        let (starting, begun) = channel::<()>();
        for _ in 0..threads {
            let (give, starting) = (give.clone(), starting.clone());
            thread::spawn(move || {
                let has_random_numbers = SystemKeys.serial("none").is_ok();
                drop(starting);
                if has_random_numbers {
                    make(algorithm, &give);
                }
            });
        }
        Self { algorithm, ready: Mutex::new(ready), begun: Mutex::new(begun) }
    }
}

/// The keys that are being made then are not waited for. But aws-lc aborts a program whose thread draws its first random number while
/// the program ends, and a thread may have waited for a processor until then.
impl Drop for KeysAhead {
    fn drop(&mut self) {
        let begun = self.begun.get_mut().unwrap_or_else(PoisonError::into_inner);
        while begun.recv().is_ok() {}
    }
}

/// Until nobody is left to take them.
fn make(algorithm: KeyAlgorithm, give: &SyncSender<Result<PrivateKey, BadKey>>) {
    while give.send(PrivateKey::generate(algorithm)).is_ok() {}
}

impl KeySource for KeysAhead {
    fn key(&self, owner: &str, algorithm: KeyAlgorithm) -> Result<PrivateKey, BadKey> {
        if algorithm != self.algorithm {
            return SystemKeys.key(owner, algorithm);
        }
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.recv().unwrap_or(Err(BadKey::Generate))
    }

    fn serial(&self, owner: &str) -> Result<Serial, BadKey> {
        SystemKeys.serial(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_another_one() {
        let keys = KeysAhead::begin(KeyAlgorithm::EcdsaP256, 2);
        let mut made: Vec<_> = (0..2 * STOCK)
            .map(|_| keys.key("a", KeyAlgorithm::EcdsaP256).unwrap().to_pem().unwrap().to_vec())
            .collect();
        made.sort();
        made.dedup();
        assert_eq!(made.len(), 2 * STOCK);
    }

    #[test]
    fn a_key_of_another_kind_is_made_when_it_is_asked_for() {
        let keys = KeysAhead::begin(KeyAlgorithm::EcdsaP256, 2);
        let other = keys.key("a", KeyAlgorithm::EcdsaP384).unwrap();
        assert!(other.to_pem().is_ok());
    }
}
