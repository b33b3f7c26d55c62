//! The command line that makes a node part of the cluster, in the form in which kubeadm prints it and scripts read it.

/// How the cluster is found and known: where its API server is, and which CAs it may show (RFC 7469's pins of the
/// public keys).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinCommand {
    /// `host:port` as nodes reach it.
    pub endpoint: String,
    /// `sha256:…`, one a CA certificate.
    pub ca_cert_hashes: Vec<String>,
}

/// What the node becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinRole<'a> {
    /// It runs Pods and no part of the control plane: `kubeadm join` without `--control-plane`.
    Worker,
    /// With the certificates already in place.
    ControlPlane,
    /// With the certificates that this key opens.
    ControlPlaneByKey(&'a str),
}

impl JoinCommand {
    /// Two lines for a worker, three for a control plane; the token, and the key, are secrets that the caller answers
    /// for.
    pub fn text(&self, token: &str, role: JoinRole<'_>) -> String {
        let pins: Vec<String> = self
            .ca_cert_hashes
            .iter()
            .map(|hash| format!("--discovery-token-ca-cert-hash {hash} "))
            .collect();
        let more = match role {
            JoinRole::Worker => String::new(),
            JoinRole::ControlPlane => "\\\n\t--control-plane ".to_owned(),
            JoinRole::ControlPlaneByKey(key) => format!("\\\n\t--control-plane --certificate-key {key}"),
        };
        format!("kubeadm join {} --token {token} \\\n\t{}{more}", self.endpoint, pins.concat())
    }

    /// The same in one line, as `token create` prints it.
    pub fn line(&self, token: &str, role: JoinRole<'_>) -> String {
        self.text(token, role).replace("\\\n\t", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> JoinCommand {
        JoinCommand {
            endpoint: "10.0.0.1:6443".into(),
            ca_cert_hashes: vec!["sha256:aa".into(), "sha256:bb".into()],
        }
    }

    fn text(role: JoinRole<'_>) -> String {
        command().text("abcdef.0123456789abcdef", role)
    }

    #[test]
    fn in_one_line_it_is_that_of_kubeadm_token_create() {
        let worker = "kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash \
                      sha256:aa --discovery-token-ca-cert-hash sha256:bb ";
        let line = |role| command().line("abcdef.0123456789abcdef", role);
        assert_eq!(line(JoinRole::Worker), worker);
        assert_eq!(
            line(JoinRole::ControlPlaneByKey("00ff")),
            format!("{worker}--control-plane --certificate-key 00ff")
        );
    }

    #[test]
    fn each_role_s_command_is_kubeadm_s_to_the_letter() {
        let worker = "kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef \\\n\
                      \t--discovery-token-ca-cert-hash sha256:aa --discovery-token-ca-cert-hash sha256:bb ";
        assert_eq!(text(JoinRole::Worker), worker);
        assert_eq!(text(JoinRole::ControlPlane), format!("{worker}\\\n\t--control-plane "));
        assert_eq!(
            text(JoinRole::ControlPlaneByKey("00ff")),
            format!("{worker}\\\n\t--control-plane --certificate-key 00ff")
        );
    }
}
