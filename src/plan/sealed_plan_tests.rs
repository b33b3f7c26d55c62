use std::collections::BTreeSet;

use super::*;
use crate::config::TokenString;
use crate::facts::RuleSet;
use crate::pki::fixtures::{self, KnownKeys};
use crate::plan::fixture::{Joining, control_plane, with, worker};
use crate::plan::reset::tests::control_plane_that_leaves;
use crate::plan::{
    Action, Content, Expect, FileKind, Files, HostInputs, INIT, InitSteps, Inputs, JOIN, JoinSteps,
    NetworkTeardown, OnFailure, Phase, Planned, Planning, Start, Step, Teardown, Upload, accounts, draft,
    host_effects, init_order, join_order,
};

/// What no JSON may show: of each key the line in which the secret number begins, and tokens.
fn secrets() -> [&'static str; 5] {
    let key = |pem: &'static str| pem.lines().nth(1).unwrap();
    [
        key(include_str!("../../tests/golden/pki/p256-ca.key")),
        key(include_str!("../../tests/golden/pki/p256-leaf.key")),
        "0123456789abcdef",
        "fedcba9876543210",
        "0909090909090909",
    ]
}

fn key() -> CertificateKey {
    CertificateKey::new([9; 32])
}

/// As it is, or in base64 wherever it may stand in there.
fn shows(text: &str, secret: &str) -> bool {
    let encoded = (0..3).map(|shift| {
        let code = BASE64.encode(format!("{}{secret}", " ".repeat(shift)));
        code[4..code.len() - 4].to_owned()
    });
    text.contains(secret) || encoded.into_iter().any(|code| text.contains(&code))
}

/// All effects of a run, with those that would roll it back.
fn run(order: &[Step], asked: &[Phase], planning: &mut dyn Planning) -> Vec<Effect> {
    let mut effects = Vec::new();
    for step in order.iter().filter(|step| !step.asked_for(asked).is_empty()) {
        match planning.plan(step).unwrap() {
            Planned::Effects(planned) => effects.extend(planned),
            Planned::Question(question) => planning.answered(question.unasked()),
        }
        if step.failure == OnFailure::RollBack {
            effects.extend(planning.roll_back(step));
        }
    }
    effects
}

/// Of a host on which a CA, and a scheduler of before, are, whose control plane is not to run as root, beside pods of others.
fn init(start: Start) -> Vec<Effect> {
    let mut config = fixtures::config();
    config.cluster.feature_gates.insert("RootlessControlPlane".to_owned(), true);
    let made = fixtures::complete(config.spec());
    let pki = ["ca.crt", "ca.key"]
        .map(|name| (format!("/etc/kubernetes/pki/{name}").into(), Content::new(made.get(name).unwrap())));
    let scheduler = ("/etc/kubernetes/manifests/kube-scheduler.yaml".into(), Content::new("kind: Pod"));
    let files: Files = pki.into_iter().chain([scheduler]).collect();
    with(&config, &files, |inputs| {
        let foreign_mounts = vec!["/etc/kubernetes/admin.conf".into()];
        let host = HostInputs { foreign_mounts, ..inputs.host.clone() };
        let token = TokenString { id: "fedcba".to_owned(), secret: Secret::new("fedcba9876543210") };
        let upload = Upload { key: key(), token, nonces: vec![[1; 12]; 8] };
        let accounts = accounts(inputs.spec.cluster, &files).unwrap();
        let inputs =
            Inputs { host: &host, upload: Some(upload), accounts, now: fixtures::now(), ..inputs.clone() };
        let mut steps = InitSteps::new(inputs, INIT.all(), Box::new(KnownKeys));
        run(&init_order(start), &INIT.all(), &mut steps)
    })
}

fn join(mut host: Joining, phases: &[Phase]) -> Vec<Effect> {
    host.bootstrap = Some(Content::new("token: abcdef.0123456789abcdef"));
    host.files.insert("/var/lib/kubelet/pki/kubelet-client-current.pem".into(), Content::new(""));
    host.with(|inputs| {
        let draft = draft(inputs, phases).unwrap();
        let plan = host_effects(inputs, &draft, phases, &KnownKeys).unwrap();
        let mut steps = JoinSteps::new(inputs.clone(), &draft, phases, plan.effects, &plan.files);
        run(&join_order(), phases, &mut steps)
    })
}

const OF_WORKERS: [Phase; 2] = [Phase::JoinKubeletStart, Phase::JoinKubeletWaitBootstrap];

/// What no host of the fixtures has.
fn others() -> Vec<Effect> {
    let names = || vec!["one".to_owned(), "two".to_owned()];
    let rules = RuleSet {
        save: "/sbin/iptables-save".into(),
        restore: "/sbin/iptables-restore".into(),
        of_pods: BTreeSet::new(),
        chains: names().into_iter().collect(),
    };
    let network = [
        NetworkTeardown::Rules(rules),
        NetworkTeardown::Table { family: "inet".to_owned(), name: "kube-proxy".to_owned() },
        NetworkTeardown::VirtualServices(names()),
        NetworkTeardown::AddressSets(names()),
        NetworkTeardown::Interface("cni0".to_owned()),
    ];
    let file = |kind, bytes: &[u8]| File {
        path: "/etc/kubernetes/pki/x".into(),
        kind,
        content: Content::new(bytes),
        expect: Expect::seen(Some(b"before")),
    };
    let key = secrets()[0].as_bytes();
    let pair = vec![
        file(FileKind::Pki(crate::pki::FileKind::Certificate), &[0xff, 0xfe]),
        file(FileKind::Pki(crate::pki::FileKind::PrivateKey), key),
    ];
    let teardowns = network.map(|network| Action::Teardown(Teardown::Network(network)));
    let actions = [Action::Replace(pair)].into_iter().chain(teardowns);
    actions.map(|action| Effect { phase: Phase::ResetCleanupNode, action }).collect()
}

fn plans() -> Vec<Vec<Effect>> {
    vec![
        init(Start::Early),
        init(Start::BehindFiles),
        init(Start::OnPaper),
        join(control_plane(), &JOIN.all()),
        join(worker(), &OF_WORKERS),
        control_plane_that_leaves(),
        others(),
    ]
}

/// `Teardown/Network/Rules`: the names of an action's variants.
fn name(action: &Value) -> String {
    let (mut name, mut at) = (String::new(), action);
    for _ in 0..3 {
        let Some((variant, below)) = at.as_object().and_then(|fields| fields.iter().next()) else { break };
        if !variant.starts_with(char::is_uppercase) {
            break;
        }
        name = if name.is_empty() { variant.clone() } else { format!("{name}/{variant}") };
        at = below;
    }
    name
}

const ALL: &[&str] = &[
    "AllowEtcdRecovery",
    "AwaitBootstrap",
    "CheckEtcd",
    "EnableCertificateRotation",
    "GiveTo",
    "KeepFile",
    "Kubelet",
    "MakeDir",
    "PromoteEtcd",
    "RemoveFile",
    "Replace",
    "RestartMounting",
    "Send",
    "Teardown/LeaveEtcd",
    "Teardown/Network/AddressSets",
    "Teardown/Network/Interface",
    "Teardown/Network/Rules",
    "Teardown/Network/Table",
    "Teardown/Network/VirtualServices",
    "Teardown/Remove",
    "Teardown/RemoveLearner",
    "Teardown/StopPods",
    "Teardown/Unmount",
    "Teardown/UnmountRest",
    "Wait",
    "WriteFile",
];

#[test]
fn every_action_of_init_join_and_reset_is_read_as_it_was_written_and_no_secret_shows() {
    let mut names = BTreeSet::new();
    for effects in plans() {
        let sealed = SealedPlan::seal(&effects, &key(), [7; 12]).unwrap();
        names.extend(sealed.effects.as_array().unwrap().iter().map(|effect| name(&effect["action"])));
        let text = serde_json::to_string(&sealed).unwrap();
        for secret in secrets() {
            assert!(!shows(&text, secret), "{secret} in {text}");
        }
        let read: SealedPlan = serde_json::from_str(&text).unwrap();
        assert_eq!(read.open(&key()).unwrap(), effects);
    }
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ALL);
}

#[test]
fn without_its_secrets_an_effect_cannot_be_carried_out() {
    let mut left_out = BTreeSet::new();
    for effect in plans().into_iter().flatten() {
        let written = serde_json::to_value(&effect).unwrap();
        match serde_json::from_value::<Effect>(written.clone()) {
            Ok(read) => assert_eq!(read, effect),
            Err(error) => {
                assert!(error.to_string().ends_with("left out"), "{error}");
                left_out.insert(name(&written["action"]));
            }
        }
    }
    assert_eq!(left_out.into_iter().collect::<Vec<_>>(), ["Replace", "Send", "WriteFile"]);
}

#[test]
fn a_plan_that_was_changed_or_is_of_others_is_refused() {
    let sealed = || SealedPlan::seal(&others(), &key(), [7; 12]).unwrap();
    assert!(matches!(sealed().open(&CertificateKey::new([8; 32])), Err(BadPlan::NotOpened)));
    let mut changed = sealed();
    changed.effects[0]["action"]["Replace"][0]["path"] = json!("/etc/shadow");
    assert!(matches!(changed.open(&key()), Err(BadPlan::Changed)));
    let other = SealedPlan { version: "0.0.1".to_owned(), ..sealed() };
    assert!(matches!(other.open(&key()), Err(BadPlan::OtherVersion { version }) if version == "0.0.1"));
}
