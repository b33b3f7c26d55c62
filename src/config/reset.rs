//! A ResetConfiguration and the flags of `reset` → what is asked for; the host's answers make it complete.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checked::{self, empty};
use super::document::{self, Use};
use super::error::ConfigErrors;
use super::flags::{self, ResetFlags};
use super::given::{At, Located, Remarks, Section, Tree};
use super::problem::Problem;
use super::warning::ConfigWarning;
use super::{Timeouts, defaults, read};

/// What was asked for; [`RequestedReset::resolve`] adds the host's part.
#[derive(Debug, Clone)]
pub struct RequestedReset {
    /// That of the host's own control plane, or the usual one, where it is not given.
    pub certificates_dir: Option<PathBuf>,
    /// Whether `/etc/kubernetes/tmp` is removed.
    pub cleanup_tmp_dir: bool,
    /// With its scheme; the kubelet's, or the one runtime that is found, where it is not given.
    pub cri_socket: Option<String>,
    /// Whether nothing is changed, and what would be is told.
    pub dry_run: bool,
    /// Whether nothing is asked, and an etcd that does not let its member go does not end the reset.
    pub force: bool,
    /// By the checks' names; `all` is every one.
    pub ignore_preflight_errors: Vec<String>,
    /// With their places: which names there are is not the configuration's to say.
    pub skip_phases: Vec<Located<String>>,
    /// How the kubelet's mounts are released (umount2(2)); none unless given.
    pub unmount_flags: Vec<UnmountFlag>,
    /// The defaults stand where none were given.
    pub timeouts: Timeouts,
    /// To be shown, once, before anything is done.
    pub warnings: Vec<ConfigWarning>,
}

/// What `reset` works from: complete and valid.
#[derive(Debug, Clone)]
pub struct Reset {
    /// An absolute path, of which the contents are removed.
    pub certificates_dir: PathBuf,
    /// Whether `/etc/kubernetes/tmp` is removed.
    pub cleanup_tmp_dir: bool,
    /// The runtime's, with its scheme, whose pods are stopped.
    pub cri_socket: String,
    /// Whether nothing is changed, and what would be is told.
    pub dry_run: bool,
    /// Whether nothing is asked, and an etcd that does not let its member go does not end the reset.
    pub force: bool,
    /// By the checks' names; `all` is every one.
    pub ignore_preflight_errors: Vec<String>,
    /// The phases to leave out, by their names.
    pub skip_phases: Vec<String>,
    /// How the kubelet's mounts are released (umount2(2)); none unless given.
    pub unmount_flags: Vec<UnmountFlag>,
    /// The defaults stand where none were given.
    pub timeouts: Timeouts,
}

/// What a host answers where the user said nothing.
#[derive(Debug, Clone, Default)]
pub struct ResetDefaults {
    /// Where this host's API server has its certificates.
    pub certificates_dir: Option<PathBuf>,
    /// The runtime that this host's kubelet works with.
    pub kubelet_socket: Option<String>,
    /// The known runtimes' sockets that are there, with their scheme.
    pub cri_sockets: Vec<String>,
}

/// A flag of umount2(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnmountFlag {
    /// MNT_FORCE.
    Force,
    /// MNT_DETACH: a lazy unmount, which ends once nobody uses the mount.
    Detach,
    /// MNT_EXPIRE: only a mount that nobody has used since it was marked.
    Expire,
    /// UMOUNT_NOFOLLOW: no link is followed.
    NoFollow,
}

impl UnmountFlag {
    /// In kubeadm's order.
    pub const ALL: [Self; 4] = [Self::Force, Self::Detach, Self::Expire, Self::NoFollow];

    /// As `unmountFlags` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Force => "MNT_FORCE",
            Self::Detach => "MNT_DETACH",
            Self::Expire => "MNT_EXPIRE",
            Self::NoFollow => "UMOUNT_NOFOLLOW",
        }
    }
}

/// Folders that a whole system lives in (FHS 3.0), and Kubernetes' neighbours below them.
pub const OF_THE_SYSTEM: &[&str] = &[
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib32",
    "/lib64",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/spool",
    "/var/tmp",
];

/// Whether `path` is a folder that is never emptied, whoever names it: by its text, which a link or a mount may give
/// another name, so that what is there is compared too.
pub fn is_of_the_system(path: &Path) -> bool {
    let upwards = path.components().any(|part| part == Component::ParentDir);
    let plain: PathBuf = path.components().collect();
    upwards || OF_THE_SYSTEM.iter().any(|known| plain == Path::new(known))
}

impl RequestedReset {
    /// Reads the configuration file's `text`, where there is one, and the flags.
    ///
    /// # Errors
    /// All offences at once: of the YAML, of fields and their types, of values, and flags that cannot stand beside a
    /// file.
    pub fn parse(text: Option<&str>, flags: &ResetFlags) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::of(flags.unknown);
        let tree = match text {
            Some(text) => of_file(text, flags, &mut remarks),
            None => flags::reset::document(flags, &mut remarks),
        };
        let requested = read::reset(Section::of(&tree), &mut remarks);
        let warnings = remarks.into_warnings()?;
        Ok(Self { warnings, ..requested })
    }

    /// With the host's answers where the user said nothing.
    ///
    /// # Errors
    /// Several runtimes are there, and nobody says which of them is the kubelet's.
    pub fn resolve(self, host: ResetDefaults) -> Result<Reset, ConfigErrors> {
        let asked = self.cri_socket.or(host.kubelet_socket);
        let cri_socket = match (asked, host.cri_sockets.as_slice()) {
            (Some(socket), _) => socket,
            (None, [only]) => only.clone(),
            (None, []) => defaults::CRI_SOCKET.to_owned(),
            (None, several) => {
                let problem = Problem::SeveralRuntimes { found: several.join(", ") };
                return Err(ConfigErrors(vec![At::host("criSocket").refuse(problem)]));
            }
        };
        let certificates_dir = self.certificates_dir.or(host.certificates_dir);
        Ok(Reset {
            certificates_dir: certificates_dir.unwrap_or_else(|| defaults::CERTIFICATES_DIR.into()),
            cleanup_tmp_dir: self.cleanup_tmp_dir,
            cri_socket,
            dry_run: self.dry_run,
            force: self.force,
            ignore_preflight_errors: self.ignore_preflight_errors,
            skip_phases: self.skip_phases.into_iter().map(|given| given.value).collect(),
            unmount_flags: self.unmount_flags,
            timeouts: self.timeouts,
        })
    }
}

fn of_file(text: &str, flags: &ResetFlags, remarks: &mut Remarks) -> Located<Tree> {
    let document = document::read(text, Use::Reset, remarks).reset;
    if document.is_none() && remarks.errors.is_empty() {
        remarks.refuse(&empty().at, Problem::NoSuchDocument { kind: "ResetConfiguration" });
    }
    let tree = document.map_or_else(empty, |document| checked::reset(&document, remarks));
    flags::reset::beside_config(flags, tree, remarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(body: &str) -> String {
        format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\n{body}")
    }

    fn parsed(body: &str) -> RequestedReset {
        RequestedReset::parse(Some(&file(body)), &ResetFlags::default())
            .unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn errors(text: &str, flags: &ResetFlags) -> Vec<String> {
        let errors = RequestedReset::parse(Some(text), flags).unwrap_err();
        errors.to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_field_is_read() {
        let reset = parsed(
            "certificatesDir: /pki\ncleanupTmpDir: true\ncriSocket: unix:///run/crio/crio.sock\ndryRun: true\nforce: true\n\
             ignorePreflightErrors: [IsPrivilegedUser]\nskipPhases: [preflight]\nunmountFlags: [MNT_DETACH, UMOUNT_NOFOLLOW]\n\
             timeouts:\n  etcdAPICall: 3s\n",
        );
        assert_eq!(reset.certificates_dir.as_deref(), Some(Path::new("/pki")));
        assert!(reset.cleanup_tmp_dir && reset.dry_run && reset.force);
        assert_eq!(reset.cri_socket.as_deref(), Some("unix:///run/crio/crio.sock"));
        assert_eq!(reset.ignore_preflight_errors, ["isprivilegeduser"]);
        assert_eq!(reset.skip_phases[0].value, "preflight");
        assert_eq!(reset.unmount_flags, [UnmountFlag::Detach, UnmountFlag::NoFollow]);
        assert_eq!(reset.timeouts.etcd_api_call.to_string(), "3s");
    }

    #[test]
    fn every_flag_finds_its_field() {
        let reset = RequestedReset::parse(
            None,
            &ResetFlags {
                unknown: crate::config::Unknown::Refused,
                cert_dir: Some("/pki".to_owned()),
                cleanup_tmp_dir: Some(true),
                cri_socket: Some("/run/x.sock".to_owned()),
                dry_run: Some(true),
                force: Some(true),
                ignore_preflight_errors: vec!["all".to_owned()],
                skip_phases: vec!["preflight,cleanup-node".to_owned()],
            },
        )
        .unwrap();
        assert_eq!(reset.certificates_dir.as_deref(), Some(Path::new("/pki")));
        assert!(reset.cleanup_tmp_dir && reset.dry_run && reset.force);
        assert_eq!(reset.cri_socket.as_deref(), Some("unix:///run/x.sock"));
        assert_eq!((reset.ignore_preflight_errors.len(), reset.skip_phases.len()), (1, 2));
        assert_eq!(reset.warnings.len(), 1, "a socket without its scheme");
    }

    #[test]
    fn all_offences_are_told_at_once_with_their_places() {
        let text =
            file("certificatesDir: pki\ncriSocket: tcp://x\nforced: true\nunmountFlags: [MNT_DETATCH]\n");
        let said = errors(&text, &ResetFlags { force: Some(true), ..ResetFlags::default() });
        let wanted = [
            "document 1 (ResetConfiguration), line 3, column 18: certificatesDir: \"pki\" is not an absolute path",
            "document 1 (ResetConfiguration), line 4, column 12: criSocket: \"tcp://x\" is not a runtime's socket; write it \
             as in unix:///var/run/containerd/containerd.sock",
            "document 1 (ResetConfiguration), line 5, column 1: forced: there is no such field; did you mean force?",
            "document 1 (ResetConfiguration), line 6, column 16: unmountFlags[0]: \"MNT_DETATCH\" is not one of MNT_FORCE, \
             MNT_DETACH, MNT_EXPIRE, UMOUNT_NOFOLLOW; did you mean MNT_DETACH?",
            "--force: cannot be given together with --config; set force in the file instead",
        ];
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_file_without_a_reset_configuration_is_refused() {
        let said =
            errors("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n", &ResetFlags::default());
        assert_eq!(said, ["configuration file: no ResetConfiguration in it"]);
    }

    #[test]
    fn folders_of_the_system_are_refused_however_they_are_written() {
        for path in ["/", "/etc", "/etc/", "//etc/.", "/etc/kubernetes/../", "/var/lib"] {
            let said = errors(&file(&format!("certificatesDir: {path}\n")), &ResetFlags::default());
            assert!(said[0].contains("folder of the system"), "{path}: {said:?}");
        }
        assert!(!is_of_the_system(Path::new("/etc/kubernetes/pki")) && !is_of_the_system(Path::new("/data")));
    }

    #[test]
    fn the_kubelet_s_runtime_decides_between_several() {
        let several = ResetDefaults {
            cri_sockets: vec!["unix:///run/a".to_owned(), "unix:///run/b".to_owned()],
            ..ResetDefaults::default()
        };
        let said = parsed("").resolve(several.clone()).unwrap_err().to_string();
        assert!(said.contains("several container runtimes found: unix:///run/a, unix:///run/b"), "{said}");
        let known = ResetDefaults { kubelet_socket: Some("unix:///run/b".to_owned()), ..several };
        assert_eq!(parsed("").resolve(known).unwrap().cri_socket, "unix:///run/b");
        assert_eq!(parsed("").resolve(ResetDefaults::default()).unwrap().cri_socket, defaults::CRI_SOCKET);
    }

    #[test]
    fn the_certificates_are_where_this_host_s_api_server_has_them() {
        let host = ResetDefaults { certificates_dir: Some("/srv/pki".into()), ..ResetDefaults::default() };
        assert_eq!(parsed("").resolve(host.clone()).unwrap().certificates_dir, Path::new("/srv/pki"));
        let given = parsed("certificatesDir: /pki\n").resolve(host).unwrap();
        assert_eq!(given.certificates_dir, Path::new("/pki"));
    }

    #[test]
    fn v1beta3_which_has_no_such_kind_is_refused_with_the_version_that_has_it() {
        let text = file("").replace("v1beta4", "v1beta3");
        let said = errors(&text, &ResetFlags::default());
        let wanted = "document 1 (ResetConfiguration), line 2, column 7: kind: ResetConfiguration is a kind of \
                      kubeadm.k8s.io/v1beta4, and kubeadm.k8s.io/v1beta3 has none; write apiVersion: kubeadm.k8s.io/v1beta4";
        assert_eq!(said, [wanted]);
    }
}
