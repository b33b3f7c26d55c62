//! Objects to the API server: side by side, each tried again until it is taken, refused for good, or out of time.

use futures::future::join_all;
use serde_json::Value;

use super::api::{ApiError, Server};
use super::api_readiness::RetryLimit;
use super::kill_point;
use super::retry::Retry;
use super::yielding::{self, MANAGER};
use crate::manifests::objects::{Identity, Object, Owner, Write};

const JSON: &str = "application/json";
const APPLY: &str = "application/apply-patch+yaml";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// The cluster as each identity reaches it.
#[derive(Debug)]
pub struct Servers {
    /// By admin.conf, or the kubeconfig that the command was given.
    pub admin: Server,
    /// Where there is a super-admin.conf.
    pub super_admin: Option<Server>,
}

impl Servers {
    /// Until an API server has made its built-in roles, more than a second after it serves, it lets nobody in but the super
    /// administrators.
    pub fn at(&self, stage: Stage) -> &Server {
        self.super_admin.as_ref().filter(|_| stage == Stage::NotReady).unwrap_or(&self.admin)
    }
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// An API server that has not yet been found healthy: nothing that it says is final.
    NotReady,
    /// An API server that has just started lacks its namespaces, its built-in roles and, for a moment, the rights that
    /// were just given.
    Starting,
    /// The cluster is set up: rights that are lacking, and objects, will not come by themselves.
    Running,
}

impl Stage {
    /// The stage now, where it is this one once the API server is healthy.
    pub fn now(self, limit: &RetryLimit) -> Self {
        if limit.is_starting() { Self::NotReady } else { self }
    }
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It is there as it was sent.
    Written,
    /// It was there, and is to stay as it was.
    Kept,
    /// It is there as it was sent, but for these fields, which others have set otherwise.
    Beside(Vec<String>),
}

/// An object that the API server did not take, or not in time.
#[derive(Debug, thiserror::Error)]
#[error("the API server did not take {kind} {name}")]
pub struct NotSent {
    /// As the API names it, such as `ConfigMap`.
    pub kind: &'static str,
    /// With its namespace: `kube-system/kubeadm-config`.
    pub name: String,
    /// What the last try came to.
    #[source]
    pub source: ApiError,
}

/// Sends `objects`, those with an owner after the others. Each is tried for up to `limit`; it is `stage` that the
/// cluster is in once its API server is healthy.
pub async fn send(
    objects: &[Object],
    servers: &Servers,
    stage: Stage,
    limit: &RetryLimit,
) -> Result<Vec<Sent>, NotSent> {
    let mut results = Vec::with_capacity(objects.len());
    for owned in [false, true] {
        let batch = objects.iter().filter(|object| object.owner.is_some() == owned);
        results.extend(join_all(batch.map(|object| persist(object, servers, stage, limit))).await);
    }
    results.into_iter().collect()
}

/// Tries until the object is taken: what heals, only time ends.
async fn persist(
    object: &Object,
    servers: &Servers,
    stage: Stage,
    limit: &RetryLimit,
) -> Result<Sent, NotSent> {
    let not_sent = |source| NotSent { kind: object.kind.as_str(), name: full_name(object), source };
    let again = Retry::within(limit.clone());
    loop {
        // As it is before the try: what is refused just before the API server is healthy is no more final than that.
        let stage = stage.now(limit);
        match try_once(object, servers, stage).await {
            Ok(sent) => return Ok(sent),
            Err(source) if !heals(&source, object.write, stage) => return Err(not_sent(source)),
            Err(source) => again.after(source).await.map_err(not_sent)?,
        }
    }
}

fn full_name(object: &Object) -> String {
    object.namespace.iter().chain([&object.name]).cloned().collect::<Vec<_>>().join("/")
}

/// A request that was cut off, by a kill for one, may hold its Service's address still. The API server has the Service a
/// moment later, or gives the address back within a minute.
const HELD: &str = "provided IP is already allocated";

fn heals(error: &ApiError, write: Write, stage: Stage) -> bool {
    match error {
        ApiError::Refused { .. } | ApiError::Senseless { .. } if stage == Stage::NotReady => true,
        ApiError::Refused { code: 409, .. } => write != Write::Create,
        ApiError::Refused { code: 403 | 404, .. } => stage == Stage::Starting,
        ApiError::Refused { code: 422, message, .. } => stage == Stage::Starting && message.contains(HELD),
        ApiError::Refused { .. } => error.is_busy(),
        ApiError::Unreachable { .. } => true,
        ApiError::Kubeconfig { .. }
        | ApiError::Address { .. }
        | ApiError::Client { .. }
        | ApiError::Senseless { .. } => false,
    }
}

async fn try_once(object: &Object, servers: &Servers, stage: Stage) -> Result<Sent, ApiError> {
    let server = servers.at(stage);
    let body = complete(object, server).await?;
    let tried = write(object, &body, server).await;
    match (object.identity, &servers.super_admin) {
        (Identity::AdminElseSuperAdmin, Some(super_admin)) if is_refused(&tried, 403) => {
            write(object, &body, super_admin).await
        }
        (Identity::AdminElseSuperAdmin | Identity::Admin, _) => tried,
    }
}

/// The object's whole body, its owner's uid filled in.
async fn complete(object: &Object, server: &Server) -> Result<Value, ApiError> {
    let Some(owner) = &object.owner else { return Ok(object.body.expose_secret()) };
    let found = server.call("GET", &owner_path(owner), JSON, Vec::new()).await?;
    let uid = found.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    Ok(object.clone().owned_by_uid(uid).body.expose_secret())
}

fn owner_path(owner: &Owner) -> String {
    format!("/api/v1/namespaces/{}/{}/{}", owner.namespace, owner.kind.plural(), owner.name)
}

async fn write(object: &Object, body: &Value, server: &Server) -> Result<Sent, ApiError> {
    let bytes = body.to_string().into_bytes();
    let path = object.api_path();
    let written = match object.write {
        Write::Apply => {
            let path = format!("{path}?fieldManager={MANAGER}&force=true");
            server.call("PATCH", &path, APPLY, bytes).await
        }
        Write::Yield => {
            let kept = yielding::apply(&path, body, server).await?;
            kill_point::passed("object", path);
            return Ok(if kept.is_empty() { Sent::Written } else { Sent::Beside(kept) });
        }
        Write::Patch => server.call("PATCH", &path, STRATEGIC, bytes).await,
        Write::Create => create(object, bytes, server).await,
        Write::CreateOrKeep => {
            let created = create(object, bytes, server).await;
            if is_refused(&created, 409) {
                return Ok(Sent::Kept);
            }
            created
        }
        Write::Replace => {
            let created = create(object, bytes.clone(), server).await;
            if is_refused(&created, 409) { server.call("PUT", &path, JSON, bytes).await } else { created }
        }
    };
    written.map(|_| kill_point::passed("object", path)).map(|()| Sent::Written)
}

async fn create(object: &Object, bytes: Vec<u8>, server: &Server) -> Result<Value, ApiError> {
    let path = format!("{}?fieldManager={MANAGER}", object.collection_path());
    server.call("POST", &path, JSON, bytes).await
}

fn is_refused<T>(result: &Result<T, ApiError>, with: u16) -> bool {
    matches!(result, Err(ApiError::Refused { code, .. }) if *code == with)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16) -> ApiError {
        let (server, reason, message) = (String::new(), String::new(), String::new());
        ApiError::Refused { server, code, reason, message, retry_after: None }
    }

    #[test]
    fn what_a_starting_api_server_says_heals_and_a_bad_object_does_not() {
        for code in [403, 404, 429, 500, 503] {
            assert!(heals(&refused(code), Write::Apply, Stage::Starting), "{code}");
        }
        for code in [400, 401, 413, 422] {
            assert!(!heals(&refused(code), Write::Apply, Stage::Starting), "{code}");
        }
    }

    #[test]
    fn nothing_is_final_that_an_api_server_says_before_it_is_healthy() {
        for code in [400, 401, 403, 404, 409, 422, 500] {
            assert!(heals(&refused(code), Write::Create, Stage::NotReady), "{code}");
        }
    }

    #[test]
    fn an_address_that_a_request_held_which_was_cut_off_is_given_back() {
        let held = ApiError::Refused {
            server: String::new(),
            code: 422,
            reason: "Invalid".into(),
            message: "Service \"kube-dns\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.10\"]: failed to \
                      allocate IP 10.96.0.10: provided IP is already allocated"
                .into(),
            retry_after: None,
        };
        assert!(heals(&held, Write::Apply, Stage::Starting));
        assert!(!heals(&held, Write::Apply, Stage::Running));
    }

    #[tokio::test]
    async fn the_super_administrator_is_asked_for_only_until_the_api_server_is_healthy() {
        let server = |name: &str| Server::unverified(&format!("https://{name}")).unwrap();
        let name = |server: &Server| format!("{server:?}");
        let both = Servers { admin: server("admin"), super_admin: Some(server("super")) };
        assert_eq!(name(both.at(Stage::NotReady)), "Server(https://super)");
        assert_eq!(name(both.at(Stage::Starting)), "Server(https://admin)");
        let one = Servers { admin: server("admin"), super_admin: None };
        assert_eq!(name(one.at(Stage::NotReady)), "Server(https://admin)");
    }

    #[test]
    fn a_cluster_that_is_set_up_gives_no_rights_by_itself() {
        for (code, heals_there) in [(403, false), (404, false), (429, true), (503, true)] {
            assert_eq!(heals(&refused(code), Write::Create, Stage::Running), heals_there, "{code}");
        }
    }

    #[test]
    fn a_taken_name_is_final_only_for_a_plain_create() {
        assert!(!heals(&refused(409), Write::Create, Stage::Starting));
        assert!(heals(&refused(409), Write::Apply, Stage::Starting));
    }
}
