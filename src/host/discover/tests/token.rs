//! Discovery by token: what is right, and each way in which it is not.

use super::*;
use crate::host::fake_api::{FakeApi, Life, SOUND};
use crate::join::discovery::Remark;

const SERVER: &str = "https://10.0.0.1:6443";

fn signed(authority: &Authority) -> Value {
    cluster_info(&kubeconfig(SERVER, &[authority]), &[OTHER_ID, TOKEN])
}

async fn sound_cluster(authority: &Authority) -> FakeApi {
    FakeApi::serve(authority.server("127.0.0.1", SOUND), api(signed(authority), 403)).await
}

#[tokio::test]
async fn the_right_cluster_is_found_with_two_connections() {
    let ca = Authority::new();
    let fake = sound_cluster(&ca).await;
    let found = found(&by_token(&fake.endpoint, &[&ca])).await;
    let reach = found.reach().unwrap();
    assert_eq!((reach.server.as_str(), reach.authority), (SERVER, ca.pem.into_bytes()));
    assert_eq!(found.bootstrap.current_context, "tls-bootstrap-token-user@kubernetes");
    assert_eq!(found.bootstrap.current_user().unwrap().other["token"], json!(TOKEN));
    assert_eq!((fake.connections(), fake.tokens()), (2, Vec::new()));
}

#[tokio::test]
async fn another_bootstrap_token_than_the_discovery_s_goes_into_the_kubeconfig() {
    let ca = Authority::new();
    let fake = sound_cluster(&ca).await;
    let asked = Discovery { tls_bootstrap_token: Some(token(OTHER_ID)), ..by_token(&fake.endpoint, &[&ca]) };
    assert_eq!(found(&asked).await.bootstrap.current_user().unwrap().other["token"], json!(OTHER_ID));
}

#[tokio::test]
async fn without_a_pin_the_signature_alone_vouches() {
    let ca = Authority::new();
    let fake = sound_cluster(&ca).await;
    assert!(found(&by_token(&fake.endpoint, &[])).await.reach().is_some());
    assert_eq!(fake.connections(), 1);
}

/// A cluster-info with both CAs, signed with the token, from a server of the first.
async fn of_two(serving: &Authority, other: &Authority) -> FakeApi {
    let info = cluster_info(&kubeconfig(SERVER, &[serving, other]), &[TOKEN]);
    FakeApi::serve(serving.server("127.0.0.1", SOUND), api(info, 403)).await
}

#[tokio::test]
async fn a_server_of_a_ca_beside_the_pinned_one_is_refused_with_the_hash_of_that_ca() {
    let (ours, serving) = (Authority::new(), Authority::new());
    let fake = of_two(&serving, &ours).await;
    let at = &fake.endpoint;
    let hash = hashes(&serving).remove(0);
    let expected = format!(
        "{at} shows a certificate of a CA that its cluster-info holds, but whose hash was not given: {hash}"
    );
    let asked = by_token(at, &[&ours]);
    assert_eq!(refused_at_once(&asked).await, expected);
    let hint = discover_within(&Node::this(), &asked, limits()).await.unwrap_err().hint().unwrap();
    assert!(hint.contains(&format!("--discovery-token-ca-cert-hash {hash}")), "{hint}");
    assert!(fake.tokens().is_empty());
}

#[tokio::test]
async fn only_the_pinned_cas_of_a_bundle_are_trusted_afterwards() {
    let (ours, other) = (Authority::new(), Authority::new());
    let fake = of_two(&ours, &other).await;
    let at = fake.endpoint.to_string();
    let one = found(&by_token(&fake.endpoint, &[&ours])).await;
    assert_eq!(one.reach().unwrap().authority, ours.pem.as_bytes());
    assert_eq!(one.remarks, [Remark::NotPinned { at, hashes: hashes(&other) }]);
    let both = found(&by_token(&fake.endpoint, &[&ours, &other])).await;
    assert_eq!(both.reach().unwrap().authority, [ours.pem.as_bytes(), other.pem.as_bytes()].concat());
    assert_eq!(both.remarks, []);
}

#[tokio::test]
async fn a_ca_that_is_there_twice_is_trusted_once() {
    let ca = Authority::new();
    let fake = of_two(&ca, &ca).await;
    let found = found(&by_token(&fake.endpoint, &[&ca])).await;
    assert_eq!(found.reach().unwrap().authority, ca.pem.as_bytes());
    assert_eq!(found.remarks, []);
}

#[tokio::test]
async fn a_wrong_token_is_known_by_its_signature() {
    let ca = Authority::new();
    let info = cluster_info(&kubeconfig(SERVER, &[&ca]), &[OTHER_SECRET]);
    let fake = FakeApi::serve(ca.server("127.0.0.1", SOUND), api(info, 401)).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!("the cluster-info of {at} is signed for token abcdef, but with another secret")
    );
}

#[tokio::test]
async fn a_wrong_hash_is_told_beside_the_one_that_the_cluster_has() {
    let (ca, other) = (Authority::new(), Authority::new());
    let fake = sound_cluster(&ca).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&other])).await,
        format!(
            "the CA of the cluster at {at} is none of those whose hash was given; its hash is {}",
            hashes(&ca)[0]
        )
    );
}

#[tokio::test]
async fn an_unsigned_cluster_info_is_told_with_what_is_known_of_the_token() {
    let ca = Authority::new();
    let unsigned = cluster_info(&kubeconfig(SERVER, &[&ca]), &[]);
    let serve = |of_tokens| FakeApi::serve(ca.server("127.0.0.1", SOUND), api(unsigned.clone(), of_tokens));
    let fake = serve(401).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!(
            "the cluster-info of {at} carries no signature, and token abcdef is not known there: it has expired, was \
             deleted or never was"
        )
    );
    let fake = serve(403).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused(&by_token(at, &[&ca]), limits()).await,
        format!("the cluster-info of {at} carries no signature, although token abcdef is valid there")
    );
    assert_eq!(
        refused(&by_token(at, &[]), limits()).await,
        format!("the cluster-info of {at} carries no signature, so that nothing vouches for it")
    );
}

#[tokio::test]
async fn an_expired_token_is_told_from_one_that_does_not_sign() {
    let ca = Authority::new();
    let for_others = cluster_info(&kubeconfig(SERVER, &[&ca]), &[OTHER_ID]);
    let serve = |of_tokens| FakeApi::serve(ca.server("127.0.0.1", SOUND), api(for_others.clone(), of_tokens));
    let fake = serve(401).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!("token abcdef is not known to the cluster at {at}: it has expired, was deleted or never was")
    );
    assert!(fake.tokens().iter().all(|token| token == TOKEN) && fake.tokens().len() >= 3);
    let fake = serve(403).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused(&by_token(at, &[&ca]), limits()).await,
        format!(
            "token abcdef is valid at {at}, but the cluster-info is not signed with it: it lacks the usage signing"
        )
    );
    assert_eq!(
        refused(&by_token(at, &[]), limits()).await,
        format!(
            "the cluster-info of {at} is signed with other tokens, but not with abcdef: it has expired, was deleted, never \
             was, or lacks the usage signing"
        )
    );
}

#[tokio::test]
async fn a_signature_that_comes_a_little_later_will_do() {
    let ca = Authority::new();
    let text = kubeconfig(SERVER, &[&ca]);
    let (before, after) = (cluster_info(&text, &[OTHER_ID]), cluster_info(&text, &[TOKEN]));
    let answer = move |question: Question| match question.number {
        1 => object(&before),
        2 => status(401),
        _ => object(&after),
    };
    let fake = FakeApi::serve(ca.server("127.0.0.1", SOUND), answer).await;
    assert!(found(&by_token(&fake.endpoint, &[&ca])).await.reach().is_some());
}

#[tokio::test]
async fn the_token_is_shown_to_no_server_that_the_pin_does_not_vouch_for() {
    let (ca, attacker) = (Authority::new(), Authority::new());
    // The right CA is no secret, so it can be put beside another one.
    let info = cluster_info(&kubeconfig(SERVER, &[&ca, &attacker]), &[]);
    let fake = FakeApi::serve(attacker.server("127.0.0.1", SOUND), api(info, 401)).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!("the CA in the cluster-info of {at} did not sign the certificate that {at} shows")
    );
    assert_eq!(fake.tokens(), Vec::<String>::new());
}

#[tokio::test]
async fn a_foreign_cluster_info_is_known_by_the_server_s_certificate() {
    let (ca, other) = (Authority::new(), Authority::new());
    let fake = FakeApi::serve(other.server("127.0.0.1", SOUND), api(signed(&ca), 401)).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!("the CA in the cluster-info of {at} did not sign the certificate that {at} shows")
    );
}

#[tokio::test]
async fn a_second_answer_that_differs_is_not_accepted() {
    let ca = Authority::new();
    let (first, second) = (signed(&ca), cluster_info(&kubeconfig("https://10.0.0.2:6443", &[&ca]), &[TOKEN]));
    let answer = move |question: Question| object(if question.number == 1 { &first } else { &second });
    let fake = FakeApi::serve(ca.server("127.0.0.1", SOUND), answer).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!(
            "{at} gives another cluster-info once its certificate is verified; the first was not its own"
        )
    );
}

/// A server whose clock differs from this host's by `hours`, with a certificate that holds from one hour before its
/// own time to one after it.
async fn elsewhen(authority: &Authority, hours: i64) -> FakeApi {
    let shift = time::Duration::hours(hours);
    let life = Life { from: SOUND.from + shift, until: SOUND.until + shift };
    let theirs =
        jiff::Timestamp::from_second((time::OffsetDateTime::now_utc() + shift).unix_timestamp()).unwrap();
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&theirs).unwrap();
    let answer = api(signed(authority), 401);
    let dated = move |question| {
        let Reply(code, body, _) = answer(question);
        Reply(code, body, vec![("date", date.clone())])
    };
    FakeApi::serve(authority.server("127.0.0.1", life), dated).await
}

#[tokio::test]
async fn a_skewed_clock_is_told_with_its_distance() {
    let ca = Authority::new();
    let fake = elsewhen(&ca, 5).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!(
            "this host's clock is 5 h behind that of {at}, so that the certificate there counts as not yet valid"
        )
    );
    let fake = elsewhen(&ca, -72).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!(
            "this host's clock is 3 d ahead of that of {at}, so that the certificate there counts as expired"
        )
    );
}

#[tokio::test]
async fn a_certificate_that_has_expired_by_both_clocks_is_no_skew() {
    let ca = Authority::new();
    let life = Life { from: time::Duration::days(-9), until: time::Duration::days(-2) };
    let fake = FakeApi::serve(ca.server("127.0.0.1", life), api(signed(&ca), 401)).await;
    let said = refused_at_once(&by_token(&fake.endpoint, &[&ca])).await;
    let begin = format!("the certificate of {} has expired: it was valid until 20", fake.endpoint);
    assert!(said.starts_with(&begin), "{said}");
}

#[tokio::test]
async fn a_certificate_for_another_address_is_told_with_its_names() {
    let ca = Authority::new();
    let fake = FakeApi::serve(ca.server("cp.example.com", SOUND), api(signed(&ca), 401)).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[&ca])).await,
        format!("the certificate of {at} is not made out to that address, but to cp.example.com")
    );
}

#[tokio::test]
async fn a_cluster_info_that_names_no_cluster_is_refused() {
    let ca = Authority::new();
    let info = cluster_info("kind: Config", &[TOKEN]);
    let fake = FakeApi::serve(ca.server("127.0.0.1", SOUND), api(info, 401)).await;
    let at = &fake.endpoint;
    let said = refused_at_once(&by_token(at, &[&ca])).await;
    assert_eq!(said, format!("the cluster-info of {at} cannot be used"));
}
