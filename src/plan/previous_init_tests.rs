use super::*;
use crate::config::{Arg, Config, fixture};
use crate::facts::PortHolder;
use crate::manifests::static_pod::CaKey;
use crate::plan::Files;
use crate::plan::fixture::with;

const ETCD: &str = "/etc/kubernetes/manifests/etcd.yaml";
const API_SERVER: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";

fn look(config: &Config, files: &Files) -> PreviousInit {
    with(config, files, |inputs| previous_init(inputs).unwrap())
}

/// The files of an init of `config` that has come to its kubelet, as far as they are told apart here.
fn left(config: &Config) -> Files {
    let shared = made_before(Path::new(API_SERVER), config.spec())
        .into_iter()
        .map(|path| (path, Content::new("of the cluster")));
    let mut files: Files = shared.collect();
    files.insert(certificate_path(&config.cluster, "ca.key"), Content::new("of the cluster"));
    let written = with(config, &Files::new(), |inputs| {
        let pods = static_pods(config.spec())
            .into_iter()
            .map(|pod| (manifest_path(pod), pod_text(inputs, pod, CaKey::Present, None).unwrap().unwrap()));
        let settings = kubelet_settings(inputs, Taints::Later).unwrap().into_iter();
        pods.chain(settings.map(|(name, text)| (kubelet_path(name), text))).collect::<Vec<_>>()
    });
    files.extend(written.into_iter().map(|(path, text)| (path, Content::new(text))));
    files
}

/// A sound host but for what an init that has come to its kubelet has started.
fn facts() -> Facts {
    let mut facts = preflight::fixture::facts();
    facts.folders.values_mut().for_each(|folder| *folder = Ok(FolderState::Filled));
    facts.files.values_mut().for_each(|file| *file = Ok(true));
    for (question, state) in &mut facts.ports {
        let name = match question.port {
            6443 => "kube-apiserver",
            10250 => "kubelet",
            10257 => "kube-controller",
            10259 => "kube-scheduler",
            _ => "etcd",
        };
        *state = PortState::InUse { holder: Some(PortHolder { process: 7, name: name.to_owned() }) };
    }
    facts
}

fn ids(config: &Config, earlier: &PreviousInit, facts: Facts) -> Vec<String> {
    let strange = earlier.findings(&facts);
    let found = preflight::judge(preflight::Gate::Init, config.spec(), &earlier.mask_own_resources(facts));
    found.into_iter().chain(strange).map(|finding| finding.id).collect()
}

#[test]
fn a_host_on_which_the_same_init_has_run_has_no_findings() {
    let config = fixture::config();
    let earlier = look(&config, &left(&config));
    assert!(earlier.own().contains(&ETCD.into()) && earlier.own().contains(&KUBELET_CONFIG.into()));
    assert_eq!(ids(&config, &earlier, facts()), [""; 0]);
}

#[test]
fn without_any_file_nothing_is_excused() {
    let config = fixture::config();
    let found = ids(&config, &look(&config, &Files::new()), facts());
    assert_eq!(found.len(), 6 + 4 + 1, "ports, manifests and etcd's data: {found:?}");
}

#[test]
fn what_other_arguments_would_change_is_named_and_its_program_s_ports_stay_taken() {
    let mut other = fixture::config();
    other.cluster.api_server.component.extra_args = vec![Arg { name: "v".into(), value: "2".into() }];
    let earlier = look(&other, &left(&fixture::config()));
    assert_eq!(
        ids(&other, &earlier, facts()),
        ["Port-6443", "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml"]
    );
    assert_eq!(earlier.findings(&facts())[0].evidence, "--v is not there and would be 2");
}

#[test]
fn etcd_s_data_is_excused_by_its_manifest_alone() {
    let config = fixture::config();
    let mut files = left(&config);
    files.remove(Path::new(ETCD));
    let mut facts = facts();
    facts.files.insert(ETCD.into(), Ok(false));
    assert_eq!(
        ids(&config, &look(&config, &files), facts),
        ["Port-2379", "Port-2380", "DirAvailable--var-lib-etcd"]
    );
}

#[test]
fn a_port_that_another_program_holds_is_not_excused() {
    let config = fixture::config();
    let mut facts = facts();
    for state in facts.ports.values_mut() {
        *state = PortState::InUse { holder: Some(PortHolder { process: 7, name: "nginx".into() }) };
    }
    assert_eq!(ids(&config, &look(&config, &left(&config)), facts).len(), 6);
}

#[test]
fn manifests_without_what_is_made_before_them_are_another_cluster_s() {
    let config = fixture::config();
    let mut files = left(&config);
    files.remove(Path::new("/etc/kubernetes/pki/ca.crt"));
    let earlier = look(&config, &files);
    assert!(earlier.own().is_empty());
    let said = &earlier.findings(&facts())[0].evidence;
    assert!(said.starts_with("it fits, but /etc/kubernetes/pki/ca.crt is not here"), "{said}");
}

#[test]
fn a_kubelet_that_was_started_before_the_other_keys_were_made_is_excused() {
    let config = fixture::config();
    let mut files = left(&config);
    let ca = Path::new("/etc/kubernetes/pki/ca.crt");
    files.retain(|path, _| path.starts_with(inputs::KUBELET) || path == ca);
    let found = ids(&config, &look(&config, &files), facts());
    assert!(
        !found.contains(&"Port-10250".to_owned()) && found.contains(&"Port-6443".to_owned()),
        "{found:?}"
    );
    files.remove(ca);
    assert!(ids(&config, &look(&config, &files), facts()).contains(&"Port-10250".to_owned()));
}

#[test]
fn an_etcd_that_was_started_before_the_other_keys_were_made_is_excused() {
    let config = fixture::config();
    let mut files = left(&config);
    let own = ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/etcd/ca.crt", ETCD].map(Path::new);
    files.retain(|path, _| own.contains(&path.as_path()));
    let of_etcd = |files: &Files| {
        let found = ids(&config, &look(&config, files), facts());
        found.into_iter().filter(|id| id.starts_with("Port-23") || id.ends_with("etcd")).collect::<Vec<_>>()
    };
    assert_eq!(of_etcd(&files), [""; 0]);
    files.remove(own[1]);
    assert_eq!(of_etcd(&files), ["Port-2379", "Port-2380", "DirAvailable--var-lib-etcd"]);
}

#[test]
fn settings_of_a_kubelet_are_in_the_way_once_it_has_started_the_pods() {
    let config = fixture::config();
    let mut files = left(&config);
    files.insert(KUBELET_CONFIG.into(), Content::new("a: b"));
    let earlier = look(&config, &files);
    assert_eq!(ids(&config, &earlier, facts()), ["Port-10250", "FileAvailable--var-lib-kubelet-config.yaml"]);
    let fresh = preflight::fixture::facts();
    assert!(earlier.findings(&fresh).is_empty(), "an init that was cut off before its kubelet goes on");
    files.remove(Path::new(API_SERVER));
    assert!(look(&config, &files).findings(&fresh).is_empty());
}
