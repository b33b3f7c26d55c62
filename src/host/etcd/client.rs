//! The client of an etcd cluster: gRPC over TLS to one of its members, and to the next where that one fails.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::io::Write;
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity as TonicIdentity};
use tonic::{Response, Status};
use zeroize::Zeroizing;

use super::api::cluster_client::ClusterClient;
use super::api::maintenance_client::MaintenanceClient;
use super::api::{
    Member as ApiMember, MemberAddRequest, MemberListRequest, MemberPromoteRequest, MemberRemoveRequest,
    MoveLeaderRequest, SnapshotRequest, StatusRequest, StatusResponse,
};
use super::error::EtcdError;
use super::snapshot::{PIECE_LIMIT, Pieces, SnapshotError};
use crate::facts::{Member, MemberId, MemberStatus};
use crate::host::{call_log, kill_point};
use crate::join::etcd::client_endpoints;
use crate::pki::{self, PrivateKey};

/// What kubeadm's client gives etcd for an answer.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// Far more than etcd works with; all of them are asked.
const MOST_MEMBERS: usize = 100;
/// Of each member: one an address.
const MOST_URLS: usize = 8;

/// How often a member that hangs up before its first answer is called.
const TRIES: usize = 20;

/// Whom this side trusts, and as whom it comes.
#[derive(Debug, Clone)]
pub struct EtcdTls {
    /// PEM: the CA of etcd's server certificates.
    pub ca: Vec<u8>,
    /// An etcd that kubeadm set up wants one.
    pub identity: Option<Identity>,
}

/// A client certificate and its key (PKCS#1, SEC 1 or PKCS#8), in PEM.
#[derive(Clone)]
pub struct Identity {
    /// In PEM, those that lead to its CA behind it.
    pub certificate: Vec<u8>,
    /// Wiped on drop.
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Identity(…)")
    }
}

impl EtcdTls {
    fn config(&self) -> Result<ClientTlsConfig, EtcdError> {
        let readable = |of, pem: &[u8]| {
            pki::certificates(pem).map(drop).map_err(|source| EtcdError::Certificate { of, source })
        };
        readable("CA", &self.ca)?;
        let config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.ca));
        let Some(Identity { certificate, key }) = &self.identity else { return Ok(config) };
        readable("client", certificate)?;
        PrivateKey::from_pem(key).map_err(EtcdError::Key)?;
        Ok(config.identity(TonicIdentity::from_pem(certificate, key.as_slice())))
    }
}

/// A connection to one member that has shown to serve, and the way to the others.
#[derive(Debug)]
pub struct EtcdClient {
    ways: Ways,
    /// Those that were given, then those of the members.
    endpoints: Vec<String>,
    link: Link,
}

/// How a connection is made, to whichever endpoint.
#[derive(Debug)]
struct Ways {
    tls: ClientTlsConfig,
    /// For each call, the first with its connection.
    limit: Duration,
}

#[derive(Debug, Clone)]
struct Link {
    endpoint: String,
    channel: Channel,
    limit: Duration,
}

impl EtcdClient {
    /// Connects to the first of `endpoints` (URLs such as `https://10.0.0.1:2379`), all tried at once, that has heard
    /// from its cluster's leader; then knows the other members' as well. Needs a runtime around it.
    ///
    /// # Errors
    /// Where none serves, why the most telling of them does not.
    pub async fn connect(endpoints: &[String], tls: &EtcdTls, limit: Duration) -> Result<Self, EtcdError> {
        let ways = Ways { tls: tls.config()?, limit };
        let (link, members) = ways.first_of(endpoints).await?;
        Ok(Self { ways, endpoints: client_endpoints(endpoints, &members), link })
    }

    /// The URL that is asked.
    pub fn endpoint(&self) -> &str {
        &self.link.endpoint
    }

    /// The members, as the whole cluster knows them at this moment.
    pub async fn members(&mut self) -> Result<Vec<Member>, EtcdError> {
        let members = self.call(|link| async move { link.members().await }).await?;
        self.endpoints = client_endpoints(&self.endpoints, &members);
        Ok(members)
    }

    /// Adds a member that receives the data and has no vote → its id, and the list with it.
    pub async fn add_learner(&mut self, peer_url: &str) -> Result<(MemberId, Vec<Member>), EtcdError> {
        let request = MemberAddRequest { peer_urls: vec![peer_url.to_owned()], is_learner: true };
        let call = |link: Link| {
            let request = request.clone();
            async move { link.answer("MemberAdd", link.cluster().member_add(request)).await }
        };
        let answer = self.call(call).await?;
        kill_point::passed("member added", peer_url);
        let members = self.link.plain("MemberAdd", answer.members)?;
        let added = answer.member.map(|member| MemberId(member.id));
        let id =
            added.or_else(|| members.iter().find(|member| member.has_peer_url(peer_url)).map(|own| own.id));
        let unknown =
            || self.link.senseless("MemberAdd", "it does not say which member it has added".to_owned());
        Ok((id.ok_or_else(unknown)?, members))
    }

    /// Gives a learner its vote.
    pub async fn promote(&mut self, id: MemberId) -> Result<Vec<Member>, EtcdError> {
        let request = MemberPromoteRequest { id: id.0 };
        let call = |link: Link| async move {
            link.answer("MemberPromote", link.cluster().member_promote(request)).await
        };
        let answer = self.call(call).await?;
        kill_point::passed("member promoted", id);
        self.link.plain("MemberPromote", answer.members)
    }

    /// Removes the member from the cluster: the members that are left.
    pub async fn remove(&mut self, id: MemberId) -> Result<Vec<Member>, EtcdError> {
        let request = MemberRemoveRequest { id: id.0 };
        let call = |link: Link| async move {
            link.answer("MemberRemove", link.cluster().member_remove(request)).await
        };
        let answer = self.call(call).await?;
        kill_point::passed("member removed", id);
        self.link.plain("MemberRemove", answer.members)
    }

    /// What the member at `endpoint`, and no other, tells of itself.
    pub async fn status(&self, endpoint: &str) -> Result<MemberStatus, EtcdError> {
        let link = self.ways.link(endpoint)?;
        link.answer("Status", link.maintenance().status(StatusRequest {})).await.map(member_status)
    }

    /// All data of the member at `endpoint`, and the hash behind them, into `file`.
    pub async fn snapshot(&self, endpoint: &str, file: &mut dyn Write) -> Result<(), SnapshotError> {
        let link = Link { limit: PIECE_LIMIT, ..self.ways.link(endpoint)? };
        let broken = |why| SnapshotError::Broken { endpoint: endpoint.to_owned(), why };
        let mut stream = link.answer("Snapshot", link.maintenance().snapshot(SnapshotRequest {})).await?;
        let mut pieces = Pieces::default();
        while let Some(piece) = link.within("Snapshot", stream.message()).await? {
            pieces.take(&piece).map_err(broken)?;
            file.write_all(&piece.blob).map_err(SnapshotError::Kept)?;
        }
        pieces.end().map_err(broken)
    }

    /// Lets `other` lead in place of the member at `endpoint`, which is to be the leader.
    pub async fn move_leader(&self, endpoint: &str, other: MemberId) -> Result<(), EtcdError> {
        let link = self.ways.link(endpoint)?;
        let request = MoveLeaderRequest { target_id: other.0 };
        link.answer("MoveLeader", link.maintenance().move_leader(request)).await?;
        kill_point::passed("leader moved", other);
        Ok(())
    }

    /// The voting members that answer at one of their URLs and know a leader, all asked side by side.
    pub async fn answering(&self, members: &[Member]) -> BTreeSet<MemberId> {
        let voters = members.iter().filter(|member| member.votes());
        let asked = voters.map(|member| async { self.answers(member).await.then_some(member.id) });
        join_all(asked).await.into_iter().flatten().collect()
    }

    async fn answers(&self, member: &Member) -> bool {
        self.statuses(member).await.into_iter().flatten().any(|status| status.leader.is_some())
    }

    /// What a member tells of itself at each of its URLs, all asked side by side.
    pub async fn statuses(&self, member: &Member) -> Vec<Result<MemberStatus, EtcdError>> {
        join_all(member.client_urls.iter().take(MOST_URLS).map(|url| self.status(url))).await
    }

    /// From now on asks others than the member with these client URLs, as far as there are any that serve: one that
    /// is removed does not live to tell.
    pub async fn avoid(&mut self, client_urls: &[String]) {
        let others: Vec<String> =
            self.endpoints.iter().filter(|endpoint| !client_urls.contains(endpoint)).cloned().collect();
        if !client_urls.contains(&self.link.endpoint) {
            self.endpoints = others;
        } else if let Ok((link, _)) = self.ways.first_of(&others).await {
            (self.link, self.endpoints) = (link, others);
        }
    }

    /// Makes a call, and where it fails for what is the endpoint's own, makes it once more to another. So each change
    /// may arrive twice; etcd refuses the second of each.
    async fn call<T, F: Future<Output = Result<T, EtcdError>>>(
        &mut self,
        call: impl Fn(Link) -> F,
    ) -> Result<T, EtcdError> {
        let failed = match call(self.link.clone()).await {
            Err(error) if error.is_of_the_endpoint() => error,
            done => return done,
        };
        let others: Vec<String> =
            self.endpoints.iter().filter(|endpoint| **endpoint != self.link.endpoint).cloned().collect();
        match self.ways.first_of(&others).await {
            Ok((link, _)) => self.link = link,
            Err(_) => return Err(failed),
        }
        call(self.link.clone()).await
    }
}

impl Ways {
    /// The first endpoint that serves, of all tried at once, and the members that it lists.
    async fn first_of(&self, endpoints: &[String]) -> Result<(Link, Vec<Member>), EtcdError> {
        let mut tries: FuturesUnordered<_> =
            endpoints.iter().map(|endpoint| self.serving(endpoint)).collect();
        let mut errors = Vec::new();
        while let Some(tried) = tries.next().await {
            match tried {
                Ok(found) => return Ok(found),
                Err(error) => errors.push(error),
            }
        }
        Err(most_telling(errors))
    }

    /// A member that does not accept this client says so only after the handshake (TLS 1.3), and then hangs up. What it
    /// says is lost where it arrives ahead of the call, so it is called until it is heard.
    async fn serving(&self, endpoint: &str) -> Result<(Link, Vec<Member>), EtcdError> {
        let link = self.link(endpoint)?;
        let mut answer = link.members().await;
        for _ in 1..TRIES {
            if !matches!(answer, Err(EtcdError::HungUp { .. })) {
                break;
            }
            answer = link.members().await;
        }
        answer.map(|members| (link, members))
    }

    /// Connects with its first call.
    fn link(&self, endpoint: &str) -> Result<Link, EtcdError> {
        let bad = || EtcdError::BadEndpoint { endpoint: endpoint.to_owned() };
        let way = Endpoint::from_shared(endpoint.to_owned()).map_err(|_| bad())?;
        // Whatever answers without TLS may be anybody.
        way.uri().scheme_str().filter(|scheme| *scheme == "https").and(way.uri().host()).ok_or_else(bad)?;
        let way = way.tls_config(self.tls.clone()).map_err(|error| credentials(&error))?;
        Ok(Link { endpoint: endpoint.to_owned(), channel: way.connect_lazy(), limit: self.limit })
    }
}

impl Link {
    fn cluster(&self) -> ClusterClient<Channel> {
        ClusterClient::new(self.channel.clone())
    }

    fn maintenance(&self) -> MaintenanceClient<Channel> {
        MaintenanceClient::new(self.channel.clone())
    }

    async fn members(&self) -> Result<Vec<Member>, EtcdError> {
        let request = MemberListRequest { linearizable: true };
        let answer = self.answer("MemberList", self.cluster().member_list(request)).await?;
        self.plain("MemberList", answer.members)
    }

    /// A list that no cluster has is none.
    fn plain(&self, call: &'static str, members: Vec<ApiMember>) -> Result<Vec<Member>, EtcdError> {
        if members.len() > MOST_MEMBERS {
            let why =
                format!("it lists {} members; {MOST_MEMBERS} are more than etcd works with", members.len());
            return Err(self.senseless(call, why));
        }
        Ok(members.into_iter().map(plain).collect())
    }

    fn senseless(&self, call: &'static str, why: String) -> EtcdError {
        EtcdError::Failed { endpoint: self.endpoint.clone(), call, why }
    }

    async fn answer<T>(
        &self,
        call: &'static str,
        answer: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, EtcdError> {
        let begun = Instant::now();
        let answer = self.within(call, answer).await;
        call_log::service(call, &self.endpoint, answer.is_ok(), begun);
        answer.map(Response::into_inner)
    }

    async fn within<T>(
        &self,
        call: &'static str,
        answer: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, EtcdError> {
        let (endpoint, limit) = (&self.endpoint, self.limit);
        match tokio::time::timeout(limit, answer).await {
            Err(_) => Err(EtcdError::Timeout { endpoint: endpoint.clone(), call, limit }),
            Ok(answer) => answer.map_err(|status| EtcdError::of_status(endpoint, call, &status)),
        }
    }
}

/// What cannot pass by itself before what can, since it is what somebody has to fix.
fn most_telling(errors: Vec<EtcdError>) -> EtcdError {
    let (passing, lasting): (Vec<_>, Vec<_>) = errors.into_iter().partition(EtcdError::heals);
    lasting.into_iter().chain(passing).next().unwrap_or(EtcdError::NoEndpoint)
}

fn credentials(error: &(dyn std::error::Error + 'static)) -> EtcdError {
    EtcdError::Credentials { why: error.source().map_or_else(|| error.to_string(), ToString::to_string) }
}

fn plain(member: ApiMember) -> Member {
    Member {
        id: MemberId(member.id),
        name: member.name,
        peer_urls: member.peer_urls,
        client_urls: member.client_urls,
        is_learner: member.is_learner,
    }
}

fn member_status(answer: StatusResponse) -> MemberStatus {
    MemberStatus {
        version: answer.version,
        leader: (answer.leader != 0).then_some(MemberId(answer.leader)),
        is_learner: answer.is_learner,
        data_size: answer.db_size.try_into().unwrap_or_default(),
        errors: answer.errors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_asked_without_tls_and_no_list_of_members_without_an_end_is_taken() {
        let ways = Ways { tls: ClientTlsConfig::new(), limit: ANSWER_LIMIT };
        for endpoint in ["http://10.0.0.1:2379", "unix:///etcd", "10.0.0.1:2379", "https://", ""] {
            assert!(matches!(ways.link(endpoint), Err(EtcdError::BadEndpoint { .. })), "{endpoint}");
        }
        let link = ways.link("https://10.0.0.1:2379").unwrap();
        let members = |count| vec![ApiMember::default(); count];
        assert_eq!(link.plain("MemberList", members(MOST_MEMBERS)).unwrap().len(), MOST_MEMBERS);
        let error = link.plain("MemberList", members(MOST_MEMBERS + 1)).unwrap_err();
        assert!(!error.heals() && error.to_string().contains("it lists 101 members"), "{error}");
    }
}
