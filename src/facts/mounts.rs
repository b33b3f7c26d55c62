//! /proc/self/mountinfo → where file systems are mounted.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Every mount point, in the order of mounting (proc_pid_mountinfo(5)); one whose folder is gone has none.
pub fn parse_mountinfo(text: &str) -> Vec<PathBuf> {
    let point = |line: &str| Some(unescaped(line.split(' ').nth(4)?));
    text.lines()
        .filter_map(point)
        .filter(|path| !path.as_os_str().as_encoded_bytes().ends_with(b"//deleted"))
        .collect()
}

/// Those of `mounts` that lie in `folder`, in an order in which they can be unmounted: the deepest first, and of
/// several on one folder the last.
pub fn mounts_in(mounts: &[PathBuf], folder: &Path) -> Vec<PathBuf> {
    let mut inside: Vec<PathBuf> =
        mounts.iter().rev().filter(|path| path.starts_with(folder) && *path != folder).cloned().collect();
    inside.sort_by_key(|path| std::cmp::Reverse(path.components().count()));
    inside
}

/// The kernel writes space, tab, newline and backslash as three octal digits.
fn unescaped(field: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = field.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..3).filter(|_| *first == b'\\').and_then(octal);
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[3..] } else { tail };
    }
    OsString::from_vec(bytes).into()
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:30 / /var/lib/kubelet rw - xfs /dev/vdb rw
31 30 0:31 / /var/lib/kubelet/pods/a/volumes/x rw - tmpfs tmpfs rw
32 30 0:32 / /var/lib/kubelet/pods/a/volumes/x/inner rw - tmpfs tmpfs rw
33 31 0:33 / /var/lib/kubelet/pods/a/volumes/x rw - tmpfs tmpfs rw
34 22 0:34 / /var/lib/kubelet2 rw - tmpfs tmpfs rw
35 30 0:35 / /var/lib/kubelet/with\\040space\\134 rw - tmpfs tmpfs rw
36 30 0:36 / /var/lib/kubelet/gone//deleted rw - tmpfs tmpfs rw
";

    #[test]
    fn the_deepest_and_the_last_come_first_and_the_folder_itself_is_not_among_them() {
        let found = mounts_in(&parse_mountinfo(TEXT), Path::new("/var/lib/kubelet"));
        let wanted = [
            "/var/lib/kubelet/pods/a/volumes/x/inner",
            "/var/lib/kubelet/pods/a/volumes/x",
            "/var/lib/kubelet/pods/a/volumes/x",
            "/var/lib/kubelet/with space\\",
        ];
        assert_eq!(found, wanted.map(PathBuf::from));
    }

    #[test]
    fn what_only_looks_like_an_escape_is_kept() {
        for (field, path) in
            [("/a\\", "/a\\"), ("/a\\9", "/a\\9"), ("/a\\777", "/a\\777"), ("/\\303\\244", "/ä")]
        {
            assert_eq!(unescaped(field), Path::new(path), "{field}");
        }
    }
}
