//! What ends a command early, and the exit code that it ends with.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::certs::{BadCheck, CertsFailure, Codes};
use super::claim::{BadClaim, how_to_claim};
use super::explain::UnknownId;
use super::identify;
use super::images::NotPulled;
use super::invocation::Invocation;
use super::preflight;
use super::times::TIMELINE;
use super::token::TokenFailure;
use super::typography::Mistyped;
use super::upgrade::UpgradeFailure;
use super::usage;
use crate::causes::{Explanation, explain_discovery};
use crate::config::{ConfigError, ConfigErrors, SourceFile};
use crate::host::NotAnswered;
use crate::host::random::NoRandom;
use crate::host::{ApplyError, ClusterError, FaultKind, FileError, PhaseFailed, Stopped, Unread};
use crate::join::NotOpened;
use crate::join::discovery::DiscoveryError;
use crate::manifests::objects::BadObject;
use crate::manifests::patches::{PatchError, Unfit};
use crate::pki_graph::Severity;
use crate::plan::{PlanError, ResetRefused, UnknownPhase};
use crate::preflight::{Checked, Finding};
use crate::report::{
    self, BadOutput, Document, DocumentKind, ErrorEntry, ErrorId, FileDone, FilesDone, Format, NotRendered,
    Status,
};
use crate::versions::BadVersion;

/// Why a command ends without having done what it was to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// clap's own text says what was wrong, and how it is meant.
    #[error("{error}")]
    CommandLine {
        /// The command as far as it was understood, such as `init phase certs`.
        command: String,
        /// What clap found.
        error: clap::Error,
        /// What may have been meant.
        advice: Option<String>,
    },
    /// A word looks like a flag and is none: it has another dash, quote or space in it.
    #[error(transparent)]
    Mistyped(#[from] Mistyped),
    /// What the configuration and the flags say is not valid: all that is wrong, with its places.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// Errors that no flag ignores; warnings are among them.
    #[error("preflight found errors")]
    Preflight(Checked),
    /// `--skip-phases` or the command line names no phase of this command.
    #[error(transparent)]
    Phase(#[from] UnknownPhase),
    /// A version that no known minor has.
    #[error(transparent)]
    Version(#[from] BadVersion),
    /// The version that is set for all commands is none.
    #[error(transparent)]
    Claim(#[from] BadClaim),
    /// The file of `--config` could not be read.
    #[error("cannot read the configuration {path}")]
    ReadConfig {
        /// As it was given; `standard input` for `-`.
        path: String,
        /// What was in the way.
        #[source]
        source: Unread,
    },
    /// The folder of patches could not be listed.
    #[error("cannot read the patches in {path}")]
    ReadPatches {
        /// The folder.
        path: PathBuf,
        /// What was in the way.
        #[source]
        source: Unread,
    },
    /// A file of the folder of patches could not be read.
    #[error("cannot read the patch file {path}")]
    ReadPatch {
        /// The file.
        path: PathBuf,
        /// What was in the way.
        #[source]
        source: Unread,
    },
    /// A patch is no document, or does not fit what it is for.
    #[error("cannot use the patches")]
    Patches(#[from] PatchError),
    /// The cluster was not found, or is not the right one.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// With what happened there.
    #[error("the cluster-info of {given}, the address that was given, leads to {server}")]
    Elsewhere {
        /// The address of the command line or the configuration.
        given: String,
        /// The server that the cluster-info of that address names.
        server: String,
        /// What happened there.
        #[source]
        failure: Box<Failure>,
    },
    /// A discovery file or this host's own kubeconfig lacks them.
    #[error("the kubeconfig that leads to the cluster names no server and CA")]
    NoReach,
    /// The cluster did not tell what a node has to know.
    #[error(transparent)]
    NotAnswered(#[from] NotAnswered),
    /// The shared certificates could not be opened with the certificate key.
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    /// The name of the node that wants to join is another one's: the kubelet of that one works.
    #[error("the cluster has a node {0:?} already, and it is Ready")]
    NameTaken(String),
    /// A further control plane would be reached by none of the nodes.
    #[error("the cluster has no controlPlaneEndpoint, so it cannot have more than one control plane")]
    NoControlPlaneEndpoint,
    /// The phases that are left out, divided by commas.
    #[error("show-join-command shows what these phases of the same run make, and they are left out: {0}")]
    NothingToShow(String),
    /// A folder to write to was given, and no dry run was asked for.
    #[error("--output-dir belongs to --dry-run; give both")]
    OutputDirAlone,
    /// A flag of `certs check` has a value that is of no use.
    #[error(transparent)]
    Check(#[from] BadCheck),
    /// `--rootfs` could not be made the root.
    #[error("cannot change the root to {path}")]
    Root {
        /// The folder, as it was given.
        path: String,
        /// chroot(2)'s or chdir(2)'s error.
        #[source]
        source: nix::Error,
    },
    /// The configuration and the files that are there allow no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file of the host could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A CA that a kubeconfig names could not be read.
    #[error(transparent)]
    ReadAuthority(FileError),
    /// A file that a flag names could not be written.
    #[error(transparent)]
    WriteNamed(FileError),
    /// No client could be made for the cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// An effect failed, and ended the run.
    #[error(transparent)]
    Apply(#[from] PhaseFailed),
    /// A reset that is not begun: it would harm the cluster, or files that it may not remove.
    #[error(transparent)]
    Reset(#[from] ResetRefused),
    /// The user was asked and did not say yes.
    #[error("nothing was changed: the answer was not yes")]
    NotConfirmed,
    /// `explain` knows no page of that id.
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// Standard input, which the answer was to come from, could not be read.
    #[error("cannot read the answer")]
    NoAnswer(#[source] std::io::Error),
    /// A reset has gone on after failures, and something is left.
    #[error("this host is not wholly reset")]
    Incomplete {
        /// What failed, in the order of the phases.
        failed: Vec<PhaseFailed>,
        /// What was left out, since the host could not be looked at.
        gaps: Vec<String>,
        /// What programs are told.
        document: Document,
    },
    /// A run of init or join that had begun, and what it had come to by then.
    #[error("{failure}")]
    Midway {
        /// What ended it.
        failure: Box<Failure>,
        /// What became of the files until then.
        files: Vec<FileDone>,
        /// The warnings that were told.
        findings: Vec<Finding>,
    },
    /// An upgrade that had begun, and what it had come to by then.
    #[error("{failure}")]
    Upgrading {
        /// What ended it.
        failure: Box<Failure>,
        /// What programs are told.
        document: Document,
    },
    /// A run whose times are to be told to programs too.
    #[error("{failure}")]
    Timed {
        /// What ended it.
        failure: Box<Failure>,
        /// Where the time went, for programs.
        timeline: Value,
    },
    /// No token or key could be made.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// A command of `token` failed.
    #[error(transparent)]
    Token(#[from] TokenFailure),
    /// A command of `certs` failed.
    #[error(transparent)]
    Certs(#[from] CertsFailure),
    /// A command of `upgrade` failed.
    #[error(transparent)]
    Upgrade(#[from] UpgradeFailure),
    /// `-o` has a format that the command does not know.
    #[error(transparent)]
    Format(#[from] BadOutput),
    /// A template does not fit what it is to show.
    #[error(transparent)]
    NotRendered(#[from] NotRendered),
    /// The file of a template could not be read.
    #[error("cannot read the template {path}")]
    ReadTemplate {
        /// The file, as it was given.
        path: String,
        /// What was in the way.
        #[source]
        source: Unread,
    },
    /// `config images pull` did not get all images.
    #[error(transparent)]
    Images(#[from] NotPulled),
    /// Nobody reads what is printed any more, or there is no room for it.
    #[error("cannot write to standard output")]
    Output(#[source] std::io::Error),
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Plan(error) => Self::Plan(error),
            Stopped::Phase(failure) => Self::Apply(failure),
        }
    }
}

impl Failure {
    /// With the files that were written, and the warnings that were told, before it.
    #[must_use]
    pub fn midway(self, files: &FilesDone, findings: &[Finding]) -> Self {
        Self::Midway { failure: Box::new(self), files: files.list(), findings: findings.to_vec() }
    }

    /// With the name of the configuration file that was read, and its lines.
    #[must_use]
    pub fn in_file(self, source: Option<&SourceFile>) -> Self {
        match self {
            Self::Config(errors) => Self::Config(errors.in_file(source)),
            other => other,
        }
    }

    /// 2 for preflight, 3 for a configuration that is not valid, 1 for all else: the codes of kubeadm until 1.33. Newer
    /// ones have 1 for whatever fails, and so has the one that this program stands for.
    pub fn exit_code(&self, invocation: Invocation) -> ExitCode {
        match (self, invocation) {
            (
                Self::Midway { failure, .. } | Self::Timed { failure, .. } | Self::Upgrading { failure, .. },
                _,
            ) => failure.exit_code(invocation),
            (Self::Upgrade(UpgradeFailure::Next | UpgradeFailure::Differs), Invocation::Kubewright) => {
                ExitCode::from(4)
            }
            (Self::Upgrade(UpgradeFailure::Next), Invocation::Kubeadm) => ExitCode::SUCCESS,
            (Self::CommandLine { error, .. }, _) if !error.use_stderr() => ExitCode::SUCCESS,
            (Self::Preflight(_) | Self::Upgrade(UpgradeFailure::Blocked { .. }), Invocation::Kubewright) => {
                ExitCode::from(2)
            }
            (Self::Certs(CertsFailure::Faults { worst, codes, .. }), Invocation::Kubewright) => {
                match (worst, codes) {
                    (Severity::Critical, _) => ExitCode::from(2),
                    (Severity::Warning | Severity::Notice, Codes::Own) => ExitCode::from(4),
                    (Severity::Warning | Severity::Notice, Codes::Nagios) => ExitCode::FAILURE,
                }
            }
            (Self::Config(_), Invocation::Kubewright) => ExitCode::from(3),
            (_, Invocation::Kubewright | Invocation::Kubeadm) => ExitCode::FAILURE,
        }
    }

    /// For people on standard error and, where a format for programs was asked for, as a document on standard output.
    /// clap's own help is no failure.
    pub fn report(&self, format: Format, invocation: Invocation) {
        match self {
            Self::CommandLine { error, .. } if !error.use_stderr() => report::printed(error.print()),
            Self::Upgrade(UpgradeFailure::Next | UpgradeFailure::Differs) => {}
            // What could be told has its document already.
            Self::Certs(CertsFailure::Unreadable { .. } | CertsFailure::Faults { .. })
            | Self::Upgrade(UpgradeFailure::Blocked { .. }) => {
                self.say(invocation);
            }
            _ => {
                self.say(invocation);
                format.print(&self.document());
            }
        }
    }

    /// For people, on standard error.
    pub fn say(&self, invocation: Invocation) {
        match self {
            Self::Midway { failure, .. } | Self::Timed { failure, .. } | Self::Upgrading { failure, .. } => {
                return failure.say(invocation);
            }
            Self::CommandLine { command, error, .. } => usage::say(command, error, invocation),
            Self::Config(errors) => {
                errors.0.iter().for_each(report::config_error);
            }
            Self::Plan(
                PlanError::Patch(PatchError::Unfit(unfit)) | PlanError::Object(BadObject::Unfit(unfit)),
            ) => {
                unfit.messages().for_each(|message| report::error(&Plain(message)));
            }
            Self::Preflight(checked) => {
                report::findings(&checked.findings);
                preflight::tell_sum(checked);
            }
            Self::Images(failure) => failure.say(),
            Self::Incomplete { failed, gaps, .. } => {
                for failed in failed {
                    report::error(failed);
                }
                for gap in gaps {
                    report::error_line(gap);
                }
                report::say("everything else was done");
            }
            other => report::error(other),
        }
        if let Some(found) = self.explanation() {
            report::explanation(&found);
        }
        if let Some(hint) = self.hint() {
            report::hint(&hint);
        }
    }

    /// For programs.
    pub fn document(&self) -> Value {
        self.without_errors().with_errors(self.entries()).to_value()
    }

    fn without_errors(&self) -> Document {
        let document = match self {
            Self::Timed { failure, timeline } => {
                return failure.without_errors().with_field(TIMELINE, timeline.clone());
            }
            Self::Incomplete { document, .. } | Self::Upgrading { document, .. } => document.clone(),
            Self::Token(failure) => failure.document(),
            Self::Certs(failure) => failure.document(),
            Self::Images(failure) => failure.document(),
            Self::Midway { files, .. } => {
                let fields = json!({ "files": report::files_json(files) });
                Document::new(DocumentKind::Failure, Status::Failed, fields)
            }
            _ => Document::new(DocumentKind::Failure, Status::Failed, Value::Null),
        };
        match self {
            Self::Preflight(Checked { findings, .. }) | Self::Midway { findings, .. } => {
                document.with_findings(findings)
            }
            _ => document,
        }
    }

    /// An entry for each thing that went wrong; never empty.
    fn entries(&self) -> Vec<ErrorEntry> {
        if let Self::Midway { failure, .. } | Self::Timed { failure, .. } | Self::Upgrading { failure, .. } =
            self
        {
            return failure.entries();
        }
        let hint = self.hint();
        let entries = match self {
            Self::Config(errors) => errors.0.iter().map(of_config).collect(),
            Self::Plan(PlanError::Refused(files)) => {
                files.iter().map(|file| ErrorEntry::of_text(ErrorId::FilesUnusable, file.clone())).collect()
            }
            Self::Plan(PlanError::Taken(files)) => {
                files.iter().map(|file| ErrorEntry::of_text(ErrorId::FilesInTheWay, file.clone())).collect()
            }
            Self::Plan(
                PlanError::Patch(PatchError::Unfit(unfit)) | PlanError::Object(BadObject::Unfit(unfit)),
            ) => of_unfit(unfit),
            Self::CommandLine { error, .. } => {
                vec![ErrorEntry::of_text(ErrorId::CommandLine, first_paragraph(error))]
            }
            Self::Apply(failed) => vec![of_phase(failed)],
            Self::Images(failure) => failure.entries(),
            Self::Incomplete { failed, gaps, .. } => {
                failed.iter().map(of_phase).chain(gaps.iter().map(|gap| of_gap(gap))).collect()
            }
            _ => {
                let explanation = self.explanation();
                vec![ErrorEntry::new(identify::failure(self), self).because_of(explanation.as_ref())]
            }
        };
        entries.into_iter().map(|entry: ErrorEntry| entry.with_hint(hint.clone())).collect()
    }

    /// Why a wait has failed, where that was found.
    fn explanation(&self) -> Option<Explanation> {
        match self {
            Self::Apply(failed) => failed.explanation().cloned(),
            Self::Discovery(error) => explain_discovery(error),
            Self::Elsewhere { failure, .. } => failure.explanation(),
            _ => None,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Preflight(_) => Some(
                "fix what is listed, or ignore single checks with --ignore-preflight-errors NAME,…"
                    .to_owned(),
            ),
            Self::WriteNamed(error) => error.hint(),
            Self::ReadAuthority(error) => error.hint().or_else(|| denied(error).then(|| "run this as root".to_owned())),
            Self::File(error) => match error.hint() {
                Some(hint) => Some(format!("{hint}; then run this again")),
                None => denied(error).then(root_hint),
            },
            Self::Apply(PhaseFailed { source: ApplyError::File(error), .. })
                if denied(error) && error.hint().is_none() =>
            {
                Some(root_hint())
            }
            Self::NothingToShow(_) => Some(
                "leave out show-join-command too; `kubewright token create --print-join-command` makes one later"
                    .to_owned(),
            ),
            Self::Reset(ResetRefused::Etcd { .. }) => Some(
                "--force resets this host all the same; its member is then to be taken out at one of the others, \
                 or the cluster counts it as a failed one for ever"
                    .to_owned(),
            ),
            Self::Unknown(_) => Some("`kubewright explain` lists all of them".to_owned()),
            Self::CommandLine { advice, .. } => advice.clone(),
            Self::Mistyped(word) => Some(word.hint()),
            Self::Claim(_) => Some(how_to_claim()),
            Self::NotConfirmed => Some("--force goes on without a question".to_owned()),
            Self::Incomplete { .. } => Some("fix what is named, and run this again".to_owned()),
            Self::Discovery(error) => error.hint(),
            Self::Elsewhere { server, .. } => Some(format!(
                "see whether {server} is right and can be reached from here; where the control plane has another address now, \
                 correct `server` in the ConfigMap cluster-info (kube-public) and controlPlaneEndpoint in kubeadm-config \
                 (kube-system)"
            )),
            Self::NotAnswered(error) => error.hint().map(str::to_owned),
            Self::NotOpened(error) => Some(error.hint()),
            Self::NameTaken(name) => Some(format!(
                "give this host another name with --node-name, or, if that node is gone, `kubectl delete node {name}`"
            )),
            Self::NoControlPlaneEndpoint => Some(
                "set controlPlaneEndpoint in the ConfigMap kubeadm-config to a name or address that leads to all of them, and \
                 renew the API server's certificate with it"
                    .to_owned(),
            ),
            Self::Apply(failed) => Some(failed.hint()),
            Self::Token(failure) => failure.hint(),
            Self::Certs(failure) => failure.hint(),
            Self::Upgrade(failure) => failure.hint(),
            Self::ReadConfig { path, source } => source.hint(path),
            Self::ReadPatch { path, source } => source.hint(&path.display().to_string()),
            Self::Plan(PlanError::Patch(PatchError::Unfit(unfit)) | PlanError::Object(BadObject::Unfit(unfit))) => {
                Some(unfit.hint())
            }
            Self::Plan(PlanError::Edits(conflict)) => Some(conflict.hint()),
            Self::Format(bad) => bad.hint(),
            Self::NotRendered(error) => error.hint(),
            Self::Images(failure) => Some(failure.hint()),
            _ => None,
        }
    }
}

/// Of clap's text, which goes on with the usage.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph.trim_start_matches("error: ").trim_end().to_owned()
}

fn of_config(error: &ConfigError) -> ErrorEntry {
    ErrorEntry::of_text(identify::problem(&error.problem), error.to_string()).at(error)
}

fn of_unfit(unfit: &Unfit) -> Vec<ErrorEntry> {
    unfit.messages().map(|message| ErrorEntry::of_text(ErrorId::ManifestUnfit, message)).collect()
}

fn of_phase(failed: &PhaseFailed) -> ErrorEntry {
    let entry = ErrorEntry::new(identify::apply(&failed.source), failed).in_phase(failed.phase);
    entry.because_of(failed.explanation())
}

fn of_gap(gap: &str) -> ErrorEntry {
    ErrorEntry::of_text(ErrorId::NotReset, gap.to_owned())
}

fn root_hint() -> String {
    "run this as root, or with --dry-run and an --output-dir that you may write to".to_owned()
}

fn denied(error: &FileError) -> bool {
    error.kind() == FaultKind::Denied
}

/// A message that is complete.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Plain(String);
