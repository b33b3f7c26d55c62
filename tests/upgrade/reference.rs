//! `upgrade plan` and `upgrade diff` against the real kubeadm, in the same folder as root and with the same API server: its text byte for byte, its document
//! field by field, its flags. As root, since kubeadm changes the root to that folder.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kubeadms::minor::Minor;
use serde_json::Value;
use tempfile::TempDir;

mod cluster;
#[path = "../http/mod.rs"]
mod http;
#[path = "../kubeadms/mod.rs"]
mod kubeadms;
mod made;

use cluster::{Cluster, Served};

const MINOR: Minor = Minor::V1_36;

/// What a cluster has, and what is asked of it. The version is named: kubeadm would look for others in the network.
struct Row {
    cluster: Cluster,
    arguments: &'static [&'static str],
}

fn rows() -> Vec<Row> {
    let row = |version: &str, etcd: &str, dns: &str, arguments| Row {
        cluster: Cluster::of(version, etcd, dns),
        arguments,
    };
    let mut mixed = row("v1.36.1", "3.6.6-0", "v1.14.2", &["v1.36.3"][..]);
    mixed.cluster.kubelets =
        vec![("cp1", "v1.36.1".to_owned()), ("w1", "v1.35.4".to_owned()), ("w2", "v1.36.3".to_owned())];
    let mut external = row("v1.36.1", "", "v1.14.2", &["v1.36.3"]);
    "etcd: {external: {endpoints: ['http://127.0.0.1:1']}}\n".clone_into(&mut external.cluster.configuration);
    let mut upgraded = row("v1.36.1", "3.6.8-0", "v1.14.2", &["v1.36.3"]);
    upgraded.cluster.kubelets = vec![("cp1", "v1.36.3".to_owned())];
    vec![
        mixed,
        external,
        upgraded,
        row("v1.35.4", "3.6.6-0", "v1.13.1", &["v1.36.3"]),
        row("v1.36.1", "3.6.6-0", "v1.14.2", &["v1.36.3", "--etcd-upgrade=false"]),
        row("v1.36.0", "3.6.6-0", "v1.14.2", &["v1.36.1"]),
        row("v1.36.3", "3.6.8-0", "v1.14.2", &["v1.36.3"]),
        row("v1.36.3", "3.6.8-0", "v1.14.2", &["v1.36.2"]),
        row("v1.36.1+k3s.1", "3.6.6-0", "v1.14.2", &["v1.36.3"]),
        row("v1.36.1", "3.6.6-0", "v1.14.2", &["v1.36.3-rc.1", "--allow-release-candidate-upgrades"]),
        row("v1.36.1", "3.6.6-0", "v1.14.2", &["v1.36.3-rc.1", "--allow-experimental-upgrades"]),
        row("v1.36.1", "3.6.6-0", "v1.14.2", &["v1.36.3-alpha.1"]),
        row("v1.36.1", "3.6.6-0", "v1.14.2", &["v1.36.3", "--allow-experimental-upgrades"]),
    ]
}

/// A folder that both take for the root of a control plane's host.
fn host(served: &Served) -> TempDir {
    let folder = TempDir::new().unwrap();
    let kubernetes = folder.path().join("etc/kubernetes");
    fs::create_dir_all(kubernetes.join("manifests")).unwrap();
    fs::create_dir_all(folder.path().join("tmp")).unwrap();
    for name in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"] {
        fs::write(kubernetes.join("manifests").join(format!("{name}.yaml")), "").unwrap();
    }
    let kubeconfig = served.kubeconfig(&kubernetes);
    fs::copy(kubeconfig, kubernetes.join("kubelet.conf")).unwrap();
    folder
}

fn run(program: &Path, root: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.arg("upgrade").args(words).arg("--rootfs").arg(root);
    command.env_clear().env("KUBEWRIGHT_KUBERNETES_VERSION", MINOR.version()).output().unwrap()
}

/// This program by the name kubeadm.
fn by_that_name(folder: &Path) -> std::path::PathBuf {
    let program = folder.join("kubeadm");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubewright"), &program).unwrap();
    program
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn text_and_documents_are_those_of_the_real_kubeadm() {
    let bin = TempDir::new().unwrap();
    let (own, real) = (by_that_name(bin.path()), MINOR.kubeadm());
    for Row { cluster, arguments } in rows() {
        let served = Served::new(cluster.clone());
        let host = host(&served);
        let both = |more: &[&str]| {
            let words = [&["plan"], arguments, more].concat();
            [&own, &real].map(|program| run(program, host.path(), &words))
        };
        let [ours, theirs] = both(&[]);
        let case = format!("{} {arguments:?}", cluster.version);
        assert_eq!(
            text(&ours.stdout),
            text(&theirs.stdout),
            "{case}: {} {}",
            text(&ours.stderr),
            text(&theirs.stderr)
        );
        assert_eq!(ours.status.code(), theirs.status.code(), "{case}");
        let [ours, theirs] = both(&["-o", "json"]).map(|output| document(&output));
        if theirs.is_null() {
            assert_eq!(
                ours["availableUpgrades"],
                Value::Array(Vec::new()),
                "{case}: where kubeadm says nothing"
            );
            continue;
        }
        for (name, value) in theirs.as_object().unwrap() {
            assert_eq!(&ours[name], value, "{case}: {name}");
        }
    }
}

fn document(output: &Output) -> Value {
    if output.stdout.is_empty() { Value::Null } else { serde_json::from_slice(&output.stdout).unwrap() }
}

#[test]
fn the_stored_configuration_is_shown_as_the_real_kubeadm_shows_it() {
    let bin = TempDir::new().unwrap();
    let (own, real) = (by_that_name(bin.path()), MINOR.kubeadm());
    let served = Served::new(Cluster::of("v1.36.1", "3.6.6-0", "v1.14.2"));
    let host = host(&served);
    let shown = |program: &Path| {
        let output = run(program, host.path(), &["plan", "v1.36.3", "--print-config"]);
        let text = text(&output.stdout);
        let (_, behind) = text.split_once("Configuration used:\n").unwrap();
        let yaml: Vec<&str> = behind.lines().map_while(|line| line.strip_prefix('\t')).collect();
        kubewright::yaml::from_str::<Value>(&yaml.join("\n")).unwrap()
    };
    assert_eq!(shown(&own), shown(&real));
}

/// The lines that change, by manifest.
fn changes(output: &Output) -> Vec<String> {
    let text = text(&output.stdout);
    let mut file = String::new();
    let mut all = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("--- ") {
            Some(name) => name.clone_into(&mut file),
            None if line.starts_with("+++ ") => {}
            None if line.starts_with(['-', '+']) => all.push(format!("{file}: {line}")),
            None => {}
        }
    }
    all.sort();
    all
}

/// The real kubeadm has written the manifests; of its order of files there is none, and how texts are quoted is not compared.
#[test]
fn what_would_change_is_what_the_real_kubeadm_says() {
    let bin = TempDir::new().unwrap();
    let (own, real) = (by_that_name(bin.path()), MINOR.kubeadm());
    let served = Served::new(Cluster::of("v1.36.1", "3.6.6-0", "v1.14.2"));
    let host = host(&served);
    let made = Command::new(&real)
        .args(["init", "phase", "control-plane", "all", "--kubernetes-version=v1.36.1"])
        .args(["--apiserver-advertise-address=192.0.2.10", "--rootfs"])
        .arg(host.path())
        .env_clear()
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let manifest = host.path().join("etc/kubernetes/manifests/kube-scheduler.yaml");
    let edited = fs::read_to_string(&manifest).unwrap().replace("cpu: 100m", "cpu: 300m");
    fs::write(&manifest, edited).unwrap();
    for words in [&["diff", "v1.36.3"][..], &["diff", "v1.36.3", "-c", "0"], &["diff"]] {
        let [ours, theirs] = [&own, &real].map(|program| run(program, host.path(), words));
        assert!(
            ours.status.success() && theirs.status.success(),
            "{} {}",
            text(&ours.stderr),
            text(&theirs.stderr)
        );
        assert_eq!(changes(&ours), changes(&theirs), "{words:?}");
    }
    let ours = text(&run(&own, host.path(), &["diff", "v1.36.3", "-c", "1"]).stdout);
    let hunk = "-    image: registry.k8s.io/kube-scheduler:v1.36.1\n+    image: registry.k8s.io/kube-scheduler:v1.36.3\n";
    assert!(
        ours.contains("--- /etc/kubernetes/manifests/kube-scheduler.yaml\n+++ new manifest\n@@ -"),
        "{ours}"
    );
    assert!(ours.contains(hunk) && ours.contains("-        cpu: 300m\n+        cpu: 100m\n"), "{ours}");
}

/// Of a control plane that an init of v1.36.3 has made, with an edit by hand, to this version.
fn all_changes(to: &str, more: &[&str]) -> (Option<i32>, String) {
    let made = TempDir::new().unwrap();
    made::init("v1.36.3", made.path());
    let served = made::stored(made.path(), "v1.36.3");
    fs::create_dir_all(made.path().join("tmp")).unwrap();
    fs::copy(served.kubeconfig(&made.path().join("tmp")), made.path().join("admin.conf")).unwrap();
    // What of the host the manifests tell.
    for folder in ["etc/ca-certificates", "usr/local/share/ca-certificates", "usr/share/ca-certificates"] {
        if Path::new("/").join(folder).exists() {
            fs::create_dir_all(made.path().join(folder)).unwrap();
        }
    }
    let scheduler = "etc/kubernetes/manifests/kube-scheduler.yaml";
    let edited = made::read(made.path(), scheduler).replace("cpu: 100m", "cpu: 300m");
    fs::write(made.path().join(scheduler), edited).unwrap();
    let words = [&["diff", to, "--kubeconfig", "/admin.conf"], more].concat();
    let output = run(Path::new(env!("CARGO_BIN_EXE_kubewright")), made.path(), &words);
    let asked = served.asked.lock().unwrap();
    assert!(asked.iter().all(|line| line.starts_with("GET ")), "{asked:?}");
    let (code, said) = (output.status.code(), text(&output.stderr));
    assert!(matches!(code, Some(0 | 4)), "{said}");
    (code, text(&output.stdout))
}

#[test]
fn by_its_own_name_all_files_and_objects_are_compared() {
    let (code, all) = all_changes("v1.37.1", &["--context-lines", "0", "--exit-code"]);
    assert_eq!(code, Some(4));
    for line in [
        "--- /etc/kubernetes/manifests/etcd.yaml\n+++ new\n",
        "+    image: registry.k8s.io/etcd:3.7.0-0\n",
        "+    image: registry.k8s.io/kube-apiserver:v1.37.1\n",
        "-        cpu: 300m\n+        cpu: 100m\n",
        "--- ConfigMap kube-system/kubeadm-config\n+++ new\n",
        "+    kubernetesVersion: v1.37.1\n",
        "--- Deployment kube-system/coredns\n+++ new\n",
        "+        image: registry.k8s.io/coredns/coredns:v1.14.6\n",
        "--- DaemonSet kube-system/kube-proxy\n+++ new\n",
    ] {
        assert!(all.contains(line), "{line} in\n{all}");
    }
    assert!(!all.contains("PRIVATE KEY") && !all.contains("/etc/kubernetes/tmp"), "{all}");
    let (_, kept) = all_changes("v1.37.1", &["--context-lines", "0", "--keep-edits"]);
    assert!(!kept.contains("cpu: 300m"), "{kept}");
}

#[test]
fn to_the_version_that_there_is_only_what_was_changed_by_hand_differs() {
    let (code, all) = all_changes("v1.36.3", &["--context-lines", "0"]);
    assert_eq!(code, Some(0));
    let scheduler = "--- /etc/kubernetes/manifests/kube-scheduler.yaml\n+++ new\n@@ -46 +46 @@\n-        cpu: 300m\n+        cpu: 100m\n";
    assert_eq!(all, scheduler);
    assert_eq!(all_changes("v1.36.3", &["--keep-edits", "--exit-code"]), (Some(0), String::new()));
}

#[test]
fn every_flag_of_the_real_kubeadm_s_is_taken() {
    for (name, least) in [("plan", 14), ("diff", 6)] {
        assert_eq!(missing(name, least), Vec::<String>::new(), "{name}");
    }
}

fn missing(name: &str, least: usize) -> Vec<String> {
    let help = Command::new(MINOR.kubeadm()).args(["upgrade", name, "--help"]).output().unwrap();
    let help = text(&help.stdout);
    let flags: Vec<&str> = help
        .lines()
        .filter_map(|line| line.split_once("--")?.1.split([' ', ',']).next())
        .filter(|name| help.contains(&format!("--{name} ")) && !name.is_empty())
        .collect();
    assert!(flags.len() >= least, "{flags:?}");
    let root = kubewright::cli::command(kubewright::cli::Invocation::Kubeadm);
    let command = root.find_subcommand("upgrade").unwrap().find_subcommand(name).unwrap();
    let is_taken = |name: &str| {
        let is_it = |arg: &clap::Arg| arg.get_long() == Some(name);
        name == "help" || command.get_arguments().chain(root.get_arguments()).any(is_it)
    };
    flags.into_iter().filter(|name| !is_taken(name)).map(str::to_owned).collect()
}

/// What a cluster may have stored, as v1beta4 has it, and as v1beta3 has it.
const CONFIGURATIONS: [[&str; 2]; 2] = [
    ["etcd: {local: {dataDir: /var/lib/etcd}}\n"; 2],
    [
        "etcd: {local: {dataDir: /srv/etcd, extraArgs: [{name: quota-backend-bytes, value: '8589934592'}]}}\n\
         controlPlaneEndpoint: cp.test:6443\nimageRepository: mirror.test/k8s\nfeatureGates: {}\n\
         apiServer: {certSANs: [a.test], extraArgs: [{name: v, value: '4'}, {name: feature-gates, value: AllAlpha=false}], \
         extraVolumes: [{name: audit, hostPath: /audit, mountPath: /audit, pathType: DirectoryOrCreate}]}\n\
         controllerManager: {extraArgs: [{name: bind-address, value: 0.0.0.0}]}\nscheduler: {extraArgs: [{name: v, value: '3'}]}\n",
        "etcd: {local: {dataDir: /srv/etcd, extraArgs: {quota-backend-bytes: '8589934592'}}}\n\
         controlPlaneEndpoint: cp.test:6443\nimageRepository: mirror.test/k8s\nfeatureGates: {}\n\
         apiServer: {certSANs: [a.test], extraArgs: {v: '4', feature-gates: AllAlpha=false}, \
         extraVolumes: [{name: audit, hostPath: /audit, mountPath: /audit, pathType: DirectoryOrCreate}]}\n\
         controllerManager: {extraArgs: {bind-address: 0.0.0.0}}\nscheduler: {extraArgs: {v: '3'}}\n",
    ],
];

/// A control plane's files below `root`, as the real kubeadm of the minor makes them.
fn control_plane(minor: Minor, configuration: [&str; 2], root: &Path) {
    let (format, own) =
        if minor.is_of_v1beta3() { ("v1beta3", configuration[1]) } else { ("v1beta4", configuration[0]) };
    let text = format!(
        "apiVersion: kubeadm.k8s.io/{format}\nkind: ClusterConfiguration\nkubernetesVersion: {}\n{own}---\n\
         apiVersion: kubeadm.k8s.io/{format}\nkind: InitConfiguration\nlocalAPIEndpoint: {{advertiseAddress: 192.0.2.10}}\n\
         nodeRegistration: {{name: cp1, criSocket: 'unix:///run/containerd/containerd.sock'}}\n",
        minor.version()
    );
    fs::create_dir_all(root.join("tmp")).unwrap();
    fs::write(root.join("kubeadm.yaml"), text).unwrap();
    for phase in ["certs all", "kubeconfig kubelet", "control-plane all", "etcd local"] {
        let mut command = Command::new(minor.kubeadm());
        command
            .args(["init", "phase"])
            .args(phase.split(' '))
            .args(["--config", "/kubeadm.yaml", "--rootfs"])
            .arg(root);
        let output = command.env_clear().output().unwrap();
        assert!(output.status.success(), "{} {phase}: {}", minor.version(), text_of(&output.stderr));
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_the_real_kubeadm_of_any_minor_has_written_is_no_edit() {
    for minor in Minor::wanted().filter(|minor| minor.has_kubeadm()) {
        for configuration in CONFIGURATIONS {
            let root = TempDir::new().unwrap();
            control_plane(minor, configuration, root.path());
            let mut cluster = Cluster::of(minor.version(), "3.6.6-0", "v1.14.2");
            configuration[0].clone_into(&mut cluster.configuration);
            let served = Served::new(cluster);
            served.kubeconfig(&root.path().join("etc/kubernetes"));
            let program = Path::new(env!("CARGO_BIN_EXE_kubewright"));
            let edits = || {
                let output = run(program, root.path(), &["plan", minor.version(), "-o", "json"]);
                let told = document(&output);
                let all = told["findings"]
                    .as_array()
                    .unwrap_or_else(|| panic!("{}", text_of(&output.stderr)))
                    .clone();
                let unseen = all
                    .iter()
                    .find(|finding| finding.to_string().contains("changed by hand in the manifests"));
                assert!(unseen.is_none(), "{unseen:?}");
                let ids = ["LocalEdits", "PatchesMissing"];
                all.into_iter()
                    .filter(|finding| ids.iter().any(|id| finding["id"] == *id))
                    .collect::<Vec<_>>()
            };
            assert_eq!(edits(), [Value::Null; 0], "{}", minor.version());
            let manifest = root.path().join("etc/kubernetes/manifests/kube-scheduler.yaml");
            let text = fs::read_to_string(&manifest).unwrap();
            fs::write(
                &manifest,
                text.replace("    - kube-scheduler\n", "    - kube-scheduler\n    - --profiling=false\n"),
            )
            .unwrap();
            assert_eq!(edits().len(), 1, "{}: {:#?}", minor.version(), edits());
        }
    }
}
