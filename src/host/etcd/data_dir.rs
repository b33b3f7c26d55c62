//! An etcd's data directory → whether a member's data is in it.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::path::Path;
use std::{fs, io};

use crate::facts::DataDir;

/// `Filled` where there is a write-ahead log, by which etcd, too, tells a member that goes on from one that starts: the
/// folders alone are left over by an etcd that gave up before.
pub fn data_dir(path: &Path) -> io::Result<DataDir> {
    let logs = match fs::read_dir(path.join("member/wal")) {
        Ok(logs) => logs,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(DataDir::Empty),
        Err(error) => return Err(error),
    };
    for log in logs {
        if Path::new(&log?.file_name()).extension().is_some_and(|ending| ending == "wal") {
            return Ok(DataDir::Filled);
        }
    }
    Ok(DataDir::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_write_ahead_log_fills_it() {
        let folder = tempfile::tempdir().unwrap();
        let wal = folder.path().join("member/wal");
        assert_eq!(data_dir(folder.path()).unwrap(), DataDir::Empty);
        fs::create_dir_all(&wal).unwrap();
        fs::write(wal.join("0.tmp"), "").unwrap();
        assert_eq!(data_dir(folder.path()).unwrap(), DataDir::Empty);
        fs::write(wal.join("0000000000000000-0000000000000000.wal"), "").unwrap();
        assert_eq!(data_dir(folder.path()).unwrap(), DataDir::Filled);
    }
}
