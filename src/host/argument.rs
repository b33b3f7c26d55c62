//! Files and folders that the command line names → their texts. They are the user's, and not the node's.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::whole::open_file;
use crate::text::{NotUtf8, decode};

/// Of one file: far more than anybody writes.
const MOST_BYTES: u64 = 4 << 20;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// Nothing is there.
    #[error("there is no such file")]
    Absent,
    /// It has no text.
    #[error("it is a folder")]
    Folder,
    /// By its mode, or that of a folder above it.
    #[error("it may not be read by this user")]
    Denied,
    /// It may have no end.
    #[error("it is larger than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
    /// Its bytes are no text, or text in another encoding.
    #[error(transparent)]
    Encoding(#[from] NotUtf8),
    /// Anything else that the kernel says.
    #[error(transparent)]
    Failed(io::Error),
}

/// Why the files below a folder were not read.
#[derive(Debug)]
pub enum UnreadFolder {
    /// The folder, or one below it.
    Folder(PathBuf, Unread),
    /// A file in it.
    File(PathBuf, Unread),
}

/// The text of a file, or of standard input for `-`.
pub fn read_argument(path: &str) -> Result<String, Unread> {
    if path == "-" { text_of(io::stdin()) } else { text_of(std::fs::File::open(path)?) }
}

/// The text of a file.
pub fn read_file(path: &Path) -> Result<String, Unread> {
    text_of(std::fs::File::open(path)?)
}

/// Every file below a folder, by its path from there; the text is empty of those that are not `wanted`, which are not read.
pub fn read_folder(
    folder: &Path,
    wanted: &dyn Fn(&Path) -> bool,
) -> Result<BTreeMap<PathBuf, String>, UnreadFolder> {
    let mut files = BTreeMap::new();
    read_below(folder, Path::new(""), wanted, &mut files)?;
    Ok(files)
}

fn read_below(
    folder: &Path,
    below: &Path,
    wanted: &dyn Fn(&Path) -> bool,
    files: &mut BTreeMap<PathBuf, String>,
) -> Result<(), UnreadFolder> {
    let unread = |error: io::Error| UnreadFolder::Folder(folder.to_owned(), error.into());
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let (place, name) = (entry.path(), below.join(entry.file_name()));
        // A link to a folder may lead in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            read_below(&place, &name, wanted, files)?;
        } else {
            let text = if wanted(&name) { read_below_folder(&place) } else { Ok(String::new()) };
            files.insert(name, text.map_err(|error| UnreadFolder::File(place, error))?);
        }
    }
    Ok(())
}

fn read_below_folder(place: &Path) -> Result<String, Unread> {
    text_of(open_file(place)?)
}

/// Why the folder cannot be listed, if it cannot.
pub fn folder_fault(folder: &Path) -> Option<io::Error> {
    std::fs::read_dir(folder).err()
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
