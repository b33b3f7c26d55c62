//! The closing text of `init`: how nodes join, in kubeadm's form, which scripts read.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::progress::{FileDone, word};
use crate::join::{JoinCommand, JoinRole};
use crate::secret::Secret;

/// How other nodes join, and how people use the cluster.
#[derive(Debug, Clone)]
pub struct Joining {
    /// Of a worker; a control plane's has more.
    pub command: JoinCommand,
    /// Whether, and how, more of them can join.
    pub control_planes: ControlPlanes,
    /// The administrator's: a path on this host.
    pub kubeconfig: String,
}

/// Whether there is a control plane now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initialized {
    /// The run was carried out.
    Really,
    /// After a dry run.
    OnlyOnPaper,
}

/// How further control planes join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlPlanes {
    /// Without a stable endpoint there can be but one.
    Never,
    /// After their certificates were copied by hand.
    ByCopiedCertificates,
    /// With the key to the uploaded certificates.
    ByCertificateKey,
}

const WITHHELD: &str = "<value withheld>";

/// The secrets that a run has made or was given, for the user to keep.
#[derive(Debug, Clone, Default)]
pub struct Issued {
    /// Each with its secret; `None` is withheld.
    pub tokens: Vec<Option<Secret>>,
    /// Of the uploaded certificates; `None` is withheld, or there is none.
    pub certificate_key: Option<Secret>,
}

impl Issued {
    /// In kubeadm's words, which scripts look for.
    pub fn text(&self) -> String {
        let tokens = self.tokens.iter().flatten();
        let tokens =
            tokens.map(|token| format!("[bootstrap-token] Using token: {}\n", token.expose_secret()));
        let key = self.certificate_key.iter();
        let key = key.map(|key| format!("[upload-certs] Using certificate key:\n{}\n", key.expose_secret()));
        key.chain(tokens).collect()
    }
}

impl Joining {
    /// One text a token, as kubeadm prints it.
    pub fn text(&self, issued: &Issued, outcome: Initialized) -> String {
        let headline = match outcome {
            Initialized::Really => "Your Kubernetes control-plane has initialized successfully!",
            Initialized::OnlyOnPaper => "Your Kubernetes control-plane would be initialized now.",
        };
        let texts = issued.tokens.iter().map(|token| self.text_for(shown(token.as_ref()), issued));
        texts.map(|text| format!("\n{headline}\n\n{text}")).collect::<Vec<_>>().concat()
    }

    fn text_for(&self, token: &str, issued: &Issued) -> String {
        let mut text = String::from("To use the cluster as a regular user, run:\n\n");
        text.push_str("  mkdir -p $HOME/.kube\n");
        let _ = writeln!(text, "  sudo cp -i {} $HOME/.kube/config", self.kubeconfig);
        text.push_str("  sudo chown $(id -u):$(id -g) $HOME/.kube/config\n\n");
        let _ = writeln!(text, "or, as root:\n\n  export KUBECONFIG={}\n", self.kubeconfig);
        text.push_str(
            "The cluster now needs a pod network: \"kubectl apply -f [podnetwork].yaml\" with one of those at\n",
        );
        text.push_str("  https://kubernetes.io/docs/concepts/cluster-administration/addons/\n\n");
        text.push_str(&self.control_planes_text(token, issued));
        text.push_str("Worker nodes join with this, as root on each:\n\n");
        let _ = writeln!(text, "{}", self.command.text(token, JoinRole::Worker));
        text
    }

    fn control_planes_text(&self, token: &str, issued: &Issued) -> String {
        match self.control_planes {
            ControlPlanes::Never => String::new(),
            ControlPlanes::ByCopiedCertificates => format!(
                "Further control planes join with this, as root on each, once the certificate authorities and the\n\
                 service account keys are copied there:\n\n  {}\n\n",
                self.command.text(token, JoinRole::ControlPlane)
            ),
            ControlPlanes::ByCertificateKey => format!(
                "Further control planes join with this, as root on each:\n\n  {}\n\n\
                 The certificate key opens the cluster's secrets: keep it to yourself. The uploaded certificates are\n\
                 deleted after two hours; \"init phase upload-certs --upload-certs\" stores them again.\n\n",
                self.command.text(token, JoinRole::ControlPlaneByKey(shown(issued.certificate_key.as_ref())))
            ),
        }
    }
}

fn shown(secret: Option<&Secret>) -> &str {
    secret.map_or(WITHHELD, Secret::expose_secret)
}

/// For programs: what was issued, how to join where that was asked for, and every file of the run.
pub fn json_of(joining: Option<&Joining>, issued: &Issued, files: &[FileDone]) -> Value {
    let mut document = json!({
        "tokens": issued.tokens.iter().flatten().map(Secret::expose_secret).collect::<Vec<_>>(),
        "certificateKey": issued.certificate_key.as_ref().map(Secret::expose_secret),
        "files": files_json(files),
    });
    if let Some(joining) = joining {
        document["endpoint"] = json!(joining.command.endpoint);
        document["caCertHashes"] = json!(joining.command.ca_cert_hashes);
        document["kubeconfig"] = json!(joining.kubeconfig);
    }
    document
}

/// `[{path, change}]`
pub fn files_json(files: &[FileDone]) -> Value {
    files
        .iter()
        .map(|file| json!({ "path": file.path.to_string_lossy(), "change": word(file.change) }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joining(control_planes: ControlPlanes) -> Joining {
        Joining {
            command: JoinCommand {
                endpoint: "10.0.0.1:6443".into(),
                ca_cert_hashes: vec!["sha256:aa".into()],
            },
            control_planes,
            kubeconfig: "/etc/kubernetes/admin.conf".into(),
        }
    }

    fn issued() -> Issued {
        Issued {
            tokens: vec![Some(Secret::new("abcdef.0123456789abcdef"))],
            certificate_key: Some(Secret::new("00ff")),
        }
    }

    #[test]
    fn the_worker_command_is_kubeadm_s() {
        let text = joining(ControlPlanes::Never).text(&issued(), Initialized::Really);
        let command = "kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef \\\n\t--discovery-token-ca-cert-hash sha256:aa \n";
        assert!(text.ends_with(command), "{text}");
        assert!(!text.contains("--control-plane"));
    }

    #[test]
    fn the_control_plane_command_is_kubeadm_s() {
        let text = joining(ControlPlanes::ByCertificateKey).text(&issued(), Initialized::Really);
        let tail = "--discovery-token-ca-cert-hash sha256:aa \\\n\t--control-plane --certificate-key 00ff\n";
        assert!(text.contains(tail), "{text}");
    }

    #[test]
    fn what_is_withheld_is_in_no_output() {
        let withheld = Issued { tokens: vec![None], certificate_key: None };
        let joining = joining(ControlPlanes::ByCertificateKey);
        let text = joining.text(&withheld, Initialized::OnlyOnPaper);
        assert!(text.contains("--token <value withheld>"));
        assert!(text.contains("--certificate-key <value withheld>"));
        assert_eq!(withheld.text(), "");
        let document = json_of(Some(&joining), &withheld, &[]);
        assert_eq!((&document["tokens"], &document["certificateKey"]), (&json!([]), &Value::Null));
    }

    #[test]
    fn what_was_issued_is_said_even_where_nobody_joins() {
        let said = "[upload-certs] Using certificate key:\n00ff\n[bootstrap-token] Using token: abcdef.0123456789abcdef\n";
        assert_eq!(issued().text(), said);
        assert_eq!(json_of(None, &issued(), &[])["certificateKey"], "00ff");
    }
}
