use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::config::{RequestedReset, ResetDefaults, ResetFlags, UnmountFlag};
use crate::facts::{LinkTarget, LocalEtcd, MemberId, Unseen};
use crate::plan::Leave;
use crate::plan::{MemberQuestion, member_question};

const PHASES: [Phase; 3] = [Phase::ResetPreflight, Phase::ResetRemoveEtcdMember, Phase::ResetCleanupNode];

const LOG: &str = "/var/lib/etcd/member/wal";

struct Case {
    config: Reset,
    host: ResetHost,
    facts: ResetFacts,
    member: Membership,
}

/// A control plane with a pod, a mount and a member that is the only one.
fn control_plane() -> Case {
    let flags = ResetFlags { cleanup_tmp_dir: Some(true), ..ResetFlags::default() };
    let config = RequestedReset::parse(None, &flags).unwrap().resolve(ResetDefaults::default()).unwrap();
    let etcd = LocalEtcd {
        name: "cp".into(),
        data_dir: USUAL_ETCD.into(),
        peer_url: None,
        endpoints: Vec::new(),
        has_others: false,
    };
    let host = ResetHost {
        certificates_dir: None,
        kubelet_socket: None,
        cri_sockets: Vec::new(),
        etcd: EtcdSeen::Local(etcd),
        addresses: vec!["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()],
    };
    let mut places: BTreeMap<PathBuf, PathState> =
        reset_questions(&config, &host).places.into_iter().map(|path| (path, PathState::Missing)).collect();
    for (path, name) in
        [(KUBELET, "pods"), (MANIFESTS, "etcd.yaml"), (USUAL_CERTIFICATES, "ca.key"), (USUAL_ETCD, "member")]
    {
        places.insert(path.into(), PathState::Folder(vec![name.to_owned()]));
    }
    for name in ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key"] {
        places.insert(Path::new(USUAL_CERTIFICATES).join("etcd").join(name), PathState::File);
    }
    places.insert(LOG.into(), PathState::Folder(vec!["0.tmp".to_owned(), "0-0.wal".to_owned()]));
    places.insert("/etc/kubernetes/admin.conf".into(), PathState::File);
    let facts = ResetFacts {
        user: 0,
        kubelet: Ok(true),
        mounts: Ok(["/", "/var/lib/kubelet/pods/a", "/var/lib/kubelet/pods/a/b", "/home"]
            .map(PathBuf::from)
            .into()),
        pods: Ok(vec![pod("etcd-cp", true), pod("coredns", false)]),
        places,
        leftovers: vec!["/etc/kubernetes/.kubewright-abc".into()],
        of_the_system: BTreeSet::new(),
        passwd: Ok(b"root:x:0:0::/:/bin/sh\n".to_vec()),
        group: Ok(Vec::new()),
    };
    Case { config, host, facts, member: Membership::Only }
}

/// What a reset of it does where its member is one of several.
pub fn control_plane_that_leaves() -> Vec<Effect> {
    let case = control_plane();
    let leave = Leave { id: MemberId(7), asked: case.question().unwrap() };
    Case { member: Membership::Leaves(leave), ..case }.plan(&PHASES).unwrap().effects
}

/// A host that nobody has joined to anything.
fn fresh() -> Case {
    let mut case = control_plane();
    case.host.etcd = EtcdSeen::None { usual_folder: Use::Free };
    case.facts.places.values_mut().for_each(|state| *state = PathState::Missing);
    case.facts.kubelet = Ok(false);
    case.facts.mounts = Ok(vec!["/".into()]);
    case.facts.pods = Err(CriError::SocketMissing { path: "/x.sock".into() });
    case.facts.leftovers.clear();
    case
}

fn pod(name: &str, is_static: bool) -> PodSandbox {
    PodSandbox { id: format!("id-{name}"), namespace: "kube-system".into(), name: name.into(), is_static }
}

impl Case {
    fn plan(&self, phases: &[Phase]) -> Result<ResetPlan, ResetRefused> {
        let Self { config, host, facts, member } = self;
        reset(&ResetInputs { config, host, facts, member: member.clone(), network: None }, phases)
    }

    fn question(&self) -> Option<MemberQuestion> {
        member_question(&self.config, &self.host, &self.facts)
    }

    fn steps(&self, phases: &[Phase]) -> Vec<String> {
        self.plan(phases).unwrap().effects.iter().map(|effect| step(&effect.action)).collect()
    }
}

fn step(action: &Action) -> String {
    match action {
        Action::Teardown(Teardown::LeaveEtcd(leave)) => format!("leave {} {}", leave.asked.name, leave.id),
        Action::Teardown(Teardown::StopPods(pods)) => {
            format!("pods {}", pods.pods.iter().map(|pod| pod.name.as_str()).collect::<Vec<_>>().join(" "))
        }
        Action::Teardown(Teardown::Unmount(unmount)) => format!("unmount {}", unmount.path.display()),
        Action::Teardown(Teardown::UnmountRest(rest)) => {
            format!("unmount the rest in {}", rest.folder.display())
        }
        Action::Teardown(Teardown::Remove(removal)) => match &removal.what {
            What::Contents(_) => format!("empty {}", removal.path.display()),
            What::These(names) => format!("remove {} in {}", names.join(" "), removal.path.display()),
            What::Whole => format!("remove {}", removal.path.display()),
        },
        Action::Teardown(Teardown::Network(_)) => "network".to_owned(),
        Action::Kubelet(KubeletCall::Stop) => "stop".to_owned(),
        Action::WriteFile(file) => format!("write {}", file.path.display()),
        other => panic!("no step of a reset: {other:?}"),
    }
}

#[test]
fn a_control_plane_is_removed_step_by_step_and_its_manifests_go_last() {
    let wanted = [
        "empty /var/lib/etcd",
        "stop",
        "pods coredns etcd-cp",
        "unmount /var/lib/kubelet/pods/a/b",
        "unmount /var/lib/kubelet/pods/a",
        "unmount the rest in /var/lib/kubelet",
        "empty /var/lib/etcd",
        "empty /var/lib/kubelet",
        "empty /etc/kubernetes/pki",
        "remove /etc/kubernetes/.kubewright-abc",
        "remove /etc/kubernetes/admin.conf",
        "empty /etc/kubernetes/manifests",
    ];
    assert_eq!(control_plane().steps(&PHASES), wanted);
}

#[test]
fn a_fresh_host_has_nothing_to_take_back() {
    let plan = fresh().plan(&PHASES).unwrap();
    assert!(plan.effects.is_empty() && plan.gaps.is_empty() && plan.remarks.is_empty(), "{plan:?}");
}

#[test]
fn each_phase_does_its_own_part() {
    let case = control_plane();
    assert_eq!(case.steps(&[Phase::ResetPreflight]), [""; 0]);
    assert_eq!(case.steps(&[Phase::ResetRemoveEtcdMember]), ["empty /var/lib/etcd"]);
    assert!(
        !case
            .steps(&[Phase::ResetCleanupNode])
            .iter()
            .any(|step| step.contains("etcd ") || step.ends_with("/etcd"))
    );
}

#[test]
fn a_member_leaves_before_anything_else() {
    let case = control_plane();
    let leave = Leave { id: MemberId(7), asked: case.question().unwrap() };
    let case = Case { member: Membership::Leaves(leave), ..control_plane() };
    assert_eq!(case.steps(&PHASES)[..2], ["leave cp 7", "empty /var/lib/etcd"]);
}

#[test]
fn a_member_that_cannot_leave_stops_everything_unless_it_is_forced() {
    let member = Membership::Unknown { why: "no quorum".into(), command: "etcdctl".into() };
    let mut case = Case { member, ..control_plane() };
    assert_eq!(case.plan(&PHASES).unwrap_err(), ResetRefused::Etcd { why: "no quorum".into() });
    assert!(case.plan(&[Phase::ResetCleanupNode]).is_ok(), "the member is not this phase's");
    case.config.force = true;
    let plan = case.plan(&PHASES).unwrap();
    assert_eq!((plan.effects.len(), plan.remarks.len()), (12, 1));
}

#[test]
fn a_member_that_is_needed_leaves_by_force_alone() {
    let mut case = control_plane();
    let leave = Leave { id: MemberId(7), asked: case.question().unwrap() };
    case.member = Membership::Needed { leave, why: "no quorum".into() };
    assert!(case.plan(&PHASES).is_err());
    case.config.force = true;
    assert_eq!(case.steps(&PHASES)[0], "leave cp 7");
}

#[test]
fn etcd_elsewhere_and_data_that_somebody_works_with_stay() {
    for etcd in [
        EtcdSeen::External,
        EtcdSeen::None { usual_folder: Use::InUse },
        EtcdSeen::Unreadable(Unseen::new("the static pod", "not YAML")),
    ] {
        let mut case = control_plane();
        case.host.etcd = etcd;
        let plan = case.plan(&PHASES).unwrap();
        assert!(!plan.effects.iter().any(|effect| step(&effect.action).ends_with("/etcd")), "{plan:?}");
        assert_eq!(plan.remarks.len() + plan.gaps.len(), 1, "{plan:?}");
    }
}

#[test]
fn the_user_s_links_to_the_kubelet_s_and_etcd_s_folders_stay_and_are_followed_once() {
    let mut case = control_plane();
    let link =
        |path: &str| PathState::Link(Some(LinkTarget { path: path.into(), names: vec!["member".into()] }));
    case.facts.places.insert(KUBELET.into(), link("/data/kubelet"));
    case.facts.places.insert(USUAL_ETCD.into(), link("/data/etcd"));
    case.facts.places.insert(USUAL_CERTIFICATES.into(), link("/data/pki"));
    case.facts.mounts = Ok(vec!["/data/kubelet/pods/a".into(), "/data/other".into()]);
    let plan = case.plan(&PHASES).unwrap();
    let steps: Vec<String> = plan.effects.iter().map(|effect| step(&effect.action)).collect();
    for wanted in ["empty /data/kubelet", "empty /data/etcd", "unmount /data/kubelet/pods/a"] {
        assert!(steps.iter().any(|step| step == wanted), "{wanted}: {steps:?}");
    }
    assert!(!steps.iter().any(|step| step.contains("pki") || step.contains("other")), "{steps:?}");
    assert!(plan.gaps[0].starts_with("/etc/kubernetes/pki stays"), "{plan:?}");
}

#[test]
fn a_link_to_a_folder_of_the_system_is_refused() {
    let mut case = control_plane();
    let target = LinkTarget { path: "/var/lib".into(), names: vec!["dpkg".into()] };
    case.facts.places.insert(KUBELET.into(), PathState::Link(Some(target)));
    assert_eq!(case.plan(&PHASES).unwrap_err(), ResetRefused::OfTheSystem { path: "/var/lib".into() });
}

#[test]
fn a_runtime_that_does_not_answer_is_a_gap_where_there_is_something_to_stop() {
    let mut case = control_plane();
    case.facts.pods = Err(CriError::SocketMissing { path: "/x.sock".into() });
    assert_eq!(case.plan(&PHASES).unwrap().gaps, ["pods cannot be stopped: there is no socket at /x.sock"]);
    let mut case = fresh();
    case.facts.pods = Err(CriError::Refused { path: "/x.sock".into() });
    assert_eq!(case.plan(&PHASES).unwrap().gaps.len(), 1);
}

#[test]
fn the_control_plane_s_own_accounts_go() {
    let mut case = control_plane();
    case.facts.passwd = Ok(b"root:x:0:0::/:/bin/sh\nkubeadm-etcd:x:999:999:::/bin/false\n".to_vec());
    let steps = case.steps(&PHASES);
    assert!(
        steps.contains(&"write /etc/passwd".to_owned()) && !steps.contains(&"write /etc/group".to_owned())
    );
}

#[test]
fn unmounts_carry_the_configured_flags() {
    let mut case = control_plane();
    case.config.unmount_flags = vec![UnmountFlag::Detach];
    let plan = case.plan(&PHASES).unwrap();
    let flags: Vec<_> = plan
        .effects
        .iter()
        .filter_map(|effect| match &effect.action {
            Action::Teardown(Teardown::Unmount(unmount)) => Some(unmount.flags.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(flags, [[UnmountFlag::Detach], [UnmountFlag::Detach]]);
}

#[test]
fn a_member_with_data_or_with_others_is_asked_for() {
    let mut case = control_plane();
    let asked = case.question().unwrap();
    assert_eq!(asked.access.key, Path::new("/etc/kubernetes/pki/etcd/healthcheck-client.key"));
    case.facts.places.insert(LOG.into(), PathState::Folder(vec!["0.tmp".to_owned()]));
    assert_eq!(case.question(), None, "etcd starts anew without its log, whatever else there is");
    if let EtcdSeen::Local(member) = &mut case.host.etcd {
        member.has_others = true;
    }
    assert!(case.question().is_some(), "a learner that never came up");
    assert_eq!(fresh().question(), None);
}

#[test]
fn behind_a_reset_that_came_as_far_as_the_certificates_nobody_is_asked() {
    let mut case = control_plane();
    if let EtcdSeen::Local(member) = &mut case.host.etcd {
        member.has_others = true;
    }
    let key = Path::new(USUAL_CERTIFICATES).join("etcd/healthcheck-client.key");
    case.facts.places.insert(key, PathState::Missing);
    assert!(case.question().is_some(), "there is data that others may count on");
    case.facts.places.insert(LOG.into(), PathState::Missing);
    assert_eq!(case.question(), None);
    case.member = Membership::None;
    assert!(case.plan(&PHASES).unwrap().remarks[0].contains("behind an earlier reset"));
}

#[test]
fn a_join_that_has_not_written_etcd_s_manifest_may_be_a_member_at_one_of_its_addresses() {
    let mut case = control_plane();
    case.host.etcd = EtcdSeen::None { usual_folder: Use::Free };
    assert_eq!(case.question(), None, "an init that was cut off, or no control plane");
    case.facts.places.insert("/etc/kubernetes/bootstrap-kubelet.conf".into(), PathState::File);
    let asked = case.question().unwrap();
    assert_eq!(asked.peer_urls, ["https://10.0.0.1:2380", "https://[fd00::1]:2380"]);
    assert_eq!(
        (asked.endpoints.len(), asked.kubeconfig.as_path()),
        (0, Path::new("/etc/kubernetes/admin.conf"))
    );
    let key = Path::new(USUAL_CERTIFICATES).join("etcd/healthcheck-client.key");
    case.facts.places.insert(key, PathState::Missing);
    assert_eq!(case.question(), None, "a worker");
}

/// That folder, and etcd's in it, with these names.
fn certificates(case: &mut Case, folder: &str, names: &[&str], etcd: &[&str]) {
    let listed = |names: &[&str]| PathState::Folder(names.iter().map(|name| (*name).to_owned()).collect());
    case.config.certificates_dir = folder.into();
    case.facts.places.insert(folder.into(), listed(names));
    case.facts.places.insert(Path::new(folder).join("etcd"), listed(etcd));
}

#[test]
fn beside_an_etcd_elsewhere_what_init_has_not_made_stays_and_is_named_by_a_second_reset_too() {
    let mut case = control_plane();
    let names =
        ["apiserver-etcd-client.key", "ca.crt", "ca.key", "etcd", "sa.pub", "secrets_encryption.yaml"];
    certificates(&mut case, USUAL_CERTIFICATES, &names, &["ca.crt", "peer.key", "server.key"]);
    for etcd in [EtcdSeen::External, EtcdSeen::None { usual_folder: Use::Free }] {
        case.host.etcd = etcd;
        let plan = case.plan(&PHASES).unwrap();
        let steps: Vec<String> = plan.effects.iter().map(|effect| step(&effect.action)).collect();
        let of_pki: Vec<&String> = steps.iter().filter(|step| step.contains("pki")).collect();
        assert_eq!(of_pki, ["remove sa.pub ca.key ca.crt in /etc/kubernetes/pki"]);
        let wanted = "in /etc/kubernetes/pki stays what neither init nor join has made: apiserver-etcd-client.key, \
                      secrets_encryption.yaml, etcd/ca.crt, etcd/peer.key, etcd/server.key";
        assert!(plan.remarks.iter().any(|remark| remark == wanted), "{:?}", plan.remarks);
    }
}

#[test]
fn the_certificates_of_an_init_that_wrote_no_manifest_go_by_etcd_s_key() {
    let mut case = control_plane();
    case.host.etcd = EtcdSeen::None { usual_folder: Use::Free };
    certificates(&mut case, USUAL_CERTIFICATES, &["ca.crt", "etcd"], &["ca.crt", "ca.key"]);
    assert!(case.steps(&PHASES).contains(&"empty /etc/kubernetes/pki".to_owned()));
}

#[test]
fn in_an_unusual_folder_of_certificates_only_the_catalogue_s_names_go() {
    let mut case = control_plane();
    let names = [".kubewright-ca.key", "apiserver.csr", "ca.crt", "ca.crt.bak", "etcd", "hosts", "sa.key"];
    certificates(&mut case, "/data", &names, &["notes", "server.key"]);
    let steps = case.steps(&PHASES);
    let wanted =
        ["remove server.key in /data/etcd", "remove sa.key ca.crt apiserver.csr .kubewright-ca.key in /data"];
    assert!(wanted.iter().all(|step| steps.iter().any(|found| found == step)), "{steps:?}");
    let remarks = case.plan(&PHASES).unwrap().remarks;
    assert!(remarks.iter().any(|remark| remark.ends_with(": ca.crt.bak, hosts, etcd/notes")), "{remarks:?}");
    certificates(&mut case, "/data", &["etcd"], &["ca.key", "server.crt"]);
    assert!(case.steps(&PHASES).contains(&"remove etcd in /data".to_owned()));
}

#[test]
fn in_an_unusual_folder_of_etcd_only_its_member_goes() {
    let mut case = control_plane();
    if let EtcdSeen::Local(member) = &mut case.host.etcd {
        member.data_dir = "/data".into();
    }
    let names = ["backups", "member"].map(str::to_owned);
    case.facts.places.insert("/data".into(), PathState::Folder(names.into()));
    let steps = case.steps(&PHASES);
    assert_eq!(steps.iter().filter(|step| *step == "remove member in /data").count(), 2, "{steps:?}");
    let remarks = case.plan(&PHASES).unwrap().remarks;
    assert!(remarks.iter().any(|remark| remark.ends_with(": backups")), "{remarks:?}");
}

#[test]
fn another_name_of_a_folder_of_the_system_is_refused_wherever_it_stands() {
    for place in [KUBELET, USUAL_CERTIFICATES, USUAL_ETCD, MANIFESTS, "/data"] {
        let mut case = control_plane();
        if place == "/data" {
            certificates(&mut case, place, &["passwd"], &[]);
        }
        case.facts.of_the_system.insert(place.into());
        let refused = case.plan(&PHASES).unwrap_err();
        assert_eq!(refused, ResetRefused::OfTheSystem { path: place.into() });
    }
}
