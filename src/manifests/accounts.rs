//! The control plane's users and groups: the host's account files → the numbers in use, and the files to write.
//!
//! Names, ranges and rules are KEP-2568's: system users without a shell, one group each, and a group for the two
//! who read the service account key. The files are bytes: what others have written there stays as it is.

use std::ops::RangeInclusive;

use super::rootless::{Identities, Identity};

const ETCD: &str = "kubeadm-etcd";
const API_SERVER: &str = "kubeadm-kas";
const CONTROLLER_MANAGER: &str = "kubeadm-kcm";
const SCHEDULER: &str = "kubeadm-ks";
const KEY_READERS: &str = "kubeadm-sa-key-readers";
const NO_SHELL: &str = "/bin/false";

const USERS: &[&str] = &[ETCD, API_SERVER, CONTROLLER_MANAGER, SCHEDULER];

/// Each group with its members.
const GROUPS: [(&str, &str); 5] = [
    (ETCD, ETCD),
    (API_SERVER, API_SERVER),
    (CONTROLLER_MANAGER, CONTROLLER_MANAGER),
    (SCHEDULER, SCHEDULER),
    (KEY_READERS, "kubeadm-kas,kubeadm-kcm"),
];

/// What is in `/etc/login.defs` (nothing where there is none), `/etc/passwd` and `/etc/group`.
#[derive(Debug, Clone, Copy)]
pub struct AccountFiles<'a> {
    /// The ranges of the system's numbers; empty where there is no such file.
    pub login_defs: &'a [u8],
    /// The users.
    pub passwd: &'a [u8],
    /// The groups and their members.
    pub group: &'a [u8],
}

/// The users' numbers and the two files as they shall be; unchanged where all users are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// The numbers with which the static pods run.
    pub identities: Identities,
    /// The whole of `/etc/passwd`.
    pub passwd: Vec<u8>,
    /// The whole of `/etc/group`.
    pub group: Vec<u8>,
}

/// Why the control plane's users cannot be made. Each says what to do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AccountsError {
    /// A line that has not the fields of an account.
    #[error("{file} line {line} is not an account entry; correct the file")]
    Malformed {
        /// `/etc/passwd`, `/etc/group` or `/etc/login.defs`.
        file: &'static str,
        /// The line's number, counted from 1.
        line: usize,
    },
    /// A user or group is there whose number is not one of the system's.
    #[error(
        "{name:?} has the number {id}, outside of the system's range {min} to {max}; remove or renumber it"
    )]
    OutOfRange {
        /// The user or group.
        name: String,
        /// Its number.
        id: u32,
        /// The first number of the range.
        min: u32,
        /// The last one.
        max: u32,
    },
    /// A user is there with whom somebody could log in.
    #[error(
        "user {name:?} has the shell {shell:?} where /bin/false is expected; remove the user or change its shell"
    )]
    Shell {
        /// The user.
        name: String,
        /// Its shell.
        shell: String,
    },
    /// A user is there whose group is another than its own.
    #[error("user {name:?} is not in a group of its own name; remove the user or change its group")]
    Group {
        /// The user.
        name: String,
    },
    /// A group is there with other members.
    #[error(
        "group {name:?} has the members {found:?} where {wanted:?} is expected; remove or change the group"
    )]
    Members {
        /// The group.
        name: String,
        /// Its members, with commas between.
        found: String,
        /// The members that it should have, in the same form.
        wanted: String,
    },
    /// Every number of the range is taken.
    #[error("no number is free between {min} and {max} for {name:?}; widen the range in /etc/login.defs")]
    Full {
        /// The user or group that needs one.
        name: String,
        /// The first number of the range.
        min: u32,
        /// The last one.
        max: u32,
    },
}

struct User<'a> {
    name: &'a [u8],
    uid: u32,
    gid: u32,
    shell: &'a [u8],
}

struct Group<'a> {
    name: &'a [u8],
    gid: u32,
    members: &'a [u8],
}

/// Finds the control plane's accounts among the host's and adds those that are missing.
///
/// # Errors
/// A file cannot be read as what it is, an account of that name differs from what is wanted, or no number is free.
pub fn ensure(files: AccountFiles) -> Result<Accounts, AccountsError> {
    let (uids, gids) = (range(files.login_defs, "UID")?, range(files.login_defs, "GID")?);
    let mut users = parse_users(files.passwd)?;
    let mut groups = parse_groups(files.group)?;
    let (known_users, known_groups) = (users.len(), groups.len());
    for (name, members) in GROUPS {
        check_group(name, members, &groups, &gids)?;
    }
    for &name in USERS {
        check_user(name, &users, &groups, &uids)?;
    }
    add_groups(&mut groups, &gids)?;
    add_users(&mut users, &groups, &uids)?;
    let passwd = users[known_users..].iter().map(User::to_line);
    let group = groups[known_groups..].iter().map(Group::to_line);
    Ok(Accounts {
        identities: identities(&users, &groups)?,
        passwd: extended(files.passwd, passwd),
        group: extended(files.group, group),
    })
}

/// `/etc/passwd` and `/etc/group` without the control plane's accounts; `None` where none are there.
pub fn without(passwd: &[u8], group: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let groups = GROUPS.map(|(name, _)| name);
    let left = (without_names(passwd, USERS), without_names(group, &groups));
    (left.0 != passwd || left.1 != group).then_some(left)
}

fn without_names(text: &[u8], names: &[&str]) -> Vec<u8> {
    let is_one = |line: &&[u8]| {
        let name = line.iter().position(|byte| *byte == b':').map(|end| line[..end].trim_ascii());
        name.is_some_and(|name| names.iter().any(|own| own.as_bytes() == name))
    };
    lines(text).filter(|line| !is_one(line)).collect::<Vec<_>>().concat()
}

/// Each with its end.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// `SYS_UID_MIN` and its like, 100 to 999 where not said.
fn range(login_defs: &[u8], kind: &str) -> Result<RangeInclusive<u32>, AccountsError> {
    let bound = |end: &str, default: u32| {
        let wanted = format!("SYS_{kind}_{end}");
        let mut lines = lines(login_defs).enumerate();
        let value = lines.find_map(|(index, line)| Some((index, line.strip_prefix(wanted.as_bytes())?)));
        value.map_or(Ok(default), |(index, text)| number("/etc/login.defs", index, text.trim_ascii()))
    };
    Ok(bound("MIN", 100)?..=bound("MAX", 999)?)
}

fn number(file: &'static str, index: usize, text: &[u8]) -> Result<u32, AccountsError> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.ok_or(AccountsError::Malformed { file, line: index + 1 })
}

fn parse_users(passwd: &[u8]) -> Result<Vec<User<'_>>, AccountsError> {
    let file = "/etc/passwd";
    entries(passwd)
        .map(|(index, line)| match line.split(|byte| *byte == b':').collect::<Vec<_>>()[..] {
            [name, _, uid, gid, _, _, shell] => {
                Ok(User { name, uid: number(file, index, uid)?, gid: number(file, index, gid)?, shell })
            }
            _ => Err(AccountsError::Malformed { file, line: index + 1 }),
        })
        .collect()
}

fn parse_groups(group: &[u8]) -> Result<Vec<Group<'_>>, AccountsError> {
    let file = "/etc/group";
    entries(group)
        .map(|(index, line)| match line.split(|byte| *byte == b':').collect::<Vec<_>>()[..] {
            [name, _, gid, members] => Ok(Group { name, gid: number(file, index, gid)?, members }),
            _ => Err(AccountsError::Malformed { file, line: index + 1 }),
        })
        .collect()
}

/// Those of this host: neither comments nor what NIS adds (nsswitch.conf(5), `compat`).
fn entries(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = lines(text).map(<[u8]>::trim_ascii).enumerate();
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#") && !is_of_nis(line))
}

fn is_of_nis(line: &[u8]) -> bool {
    line.starts_with(b"+") || line.starts_with(b"-")
}

fn check_group(
    name: &str,
    members: &str,
    groups: &[Group],
    gids: &RangeInclusive<u32>,
) -> Result<(), AccountsError> {
    groups.iter().filter(|group| group.name == name.as_bytes()).try_for_each(|found| {
        in_range(name, found.gid, gids)?;
        if found.members == members.as_bytes() {
            return Ok(());
        }
        let (found, wanted) = (String::from_utf8_lossy(found.members).into_owned(), members.to_owned());
        Err(AccountsError::Members { name: name.to_owned(), found, wanted })
    })
}

fn check_user(
    name: &str,
    users: &[User],
    groups: &[Group],
    uids: &RangeInclusive<u32>,
) -> Result<(), AccountsError> {
    users.iter().filter(|user| user.name == name.as_bytes()).try_for_each(|user| {
        in_range(name, user.uid, uids)?;
        if user.shell != NO_SHELL.as_bytes() {
            let shell = String::from_utf8_lossy(user.shell).into_owned();
            return Err(AccountsError::Shell { name: name.to_owned(), shell });
        }
        let its_group = groups.iter().find(|group| group.gid == user.gid);
        let in_its_group = its_group.is_some_and(|group| group.name == name.as_bytes());
        if in_its_group { Ok(()) } else { Err(AccountsError::Group { name: name.to_owned() }) }
    })
}

fn in_range(name: &str, id: u32, range: &RangeInclusive<u32>) -> Result<(), AccountsError> {
    if range.contains(&id) {
        return Ok(());
    }
    Err(AccountsError::OutOfRange { name: name.to_owned(), id, min: *range.start(), max: *range.end() })
}

fn add_groups(groups: &mut Vec<Group>, gids: &RangeInclusive<u32>) -> Result<(), AccountsError> {
    for (name, members) in GROUPS {
        if groups.iter().all(|group| group.name != name.as_bytes()) {
            let taken: Vec<u32> = groups.iter().map(|group| group.gid).collect();
            groups.push(Group {
                name: name.as_bytes(),
                gid: free(name, &taken, gids)?,
                members: members.as_bytes(),
            });
        }
    }
    Ok(())
}

fn add_users(
    users: &mut Vec<User>,
    groups: &[Group],
    uids: &RangeInclusive<u32>,
) -> Result<(), AccountsError> {
    for &name in USERS {
        if users.iter().all(|user| user.name != name.as_bytes()) {
            let taken: Vec<u32> = users.iter().map(|user| user.uid).collect();
            users.push(User {
                name: name.as_bytes(),
                uid: free(name, &taken, uids)?,
                gid: gid(name, groups)?,
                shell: NO_SHELL.as_bytes(),
            });
        }
    }
    Ok(())
}

fn free(name: &str, taken: &[u32], range: &RangeInclusive<u32>) -> Result<u32, AccountsError> {
    let full = || AccountsError::Full { name: name.to_owned(), min: *range.start(), max: *range.end() };
    range.clone().find(|id| !taken.contains(id)).ok_or_else(full)
}

fn gid(name: &str, groups: &[Group]) -> Result<u32, AccountsError> {
    let found = groups.iter().find(|group| group.name == name.as_bytes());
    found.map(|group| group.gid).ok_or_else(|| AccountsError::Group { name: name.to_owned() })
}

fn identities(users: &[User], groups: &[Group]) -> Result<Identities, AccountsError> {
    let identity = |name: &str| {
        let user = users.iter().find(|user| user.name == name.as_bytes());
        let uid = user.map(|user| user.uid).ok_or_else(|| AccountsError::Group { name: name.to_owned() })?;
        Ok(Identity { uid, gid: gid(name, groups)? })
    };
    Ok(Identities {
        etcd: identity(ETCD)?,
        api_server: identity(API_SERVER)?,
        controller_manager: identity(CONTROLLER_MANAGER)?,
        scheduler: identity(SCHEDULER)?,
        key_readers: gid(KEY_READERS, groups)?,
    })
}

impl User<'_> {
    fn to_line(&self) -> Vec<u8> {
        [self.name, format!(":x:{}:{}:::", self.uid, self.gid).as_bytes(), self.shell, b"\n"].concat()
    }
}

impl Group<'_> {
    fn to_line(&self) -> Vec<u8> {
        [self.name, format!(":x:{}:", self.gid).as_bytes(), self.members, b"\n"].concat()
    }
}

/// The text with one line more for each entry, before those that NIS adds: what is behind these may not count.
fn extended(text: &[u8], entries: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let own: usize = lines(text).take_while(|line| !is_of_nis(line)).map(<[u8]>::len).sum();
    let added = entries.collect::<Vec<_>>().concat();
    let is_ended = own == 0 || text[..own].ends_with(b"\n");
    let end: &[u8] = if is_ended || added.is_empty() { b"" } else { b"\n" };
    [&text[..own], end, &added, &text[own..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nsystemd-x:x:100:101::/:/usr/sbin/nologin";
    const GROUP: &str = "root:x:0:\nsystemd-x:x:101:\n";

    fn files<'a>(passwd: &'a str, group: &'a str) -> AccountFiles<'a> {
        let login_defs = b"# SYS_UID_MIN 5\nSYS_UID_MIN\t\t 200\n";
        AccountFiles { login_defs, passwd: passwd.as_bytes(), group: group.as_bytes() }
    }

    fn again<'a>(passwd: &'a [u8], group: &'a [u8]) -> AccountFiles<'a> {
        AccountFiles { passwd, group, ..files("", "") }
    }

    #[test]
    fn what_is_no_utf8_and_ends_as_windows_has_it_stays_byte_for_byte() {
        let passwd = b"root:x:0:0:root:/root:/bin/bash\r\njos\xe9:x:1000:1000:Jos\xe9:/home/jos\xe9:/bin/sh\r\n#\xff\n";
        let group = b"root:x:0:\njos\xe9:x:1000:jos\xe9";
        let added = ensure(again(passwd, group)).unwrap();
        assert!(added.passwd.starts_with(passwd) && added.group.starts_with(group));
        let (left, groups) = without(&added.passwd, &added.group).unwrap();
        assert_eq!((left.as_slice(), groups), (&passwd[..], [&group[..], b"\n"].concat()));
    }

    #[test]
    fn what_is_added_stands_before_what_nis_adds() {
        let passwd = b"root:x:0:0::/root:/bin/sh\n+@admins::::::\n+::::::";
        let added = ensure(again(passwd, b"+:::\n")).unwrap();
        assert!(added.passwd.starts_with(b"root:x:0:0::/root:/bin/sh\nkubeadm-etcd:"));
        assert!(added.passwd.ends_with(b"\n+@admins::::::\n+::::::"));
        assert!(added.group.ends_with(b"\n+:::\n"));
        assert_eq!(ensure(again(&added.passwd, &added.group)).unwrap(), added);
        assert_eq!(without(&added.passwd, &added.group), Some((passwd.to_vec(), b"+:::\n".to_vec())));
    }

    #[test]
    fn each_of_several_accounts_of_one_name_is_looked_at() {
        let whole = ensure(files(PASSWD, GROUP)).unwrap();
        let twice = [&whole.passwd[..], b"kubeadm-etcd:x:0:0:::/bin/sh\n"].concat();
        assert!(matches!(ensure(again(&twice, &whole.group)), Err(AccountsError::OutOfRange { .. })));
    }

    #[test]
    fn missing_accounts_take_the_first_free_system_numbers() {
        let accounts = ensure(files(PASSWD, GROUP)).unwrap();
        assert_eq!(accounts.identities.etcd, Identity { uid: 200, gid: 100 });
        assert_eq!(accounts.identities.api_server, Identity { uid: 201, gid: 102 });
        assert_eq!(accounts.identities.key_readers, 105);
        let third = lines(&accounts.passwd).nth(2);
        assert_eq!(third, Some(&b"kubeadm-etcd:x:200:100:::/bin/false\n"[..]));
        assert!(accounts.group.ends_with(b"kubeadm-sa-key-readers:x:105:kubeadm-kas,kubeadm-kcm\n"));
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let first = ensure(files(PASSWD, GROUP)).unwrap();
        assert_eq!(ensure(again(&first.passwd, &first.group)).unwrap(), first);
    }

    #[test]
    fn groups_that_were_written_before_their_users_are_gone_on_from() {
        let whole = ensure(files(PASSWD, GROUP)).unwrap();
        assert_eq!(ensure(again(PASSWD.as_bytes(), &whole.group)).unwrap(), whole);
    }

    #[test]
    fn what_was_added_can_be_taken_out_again_and_the_rest_stays_byte_for_byte() {
        let (passwd, group) = (format!("{PASSWD}\n# a comment\n"), format!("{GROUP}kubeadm-etcd-x:x:7:\n"));
        let added = ensure(files(PASSWD, &group)).unwrap();
        let taken = without(&added.passwd, &added.group).unwrap();
        assert_eq!(taken, (format!("{PASSWD}\n").into_bytes(), group.clone().into_bytes()));
        assert_eq!(without(passwd.as_bytes(), group.as_bytes()), None);
    }

    #[test]
    fn accounts_of_our_names_that_are_not_ours_are_refused() {
        let shell = format!("{PASSWD}\nkubeadm-ks:x:300:300:::/bin/sh\n");
        assert!(matches!(ensure(files(&shell, GROUP)), Err(AccountsError::Shell { .. })));
        let group = format!("{PASSWD}\nkubeadm-ks:x:300:101:::/bin/false\n");
        assert!(matches!(ensure(files(&group, GROUP)), Err(AccountsError::Group { .. })));
        let range = format!("{PASSWD}\nkubeadm-ks:x:3000:101:::/bin/false\n");
        assert!(matches!(ensure(files(&range, GROUP)), Err(AccountsError::OutOfRange { .. })));
        let members = format!("{GROUP}kubeadm-ks:x:300:eve\n");
        assert!(matches!(ensure(files(PASSWD, &members)), Err(AccountsError::Members { .. })));
    }

    #[test]
    fn malformed_files_are_named_with_their_line() {
        let error = ensure(files("root:x:0:0", GROUP)).unwrap_err();
        assert_eq!(error, AccountsError::Malformed { file: "/etc/passwd", line: 1 });
        let full = AccountFiles { login_defs: b"SYS_GID_MAX 101", ..files(PASSWD, GROUP) };
        assert!(matches!(ensure(full), Err(AccountsError::Full { .. })));
    }
}
