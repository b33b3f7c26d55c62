//! Members for tests, at `https://10.0.0.N:2380` with the id N.

use crate::facts::{Member, MemberId};

pub fn peer_url(number: u64) -> String {
    format!("https://10.0.0.{number}:2380")
}

pub fn voter(number: u64, name: &str) -> Member {
    Member {
        id: MemberId(number),
        name: name.to_owned(),
        peer_urls: vec![peer_url(number)],
        client_urls: vec![format!("https://10.0.0.{number}:2379")],
        is_learner: false,
    }
}

pub fn learner(number: u64, name: &str) -> Member {
    Member { is_learner: true, ..voter(number, name) }
}

/// As it was added, without a name or client URLs.
pub fn unstarted(added: Member) -> Member {
    Member { name: String::new(), client_urls: Vec::new(), ..added }
}
