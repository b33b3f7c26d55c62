//! The control plane's users and groups: the host's account files → the numbers in use, and the files to write.
//!
//! Names, ranges and rules are KEP-2568's: system users without a shell, one group each, and a group for the two
//! who read the service account key.

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

/// The texts of `/etc/login.defs` (empty where there is none), `/etc/passwd` and `/etc/group`.
#[derive(Debug, Clone, Copy)]
pub struct AccountFiles<'a> {
    pub login_defs: &'a str,
    pub passwd: &'a str,
    pub group: &'a str,
}

/// The users' numbers and the two files as they shall be; unchanged where all users are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    pub identities: Identities,
    pub passwd: String,
    pub group: String,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AccountsError {
    #[error("{file} line {line} is not an account entry; mend the file")]
    Malformed { file: &'static str, line: usize },
    #[error(
        "{name:?} has the number {id}, outside of the system's range {min} to {max}; remove or renumber it"
    )]
    OutOfRange { name: String, id: u32, min: u32, max: u32 },
    #[error(
        "user {name:?} has the shell {shell:?} where /bin/false is expected; remove the user or change its shell"
    )]
    Shell { name: String, shell: String },
    #[error("user {name:?} is not in a group of its own name; remove the user or change its group")]
    Group { name: String },
    #[error(
        "group {name:?} has the members {found:?} where {wanted:?} is expected; remove or change the group"
    )]
    Members { name: String, found: String, wanted: String },
    #[error("no number is free between {min} and {max} for {name:?}; widen the range in /etc/login.defs")]
    Full { name: String, min: u32, max: u32 },
}

struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    shell: &'a str,
}

struct Group<'a> {
    name: &'a str,
    gid: u32,
    members: &'a str,
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
pub fn without(passwd: &str, group: &str) -> Option<(String, String)> {
    let groups = GROUPS.map(|(name, _)| name);
    let left = (without_names(passwd, USERS), without_names(group, &groups));
    (left.0 != passwd || left.1 != group).then_some(left)
}

fn without_names(text: &str, names: &[&str]) -> String {
    let stays = |line: &&str| line.split_once(':').is_none_or(|(name, _)| !names.contains(&name.trim()));
    text.split_inclusive('\n').filter(stays).collect()
}

/// `SYS_UID_MIN` and its like, 100 to 999 where not said.
fn range(login_defs: &str, kind: &str) -> Result<RangeInclusive<u32>, AccountsError> {
    let bound = |end: &str, default: u32| {
        let wanted = format!("SYS_{kind}_{end}");
        let mut lines = login_defs.lines().enumerate();
        let value = lines.find_map(|(index, line)| Some((index, line.strip_prefix(&wanted)?)));
        value.map_or(Ok(default), |(index, text)| number("/etc/login.defs", index, text.trim()))
    };
    Ok(bound("MIN", 100)?..=bound("MAX", 999)?)
}

fn number(file: &'static str, index: usize, text: &str) -> Result<u32, AccountsError> {
    text.parse().map_err(|_| AccountsError::Malformed { file, line: index + 1 })
}

fn parse_users(passwd: &str) -> Result<Vec<User<'_>>, AccountsError> {
    let file = "/etc/passwd";
    entries(passwd)
        .map(|(index, line)| match line.split(':').collect::<Vec<_>>()[..] {
            [name, _, uid, gid, _, _, shell] => {
                Ok(User { name, uid: number(file, index, uid)?, gid: number(file, index, gid)?, shell })
            }
            _ => Err(AccountsError::Malformed { file, line: index + 1 }),
        })
        .collect()
}

fn parse_groups(group: &str) -> Result<Vec<Group<'_>>, AccountsError> {
    let file = "/etc/group";
    entries(group)
        .map(|(index, line)| match line.split(':').collect::<Vec<_>>()[..] {
            [name, _, gid, members] => Ok(Group { name, gid: number(file, index, gid)?, members }),
            _ => Err(AccountsError::Malformed { file, line: index + 1 }),
        })
        .collect()
}

fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty())
}

fn check_group(
    name: &str,
    members: &str,
    groups: &[Group],
    gids: &RangeInclusive<u32>,
) -> Result<(), AccountsError> {
    let Some(found) = groups.iter().find(|group| group.name == name) else { return Ok(()) };
    in_range(name, found.gid, gids)?;
    if found.members == members {
        return Ok(());
    }
    let (found, wanted) = (found.members.to_owned(), members.to_owned());
    Err(AccountsError::Members { name: name.to_owned(), found, wanted })
}

fn check_user(
    name: &str,
    users: &[User],
    groups: &[Group],
    uids: &RangeInclusive<u32>,
) -> Result<(), AccountsError> {
    let Some(user) = users.iter().find(|user| user.name == name) else { return Ok(()) };
    in_range(name, user.uid, uids)?;
    if user.shell != NO_SHELL {
        return Err(AccountsError::Shell { name: name.to_owned(), shell: user.shell.to_owned() });
    }
    let in_its_group =
        groups.iter().find(|group| group.gid == user.gid).is_some_and(|group| group.name == name);
    if in_its_group { Ok(()) } else { Err(AccountsError::Group { name: name.to_owned() }) }
}

fn in_range(name: &str, id: u32, range: &RangeInclusive<u32>) -> Result<(), AccountsError> {
    if range.contains(&id) {
        return Ok(());
    }
    Err(AccountsError::OutOfRange { name: name.to_owned(), id, min: *range.start(), max: *range.end() })
}

fn add_groups(groups: &mut Vec<Group>, gids: &RangeInclusive<u32>) -> Result<(), AccountsError> {
    for (name, members) in GROUPS {
        if groups.iter().all(|group| group.name != name) {
            let taken: Vec<u32> = groups.iter().map(|group| group.gid).collect();
            groups.push(Group { name, gid: free(name, &taken, gids)?, members });
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
        if users.iter().all(|user| user.name != name) {
            let taken: Vec<u32> = users.iter().map(|user| user.uid).collect();
            users.push(User {
                name,
                uid: free(name, &taken, uids)?,
                gid: gid(name, groups)?,
                shell: NO_SHELL,
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
    let found = groups.iter().find(|group| group.name == name);
    found.map(|group| group.gid).ok_or_else(|| AccountsError::Group { name: name.to_owned() })
}

fn identities(users: &[User], groups: &[Group]) -> Result<Identities, AccountsError> {
    let identity = |name: &str| {
        let user = users.iter().find(|user| user.name == name);
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
    fn to_line(&self) -> String {
        format!("{}:x:{}:{}:::{}", self.name, self.uid, self.gid, self.shell)
    }
}

impl Group<'_> {
    fn to_line(&self) -> String {
        format!("{}:x:{}:{}", self.name, self.gid, self.members)
    }
}

/// The text with one line more for each entry.
fn extended(text: &str, lines: impl Iterator<Item = String>) -> String {
    let mut whole = text.to_owned();
    for line in lines {
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push_str(&line);
        whole.push('\n');
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nsystemd-x:x:100:101::/:/usr/sbin/nologin";
    const GROUP: &str = "root:x:0:\nsystemd-x:x:101:\n";

    fn files<'a>(passwd: &'a str, group: &'a str) -> AccountFiles<'a> {
        AccountFiles { login_defs: "# SYS_UID_MIN 5\nSYS_UID_MIN\t\t 200\n", passwd, group }
    }

    #[test]
    fn missing_accounts_take_the_first_free_system_numbers() {
        let accounts = ensure(files(PASSWD, GROUP)).unwrap();
        assert_eq!(accounts.identities.etcd, Identity { uid: 200, gid: 100 });
        assert_eq!(accounts.identities.api_server, Identity { uid: 201, gid: 102 });
        assert_eq!(accounts.identities.key_readers, 105);
        assert_eq!(accounts.passwd.lines().nth(2), Some("kubeadm-etcd:x:200:100:::/bin/false"));
        assert!(accounts.group.ends_with("kubeadm-sa-key-readers:x:105:kubeadm-kas,kubeadm-kcm\n"));
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let first = ensure(files(PASSWD, GROUP)).unwrap();
        assert_eq!(ensure(files(&first.passwd, &first.group)).unwrap(), first);
    }

    #[test]
    fn groups_that_were_written_before_their_users_are_gone_on_from() {
        let whole = ensure(files(PASSWD, GROUP)).unwrap();
        assert_eq!(ensure(files(PASSWD, &whole.group)).unwrap(), whole);
    }

    #[test]
    fn what_was_added_can_be_taken_out_again_and_the_rest_stays_byte_for_byte() {
        let (passwd, group) = (format!("{PASSWD}\n# a comment\n"), format!("{GROUP}kubeadm-etcd-x:x:7:\n"));
        let added = ensure(files(PASSWD, &group)).unwrap();
        let taken = without(&added.passwd, &added.group).unwrap();
        assert_eq!(taken, (format!("{PASSWD}\n"), group.clone()));
        assert_eq!(without(&passwd, &group), None);
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
        let full = AccountFiles { login_defs: "SYS_GID_MAX 101", passwd: PASSWD, group: GROUP };
        assert!(matches!(ensure(full), Err(AccountsError::Full { .. })));
    }
}
