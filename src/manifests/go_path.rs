//! Paths as text, in the form that Go's `path/filepath` gives them; the reference's flags and volumes carry it.

/// `directory/name` without doubled slashes, `.` and `..` (<https://pkg.go.dev/path/filepath#Join>).
pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { clean(name) } else { clean(&format!("{directory}/{name}")) }
}

/// What stands before the last slash, cleaned; `.` where there is no slash (<https://pkg.go.dev/path/filepath#Dir>).
pub fn parent(path: &str) -> String {
    path.rfind('/').map_or_else(|| ".".to_owned(), |slash| clean(&path[..=slash]))
}

/// The shortest path of the same meaning by its text alone (<https://pkg.go.dev/path/filepath#Clean>).
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            name => kept.push(name),
        }
    }
    let rest = kept.join("/");
    match (rooted, rest.is_empty()) {
        (true, _) => format!("/{rest}"),
        (false, true) => ".".to_owned(),
        (false, false) => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_paths_are_clean() {
        // Each as Go's filepath.Join gives it.
        for (directory, name, path) in [
            ("/etc/kubernetes/pki", "ca.crt", "/etc/kubernetes/pki/ca.crt"),
            ("/etc/kubernetes/pki/", "etcd/ca.crt", "/etc/kubernetes/pki/etcd/ca.crt"),
            ("/a//b/../c/.", "x", "/a/c/x"),
            ("/", "x", "/x"),
            ("", "x", "x"),
            ("/..", "x", "/x"),
            ("../..", "x", "../../x"),
        ] {
            assert_eq!(join(directory, name), path);
        }
    }

    #[test]
    fn a_parent_is_clean_and_a_bare_name_has_the_dot() {
        for (path, directory) in
            [("/a/b.crt", "/a"), ("/a/b/", "/a/b"), ("b.crt", "."), ("", "."), ("/b", "/"), ("a//b", "a")]
        {
            assert_eq!(parent(path), directory);
        }
    }
}
