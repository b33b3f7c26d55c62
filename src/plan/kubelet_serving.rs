//! What a kubelet serves its own API with, made before its first start.
//!
//! It would make two RSA keys for it by itself, one after the other, before it looks at anything else: a fifth of a second at the
//! median, and half a second now and then, in which nothing of the control plane starts.

use std::path::Path;

use super::inputs::{Inputs, KUBELET, KUBELET_SERVING, kubelet_path};
use super::render::kubelet_document;
use super::{Action, Content, Directory, Effect, Expect, File, FileKind, Phase, PlanError};
use crate::manifests::patches::PatchTarget;
use crate::pki::{self, KeySource};

/// The kubelet's settings and flags with which it does not make them, or not there, or which its cipher suites may hold to RSA.
const SETTINGS: &[&str] = &["serverTLSBootstrap", "tlsCertFile", "tlsPrivateKeyFile", "tlsCipherSuites"];
const FLAGS: &[&str] =
    &["cert-dir", "rotate-server-certificates", "tls-cert-file", "tls-private-key-file", "tls-cipher-suites"];

/// Key and certificate, where a kubelet that starts now would make them: of a key alone, as a run leaves it that is cut off in
/// between, a kubelet makes nothing, and nobody else has any use for it. A certificate that is there is the kubelet's.
///
/// # Errors
/// The kubelet's settings cannot be patched, or no key can be made.
pub fn kubelet_serving(
    inputs: &Inputs<'_>,
    phases: &[Phase],
    keys: &dyn KeySource,
) -> Result<Vec<Effect>, PlanError> {
    let [_, certificate] = KUBELET_SERVING;
    if !phases.contains(&Phase::KubeletStart)
        || inputs.files.contains_key(&kubelet_path(certificate))
        || !makes_its_own(inputs)?
    {
        return Ok(Vec::new());
    }
    let made = pki::kubelet_serving(inputs.spec.node.name.as_str(), inputs.now, keys)?;
    let folder = |path: &Path, mode| Action::MakeDir(Directory { path: path.to_owned(), mode });
    let mut actions = vec![folder(Path::new(KUBELET), 0o700), folder(&kubelet_path("pki"), 0o755)];
    actions.extend(made.into_iter().zip(KUBELET_SERVING).map(|(file, name)| {
        let path = kubelet_path(name);
        let expect = Expect::seen(inputs.files.get(&path).map(Content::bytes));
        let content = Content::new(file.bytes.as_slice());
        Action::WriteFile(File { path, kind: FileKind::Pki(file.kind), content, expect })
    }));
    Ok(actions.into_iter().map(|action| Effect { phase: Phase::KubeletStart, action }).collect())
}

fn makes_its_own(inputs: &Inputs<'_>) -> Result<bool, PlanError> {
    let settings = inputs.patches.apply(PatchTarget::KubeletConfiguration, kubelet_document(inputs))?;
    let is_set = |name: &&str| settings.get(*name).is_some_and(|value| *value != false && *value != "");
    let args = &inputs.spec.node.kubelet_extra_args;
    Ok(!SETTINGS.iter().any(is_set) && !args.iter().any(|arg| FLAGS.contains(&arg.name.as_str())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{Arg, Config, fixture};
    use crate::pki::SystemKeys;
    use crate::plan::fixture::with;
    use crate::plan::{Files, INIT};

    const CERTIFICATE: &str = "/var/lib/kubelet/pki/kubelet.crt";
    const KEY: &str = "/var/lib/kubelet/pki/kubelet.key";

    /// What is written, with its mode, in a host that has these files.
    fn written(config: &Config, files: &[&str]) -> Vec<(String, u32, Expect)> {
        let files: Files = files.iter().map(|path| (path.into(), Content::new("found"))).collect();
        let effects =
            with(config, &files, |inputs| kubelet_serving(inputs, &INIT.all(), &SystemKeys).unwrap());
        let file = |effect| match effect {
            Effect { action: Action::WriteFile(file), .. } => {
                Some((file.path.display().to_string(), file.kind.mode(), file.expect))
            }
            Effect { .. } => None,
        };
        effects.into_iter().filter_map(file).collect()
    }

    #[test]
    fn a_kubelet_that_would_make_its_own_finds_a_key_and_a_certificate() {
        let both = [(KEY.to_owned(), 0o600, Expect::Absent), (CERTIFICATE.to_owned(), 0o644, Expect::Absent)];
        assert_eq!(written(&fixture::config(), &[]), both);
    }

    #[test]
    fn a_key_that_a_run_has_left_alone_gives_way_and_a_certificate_does_not() {
        let again = written(&fixture::config(), &[KEY]);
        assert_eq!(again[0], (KEY.to_owned(), 0o600, Expect::seen(Some(b"found"))));
        assert!(written(&fixture::config(), &[CERTIFICATE]).is_empty());
        assert!(written(&fixture::config(), &[CERTIFICATE, KEY]).is_empty());
    }

    #[test]
    fn a_kubelet_that_is_told_otherwise_is_left_alone() {
        for flag in FLAGS {
            let mut config = fixture::config();
            config.node.kubelet_extra_args = vec![Arg { name: (*flag).to_owned(), value: "/srv".into() }];
            assert!(written(&config, &[]).is_empty(), "{flag}");
        }
        for (setting, value) in [
            ("serverTLSBootstrap", json!(true)),
            ("tlsCertFile", json!("/srv/a")),
            ("tlsPrivateKeyFile", json!("/srv/b")),
            ("tlsCipherSuites", json!(["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"])),
        ] {
            let mut config = fixture::config();
            config.cluster.kubelet.fields.insert(setting.to_owned(), value);
            assert!(written(&config, &[]).is_empty(), "{setting}");
        }
    }

    #[test]
    fn nothing_is_made_where_no_kubelet_is_started() {
        let config = fixture::config();
        let none = with(&config, &Files::new(), |inputs| {
            kubelet_serving(inputs, &[Phase::CertsCa], &SystemKeys).unwrap().is_empty()
        });
        assert!(none);
    }
}
