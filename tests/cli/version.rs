//! `version`, and the version that is taken where none is named.

use crate::program::{Caller, KUBELET, kubeadm, text};

#[test]
fn called_as_kubeadm_it_tells_the_newest_kubernetes_version_as_kubeadm_does() {
    let told = |format: &str| text(&kubeadm(&["version", "-o", format]).stdout);
    assert_eq!(told("short"), "v1.37.2\n");
    let document: serde_json::Value = serde_json::from_str(&told("json")).unwrap();
    let fields: Vec<&String> = document["clientVersion"].as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "major",
            "minor",
            "gitVersion",
            "gitCommit",
            "gitTreeState",
            "buildDate",
            "goVersion",
            "compiler",
            "platform"
        ]
    );
    assert_eq!(document["clientVersion"]["gitVersion"], "v1.37.2");
    assert!(told("yaml").contains("\n  gitVersion: v1.37.2\n"), "{}", told("yaml"));
    assert!(document["clientVersion"].as_object().unwrap().values().all(|value| value != ""));
    let line = text(&kubeadm(&["version"]).stdout);
    assert!(line.starts_with("kubeadm version: &version.Info{Major:\"1\", Minor:\"37\", "), "{line}");
    assert!(line.contains(" GitVersion:\"v1.37.2\", GitCommit:\""), "{line}");
}

#[test]
fn where_nobody_names_a_version_the_variable_counts_then_the_name_then_the_kubelet() {
    let of = |tag: &str, printed: &str| [tag.to_owned(), printed.to_owned(), tag.to_owned()];
    for (caller, versions) in [
        (Caller::named("kubeadm").with_kubelet(KUBELET), of("v1.35.2", "1.35.0")),
        (Caller::named("kubeadm").with_kubelet("echo Kubernetes v1.35.2+k3s1"), of("v1.35.2", "1.35.0")),
        (Caller::named("kubeadm-1.36").with_kubelet(KUBELET), of("v1.36.3", "1.36.0")),
        (Caller::named("kubeadm-v1.36.1").with_kubelet(KUBELET), of("v1.36.1", "1.36.0")),
        (
            Caller::named("kubeadm-1.36").with_kubelet(KUBELET).with_variable("v1.34.1"),
            of("v1.34.1", "1.34.0"),
        ),
        // One that this program does not carry is preflight's to tell.
        (Caller::named("kubeadm").with_kubelet("echo Kubernetes v1.99.0"), of("v1.37.2", "1.37.0")),
        (Caller::named("kubeadm").with_kubelet("echo no; exit 1"), of("v1.37.2", "1.37.0")),
    ] {
        assert_eq!(caller.versions(), versions, "{} {:?}", caller.name, caller.variable);
    }
    let [images, printed, _] = Caller::named("kubewright").with_kubelet(KUBELET).versions();
    assert_eq!((images.as_str(), printed.as_str()), ("v1.35.2", "1.35.0"));
}

#[test]
fn a_version_that_is_named_goes_before_all_and_stable_is_of_the_minor_that_is_stood_for() {
    let caller = Caller::named("kubeadm").with_kubelet(KUBELET);
    let tag = |arguments: &[&str]| {
        let images = text(&caller.run(&[&["config", "images", "list"], arguments].concat()).stdout);
        images.lines().next().and_then(|line| line.rsplit_once(':')).unwrap().1.to_owned()
    };
    assert_eq!(tag(&["--kubernetes-version=v1.36.0"]), "v1.36.0");
    assert_eq!(tag(&["--kubernetes-version=stable-1.36"]), "v1.36.3");
    assert_eq!(tag(&["--kubernetes-version=stable-1.31"]), "v1.31.14");
    assert!(tag(&["--kubernetes-version=stable-1"]).starts_with("v1.35."));
}

#[test]
fn a_version_that_is_set_for_all_commands_and_not_carried_is_refused_by_where_it_was_set() {
    for (caller, what) in [
        (
            Caller::named("kubeadm").with_variable("1.20"),
            "error: KUBEWRIGHT_KUBERNETES_VERSION names no version",
        ),
        (Caller::named("kubeadm-1.20"), "error: the name kubeadm-1.20 names no version"),
    ] {
        for arguments in [&["version"][..], &["config", "images", "list"]] {
            let output = caller.run(arguments);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.starts_with(what) && said.contains("1.29 to 1.37"), "{said}");
        }
    }
}
