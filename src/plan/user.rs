//! A kubeconfig for one more user → its text, for the cluster whose CA is here.

use std::path::PathBuf;

use jiff::Timestamp;

use super::draft::PlanError;
use super::inputs::{self, Files};
use crate::config::{ClusterSpec, ControlPlane, Spec};
use crate::duration::GoDuration;
use crate::kubeconfig;
use crate::pki::{self, Ca, Decision, Existing, Item, KeySource, Order, Subject};
use crate::secret::Secret;

/// Who it is for, and how the API server is to know it.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Of the client certificate, or of the kubeconfig's entry.
    pub name: String,
    /// What the kubeconfig holds.
    pub credentials: Credentials,
}

/// How a user proves to be that user.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A client certificate, with the user's name as its common name and the groups as its organizations.
    Certificate {
        /// For RBAC; `system:masters` may do everything.
        groups: Vec<String>,
        /// The certificate's, from the moment at which it is made.
        validity: GoDuration,
    },
    /// One that the API server knows already, of whatever kind.
    Token(Secret),
}

/// The files that [`user_kubeconfig`] needs.
pub fn authority_paths(cluster: &ClusterSpec) -> Vec<PathBuf> {
    let paths = [Ca::Cluster.certificate_path(), Ca::Cluster.key_path()];
    paths.iter().map(|path| inputs::certificate_path(cluster, path)).collect()
}

/// The kubeconfig's YAML.
///
/// # Errors
/// The CA is not among the files or cannot be used; for a certificate, its key too.
pub fn user_kubeconfig(
    spec: ControlPlane<'_>,
    files: &Files,
    user: NewUser,
    now: Timestamp,
    keys: &dyn KeySource,
) -> Result<Secret, PlanError> {
    let existing = inputs::existing(spec.cluster, files);
    judge_authority(spec.spec(), &existing, now)?;
    let text = match user.credentials {
        Credentials::Token(token) => {
            let wanted = kubeconfig::of_user(spec, Subject::named(user.name));
            kubeconfig::render_with_token(&wanted, &authority(&existing)?, &token)
        }
        Credentials::Certificate { groups, validity } => {
            let subject = Subject { common_name: user.name, organizations: groups };
            let mut wanted = kubeconfig::of_user(spec, subject);
            wanted.request.validity = validity;
            let clients = std::slice::from_ref(&wanted.request);
            let minted = pki::mint(&Order { items: &[], clients, existing: &existing }, now, keys)?;
            kubeconfig::render(&wanted, &minted.clients[0])
        }
    };
    text.map_err(|source| PlanError::Render { what: "the kubeconfig".to_owned(), source })
}

/// What signs, or is trusted, has to be sound.
fn judge_authority(spec: Spec<'_>, existing: &Existing, now: Timestamp) -> Result<(), PlanError> {
    let is_it = |item: &Item| item.certificate_path() == Ca::Cluster.certificate_path();
    let items: Vec<Item> = pki::catalogue(spec).into_iter().filter(is_it).collect();
    let path = |below: &str| inputs::certificate_path(spec.cluster, below).display().to_string();
    let decided = pki::decide(&items, existing, now).map_err(|refusals| {
        PlanError::Refused(refusals.iter().map(|refusal| path(&refusal.to_string())).collect())
    })?;
    if decided.iter().any(|(_, decision)| *decision == Decision::Create) {
        let path = path(&Ca::Cluster.certificate_path());
        return Err(PlanError::Missing { path, phase: "`kubewright init phase certs ca`" });
    }
    Ok(())
}

/// The first certificate of the CA's file, as PEM.
fn authority(existing: &Existing) -> Result<Vec<u8>, PlanError> {
    let text = existing.get(&Ca::Cluster.certificate_path()).unwrap_or_default();
    let unusable = |bad: pki::BadCertificate| PlanError::Unusable {
        path: Ca::Cluster.certificate_path(),
        why: bad.to_string(),
    };
    Ok(pki::certificates(text).map_err(unusable)?.own.to_pem())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::kubeconfig::Document;
    use crate::pki::fixtures::{self, KnownKeys};
    use crate::plan::Content;

    fn files(config: &Config) -> Files {
        let existing = fixtures::complete(config.spec());
        let below = [Ca::Cluster.certificate_path(), Ca::Cluster.key_path()];
        let content = |path: &String| Content::new(existing.get(path).unwrap());
        authority_paths(&config.cluster).into_iter().zip(below.iter().map(content)).collect()
    }

    fn made(files: &Files, credentials: Credentials) -> Result<Document, PlanError> {
        let user = NewUser { name: "jane".into(), credentials };
        let text =
            user_kubeconfig(fixtures::config().control_plane(), files, user, fixtures::now(), &KnownKeys)?;
        Ok(Document::parse(text.expose_secret().as_bytes()).unwrap())
    }

    fn certificate() -> Credentials {
        Credentials::Certificate { groups: vec!["b".into(), "a".into()], validity: GoDuration::from_hours(2) }
    }

    #[test]
    fn a_user_with_a_certificate_is_known_by_its_subject() {
        let config = fixtures::config();
        let document = made(&files(&config), certificate()).unwrap();
        assert_eq!(document.current_context, "jane@kubernetes");
        let user = document.current_user().unwrap();
        let text = user.client_certificate_data.as_deref().unwrap();
        let pem = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
        let cert = pki::certificates(&pem).unwrap().own;
        assert_eq!(cert.not_after.as_second() - fixtures::now().as_second(), 2 * 3600);
        let subject = Subject { common_name: "jane".into(), organizations: vec!["b".into(), "a".into()] };
        assert_eq!(cert.subject, subject.to_der());
        assert!(user.client_key_data.is_some() && user.other.is_empty());
    }

    #[test]
    fn a_token_goes_in_as_it_is_and_needs_no_key() {
        let config = fixtures::config();
        let mut files = files(&config);
        files.remove(&authority_paths(&config.cluster)[1]);
        let document = made(&files, Credentials::Token(Secret::new("t0ken"))).unwrap();
        let user = document.current_user().unwrap();
        assert_eq!(user.other["token"], "t0ken");
        assert!(user.client_certificate_data.is_none());
        let said = made(&files, certificate()).unwrap_err().to_string();
        assert_eq!(said, "ca.key does not exist; make the CA, or bring its key here, first");
    }

    #[test]
    fn without_a_ca_there_is_nothing_to_trust() {
        let said = made(&Files::new(), certificate()).unwrap_err().to_string();
        assert!(said.ends_with("ca.crt; `kubewright init phase certs ca` makes it"), "{said}");
    }
}
