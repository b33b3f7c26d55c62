//! What a host holds of a cluster → how a reset removes it. kubeadm's phases and lists, but for the order within
//! them: whatever a second run would need to know is removed last.

use std::path::{Path, PathBuf};

use super::inputs::{GROUP, KUBELET, KUBERNETES, MANIFESTS, PASSWD};
use super::reset_certificates::{self, EtcdFiles};
use super::reset_member::{self, Membership};
use super::reset_network;
use super::{
    Action, Content, Effect, Expect, File, FileKind, KubeletCall, Leave, Phase, PodsOf, Removal, Teardown,
    Unmount, UnmountRest, What,
};
use crate::config::{Reset, is_of_the_system};
use crate::duration::GoDuration;
use crate::facts::{
    CriError, EtcdSeen, NodeNetwork, PathState, PodSandbox, ResetFacts, ResetHost, ResetQuestions, Use,
    mounts_in,
};
use crate::manifests::accounts;

/// Files that init and join write, by their names in /etc/kubernetes.
const KUBECONFIGS: [&str; 6] = [
    "admin.conf",
    "super-admin.conf",
    "kubelet.conf",
    "bootstrap-kubelet.conf",
    "controller-manager.conf",
    "scheduler.conf",
];
const TEMPORARY: &str = "/etc/kubernetes/tmp";
const USUAL_ETCD: &str = "/var/lib/etcd";
/// All that etcd keeps, below its data folder.
const ETCD_MEMBER: &str = "member";
const USUAL_CERTIFICATES: &str = "/etc/kubernetes/pki";
/// What a run that was killed in the middle of a write leaves beside the file.
const HALF_WRITTEN: &str = ".kubewright-";

/// All that a reset is planned from.
#[derive(Debug)]
pub struct ResetInputs<'a> {
    /// Of `reset`: complete and valid.
    pub config: &'a Reset,
    /// The host's kubelet, runtime and etcd, as they were found.
    pub host: &'a ResetHost,
    /// The answers to [`reset_questions`].
    pub facts: &'a ResetFacts,
    /// Of etcd, as far as it was asked.
    pub member: Membership,
    /// Where the network is to be removed too.
    pub network: Option<&'a NodeNetwork>,
}

/// Why nothing is reset. Nothing was changed yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResetRefused {
    /// Other members need this host's, or nobody says whether they do; `--force` overrules it.
    #[error("this host's member cannot be taken out of the cluster's etcd: {why}")]
    Etcd {
        /// What etcd says, or why it says nothing.
        why: String,
    },
    /// A folder that would be emptied is one that the host lives in.
    #[error("{path} is a folder of the system, of which nothing is removed")]
    OfTheSystem {
        /// As it was named, or where a link leads to.
        path: PathBuf,
    },
}

/// What a reset comes to.
#[derive(Debug, Default)]
pub struct ResetPlan {
    /// In the order in which they are carried out.
    pub effects: Vec<Effect>,
    /// What the user should know.
    pub remarks: Vec<String>,
    /// What should be done and cannot be: the host is not wholly reset then.
    pub gaps: Vec<String>,
}

/// What has to be looked at.
pub fn reset_questions(config: &Reset, host: &ResetHost) -> ResetQuestions {
    let kubernetes = Path::new(KUBERNETES);
    let mut places: Vec<PathBuf> = KUBECONFIGS.iter().map(|name| kubernetes.join(name)).collect();
    places.extend([KUBELET, MANIFESTS, TEMPORARY].map(PathBuf::from));
    places.extend([config.certificates_dir.clone(), config.certificates_dir.join("etcd")]);
    places.extend(etcd_folder(&host.etcd));
    places.extend(reset_member::places(config, &host.etcd));
    ResetQuestions {
        cri_socket: config.cri_socket.clone(),
        places,
        leftovers: (kubernetes.to_owned(), HALF_WRITTEN),
    }
}

/// Plans the phases among `phases`.
///
/// # Errors
/// The member cannot leave etcd, or a folder to be emptied is the system's. `force` overrules the first.
pub fn reset(inputs: &ResetInputs<'_>, phases: &[Phase]) -> Result<ResetPlan, ResetRefused> {
    let mut planner = Planner { inputs, plan: ResetPlan::default() };
    if phases.contains(&Phase::ResetRemoveEtcdMember) {
        planner.leave_etcd()?;
        planner.etcd_data(Phase::ResetRemoveEtcdMember)?;
    }
    if phases.contains(&Phase::ResetCleanupNode) {
        planner.stop();
        if phases.contains(&Phase::ResetRemoveEtcdMember) && planner.is_filled(etcd_folder(&inputs.host.etcd))
        {
            planner.etcd_again();
        }
        planner.clean_up()?;
    }
    Ok(planner.plan)
}

/// The folder of etcd's data, where it is this host's own.
fn etcd_folder(seen: &EtcdSeen) -> Option<PathBuf> {
    match seen {
        EtcdSeen::Local(member) => Some(member.data_dir.clone()),
        EtcdSeen::None { usual_folder: Use::Free } => Some(USUAL_ETCD.into()),
        EtcdSeen::None { usual_folder: Use::InUse } | EtcdSeen::External | EtcdSeen::Unreadable(_) => None,
    }
}

struct Planner<'a> {
    inputs: &'a ResetInputs<'a>,
    plan: ResetPlan,
}

impl Planner<'_> {
    fn push(&mut self, phase: Phase, action: Action) {
        self.plan.effects.push(Effect { phase, action });
    }

    fn undo(&mut self, phase: Phase, undo: Teardown) {
        self.push(phase, Action::Teardown(undo));
    }

    fn remark(&mut self, text: impl Into<String>) {
        self.plan.remarks.push(text.into());
    }

    fn gap(&mut self, text: impl Into<String>) {
        self.plan.gaps.push(text.into());
    }

    fn leave_etcd(&mut self) -> Result<(), ResetRefused> {
        match &self.inputs.member {
            Membership::None | Membership::Only => {
                self.say_if_past();
                Ok(())
            }
            Membership::Leaves(leave) => {
                self.undo(Phase::ResetRemoveEtcdMember, Teardown::LeaveEtcd(leave.clone()));
                Ok(())
            }
            Membership::Needed { why, .. } | Membership::Unknown { why, .. } if !self.inputs.config.force => {
                Err(ResetRefused::Etcd { why: why.clone() })
            }
            Membership::Needed { leave, why } => {
                self.remark(format!("this host's member leaves etcd all the same: {why}"));
                self.undo(Phase::ResetRemoveEtcdMember, Teardown::LeaveEtcd(hurried(leave)));
                Ok(())
            }
            Membership::Unknown { why, command } => {
                self.remark(format!(
                    "this host's member stays on the list of the cluster's etcd, since {why}; remove it on another control \
                     plane: {command}"
                ));
                Ok(())
            }
        }
    }

    fn say_if_past(&mut self) {
        let ResetInputs { config, host, facts, .. } = self.inputs;
        if reset_member::is_past(config, host, facts) {
            self.remark(
                "etcd's data and the certificates to ask its cluster with are gone already, as behind an earlier reset: this \
                 host's member is not looked for",
            );
        }
    }

    /// At once after the member has left, as kubeadm does it: a run that ends here has nothing to ask again.
    fn etcd_data(&mut self, phase: Phase) -> Result<(), ResetRefused> {
        match &self.inputs.host.etcd {
            EtcdSeen::External => self.remark("etcd is not on this host, and stays as it is"),
            EtcdSeen::Unreadable(unseen) => {
                self.gap(format!("where etcd keeps its data is not known, and it stays: {unseen}"));
            }
            EtcdSeen::None { usual_folder: Use::InUse } => self.remark(format!(
                "{USUAL_ETCD} stays: a process works with it, and no manifest on this host says that it is this cluster's"
            )),
            EtcdSeen::Local(_) | EtcdSeen::None { usual_folder: Use::Free } => {
                match etcd_folder(&self.inputs.host.etcd) {
                    Some(folder) if folder == Path::new(USUAL_ETCD) => self.through_link(phase, &folder)?,
                    Some(folder) => self.member_of(phase, &folder)?,
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// Data in another folder than the usual one: what else is there is not etcd's.
    fn member_of(&mut self, phase: Phase, folder: &Path) -> Result<(), ResetRefused> {
        let Some((path, names)) = self.contents(folder) else { return self.through_link(phase, folder) };
        let (member, stays): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name == ETCD_MEMBER);
        self.check_folder(&path)?;
        if !member.is_empty() {
            self.undo(phase, Teardown::Remove(Removal { path: path.clone(), what: What::These(member) }));
        }
        self.say_what_stays(&path, "which is not etcd's data", &stays);
        Ok(())
    }

    fn say_what_stays(&mut self, folder: &Path, why: &str, names: &[String]) {
        if !names.is_empty() {
            self.remark(format!("in {} stays {why}: {}", folder.display(), names.join(", ")));
        }
    }

    fn is_filled(&self, folder: Option<PathBuf>) -> bool {
        let names = folder.and_then(|folder| self.contents(&folder)).map(|(_, names)| names);
        names.is_some_and(|names| !names.is_empty())
    }

    /// What etcd wrote between its data's removal and its end.
    fn etcd_again(&mut self) {
        let Some(folder) = etcd_folder(&self.inputs.host.etcd) else { return };
        if let Some((path, _)) = self.contents(&folder) {
            let is_usual = folder == Path::new(USUAL_ETCD);
            let member = || What::These(vec![ETCD_MEMBER.to_owned()]);
            let what = if is_usual { What::Contents(Vec::new()) } else { member() };
            self.undo(Phase::ResetCleanupNode, Teardown::Remove(Removal { path, what }));
        }
    }

    fn stop(&mut self) {
        let phase = Phase::ResetCleanupNode;
        match &self.inputs.facts.kubelet {
            Ok(true) => self.push(phase, Action::Kubelet(KubeletCall::Stop)),
            Ok(false) => {}
            Err(unseen) => self.remark(format!("see to it that the kubelet does not run: {unseen}")),
        }
        match &self.inputs.facts.pods {
            Ok(pods) if pods.is_empty() => {}
            Ok(pods) => {
                let socket = self.inputs.config.cri_socket.clone();
                self.undo(phase, Teardown::StopPods(PodsOf { socket, pods: in_order(pods) }));
            }
            // Whether that matters shows at the end.
            Err(_) => {}
        }
        self.unmount();
    }

    fn unmount(&mut self) {
        let mounts = match &self.inputs.facts.mounts {
            Ok(mounts) => mounts,
            Err(unseen) => return self.gap(format!("nothing can be unmounted: {unseen}")),
        };
        let folder = self.contents(Path::new(KUBELET)).map_or_else(|| KUBELET.into(), |(path, _)| path);
        let (known, flags) = (mounts_in(mounts, &folder), &self.inputs.config.unmount_flags);
        for path in &known {
            let unmount = Unmount { path: path.clone(), flags: flags.clone() };
            self.undo(Phase::ResetCleanupNode, Teardown::Unmount(unmount));
        }
        if self.inputs.facts.kubelet == Ok(true) {
            let rest = UnmountRest { folder, known, flags: flags.clone() };
            self.undo(Phase::ResetCleanupNode, Teardown::UnmountRest(rest));
        }
    }

    fn clean_up(&mut self) -> Result<(), ResetRefused> {
        let phase = Phase::ResetCleanupNode;
        let config = self.inputs.config;
        self.through_link(phase, Path::new(KUBELET))?;
        self.certificates(phase)?;
        if config.cleanup_tmp_dir {
            self.folder(phase, Path::new(TEMPORARY))?;
        }
        for path in &self.inputs.facts.leftovers {
            self.whole(phase, path);
        }
        for name in KUBECONFIGS {
            let path = Path::new(KUBERNETES).join(name);
            if self.inputs.facts.at(&path) != PathState::Missing {
                self.whole(phase, &path);
            }
        }
        self.accounts();
        if let Some(network) = self.inputs.network {
            let network = reset_network::plan(network);
            network.undo.into_iter().for_each(|undo| self.undo(phase, undo));
            self.plan.remarks.extend(network.remarks);
        }
        // The last to go: they say where etcd's data is, and that there was a control plane.
        self.folder(phase, Path::new(MANIFESTS))?;
        self.missing_runtime();
        Ok(())
    }

    /// The usual folder goes as a whole with its etcd, as in kubeadm. Where etcd stays, so does what it needs, the key that its
    /// data is encrypted with among it; and in another folder may be anything.
    fn certificates(&mut self, phase: Phase) -> Result<(), ResetRefused> {
        let ResetInputs { config, host, facts, .. } = self.inputs;
        let folder = &config.certificates_dir;
        let PathState::Folder(names) = facts.at(folder) else { return self.folder(phase, folder) };
        let etcd = reset_certificates::etcd_files(&host.etcd, folder, facts);
        let is_usual = folder == Path::new(USUAL_CERTIFICATES);
        if is_usual && etcd == EtcdFiles::Own {
            return self.folder(phase, folder);
        }
        if !is_usual && !names.is_empty() {
            self.remark(format!("{} is not the usual folder of certificates", folder.display()));
        }
        self.check_folder(folder)?;
        let sorted = reset_certificates::sort(folder, &names, facts, etcd, HALF_WRITTEN);
        sorted.removals.into_iter().for_each(|removal| self.undo(phase, Teardown::Remove(removal)));
        self.say_what_stays(folder, "what neither init nor join has made", &sorted.stays);
        Ok(())
    }

    /// Where there is nothing to remove, a runtime that is not there is none that was used.
    fn missing_runtime(&mut self) {
        match &self.inputs.facts.pods {
            Err(CriError::SocketMissing { .. }) if self.plan.effects.is_empty() => {}
            Err(error) => self.gap(format!("pods cannot be stopped: {error}")),
            Ok(_) => {}
        }
    }

    fn whole(&mut self, phase: Phase, path: &Path) {
        self.undo(phase, Teardown::Remove(Removal { path: path.to_owned(), what: What::Whole }));
    }

    /// A folder, or the one that a link leads to, and the names in it.
    fn contents(&self, path: &Path) -> Option<(PathBuf, Vec<String>)> {
        match self.inputs.facts.at(path) {
            PathState::Folder(names) => Some((path.to_owned(), names)),
            PathState::Link(Some(target)) => Some((target.path, target.names)),
            PathState::Missing | PathState::Link(None) | PathState::File | PathState::Unseen(_) => None,
        }
    }

    /// A folder that the user may keep elsewhere: his link stays, and what it leads to is emptied.
    fn through_link(&mut self, phase: Phase, path: &Path) -> Result<(), ResetRefused> {
        match self.inputs.facts.at(path) {
            PathState::Link(Some(target)) => {
                self.remark(format!(
                    "{} is a link, and stays; {} is emptied",
                    path.display(),
                    target.path.display()
                ));
                self.empty(phase, target.path, target.names)
            }
            _ => self.folder(phase, path),
        }
    }

    fn folder(&mut self, phase: Phase, path: &Path) -> Result<(), ResetRefused> {
        let shown = path.display();
        match self.inputs.facts.at(path) {
            PathState::Missing => Ok(()),
            PathState::Folder(names) => self.empty(phase, path.to_owned(), names),
            PathState::Link(_) => {
                self.gap(format!("{shown} stays: it is a link, and what it leads to is not this program's"));
                Ok(())
            }
            PathState::File => {
                self.gap(format!("{shown} stays: it is no folder"));
                Ok(())
            }
            PathState::Unseen(unseen) => {
                self.gap(unseen.to_string());
                Ok(())
            }
        }
    }

    fn empty(&mut self, phase: Phase, path: PathBuf, names: Vec<String>) -> Result<(), ResetRefused> {
        self.check_folder(&path)?;
        if !names.is_empty() {
            self.undo(phase, Teardown::Remove(Removal { path, what: What::Contents(names) }));
        }
        Ok(())
    }

    fn check_folder(&self, path: &Path) -> Result<(), ResetRefused> {
        if is_of_the_system(path) || self.inputs.facts.of_the_system.contains(path) {
            return Err(ResetRefused::OfTheSystem { path: path.to_owned() });
        }
        Ok(())
    }

    /// Users and groups of a control plane that did not run as root.
    fn accounts(&mut self) {
        let facts = self.inputs.facts;
        let (Ok(passwd), Ok(group)) = (&facts.passwd, &facts.group) else { return };
        let Some(left) = accounts::without(passwd, group) else { return };
        for (path, found, text) in [(PASSWD, passwd, left.0), (GROUP, group, left.1)] {
            let expect = Expect::seen(Some(found.as_slice()));
            let content = Content::new(text);
            if expect != Expect::seen(Some(content.bytes())) {
                let file = File { path: path.into(), kind: FileKind::Accounts, content, expect };
                self.push(Phase::ResetCleanupNode, Action::WriteFile(file));
            }
        }
    }
}

/// An etcd that is to be left against its interest mostly says no, and is not waited for.
fn hurried(leave: &Leave) -> Leave {
    let mut leave = leave.clone();
    leave.asked.access.timeout = GoDuration::from_secs(5);
    leave
}

/// The control plane's own pods last: network plug-ins may ask it while other pods end.
fn in_order(pods: &[PodSandbox]) -> Vec<PodSandbox> {
    let mut pods = pods.to_vec();
    pods.sort_by(|a, b| (a.is_static, &a.namespace, &a.name).cmp(&(b.is_static, &b.namespace, &b.name)));
    pods
}

#[cfg(test)]
#[path = "reset_tests.rs"]
pub(super) mod tests;
