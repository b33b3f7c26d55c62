//! Files that the command line names → their texts.

use std::io::{self, Read};
use std::path::Path;

use crate::text::{NotUtf8, decode};

/// Of one file: far more than anybody writes.
const MOST_BYTES: u64 = 4 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Unread {
    #[error("there is no such file")]
    Absent,
    #[error("it is a folder")]
    Folder,
    #[error("it may not be read by this user")]
    Denied,
    #[error("it is larger than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
    #[error(transparent)]
    Encoding(#[from] NotUtf8),
    #[error(transparent)]
    Failed(io::Error),
}

/// `-` is standard input.
pub fn read_argument(path: &str) -> Result<String, Unread> {
    if path == "-" { text_of(io::stdin()) } else { text_of(std::fs::File::open(path)?) }
}

pub fn read_file(path: &Path) -> Result<String, Unread> {
    text_of(std::fs::File::open(path)?)
}

fn text_of(source: impl Read) -> Result<String, Unread> {
    let mut bytes = Vec::new();
    let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(Unread::TooLarge) } else { Ok(decode(bytes)?) }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Absent,
            io::ErrorKind::IsADirectory => Self::Folder,
            io::ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Failed(error),
        }
    }
}

impl Unread {
    /// What to do with `file`.
    pub fn hint(&self, file: &str) -> Option<String> {
        match self {
            Self::Encoding(error) => error.hint(file),
            Self::Absent | Self::Folder | Self::Denied | Self::TooLarge | Self::Failed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_not_read_to_it() {
        assert!(matches!(read_argument("/dev/zero"), Err(Unread::TooLarge)));
    }

    #[test]
    fn what_is_no_text_file_is_told_in_plain_words() {
        assert_eq!(read_argument("/nonexistent/x").unwrap_err().to_string(), "there is no such file");
        assert_eq!(read_argument("/").unwrap_err().to_string(), "it is a folder");
    }
}
