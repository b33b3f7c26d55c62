//! Waiting, and looking meanwhile at what may keep it from coming to an end: a cause that cannot heal ends the wait, any
//! other is told when the wait has failed.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::Instant;

use super::api::ApiError;
use super::api_readiness::RetryLimit;
use super::apply_error::{ApplyError, Awaited, Explained, WaitAborted};
use super::bootstrap::NoCertificate;
use super::etcd::MembershipError;
use super::member::MemberError;
use super::observe::{Observer, Watch};
use crate::causes::{Cause, Explanation, Outlook, Symptoms, explain, explain_health, explain_refusal};
use crate::facts::Unseen;

/// What a sound host needs no longer than, mostly: looking costs it some milliseconds of its processors.
const LEAD: Duration = Duration::from_secs(2);
/// Between two looks.
const STEP: Duration = Duration::from_secs(1);
/// For what may be the disorder of a start.
const LASTING: Duration = Duration::from_secs(3);

/// Carries on with `waiting`; without an observer, that is all. While another thread waits for the API server to be healthy,
/// it is that thread which looks. `fix` is for a cause that this program fixes itself, where the plan allows it.
pub async fn explained<T>(
    observer: Option<&Observer>,
    fix: Option<impl AsyncFnMut() -> Result<(), MemberError>>,
    limit: &RetryLimit,
    awaited: Awaited,
    waiting: impl Future<Output = Result<T, ApplyError>>,
) -> Result<T, ApplyError> {
    let begun = Instant::now();
    let (of_no_use, about) = (awaited.clone(), awaited.clone());
    let waiting = async {
        match select(pin!(waiting), pin!(limit.start_failed())).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => Err(WaitAborted { awaited: of_no_use, waited: begun.elapsed() }.into()),
        }
    };
    let Some(observer) = observer else { return waiting.await };
    let look = async || {
        limit.started().await;
        only_of(&about, observer.look().await)
    };
    watched(observer.watch(), look, fix, awaited, waiting).await
}

fn only_of(about: &Awaited, mut seen: Symptoms) -> Symptoms {
    if let Ok(containers) = &mut seen.containers {
        containers.retain(|container| about.concerns(&container.component));
    }
    if !about.needs_kubelet() {
        seen.kubelet = Err(Unseen::not_asked("the kubelet"));
    }
    seen
}

async fn watched<T>(
    watch: &Watch,
    look: impl AsyncFnMut() -> Symptoms,
    fix: Option<impl AsyncFnMut() -> Result<(), MemberError>>,
    awaited: Awaited,
    waiting: impl Future<Output = Result<T, ApplyError>>,
) -> Result<T, ApplyError> {
    let begun = Instant::now();
    let latest = RefCell::new(None);
    match select(pin!(waiting), pin!(fatal_cause(watch, look, fix, &latest))).await {
        Either::Left((Ok(done), _)) => Ok(done),
        Either::Left((Err(failure), _)) => {
            let found = latest.take().filter(|_| was_waited_for(&failure));
            let explanation = told_by_itself(&failure).or(found);
            Err(match explanation {
                None => failure,
                Some(explanation) => because(failure, explanation),
            })
        }
        Either::Right(((explanation, not_fixed), _)) => {
            let given_up = || ApplyError::WaitAborted(WaitAborted { awaited, waited: begun.elapsed() });
            Err(because(not_fixed.map_or_else(given_up, ApplyError::Member), explanation))
        }
    }
}

/// A failure by itself, with its cause where one look finds it.
pub async fn explained_once(observer: Option<&Observer>, failure: ApplyError) -> ApplyError {
    let is_told_by_itself = !was_waited_for(&failure) && !matches!(failure, ApplyError::Unit(_));
    let Some(observer) = observer.filter(|_| !is_told_by_itself) else { return failure };
    match explain(&observer.look().await, observer.wanted()) {
        None => failure,
        Some(explanation) => because(failure, explanation),
    }
}

fn because(failure: ApplyError, explanation: Explanation) -> ApplyError {
    ApplyError::Explained(Explained { failure: Box::new(failure), explanation })
}

/// What etcd's members say is a cause by itself.
fn told_by_itself(failure: &ApplyError) -> Option<Explanation> {
    let ApplyError::Member(error) = failure else { return None };
    match error {
        MemberError::NoQuorum(health) => Some(explain_health(*health)),
        MemberError::Membership(MembershipError::Refused(reason)) => explain_refusal(reason),
        MemberError::Membership(_)
        | MemberError::NoFile { .. }
        | MemberError::File(_)
        | MemberError::NotFound(_)
        | MemberError::NotListed(_)
        | MemberError::NoSnapshot(_)
        | MemberError::NotMoved(_)
        | MemberError::Data { .. } => None,
    }
}

/// Returns when a cause is found that cannot heal, or one that can be fixed and is not: since the plan does not allow it, or with what
/// was in the way. Notes the others on the way, and tells of each that stays, once.
async fn fatal_cause(
    watch: &Watch,
    mut look: impl AsyncFnMut() -> Symptoms,
    mut fix: Option<impl AsyncFnMut() -> Result<(), MemberError>>,
    latest: &RefCell<Option<Explanation>>,
) -> (Explanation, Option<MemberError>) {
    tokio::time::sleep(LEAD).await;
    let mut lasting: Option<(Cause, Instant)> = None;
    let mut told = None;
    loop {
        let seen = Instant::now();
        let found = explain(&look().await, &watch.wanted);
        lasting = found.as_ref().map(|found| match lasting {
            Some((cause, since)) if cause == found.cause => (cause, since),
            Some(_) | None => (found.cause, seen),
        });
        let lasts = lasting.is_some_and(|(_, since)| since.elapsed() >= LASTING);
        match found {
            Some(found) if is_final(found.outlook, lasts) => return (found, None),
            Some(found) if found.outlook == Outlook::Fixable => {
                let Some(fix) = &mut fix else { return (found, None) };
                (watch.notice)(&found);
                if let Err(error) = fix().await {
                    return (found, Some(error));
                }
            }
            other => {
                if let Some(found) = other.as_ref().filter(|found| lasts && told != Some(found.cause)) {
                    (watch.notice)(found);
                    told = Some(found.cause);
                }
                *latest.borrow_mut() = other;
            }
        }
        tokio::time::sleep(STEP).await;
    }
}

fn is_final(outlook: Outlook, lasts: bool) -> bool {
    match outlook {
        Outlook::Final => true,
        Outlook::FinalIfItLasts => lasts,
        Outlook::Fixable | Outlook::Open => false,
    }
}

/// Whether something did not come, as against a plain refusal, which says by itself what is wrong.
fn was_waited_for(failure: &ApplyError) -> bool {
    match failure {
        ApplyError::Unhealthy(_)
        | ApplyError::Member(_)
        | ApplyError::Bootstrap(NoCertificate::Late { .. }) => true,
        ApplyError::NotSent(error) => does_not_answer(&error.source),
        ApplyError::NotSeen { source, .. } => does_not_answer(source),
        ApplyError::Bootstrap(NoCertificate::File(_) | NoCertificate::Unit(_))
        | ApplyError::File(_)
        | ApplyError::Unit(_)
        | ApplyError::Cluster(_)
        | ApplyError::NotRolledOut(_)
        | ApplyError::NotStopped(_)
        | ApplyError::NotUnmounted(_)
        | ApplyError::NotRemoved(_)
        | ApplyError::Network(_)
        | ApplyError::WaitAborted(_)
        | ApplyError::Explained(_) => false,
    }
}

fn does_not_answer(error: &ApiError) -> bool {
    match error {
        ApiError::Unreachable { .. } | ApiError::Senseless { .. } => true,
        // A node that does not come, rights that are not given: something behind the API server does not run.
        ApiError::Refused { code, .. } => matches!(code, 403 | 404 | 429 | 500..),
        ApiError::Kubeconfig { .. } | ApiError::Address { .. } | ApiError::Client { .. } => false,
    }
}

/// As a step fails that waits for another one which has failed.
#[cfg(test)]
pub fn aborted() -> ApplyError {
    WaitAborted { awaited: Awaited::ApiServer, waited: Duration::ZERO }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes::ServerSeen;
    use crate::causes::fixture::{ended, quiet, running, wanted};
    use crate::host::Unhealthy;
    use crate::join::discovery::{Fault, Unreached};

    #[test]
    fn beside_a_component_that_is_replaced_others_may_end_without_being_its_cause() {
        let seen = |about: &Awaited| {
            let all = ["etcd", "kube-apiserver", "kube-scheduler"].map(|name| ended(name, 7, &[]));
            let seen = all.into_iter().fold(quiet(), Symptoms::with);
            let seen = only_of(about, seen).containers.unwrap();
            seen.into_iter().map(|container| container.component).collect::<Vec<_>>()
        };
        assert_eq!(seen(&Awaited::Replaced(vec!["kube-scheduler"])), ["kube-scheduler"]);
        assert_eq!(seen(&Awaited::Replaced(vec!["kube-apiserver"])), ["etcd", "kube-apiserver"]);
        assert_eq!(seen(&Awaited::Replaced(vec!["etcd"])), ["etcd"]);
        assert_eq!(seen(&Awaited::Health(vec!["etcd"])).len(), 3);
    }

    fn late() -> Result<(), ApplyError> {
        let last = "refused".to_owned();
        let waited = Duration::from_mins(1);
        Err(ApplyError::Unhealthy(vec![Unhealthy { name: "etcd", url: String::new(), waited, last }]))
    }

    async fn after(seconds: u64, result: Result<(), ApplyError>) -> Result<(), ApplyError> {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        result
    }

    #[test]
    fn a_kubelet_that_has_nothing_to_do_yet_is_no_cause() {
        let ends = || quiet().kubelet_ended(1, 6);
        assert!(explain(&only_of(&Awaited::Etcd, ends()), &wanted()).is_some());
        assert_eq!(explain(&only_of(&Awaited::OtherMembers, ends()), &wanted()), None);
    }

    fn watch() -> Watch {
        Watch { wanted: wanted(), since: None, notice: |_| () }
    }

    type Fix = fn() -> std::future::Ready<Result<(), MemberError>>;
    /// The plan allows none.
    const NO_FIX: Option<Fix> = None;

    thread_local! {
        static TOLD: RefCell<Vec<Cause>> = const { RefCell::new(Vec::new()) };
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_heal_is_told_once_and_waited_for() {
        let told = Watch { notice: |found| TOLD.with_borrow_mut(|told| told.push(found.cause)), ..watch() };
        let closed = || Symptoms { endpoint: Some(without_backend()), ..quiet() };
        watched(&told, async || closed(), NO_FIX, Awaited::Certificate, after(30, Ok(()))).await.unwrap();
        assert_eq!(TOLD.take(), [Cause::NoBackend]);
        let error = watched(&told, async || closed(), NO_FIX, Awaited::Certificate, after(4, late()))
            .await
            .unwrap_err();
        assert_eq!(TOLD.take(), []);
        assert!(matches!(error, ApplyError::Explained(_)), "{error:?}");
    }

    fn without_backend() -> ServerSeen {
        let answer = Err(Fault::Unreached(Unreached::Closed));
        ServerSeen { host: "balancer.test".into(), port: 7443, resolved: Ok(Vec::new()), answer, date: None }
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_that_takes_less_than_two_seconds_is_not_looked_at() {
        let look = async || -> Symptoms { panic!("looked") };
        watched(&watch(), look, NO_FIX, Awaited::Etcd, after(1, Ok(()))).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_heal_ends_the_wait_at_once() {
        let begun = Instant::now();
        let look = async || quiet().with(ended("etcd", 0, &["flag provided but not defined: -x"]));
        let error = watched(&watch(), look, NO_FIX, Awaited::Etcd, after(240, late())).await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        let ApplyError::Explained(Explained { failure, explanation }) = error else { panic!("{error:?}") };
        assert_eq!(explanation.cause, Cause::UnknownFlag);
        assert!(matches!(*failure, ApplyError::WaitAborted(WaitAborted { awaited: Awaited::Etcd, .. })));
    }

    const ALONE: &str = r#"{"msg":"Running: ","args":["etcd","--initial-cluster=n1=https://10.0.0.1:2380"]}"#;
    const BEFORE: &str = r#"{"msg":"restarting local member","commit-index":0}"#;
    const NOTHING: &str =
        r#"{"msg":"newRaft 1 [peers: [], term: 0, commit: 0, applied: 0, lastindex: 0, lastterm: 0]"}"#;

    #[tokio::test(start_paused = true)]
    async fn what_can_be_fixed_is_fixed_at_once_and_waited_for() {
        let fixed = RefCell::new(false);
        let look = async || {
            let log: &[&str] = if *fixed.borrow() { &[ALONE] } else { &[ALONE, BEFORE, NOTHING] };
            quiet().with(running("etcd", 0, log))
        };
        let fix = async || {
            assert!(!fixed.replace(true), "twice");
            Ok(())
        };
        watched(&watch(), look, Some(fix), Awaited::Etcd, after(10, Ok(()))).await.unwrap();
        assert!(fixed.take());
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_plan_does_not_allow_is_not_fixed_and_ends_the_wait() {
        let look = async || quiet().with(running("etcd", 0, &[ALONE, BEFORE, NOTHING]));
        let error = watched(&watch(), look, NO_FIX, Awaited::Etcd, after(240, late())).await.unwrap_err();
        let ApplyError::Explained(Explained { failure, explanation }) = error else { panic!("{error:?}") };
        assert!(matches!(*failure, ApplyError::WaitAborted(_)), "{failure:?}");
        assert_eq!(explanation.cause, Cause::EtcdNeverBegan);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_fixed_ends_the_wait_and_says_why() {
        let look = async || quiet().with(running("etcd", 0, &[ALONE, BEFORE, NOTHING]));
        let fix = async || {
            let source = std::io::ErrorKind::ReadOnlyFilesystem.into();
            Err(MemberError::Data { verb: "remove", path: "/var/lib/etcd/member".into(), source })
        };
        let error = watched(&watch(), look, Some(fix), Awaited::Etcd, after(240, late())).await.unwrap_err();
        let ApplyError::Explained(Explained { failure, explanation }) = error else { panic!("{error:?}") };
        assert!(matches!(*failure, ApplyError::Member(MemberError::Data { .. })), "{failure:?}");
        assert_eq!(explanation.cause, Cause::EtcdNeverBegan);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_says_what_is_wrong_has_no_other_cause() {
        let look = async || quiet();
        let refused = ApplyError::Cluster(super::super::ClusterError::NoKubeconfig { path: "/x".into() });
        let error =
            watched(&watch(), look, NO_FIX, Awaited::ApiServer, after(10, Err(refused))).await.unwrap_err();
        assert!(matches!(error, ApplyError::Cluster(_)), "{error:?}");
    }
}
