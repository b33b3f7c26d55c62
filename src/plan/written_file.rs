//! A planned file as JSON: what is no secret as its text, or in base64 where it is none; and nothing of a secret.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::{Content, Expect, File, FileKind};

/// A [`File`] in JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct WrittenFile {
    path: PathBuf,
    kind: FileKind,
    content: Option<WrittenContent>,
    expect: Expect,
}

#[derive(Serialize, Deserialize)]
enum WrittenContent {
    Text(String),
    Base64(String),
}

/// Without the content, which is a secret's where it has been put back in.
impl fmt::Debug for WrittenContent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("WrittenContent(…)")
    }
}

/// Why JSON is no file.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    #[error("the content of {} is secret and was left out", .0.display())]
    LeftOut(PathBuf),
    #[error("the content of {} is no base64", .0.display())]
    NoBase64(PathBuf),
}

impl From<File> for WrittenFile {
    fn from(file: File) -> Self {
        let bytes = (!file.kind.is_secret()).then(|| file.content.bytes());
        let content = bytes.map(|bytes| match str::from_utf8(bytes) {
            Ok(text) => WrittenContent::Text(text.to_owned()),
            Err(_) => WrittenContent::Base64(BASE64.encode(bytes)),
        });
        Self { path: file.path, kind: file.kind, content, expect: file.expect }
    }
}

impl TryFrom<WrittenFile> for File {
    type Error = BadFile;

    fn try_from(written: WrittenFile) -> Result<Self, BadFile> {
        let WrittenFile { path, kind, content, expect } = written;
        let content = match content {
            Some(WrittenContent::Text(text)) => Content::new(text),
            Some(WrittenContent::Base64(text)) => match BASE64.decode(text) {
                Ok(bytes) => Content::new(bytes),
                Err(_) => return Err(BadFile::NoBase64(path)),
            },
            None => return Err(BadFile::LeftOut(path)),
        };
        Ok(Self { path, kind, content, expect })
    }
}
