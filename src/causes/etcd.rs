//! etcd: its data, and its quorum.

use super::{
    Cause, ContainerSeen, ContainerState, Diagnosis, Explanation, Line, Outlook, Row, Symptoms, Wanted,
};
use crate::join::etcd::{Health, Reason};

/// An etcd that does not start, or whose cluster does not.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::EtcdOtherCluster, judge: other_cluster },
    Row { cause: Cause::EtcdNoQuorum, judge: no_quorum },
    Row { cause: Cause::EtcdNeverBegan, judge: never_began },
];

/// What a member says that is told by the others, or by its own data, that it is none of them.
const STRANGER: &[&str] = &[
    "cluster ID mismatch",
    "has been permanently removed from the cluster",
    "member count is unequal",
    "unmatched member while checking PeerURLs",
    "mismatch member ID",
];

/// A member that has found no leader asks the others for their votes, over and over.
const NO_LEADER: &[&str] =
    &["is starting a new election at term", "sent MsgPreVote request to", "sent MsgVote request to"];
const ASKED: &[&str] = &["sent MsgPreVote request to", "sent MsgVote request to"];
const LEADER: &[&str] = &["became leader at term", "elected leader"];
/// A new member that gets no answer from any of the others.
const ALONE: &str = "cannot fetch cluster info from peer urls";
const PEER: &[&str] = &["prober detected unhealthy status", "failed to get cluster response"];

/// A member that has data from before, of which nothing was ever agreed on: etcd makes its log's first file some milliseconds
/// before it writes into it who its members are.
const BEFORE_THE_BEGINNING: [&str; 2] = ["\"msg\":\"restarting local member\"", "\"commit-index\":0}"];
const NOTHING: &str = "term: 0, commit: 0, applied: 0, lastindex: 0";

/// Of members that were asked how they are before one more is added.
pub fn explain_health(health: Health) -> Explanation {
    let Health { healthy, needed } = health;
    let found = Diagnosis::new(Outlook::Open, "the cluster's etcd has no quorum");
    found
        .seen(format!("{healthy} of its voting members answer, and {needed} are needed"))
        .remedy("start etcd on the control planes whose member does not answer (`crictl ps -a` there shows why), and run this again")
        .because_of(Cause::EtcdNoQuorum)
}

/// Of a node that cannot become a member, where its data is the reason.
pub fn explain_refusal(reason: &Reason) -> Option<Explanation> {
    match reason {
        Reason::StaleData => {
            let found = Diagnosis::new(
                Outlook::Final,
                "this node has the etcd data of another cluster, or of a removed member",
            );
            Some(found.seen(reason.to_string()).remedy(reason.hint()).because_of(Cause::EtcdOtherCluster))
        }
        Reason::NameTaken { .. } | Reason::AddressTaken { .. } | Reason::DataLost { .. } => None,
    }
}

fn other_cluster(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let etcd = symptoms.newest("etcd")?;
    let data = wanted.etcd_data.as_ref()?.display();
    let found = match etcd.lines().find(|line| STRANGER.iter().any(|mark| line.has(mark))) {
        Some(line) => {
            Diagnosis::new(Outlook::FinalIfItLasts, format!("etcd's data in {data} are of another cluster"))
                .said(line)
        }
        None => founder_of_another(etcd, &data.to_string())?,
    };
    Some(found.remedy(format!(
        "keep {data} elsewhere if it is still of use; `kubewright reset` empties it; then run this again"
    )))
}

/// An etcd that is to begin a cluster by itself, and has to ask others for their votes: its data are a member's of
/// another cluster.
fn founder_of_another(etcd: &ContainerSeen, data: &str) -> Option<Diagnosis> {
    let alone = to_be_alone(etcd)?;
    leaderless(etcd)?;
    let asked = etcd.lines().find(|line| ASKED.iter().any(|mark| line.has(mark)))?;
    let peer = etcd.lines().find(|line| PEER.iter().any(|mark| line.has(mark)));
    // It has been told of others by its data alone.
    let outlook = if peer.is_some() { Outlook::Final } else { Outlook::FinalIfItLasts };
    let found = Diagnosis::new(outlook, format!("etcd's data in {data} are of a cluster with other members"));
    Some(found.said(peer.unwrap_or(asked)).seen(format!("its members are to be {alone} alone")))
}

fn no_quorum(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let etcd = symptoms.newest("etcd")?;
    let alone = etcd.lines().find(|line| line.has(ALONE)).filter(|_| etcd.failed());
    let (line, outlook) = match alone {
        Some(line) if etcd.attempt >= 2 => (line, Outlook::Final),
        Some(line) => (line, Outlook::FinalIfItLasts),
        None => (leaderless(etcd)?, Outlook::Open),
    };
    let found = Diagnosis::new(outlook, "etcd reaches too few of its members to have a leader");
    let peer = etcd.lines().find(|line| PEER.iter().any(|mark| line.has(mark)));
    let found = peer.into_iter().fold(found, Diagnosis::said).said(line);
    Some(found.remedy(
        "start etcd on the members that are down, and let port 2380 through between all of them; \
         `etcdctl endpoint status --cluster` on one of them shows who answers",
    ))
}

/// An etcd that is to begin a cluster by itself, and can no more. One that joins is another matter: the others tell it all that
/// it needs, and it may have voted since.
fn never_began(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let data = wanted.etcd_data.as_ref()?.display();
    let etcd = symptoms.newest("etcd").filter(|etcd| etcd.state == ContainerState::Running)?;
    to_be_alone(etcd)?;
    let begun = etcd.lines().find(|line| BEFORE_THE_BEGINNING.iter().all(|mark| line.has(mark)))?;
    let log = etcd.lines().find(|line| line.has(NOTHING))?;
    let has_leader = etcd.lines().any(|line| LEADER.iter().any(|mark| line.has(mark)));
    (!has_leader).then(|| {
        let summary = format!("etcd was killed in its first start, and its data in {data} is empty");
        Diagnosis::new(Outlook::Fixable, summary).said(begun).said(log).remedy(format!(
            "stop the kubelet and etcd's container, remove {data}/member, in which nothing is, and run this again"
        ))
    })
}

/// The newest line that says that there is no leader, when none was found since.
fn leaderless(etcd: &ContainerSeen) -> Option<Line<'_>> {
    let marks = |marks: &[&str], line: Line<'_>| marks.iter().any(|mark| line.has(mark));
    let told = etcd.lines().find(|line| marks(NO_LEADER, *line) || marks(LEADER, *line));
    told.filter(|line| marks(NO_LEADER, *line))
}

/// The only member that its manifest has it begin with: none of one that joins others.
fn to_be_alone(etcd: &ContainerSeen) -> Option<&str> {
    let members = etcd.lines().find_map(|line| argument(line, "--initial-cluster="));
    members.filter(|members| !members.contains(','))
}

/// `"args":["etcd","--initial-cluster=n1=https://10.0.0.1:2380",…` → `n1=https://10.0.0.1:2380`
fn argument<'a>(line: Line<'a>, flag: &str) -> Option<&'a str> {
    line.text.split_once("\"args\":")?.1.split_once(flag)?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ended, quiet, running};
    use super::*;
    use crate::facts::MemberId;

    /// Of etcd 3.6, shortened.
    const ARGUMENTS: &str = r#"{"level":"info","ts":"2026-11-21T20:39:36.042386Z","caller":"etcdmain/etcd.go:64","msg":"Running: ","args":["etcd","--data-dir=/var/lib/etcd","--initial-cluster=n1=https://10.89.2.3:2380","--name=n1"]}"#;
    const UNHEALTHY: &str = r#"{"level":"warn","ts":"2026-11-21T20:40:06.163932Z","caller":"rafthttp/probing_status.go:68","msg":"prober detected unhealthy status","round-tripper-name":"ROUND_TRIPPER_RAFT_MESSAGE","remote-peer-id":"be5e5331c2f6313f","rtt":"0s","error":"dial tcp 127.0.0.9:2380: connect: connection refused"}"#;
    const ELECTION: &str = r#"{"level":"info","ts":"2026-11-21T20:40:05.112386Z","logger":"raft","caller":"v3@v3.6.0/raft.go:988","msg":"b71f75320dc06a6c is starting a new election at term 1"}"#;
    const ASKS: &str = r#"{"level":"info","ts":"2026-11-21T20:40:05.112442Z","logger":"raft","caller":"v3@v3.6.0/raft.go:1072","msg":"b71f75320dc06a6c [logterm: 1, index: 2] sent MsgPreVote request to be5e5331c2f6313f at term 1"}"#;
    const ELECTED: &str = r#"{"level":"info","ts":"2026-11-21T20:40:07.702933Z","logger":"raft","caller":"v3@v3.6.0/node.go:370","msg":"raft.node: 71ee5653fbbeba89 elected leader 71ee5653fbbeba89 at term 2"}"#;
    const NO_ANSWER: &str = r#"{"level":"warn","ts":"2026-11-21T20:44:56.070184Z","caller":"etcdserver/cluster_util.go:86","msg":"failed to get cluster response","address":"https://10.89.2.5:2380/members","error":"Get \"https://10.89.2.5:2380/members\": dial tcp 10.89.2.5:2380: i/o timeout"}"#;
    const FETCH: &str = r#"{"level":"fatal","ts":"2026-11-21T20:44:56.071797Z","caller":"etcdmain/etcd.go:183","msg":"discovery failed","error":"cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs"}"#;
    const MISMATCH: &str = r#"{"level":"warn","ts":"2026-11-21T20:44:56.071797Z","caller":"rafthttp/stream.go:653","msg":"request sent was ignored by remote peer due to cluster ID mismatch","remote-peer-id":"be5e5331c2f6313f"}"#;

    #[test]
    fn an_etcd_that_is_to_be_alone_and_asks_for_votes_has_another_cluster_s_data() {
        let found =
            quiet().with(running("etcd", 0, &[ARGUMENTS, UNHEALTHY, ELECTION, ASKS])).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::EtcdOtherCluster, Outlook::Final));
        assert_eq!(found.summary, "etcd's data in /var/lib/etcd are of a cluster with other members");
        assert!(found.evidence[0].contains("127.0.0.9:2380"), "{found:?}");
        assert_eq!(found.evidence[1], "its members are to be n1=https://10.89.2.3:2380 alone");
    }

    #[test]
    fn a_member_that_the_others_do_not_know_has_another_cluster_s_data() {
        let found = quiet().with(running("etcd", 0, &[ARGUMENTS, MISMATCH])).explained().unwrap();
        assert_eq!(found.cause, Cause::EtcdOtherCluster);
    }

    #[test]
    fn what_the_members_themselves_say_has_the_same_ids() {
        let found = explain_health(Health { healthy: 1, needed: 2 });
        assert_eq!(found.cause, Cause::EtcdNoQuorum);
        assert_eq!(found.evidence, ["1 of its voting members answer, and 2 are needed"]);
        assert_eq!(explain_refusal(&Reason::StaleData).unwrap().cause, Cause::EtcdOtherCluster);
        assert_eq!(explain_refusal(&Reason::DataLost { id: MemberId(1) }), None);
    }

    #[test]
    fn one_of_several_that_finds_no_leader_may_find_one_yet() {
        let several = ARGUMENTS.replace("n1=https", "n2=https://10.89.2.4:2380,n1=https");
        for line in [ELECTION, ASKS] {
            let found = quiet().with(running("etcd", 0, &[&several, UNHEALTHY, line])).explained().unwrap();
            assert_eq!((found.cause, found.outlook), (Cause::EtcdNoQuorum, Outlook::Open));
            assert!(found.evidence[0].contains("127.0.0.9:2380"), "{found:?}");
        }
    }

    #[test]
    fn data_without_a_beginning_is_told_and_no_other() {
        const FIRST: &str = r#"{"level":"info","caller":"etcdserver/bootstrap.go:499","msg":"starting local member","local-member-id":"71a9a78e04536b66","cluster-id":"413a9ff7a3f11f69"}"#;
        const AGAIN: &str = r#"{"level":"info","caller":"etcdserver/bootstrap.go:599","msg":"restarting local member","cluster-id":"a7ef944b95711739","local-member-id":"ddd67b312462fd7b","commit-index":0}"#;
        const EMPTY: &str = r#"{"level":"info","logger":"raft","caller":"v3@v3.6.0/raft.go:493","msg":"newRaft ddd67b312462fd7b [peers: [], term: 0, commit: 0, applied: 0, lastindex: 0, lastterm: 0]"}"#;
        let found = quiet().with(running("etcd", 1, &[ARGUMENTS, AGAIN, EMPTY])).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::EtcdNeverBegan, Outlook::Fixable));
        let later = AGAIN.replace("index\":0", "index\":4");
        let written = EMPTY.replace("lastindex: 0", "lastindex: 1");
        let joining = ARGUMENTS.replace("n1=https", "n2=https://10.89.2.4:2380,n1=https");
        for log in [
            &[ARGUMENTS, FIRST, EMPTY][..],
            &[ARGUMENTS, &later, EMPTY],
            &[ARGUMENTS, AGAIN, &written],
            &[ARGUMENTS, AGAIN, EMPTY, ELECTED],
            &[&joining, AGAIN, EMPTY],
            &[AGAIN, EMPTY],
        ] {
            assert_eq!(quiet().with(running("etcd", 1, log)).explained(), None, "{log:?}");
        }
        let found = quiet().with(ended("etcd", 0, &[ARGUMENTS, AGAIN, EMPTY])).explained();
        assert_ne!(found.map(|found| found.cause), Some(Cause::EtcdNeverBegan));
    }

    #[test]
    fn a_leader_that_was_found_is_no_cause() {
        for lines in [[ARGUMENTS, ELECTION, ELECTED], [ARGUMENTS, ELECTED, UNHEALTHY]] {
            assert_eq!(quiet().with(running("etcd", 0, &lines)).explained(), None);
        }
    }

    #[test]
    fn a_new_member_that_nobody_answers_is_told_whom_it_asked() {
        let found = quiet().with(ended("etcd", 0, &[NO_ANSWER, FETCH])).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::EtcdNoQuorum, Outlook::FinalIfItLasts));
        assert!(found.evidence[0].contains("10.89.2.5:2380"), "{found:?}");
        let third = quiet().with(ended("etcd", 2, &[NO_ANSWER, FETCH])).explained().unwrap();
        assert_eq!(third.outlook, Outlook::Final);
    }
}
