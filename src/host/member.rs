//! This host's membership of the cluster's etcd: from a plan's words to etcd's calls.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use zeroize::Zeroizing;

use super::api::Server;
use super::etcd::{
    self, ANSWER_LIMIT, EtcdClient, EtcdError, EtcdTls, FindError, Identity, MembershipError, SnapshotError,
    add_self, data_dir, promote_self, remove_learner,
};
use super::files::{BESIDE, FileChange, FileError, Tree};
use super::kill_point;
use super::learner::wait_until_it_serves;
use super::static_pod::until_ended;
use crate::facts::{DataDir, Member, MemberId, MembersSeen};
use crate::join::etcd::{
    Health, PODS_PATH, WantedMember, client_endpoints, initial_cluster, judge_health, pod_endpoints,
};
use crate::manifests::static_pod::StaticPod;
use crate::plan::{
    self, EtcdAccess, EtcdJoin, Joined, Learner, Leave, MemberQuestion, MemberState, OwnMember,
};

/// How long the kubelet may take to end an etcd whose manifest is gone.
const END: Duration = Duration::from_secs(20);
/// How long an etcd that is to be left may take to answer.
const LOOK: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(100);

/// Why this host's member of etcd could not be asked about, added, promoted or removed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// The CA, the client certificate or its key is not there.
    #[error("there is no {path} to reach etcd with; `kubewright join phase control-plane-prepare` makes it")]
    NoFile {
        /// The file's path on the host.
        path: PathBuf,
    },
    /// One of these cannot be read, or etcd's manifest cannot be removed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The API server does not name an etcd that answers.
    #[error("the cluster's etcd cannot be reached")]
    NotFound(#[from] FindError),
    /// An etcd that is known does not list its members.
    #[error("cannot ask etcd for its members")]
    NotListed(#[source] EtcdError),
    /// Too few voting members answer.
    #[error(
        "the cluster's etcd has no quorum, so it cannot take a member in: {} of its voting members answer, and {} are \
         needed", .0.healthy, .0.needed
    )]
    NoQuorum(Health),
    /// The list of members was not changed as it was wanted.
    #[error(transparent)]
    Membership(#[from] MembershipError),
    /// Of this host's member there is none.
    #[error("cannot keep etcd's data in a snapshot")]
    NoSnapshot(#[source] SnapshotError),
    /// This host's member stays the leader.
    #[error("cannot let another member of etcd lead")]
    NotMoved(#[source] EtcdError),
    /// The folder of etcd's data could not be looked into, moved or removed.
    #[error("cannot {verb} {path}")]
    Data {
        /// What was tried, to complete "cannot … PATH".
        verb: &'static str,
        /// The folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
}

impl MemberError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Membership(error) => error.hint(),
            Self::NoQuorum(_) => Some(
                "bring the control planes back whose etcd does not answer; `crictl ps -a` there shows why"
                    .to_owned(),
            ),
            Self::NoFile { .. }
            | Self::File(_)
            | Self::NotFound(_)
            | Self::NotListed(_)
            | Self::NoSnapshot(_)
            | Self::NotMoved(_)
            | Self::Data { .. } => None,
        }
    }
}

/// Returns where more than half of the voting members answer.
pub async fn check(tree: &Tree, server: &Server, access: &EtcdAccess) -> Result<(), MemberError> {
    let mut client = connect(tree, server, access).await?;
    let members = client.members().await.map_err(MemberError::NotListed)?;
    let health = judge_health(&members, &client.answering(&members).await);
    if health.has_quorum() { Ok(()) } else { Err(MemberError::NoQuorum(health)) }
}

/// Makes this host a member, as a learner where it is none so far, and tells how far it has come.
pub async fn join(tree: &Tree, server: &Server, wanted: &EtcdJoin) -> Result<Joined, MemberError> {
    let mut client = connect(tree, server, &wanted.access).await?;
    let own = WantedMember { name: wanted.name.clone(), peer_url: wanted.peer_url.clone() };
    let joined = add_self(&mut client, &own, look(tree, wanted)?, wanted.access.timeout.to_std()).await?;
    let was_up = joined.members.iter().any(|known| known.id == joined.id && known.started());
    Ok(Joined {
        member: joined.id,
        state: if was_up { MemberState::Started } else { MemberState::New },
        cluster: initial_cluster(&joined.members, joined.id, &wanted.name),
    })
}

/// Waits until this host's learner serves, and gives it its vote. One that votes already is left as it is.
pub async fn promote(tree: &Tree, server: &Server, wanted: &Learner) -> Result<(), MemberError> {
    let mut client = connect(tree, server, &wanted.access).await?;
    wait_until_it_serves(&mut client, wanted).await;
    promote_self(&mut client, wanted.member, wanted.access.timeout.to_std()).await?;
    Ok(())
}

/// Removes what a join has begun that cannot be finished: the static pod, the member's data, which no etcd could
/// start from without it, and last the member, so that a run that is cut off here can be gone on from. A member that
/// votes stays, and so does all else. What became of the static pod's manifest.
pub async fn give_up(
    tree: &Tree,
    server: &Server,
    wanted: &EtcdJoin,
    member: MemberId,
) -> Result<FileChange, MemberError> {
    let mut client = connect(tree, server, &wanted.access).await?;
    let members = client.members().await.map_err(MemberError::NotListed)?;
    if members.iter().any(|known| known.id == member && known.started() && known.votes()) {
        return Ok(FileChange::Unchanged);
    }
    let manifest = tree.remove(&plan::etcd_manifest())?;
    until_ended(StaticPod::Etcd, &wanted.cri_socket, END).await;
    clear(tree, &wanted.data_dir)?;
    remove_learner(&mut client, member, wanted.access.timeout.to_std()).await?;
    Ok(manifest)
}

/// Asks the cluster that this host's member is, or was, part of: where those that its manifest names do not answer, whoever
/// else is known to be of it.
pub async fn look_up(tree: &Tree, asked: &MemberQuestion) -> Result<MembersSeen, MemberError> {
    let mut client = find_others(tree, asked).await?;
    let members = client.members().await.map_err(MemberError::NotListed)?;
    let answering = client.answering(&members).await;
    Ok(MembersSeen { members, answering })
}

async fn find_others(tree: &Tree, asked: &MemberQuestion) -> Result<EtcdClient, MemberError> {
    if asked.endpoints.is_empty() {
        // No manifest so far: only the cluster knows.
        return connect_within(tree, &server(tree, &asked.kubeconfig).await?, &asked.access, LOOK).await;
    }
    if let Ok(client) = call(tree, asked, Duration::ZERO).await {
        return Ok(client);
    }
    let mut asked = asked.clone();
    asked.endpoints = client_endpoints(&asked.endpoints, &remembered(tree, &asked));
    asked.endpoints.extend(listed(tree, &asked.kubeconfig).await);
    call(tree, &asked, LOOK).await
}

/// The members that this host's own remembers. It helps to know them, and is no error where they are not.
pub fn remembered(tree: &Tree, asked: &MemberQuestion) -> Vec<Member> {
    let folder = asked.data_dir.as_deref();
    folder.and_then(|folder| etcd::remembered(&tree.locate(folder)).ok()).unwrap_or_default()
}

/// Where the cluster's etcd is, as an API server says it that may be another control plane's.
async fn listed(tree: &Tree, kubeconfig: &Path) -> Vec<String> {
    let Ok(server) = server(tree, kubeconfig).await else { return Vec::new() };
    let pods = server.list(PODS_PATH);
    match tokio::time::timeout(LOOK, pods).await {
        Ok(Ok(pods)) => pod_endpoints(&pods),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

async fn server(tree: &Tree, kubeconfig: &Path) -> Result<Server, MemberError> {
    let text = read(tree, kubeconfig)?;
    let name = kubeconfig.display().to_string();
    let server = Server::from_kubeconfig(&name, &String::from_utf8_lossy(&text), None).await;
    server.map_err(|error| MemberError::NotFound(FindError::Pods(error)))
}

/// Takes this host's member out of the cluster.
pub async fn leave(tree: &Tree, wanted: &Leave) -> Result<(), MemberError> {
    let limit = wanted.asked.access.timeout.to_std();
    let mut client = call(tree, &wanted.asked, limit).await?;
    etcd::leave(&mut client, wanted.id, limit).await?;
    Ok(())
}

/// The first of the endpoints that serves: the API server may be down, or gone.
async fn call(tree: &Tree, asked: &MemberQuestion, limit: Duration) -> Result<EtcdClient, MemberError> {
    let tls = tls(tree, &asked.access)?;
    let begun = Instant::now();
    loop {
        match EtcdClient::connect(&asked.endpoints, &tls, ANSWER_LIMIT).await {
            Ok(client) => return Ok(client),
            Err(error) if !error.heals() || begun.elapsed() >= limit => {
                return Err(MemberError::NotListed(error));
            }
            Err(_) => tokio::time::sleep(STEP).await,
        }
    }
}

async fn connect(tree: &Tree, server: &Server, access: &EtcdAccess) -> Result<EtcdClient, MemberError> {
    connect_within(tree, server, access, access.timeout.to_std()).await
}

async fn connect_within(
    tree: &Tree,
    server: &Server,
    access: &EtcdAccess,
    limit: Duration,
) -> Result<EtcdClient, MemberError> {
    let tls = tls(tree, access)?;
    Ok(etcd::find(server, &tls, limit).await?)
}

/// Lets another member lead that votes and answers, where this host's does. Whether one does now: where there is none, the members
/// find one by themselves, once this one has ended.
pub async fn move_leader(tree: &Tree, wanted: &OwnMember) -> Result<bool, MemberError> {
    let (mut client, endpoint) = own(tree, wanted).await?;
    let leader = client.status(&endpoint).await.map_err(MemberError::NotListed)?.leader;
    let members = client.members().await.map_err(MemberError::NotListed)?;
    let is_own = |member: &&Member| member.client_urls.contains(&endpoint);
    let Some(own) = members.iter().find(is_own).filter(|own| Some(own.id) == leader) else {
        return Ok(false);
    };
    let answering = client.answering(&members).await;
    let Some(other) = answering.into_iter().find(|id| *id != own.id) else { return Ok(false) };
    client.move_leader(&endpoint, other).await.map_err(MemberError::NotMoved)?;
    Ok(true)
}

/// A client of this host's member, and where that serves.
pub async fn own(tree: &Tree, member: &OwnMember) -> Result<(EtcdClient, String), MemberError> {
    let tls = tls(tree, &member.access)?;
    let client = EtcdClient::connect(&member.client_urls, &tls, ANSWER_LIMIT).await;
    let client = client.map_err(MemberError::NotListed)?;
    let endpoint = client.endpoint().to_owned();
    Ok((client, endpoint))
}

/// The files of a client.
pub fn tls(tree: &Tree, access: &EtcdAccess) -> Result<EtcdTls, MemberError> {
    Ok(EtcdTls {
        ca: read(tree, &access.authority)?.to_vec(),
        identity: Some(Identity {
            certificate: read(tree, &access.certificate)?.to_vec(),
            key: read(tree, &access.key)?,
        }),
    })
}

fn read(tree: &Tree, path: &Path) -> Result<Zeroizing<Vec<u8>>, MemberError> {
    let found = tree.read_one(path)?.ok_or_else(|| MemberError::NoFile { path: path.to_owned() })?;
    Ok(Zeroizing::new(found.content.bytes().to_vec()))
}

fn look(tree: &Tree, wanted: &EtcdJoin) -> Result<DataDir, MemberError> {
    let aside = aside(tree, &wanted.data_dir);
    remove_all(&aside).map_err(|source| MemberError::Data { verb: "remove", path: aside, source })?;
    let path = tree.locate(&wanted.data_dir);
    data_dir(&path).map_err(|source| MemberError::Data { verb: "look into", path, source })
}

/// The data goes at one moment: with half of it etcd would neither go on nor start from nothing. The folder itself stays: it may be
/// a mount, or somebody's choice.
#[expect(clippy::disallowed_methods, reason = "what is moved is data, and no file of the host's")]
pub fn clear(tree: &Tree, folder: &Path) -> Result<(), MemberError> {
    let (path, aside) = (tree.locate(folder).join("member"), aside(tree, folder));
    let moved = remove_all(&aside).and_then(|()| fs::rename(&path, &aside));
    match moved.and_then(|()| remove_all(&aside)) {
        Ok(()) => {
            kill_point::passed("removed", path.display());
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(MemberError::Data { verb: "remove", path, source }),
    }
}

/// Where data is that is being removed.
fn aside(tree: &Tree, folder: &Path) -> PathBuf {
    tree.locate(folder).join(format!("{BESIDE}member"))
}

fn remove_all(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
