//! The status and body of an HTTP answer → what the API server has said, if it is one.

use serde_json::Value;

use super::cluster_info::ClusterInfo;
use super::error::{DiscoveryError, Saw, TokenState};
use super::transient::{Transient, TryError};
use crate::json;

/// Where cluster-info is, for everybody to read.
pub const CLUSTER_INFO: &str = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
/// What every bootstrap token's group may read.
pub const KUBEADM_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";

/// What an API server says of cluster-info.
#[derive(Debug)]
pub enum Answered {
    /// 200: the ConfigMap, whose signature is still to be verified.
    ClusterInfo(ClusterInfo),
    /// 404
    Missing,
    /// 403
    Forbidden,
    /// 401
    Unauthorized,
}

impl Answered {
    /// # Errors
    /// Who answered is no API server, or not in order.
    pub fn read(at: &str, code: u16, body: &str) -> Result<Self, TryError> {
        let object = status(at, code, body)?;
        match code {
            200 => match ClusterInfo::parse(&object) {
                Ok(info) => Ok(Self::ClusterInfo(info)),
                Err(source) => {
                    Err(TryError::Fatal(DiscoveryError::BadClusterInfo { at: at.to_owned(), source }))
                }
            },
            401 => Ok(Self::Unauthorized),
            403 => Ok(Self::Forbidden),
            404 => Ok(Self::Missing),
            code => Err(TryError::Fatal(not_kubernetes(at, Saw::Status(code)))),
        }
    }

    /// The ConfigMap, where nothing but the map will do.
    ///
    /// # Errors
    /// What a 404 or a 403 says may pass while a control plane comes up; a 401 does not.
    pub fn into_cluster_info(self, at: &str) -> Result<ClusterInfo, TryError> {
        match self {
            Self::ClusterInfo(info) => Ok(info),
            Self::Missing => Err(TryError::Transient(Transient::Missing)),
            Self::Forbidden => Err(TryError::Transient(Transient::Forbidden)),
            // Where anonymous users are let in they get 403: this does not change by waiting.
            Self::Unauthorized => {
                Err(TryError::Fatal(DiscoveryError::NoAnonymous { at: at.to_owned(), code: 401 }))
            }
        }
    }
}

/// What an API server's 401 or anything else says of the token that was shown to it.
///
/// # Errors
/// As [`status`].
pub fn token_state(at: &str, code: u16, body: &str) -> Result<TokenState, TryError> {
    status(at, code, body).map(|_| if code == 401 { TokenState::Refused } else { TokenState::Alive })
}

/// The object in an API server's answer: a ConfigMap, or a Status beside a code that is not 200.
///
/// # Errors
/// An overloaded server, or a load balancer before one that is down, heals; whoever gives anything else is no API
/// server.
pub fn status(at: &str, code: u16, body: &str) -> Result<Value, TryError> {
    if code == 429 || code >= 500 {
        return Err(TryError::Transient(Transient::Busy { code }));
    }
    let object = json::object(body.as_bytes()).ok();
    let wanted = if code == 200 { "ConfigMap" } else { "Status" };
    object
        .filter(|object| object.get("kind").and_then(Value::as_str) == Some(wanted))
        .ok_or_else(|| TryError::Fatal(not_kubernetes(at, Saw::Status(code))))
}

fn not_kubernetes(at: &str, saw: Saw) -> DiscoveryError {
    DiscoveryError::NotKubernetes { at: at.to_owned(), saw }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure"}"#;

    fn read(code: u16, body: &str) -> Result<Answered, TryError> {
        Answered::read("h:1", code, body)
    }

    #[test]
    fn an_api_server_s_refusals_are_told_apart() {
        assert!(matches!(read(401, STATUS), Ok(Answered::Unauthorized)));
        assert!(matches!(read(403, STATUS), Ok(Answered::Forbidden)));
        assert!(matches!(read(404, STATUS), Ok(Answered::Missing)));
    }

    #[test]
    fn a_web_server_is_no_api_server_whatever_it_answers() {
        for (code, body) in [
            (200, "<html>hunter2</html>"),
            (200, "{}"),
            (200, STATUS),
            (301, ""),
            (400, "Bad Request"),
            (403, "<html>hunter2</html>"),
            (404, "404 page not found\n"),
            (404, r#"{"message":"Not Found"}"#),
        ] {
            let Err(TryError::Fatal(error)) = read(code, body) else { panic!("{code} {body}") };
            let text = format!("h:1 is no Kubernetes API server: it answers {code} as none would");
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn what_a_starting_server_or_a_load_balancer_says_heals() {
        for code in [429, 500, 502, 503, 504] {
            assert!(matches!(read(code, "<html>"), Err(TryError::Transient(Transient::Busy { .. }))));
        }
    }

    #[test]
    fn only_401_says_that_a_token_is_not_known() {
        let map = r#"{"kind":"ConfigMap"}"#;
        let token_state = |code, body| token_state("h:1", code, body).ok();
        assert_eq!(token_state(401, STATUS), Some(TokenState::Refused));
        assert_eq!(token_state(403, STATUS), Some(TokenState::Alive));
        assert_eq!(token_state(404, STATUS), Some(TokenState::Alive));
        assert_eq!(token_state(200, map), Some(TokenState::Alive));
        assert_eq!(token_state(401, "<html>"), None);
    }
}
