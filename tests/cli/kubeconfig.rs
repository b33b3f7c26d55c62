//! `kubeconfig user`.

use std::fs;

use crate::program::{kubewright, laid_out, text, text_of};

#[test]
fn a_user_s_kubeconfig_is_made_of_the_ca_that_the_configuration_names() {
    let scratch = laid_out();
    let pki = scratch.path().join("etc/kubernetes/pki");
    let config = scratch.path().join("config.yaml");
    let document = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncertificatesDir: {}\n\
         clusterName: prod\ncontrolPlaneEndpoint: api.example.org:6443\n",
        pki.display()
    );
    fs::write(&config, document).unwrap();
    let user = |flags: &[&str]| {
        kubewright(&[&["kubeconfig", "user", "--config", config.to_str().unwrap()], flags].concat())
    };
    let output = user(&["--client-name=jane", "--org=a,b", "--validity-period=8761h"]);
    let kubeconfig = text_of(&output);
    for words in ["current-context: jane@prod", "server: https://api.example.org:6443", "client-key-data: "] {
        assert!(kubeconfig.contains(words), "{kubeconfig}");
    }
    let warned = "warning: a client certificate cannot be revoked, and this one holds for 8761h0m0s\n";
    assert_eq!(text(&output.stderr), warned);
    assert!(text_of(&user(&["--client-name=jane", "--token=hunter2"])).contains("token: hunter2\n"));
    for (flags, told) in [
        (&[][..], "error: --client-name: must be given\n"),
        (
            &["--client-name=jane", "--validity-period=0s"],
            "error: --validity-period: 0s must be longer than nothing\n",
        ),
        (
            &["--client-name=jane", "--validity-period=soon"],
            "error: --validity-period: \"soon\" is not a duration",
        ),
    ] {
        let output = user(flags);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(3) && said.starts_with(told), "{said}");
    }
    fs::remove_file(pki.join("ca.crt")).unwrap();
    fs::remove_file(pki.join("ca.key")).unwrap();
    let said = text(&user(&["--client-name=jane"]).stderr);
    assert!(said.ends_with("pki/ca.crt; `kubewright init phase certs ca` makes it\n"), "{said}");
}
