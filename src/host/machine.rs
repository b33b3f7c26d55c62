//! The machine itself: its files, its kubelet, and the cluster that it becomes part of.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::api::Server;
use super::api_readiness::{ApiReadiness, RetryLimit};
use super::apply::{Host, Outcome, WaitWatcher};
use super::apply_error::{ApplyError, Awaited, ClusterError};
use super::bootstrap::await_bootstrap;
use super::cluster_state::{find_addons, find_dns, find_tokens, node_taints};
use super::etcd_recovery::recover_etcd;
use super::event_loop::EventLoop;
use super::explained::{explained, explained_once};
use super::files::FileChange;
use super::kubelet_service::{Called, call_kubelet, kubelet_may_run};
use super::listen::until_listening;
use super::member;
use super::mounting::restart_mounting;
use super::node::Node;
use super::observe::node_network;
use super::observe::{Observer, Watch};
use super::reset::{remove, stop_pods, tear_down, unmount, unmount_rest};
use super::rollout::{RolledOut, rolled_out};
use super::send::{Servers, Stage, send};
use super::snapshots::keep_snapshot;
use super::static_pod::{Roll, Rolls, hand_over, settled};
use super::wait::wait_for;
use crate::duration::GoDuration;
use crate::kubeconfig;
use crate::manifests::objects::Object;
use crate::manifests::static_pod::StaticPod;
use crate::plan::{
    Action, Answer, Content, EtcdRecovery, Expect, File, FileKind, HealthEndpoint, KubeletCall,
    KubeletCertificate, OwnMember, Question, Teardown, Wait,
};

/// How this run reaches the cluster. The kubeconfigs are read when they are first needed: an earlier effect may
/// write them.
#[derive(Debug, Clone)]
pub struct Access {
    /// The administrator's: admin.conf, unless a flag names another.
    pub kubeconfig: PathBuf,
    /// Where admin.conf's group may have no rights yet.
    pub super_admin: Option<PathBuf>,
    /// In place of the address in the kubeconfigs: this host's own API server.
    pub server: Option<String>,
    /// How long an object may take to be taken in.
    pub retry_limit: GoDuration,
    /// What a wait that fails is explained by; `None` where nothing of this host is waited for.
    pub watch: Option<Watch>,
    /// Where the API server is used while another step still waits for it.
    pub readiness: Option<ApiReadiness>,
}

/// kubeadm's words, and what they come to.
const NO_INIT_SYSTEM: &str = "no supported init system detected: neither systemd nor OpenRC is on this host, so the kubelet is not \
                              called; see to it by other means";

/// Of an addon's pods.
const GOES_ON: &str = "some of its new pods are up, and the others are being replaced still: `kubectl --namespace kube-system \
                       get pods` shows them";

/// This host, and its cluster by this run's [`Access`]: what really carries out a plan.
#[derive(Debug)]
pub struct Machine {
    node: Node,
    access: Access,
    runtime: EventLoop,
    servers: Mutex<Option<Arc<Servers>>>,
    observer: Option<Observer>,
    /// What serves until the kubelet has ended it is not what is waited for.
    rolls: Rolls,
    /// What the waits may fix.
    recovery: OnceLock<EtcdRecovery>,
}

impl Machine {
    /// For the files and programs of `node`. Nothing is read and nobody is called yet.
    ///
    /// # Errors
    /// The event loop cannot be started.
    pub fn new(node: Node, mut access: Access) -> Result<Self, ClusterError> {
        let runtime = EventLoop::new().map_err(ClusterError::Runtime)?;
        let observer = access.watch.take().map(|watch| Observer::new(node.clone(), watch));
        let (rolls, recovery) = (Rolls::default(), OnceLock::new());
        Ok(Self { node, access, runtime, servers: Mutex::default(), observer, rolls, recovery })
    }

    /// Carries on until `waiting` is done, or cannot be.
    fn until<T, E>(
        &self,
        awaited: Awaited,
        waiting: impl Future<Output = Result<T, E>>,
    ) -> Result<T, ApplyError>
    where
        ApplyError: From<E>,
    {
        let limit = self.retry_limit();
        let needs_api = awaited.needs_api();
        let waiting = async {
            if needs_api {
                self.rolls.until_api_runs(&limit).await?;
            }
            Ok(waiting.await?)
        };
        self.within(&limit, awaited, waiting)
    }

    fn within<T>(
        &self,
        limit: &RetryLimit,
        awaited: Awaited,
        waiting: impl Future<Output = Result<T, ApplyError>>,
    ) -> Result<T, ApplyError> {
        let fix = self.recovery.get().map(|wanted| async || recover_etcd(self.node.tree(), wanted).await);
        self.runtime.block_on(explained(self.observer.as_ref(), fix, limit, awaited, waiting))
    }

    /// A failure that has not come up in [`Self::until`].
    fn explain(&self, failure: ApplyError) -> ApplyError {
        self.runtime.block_on(explained_once(self.observer.as_ref(), failure))
    }

    /// The cluster's servers, reached once for the whole run.
    fn connect(&self) -> Result<Arc<Servers>, ClusterError> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let reached = match servers.take() {
            Some(reached) => reached,
            None => Arc::new(self.reach()?),
        };
        Ok(Arc::clone(servers.insert(reached)))
    }

    fn reach(&self) -> Result<Servers, ClusterError> {
        let at = self.access.server.as_deref();
        let super_admin = self.access.super_admin.as_deref();
        let super_admin = super_admin.map(|path| self.server(path, at)).transpose()?.flatten();
        Ok(Servers { admin: self.admin_at(at)?, super_admin })
    }

    /// The administrator's server: that of the kubeconfig, or the one at this address.
    fn admin_at(&self, address: Option<&str>) -> Result<Server, ClusterError> {
        let path = &self.access.kubeconfig;
        self.server(path, address)?.ok_or_else(|| ClusterError::NoKubeconfig { path: path.clone() })
    }

    /// The server that a kubeconfig leads to, where there is such a file.
    fn server(&self, path: &Path, address: Option<&str>) -> Result<Option<Server>, ClusterError> {
        let Some(found) = self.node.tree().read_one(path)? else { return Ok(None) };
        let text = std::str::from_utf8(found.content.bytes())
            .map_err(|_| ClusterError::NotText { path: path.to_owned() })?;
        let name = path.display().to_string();
        let server = self.runtime.block_on(Server::from_kubeconfig(&name, text, address))?;
        Ok(Some(server))
    }

    fn wait(&self, wait: &Wait, watcher: &mut dyn WaitWatcher) -> Result<Outcome, ApplyError> {
        let waited = self.until_healthy(wait, watcher);
        let api_server = HealthEndpoint::Pod(StaticPod::ApiServer);
        if waited.is_err() || wait.on.iter().any(|probe| probe.component == api_server) {
            self.access.readiness.iter().for_each(|readiness| readiness.end(&waited));
        }
        waited.map(|()| Outcome::Done)
    }

    fn until_healthy(&self, wait: &Wait, watcher: &mut dyn WaitWatcher) -> Result<(), ApplyError> {
        let asked = wait.on.iter().find(|probe| probe.as_administrator);
        // The probe's own address, and not the kubeconfig's: another control plane may answer there.
        let admin = asked.map(|probe| self.admin_at(Some(probe.address()))).transpose()?;
        watcher.waits(wait);
        let mut healthy = |probe: &_, after| watcher.healthy(probe, after);
        let names = wait.on.iter().map(|probe| probe.component.name()).collect();
        let is_replaced = wait.on.iter().all(|probe| probe.is_replaced);
        let awaited = if is_replaced { Awaited::Replaced(names) } else { Awaited::Health(names) };
        let waiting = async { Ok(wait_for(wait, admin.as_ref(), &self.rolls, &mut healthy).await?) };
        self.within(&wait.timeout.to_std().into(), awaited, waiting)
    }

    fn retry_limit(&self) -> RetryLimit {
        RetryLimit::new(self.access.retry_limit.to_std(), self.access.readiness.clone())
    }

    /// All objects that need not wait for each other at the same time, and over one connection.
    fn send(&self, objects: &[Object]) -> Result<Outcome, ApplyError> {
        let servers = self.connect()?;
        let limit = self.retry_limit();
        let sending = async { Ok::<_, ApplyError>(send(objects, &servers, Stage::Starting, &limit).await) };
        let sent = self.until(Awaited::ApiServer, sending)?;
        sent.map(Outcome::Sent).map_err(|error| self.explain(error.into()))
    }

    fn write(&self, wanted: &File) -> Result<Outcome, ApplyError> {
        let roll = self.roll(wanted);
        let change = match &roll {
            Some(roll) if kubelet_may_run(&self.node) => {
                self.runtime.block_on(hand_over(self.node.tree(), roll, wanted))?
            }
            Some(roll) => {
                self.runtime.block_on(roll.end_former());
                self.node.tree().write(wanted)?
            }
            None => self.node.tree().write(wanted)?,
        };
        self.rolls.extend(roll);
        if wanted.kind == FileKind::Manifest && change != FileChange::Unchanged {
            self.observer.iter().for_each(Observer::pods_restart);
        }
        Ok(Outcome::Changed(change))
    }

    /// Of a manifest that takes the place of another.
    fn roll(&self, wanted: &File) -> Option<Roll> {
        let (pod, observer) = (wanted.replaced_pod()?, self.observer.as_ref()?);
        let swap = Roll::swap(pod, &observer.wanted().cri_socket, wanted.content.bytes());
        Some(self.runtime.block_on(swap))
    }

    /// The members find a leader by themselves where this one ends as theirs, only later.
    fn move_leader(&self, own: &OwnMember) -> Outcome {
        match self.runtime.block_on(member::move_leader(self.node.tree(), own)) {
            Ok(true) => Outcome::Done,
            Ok(false) => Outcome::Skipped("another member of etcd leads, or none could"),
            Err(_) => Outcome::Skipped("etcd's leader does not move, and its members will elect one"),
        }
    }

    /// The kubelet has got a certificate of its own, which it renews by itself: its kubeconfig is to name that
    /// file, instead of holding the certificate that it started with.
    fn enable_rotation(&self, wanted: &KubeletCertificate) -> Result<Outcome, ApplyError> {
        if self.node.tree().read_one(&wanted.certificate)?.is_none() {
            return Ok(Outcome::Skipped("the kubelet keeps no certificate of its own"));
        }
        let Some(found) = self.node.tree().read_one(&wanted.kubeconfig)? else {
            return Err(ClusterError::NoKubeconfig { path: wanted.kubeconfig.clone() }.into());
        };
        let bytes = found.content.bytes();
        let pointed = kubeconfig::point_at_certificate(bytes, &wanted.certificate)
            .map_err(|source| ClusterError::Kubeconfig { path: wanted.kubeconfig.clone(), source })?;
        let change = self.node.tree().write(&File {
            path: wanted.kubeconfig.clone(),
            kind: FileKind::Kubeconfig,
            content: Content::new(pointed.expose_secret()),
            expect: Expect::seen(Some(bytes)),
        })?;
        call_kubelet(&self.node, KubeletCall::Restart)?;
        Ok(Outcome::Changed(change))
    }
}

impl Machine {
    fn tear_down(&self, teardown: &Teardown) -> Result<Outcome, ApplyError> {
        match teardown {
            Teardown::RemoveLearner(wanted) => {
                let servers = self.connect()?;
                let removal = member::give_up(self.node.tree(), &servers.admin, &wanted.join, wanted.member);
                return Ok(Outcome::Changed(self.runtime.block_on(removal)?));
            }
            Teardown::LeaveEtcd(wanted) => self.runtime.block_on(member::leave(self.node.tree(), wanted))?,
            Teardown::StopPods(wanted) => self.runtime.block_on(stop_pods(&wanted.socket, &wanted.pods))?,
            Teardown::Unmount(wanted) => unmount(&wanted.path, &wanted.flags)?,
            Teardown::UnmountRest(wanted) => unmount_rest(&self.node, wanted)?,
            Teardown::Remove(wanted) => {
                remove(&self.node, &self.node.tree().locate(&wanted.path), &wanted.what)?;
            }
            Teardown::Network(wanted) => tear_down(&self.node, wanted)?,
        }
        Ok(Outcome::Done)
    }
}

impl Host for Machine {
    fn carry_out(&self, action: &Action, watcher: &mut dyn WaitWatcher) -> Result<Outcome, ApplyError> {
        match action {
            Action::MakeDir(wanted) => Ok(Outcome::Changed(self.node.tree().make_dir(wanted)?)),
            Action::WriteFile(wanted) => self.write(wanted),
            Action::Replace(wanted) => Ok(Outcome::Changed(self.node.tree().replace(wanted)?)),
            Action::KeepFile(path) => {
                self.node.tree().tidy(path)?;
                Ok(Outcome::Changed(FileChange::Unchanged))
            }
            Action::GiveTo(wanted) => Ok(self.node.tree().give(wanted).map(|()| Outcome::Done)?),
            Action::Kubelet(call) => {
                self.observer.iter().for_each(Observer::kubelet_restarts);
                match call_kubelet(&self.node, *call).map_err(|error| self.explain(error.into()))? {
                    Called::Done => Ok(Outcome::Done),
                    Called::NoInitSystem => Ok(Outcome::NotDone(NO_INIT_SYSTEM)),
                }
            }
            Action::RestartMounting(wanted) => {
                Ok(self.runtime.block_on(restart_mounting(&self.node, wanted)))
            }
            Action::Wait(wait) => self.wait(wait, watcher),
            Action::Settle(wanted) => {
                let settled = self.runtime.block_on(settled(wanted.pod, &wanted.cri_socket));
                settled.map(|()| Outcome::Done).map_err(|error| self.explain(vec![error].into()))
            }
            Action::AllowEtcdRecovery(wanted) => {
                self.recovery.get_or_init(|| wanted.clone());
                Ok(Outcome::Done)
            }
            Action::Send(objects) => self.send(objects),
            Action::EnableCertificateRotation(wanted) => self.enable_rotation(wanted),
            Action::AwaitBootstrap(wanted) => {
                self.until(Awaited::Certificate, await_bootstrap(&self.node, wanted))?;
                Ok(Outcome::Done)
            }
            Action::RemoveFile(path) => Ok(Outcome::Changed(self.node.tree().remove(path)?)),
            Action::CheckEtcd(access) => {
                let servers = self.connect()?;
                self.until(Awaited::OtherMembers, member::check(self.node.tree(), &servers.admin, access))?;
                Ok(Outcome::Done)
            }
            Action::PromoteEtcd(learner) => {
                let servers = self.connect()?;
                self.until(Awaited::Etcd, member::promote(self.node.tree(), &servers.admin, learner))?;
                Ok(Outcome::Done)
            }
            Action::SnapshotEtcd(wanted) => {
                self.runtime.block_on(keep_snapshot(self.node.tree(), wanted))?;
                Ok(Outcome::Done)
            }
            Action::AwaitRollout(wanted) => {
                let servers = self.connect()?;
                match self.runtime.block_on(rolled_out(*wanted, &servers.admin))? {
                    RolledOut::Whole => Ok(Outcome::Done),
                    RolledOut::GoesOn => Ok(Outcome::NotDone(GOES_ON)),
                }
            }
            Action::MoveEtcdLeader(own) => Ok(self.move_leader(own)),
            Action::Teardown(teardown) => self.tear_down(teardown),
        }
    }

    fn ask(&self, question: &Question) -> Result<Answer, ApplyError> {
        let limit = self.retry_limit();
        match question {
            Question::Listens(address) => {
                let listening = async { until_listening(*address, &limit).await.map_err(ClusterError::from) };
                self.until(Awaited::ApiServer, listening).map(|()| Answer::Listens)
            }
            Question::Tokens => {
                let servers = self.connect()?;
                self.until(Awaited::ApiServer, find_tokens(&servers, &limit)).map(Answer::Tokens)
            }
            Question::Taints(node) => {
                let servers = self.connect()?;
                self.until(Awaited::ApiServer, node_taints(node, &servers, &limit)).map(Answer::Taints)
            }
            Question::Dns => {
                let servers = self.connect()?;
                self.until(Awaited::ApiServer, find_dns(&servers, &limit)).map(Answer::Dns)
            }
            Question::EtcdMembers(wanted) => {
                let servers = self.connect()?;
                self.until(Awaited::Etcd, member::join(self.node.tree(), &servers.admin, wanted))
                    .map(Answer::EtcdMembers)
            }
            Question::Addons(version) => {
                let servers = self.connect()?;
                let seen = self.until(Awaited::ApiServer, find_addons(version, &servers, &limit))?;
                Ok(Answer::Addons(Some(seen)))
            }
            Question::PodNetwork => Ok(Answer::PodNetwork(Some(node_network::observe(&self.node)))),
        }
    }
}
