//! The closing text of `init`: how nodes join, in kubeadm's form, which scripts read.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::progress::{FileDone, word};

/// What a node needs to join, and what the user asked not to have printed.
#[derive(Debug, Clone)]
pub struct Joining {
    /// `host:port` as nodes reach it.
    pub endpoint: String,
    /// `sha256:…`, one a CA certificate.
    pub ca_cert_hashes: Vec<String>,
    /// Each with its secret; `None` is withheld.
    pub tokens: Vec<Option<String>>,
    pub control_planes: ControlPlanes,
    pub kubeconfig: String,
}

/// How further control planes join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlPlanes {
    /// Without a stable endpoint there can be but one.
    Never,
    /// After their certificates were copied by hand.
    ByCopiedCertificates,
    /// With this key to the uploaded certificates; `None` is withheld.
    ByCertificateKey(Option<String>),
}

const WITHHELD: &str = "<value withheld>";

impl Joining {
    /// One text a token, as kubeadm prints it.
    pub fn text(&self) -> String {
        self.tokens.iter().map(|token| self.text_for(token.as_deref())).collect()
    }

    fn text_for(&self, token: Option<&str>) -> String {
        let mut text = String::from("\nYour Kubernetes control-plane has initialized successfully!\n\n");
        text.push_str("To use the cluster as a regular user, run:\n\n");
        text.push_str("  mkdir -p $HOME/.kube\n");
        let _ = writeln!(text, "  sudo cp -i {} $HOME/.kube/config", self.kubeconfig);
        text.push_str("  sudo chown $(id -u):$(id -g) $HOME/.kube/config\n\n");
        let _ = writeln!(text, "or, as root:\n\n  export KUBECONFIG={}\n", self.kubeconfig);
        text.push_str("The cluster now needs a pod network: \"kubectl apply -f [podnetwork].yaml\" with one of those at\n");
        text.push_str("  https://kubernetes.io/docs/concepts/cluster-administration/addons/\n\n");
        text.push_str(&self.control_planes_text(token));
        text.push_str("Worker nodes join with this, as root on each:\n\n");
        let _ = writeln!(text, "{}", self.command(token, ""));
        text
    }

    fn control_planes_text(&self, token: Option<&str>) -> String {
        match &self.control_planes {
            ControlPlanes::Never => String::new(),
            ControlPlanes::ByCopiedCertificates => format!(
                "Further control planes join with this, as root on each, once the certificate authorities and the\n\
                 service account keys are copied there:\n\n  {}\n\n",
                self.command(token, "\\\n\t--control-plane ")
            ),
            ControlPlanes::ByCertificateKey(key) => format!(
                "Further control planes join with this, as root on each:\n\n  {}\n\n\
                 The certificate key opens the cluster's secrets: keep it to yourself. The uploaded certificates are\n\
                 deleted after two hours; \"init phase upload-certs --upload-certs\" stores them again.\n\n",
                self.command(
                    token,
                    &format!(
                        "\\\n\t--control-plane --certificate-key {}",
                        key.as_deref().unwrap_or(WITHHELD)
                    )
                )
            ),
        }
    }

    fn command(&self, token: Option<&str>, more: &str) -> String {
        let pins: Vec<String> = self
            .ca_cert_hashes
            .iter()
            .map(|hash| format!("--discovery-token-ca-cert-hash {hash} "))
            .collect();
        let hashes = pins.concat();
        format!("kubeadm join {} --token {} \\\n\t{hashes}{more}", self.endpoint, token.unwrap_or(WITHHELD))
    }

    /// For programs: the same, and every file of the run.
    pub fn json(&self, files: &[FileDone]) -> Value {
        let certificate_key = match &self.control_planes {
            ControlPlanes::ByCertificateKey(key) => key.clone(),
            ControlPlanes::Never | ControlPlanes::ByCopiedCertificates => None,
        };
        json!({
            "endpoint": self.endpoint,
            "caCertHashes": self.ca_cert_hashes,
            "tokens": self.tokens.iter().flatten().collect::<Vec<_>>(),
            "certificateKey": certificate_key,
            "kubeconfig": self.kubeconfig,
            "files": files_json(files),
        })
    }
}

/// `[{path, change}]`
pub fn files_json(files: &[FileDone]) -> Value {
    files.iter().map(|file| json!({ "path": file.path, "change": word(file.change) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joining(control_planes: ControlPlanes) -> Joining {
        Joining {
            endpoint: "10.0.0.1:6443".into(),
            ca_cert_hashes: vec!["sha256:aa".into()],
            tokens: vec![Some("abcdef.0123456789abcdef".into())],
            control_planes,
            kubeconfig: "/etc/kubernetes/admin.conf".into(),
        }
    }

    #[test]
    fn the_worker_command_is_kubeadm_s() {
        let text = joining(ControlPlanes::Never).text();
        let command = "kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef \\\n\t--discovery-token-ca-cert-hash sha256:aa \n";
        assert!(text.ends_with(command), "{text}");
        assert!(!text.contains("--control-plane"));
    }

    #[test]
    fn the_control_plane_command_is_kubeadm_s() {
        let text = joining(ControlPlanes::ByCertificateKey(Some("00ff".into()))).text();
        let tail = "--discovery-token-ca-cert-hash sha256:aa \\\n\t--control-plane --certificate-key 00ff\n";
        assert!(text.contains(tail), "{text}");
    }

    #[test]
    fn what_is_withheld_is_in_no_output() {
        let mut withheld = joining(ControlPlanes::ByCertificateKey(None));
        withheld.tokens = vec![None];
        assert!(withheld.text().contains("--token <value withheld>"));
        assert!(withheld.text().contains("--certificate-key <value withheld>"));
        assert_eq!(withheld.json(&[])["tokens"], json!([]));
        assert_eq!(withheld.json(&[])["certificateKey"], Value::Null);
    }
}
