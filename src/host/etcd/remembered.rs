//! A member's data directory → the members that it remembers: an etcd that does not run cannot be asked for the others.
//!
//! etcd keeps a JSON document for each member in its database. The file is searched for them, whatever else is in it: those
//! of members that have gone since are found as well, so that this is whom to ask for the list, and not the list.

use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use crate::facts::{Member, MemberId};
use crate::host::whole::open_file;

const DATABASE: &str = "member/snap/db";
const BEGIN: &[u8] = b"{\"id\":";
const CHUNK: u64 = 1 << 20;
/// Far more than any cluster has had; all have to be asked.
const MOST: usize = 256;
/// More than the URLs of any member need.
const LONGEST: usize = 16 << 10;

/// As etcd's package membership writes it; what is empty is left out.
#[derive(Deserialize)]
struct Document {
    id: u64,
    #[serde(rename = "peerURLs")]
    peer_urls: Vec<String>,
    #[serde(default, rename = "isLearner")]
    is_learner: bool,
    #[serde(default)]
    name: String,
    #[serde(default, rename = "clientURLs")]
    client_urls: Vec<String>,
}

/// Each member once for each of its states that are still there; none where there is no database.
pub fn remembered(data_dir: &Path) -> io::Result<Vec<Member>> {
    match open_file(&data_dir.join(DATABASE)) {
        Ok(file) => members_in(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What [`remembered`] finds in a database, piece by piece: it may have gigabytes.
pub fn members_in(mut file: impl Read) -> io::Result<Vec<Member>> {
    let (mut all, mut window) = (Vec::new(), Vec::new());
    loop {
        let read = file.by_ref().take(CHUNK).read_to_end(&mut window)?;
        for member in members(&window) {
            if all.len() < MOST && !all.contains(&member) {
                all.push(member);
            }
        }
        if read == 0 {
            return Ok(all);
        }
        // What begins at the end of this piece goes on in the next.
        window.drain(..window.len().saturating_sub(LONGEST));
    }
}

fn members(bytes: &[u8]) -> impl Iterator<Item = Member> {
    let begins = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(BEGIN));
    begins.filter_map(|at| document(&bytes[at..bytes.len().min(at + LONGEST)])).map(Document::into_member)
}

/// The one that `bytes` begin with.
fn document(bytes: &[u8]) -> Option<Document> {
    serde_json::Deserializer::from_slice(bytes).into_iter().next()?.ok()
}

impl Document {
    fn into_member(self) -> Member {
        let Self { id, peer_urls, is_learner, name, client_urls } = self;
        Member { id: MemberId(id), name, peer_urls, client_urls, is_learner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = r#"{"id":7593841498379321073,"peerURLs":["https://10.89.1.4:2380"],"name":"cp1","clientURLs":["https://10.89.1.4:2379"]}"#;
    const ADDED: &str = r#"{"id":2,"peerURLs":["https://10.89.1.3:2380"],"isLearner":true}"#;

    fn found(bytes: &[u8]) -> Vec<(u64, String)> {
        members_in(bytes).unwrap().into_iter().map(|member| (member.id.0, member.name)).collect()
    }

    #[test]
    fn documents_are_found_between_other_bytes_each_once() {
        let bytes =
            [b"\0page{", OWN.as_bytes(), b"\xff{\"id\":1}", ADDED.as_bytes(), OWN.as_bytes()].concat();
        assert_eq!(found(&bytes), [(7_593_841_498_379_321_073, "cp1".to_owned()), (2, String::new())]);
        assert!(found(&bytes[..20]).is_empty());
    }

    #[test]
    fn one_that_lies_across_two_pieces_is_found() {
        for before in [usize::try_from(CHUNK).unwrap() - 40, usize::try_from(CHUNK).unwrap() + 3] {
            let bytes = [vec![b'{'; before], OWN.into(), vec![0; 5]].concat();
            assert_eq!(found(&bytes).len(), 1, "{before}");
        }
    }

    #[test]
    fn where_there_is_no_database_nobody_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        assert!(remembered(folder.path()).unwrap().is_empty());
    }
}
