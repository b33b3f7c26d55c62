use super::*;
use crate::host::fake_node::{FakeNode, Fate};
use crate::plan::{Action, Directory, Does, StepId};

/// Makes a folder by the name of each step.
#[derive(Default)]
struct Folders {
    roll_back: bool,
}

fn folder(phase: Phase, name: &str) -> Effect {
    Effect { phase, action: Action::MakeDir(Directory { path: name.into(), mode: 0o755 }) }
}

impl Planning for Folders {
    fn plan(&mut self, step: &Step) -> Result<Planned, PlanError> {
        Ok(match step.does {
            Does::Ask(_) => Planned::Question(Question::Dns),
            _ => Planned::Effects(
                step.phases.iter().map(|phase| folder(*phase, &format!("{phase:?}"))).collect(),
            ),
        })
    }
    fn answered(&mut self, _: Answer) {}
    fn roll_back(&mut self, _: &Step) -> Vec<Effect> {
        self.roll_back = true;
        vec![folder(Phase::Preflight, "back")]
    }
}

/// The phases of what is told, and what could not be rolled back.
#[derive(Default)]
struct Told {
    begun: Vec<Phase>,
    done: Vec<Phase>,
    took: Vec<Phase>,
    rolled_back: usize,
    not_rolled_back: usize,
}

impl WaitWatcher for Told {
    fn waits(&mut self, _: &Wait) {}
    fn healthy(&mut self, _: &Probe, _: Duration) {}
}

impl Watcher for Told {
    fn begins(&mut self, effect: &Effect) {
        self.begun.push(effect.phase);
    }
    fn done(&mut self, effect: &Effect, _: &Outcome) {
        self.done.push(effect.phase);
    }
    fn rolled_back(&mut self, _: &Step) {
        self.rolled_back += 1;
    }
    fn not_rolled_back(&mut self, _: &Step, _: &PhaseFailed) {
        self.not_rolled_back += 1;
    }
    fn took(&mut self, phase: Phase, span: Span) {
        assert!(span.begun <= span.ended);
        self.took.push(phase);
    }
}

const ALL: &[Phase] = &[Phase::CertsCa, Phase::CertsSa, Phase::EtcdLocal, Phase::KubeletStart];

const fn step(id: StepId, phases: &'static [Phase], after: &'static [StepId]) -> Step {
    Step::new(id, phases, Does::Work, after)
}

/// Two that need not wait for each other, and one behind both.
const FORK: &[Step] = &[
    step(StepId::Files, &[Phase::CertsCa], &[]),
    step(StepId::Etcd, &[Phase::CertsSa], &[]),
    step(StepId::Health, &[Phase::EtcdLocal], &[StepId::Files, StepId::Etcd]),
];

struct Ran {
    node: Arc<FakeNode>,
    told: Told,
    outcome: Result<Vec<PhaseFailed>, Stopped>,
}

fn run(order: &[Step], asked: &[Phase], pace: Pace, fates: &[(&'static str, Fate)]) -> Ran {
    let node = Arc::new(FakeNode::new(fates));
    let host: Arc<dyn Host> = Arc::<FakeNode>::clone(&node);
    let mut told = Told::default();
    let outcome = execute(order, asked, &mut Folders::default(), &host, pace, &mut told);
    Ran { node, told, outcome }
}

fn failed_in(ran: &Ran) -> Phase {
    match &ran.outcome {
        Err(Stopped::Phase(failure)) => failure.phase,
        other => panic!("{other:?}"),
    }
}

#[test]
fn steps_that_need_not_wait_for_each_other_are_done_side_by_side() {
    let ran = run(FORK, ALL, Pace::SideBySide, &[("CertsCa", Fate::WaitsFor("CertsSa"))]);
    assert!(ran.outcome.unwrap().is_empty());
    assert_eq!(ran.node.done(), ["make CertsSa", "make CertsCa", "make EtcdLocal"]);
}

#[test]
fn what_was_done_in_another_order_is_told_in_that_of_the_table() {
    let ran = run(FORK, ALL, Pace::SideBySide, &[("CertsCa", Fate::WaitsFor("CertsSa"))]);
    assert_eq!(ran.told.begun, [Phase::CertsCa, Phase::CertsSa, Phase::EtcdLocal]);
    assert_eq!(ran.told.done, ran.told.begun);
    assert_eq!(ran.told.took, ran.told.begun);
}

#[test]
fn one_by_one_each_step_waits_for_the_one_above_it_whatever_it_comes_after() {
    let backwards = &[
        step(StepId::Health, &[Phase::EtcdLocal], &[StepId::Files]),
        step(StepId::Files, &[Phase::CertsCa], &[]),
    ];
    let ran = run(backwards, ALL, Pace::OneByOne, &[]);
    assert_eq!(ran.node.done(), ["make EtcdLocal", "make CertsCa"]);
    let ran = run(backwards, ALL, Pace::SideBySide, &[]);
    assert_eq!(ran.node.done(), ["make CertsCa", "make EtcdLocal"]);
}

#[test]
fn a_step_that_nobody_asks_for_is_done_at_once() {
    let ran = run(FORK, &[Phase::EtcdLocal], Pace::SideBySide, &[]);
    assert_eq!(ran.node.done(), ["make EtcdLocal"]);
}

#[test]
fn a_failure_ends_the_run_and_what_was_done_is_told() {
    let ran =
        run(FORK, ALL, Pace::SideBySide, &[("CertsSa", Fate::Fails), ("CertsCa", Fate::WaitsFor("none"))]);
    assert_eq!(failed_in(&ran), Phase::CertsSa);
    assert!(ran.told.done.is_empty() && ran.node.done().is_empty());
    let late: &[Step] = &[FORK[0], step(StepId::Etcd, &[Phase::CertsSa], &[StepId::Files])];
    let ran = run(late, ALL, Pace::SideBySide, &[("CertsSa", Fate::Fails)]);
    assert_eq!((failed_in(&ran), ran.told.done), (Phase::CertsSa, vec![Phase::CertsCa]));
}

#[test]
fn a_step_that_only_waited_for_one_that_fails_is_not_the_failure() {
    let slow = &[
        step(StepId::Files, &[Phase::CertsCa], &[]),
        step(StepId::Health, &[Phase::KubeletStart], &[StepId::Files]),
        step(StepId::Etcd, &[Phase::CertsSa], &[]),
    ];
    let ran = run(slow, ALL, Pace::SideBySide, &[("CertsSa", Fate::Aborts), ("CertsCa", Fate::Fails)]);
    assert_eq!(failed_in(&ran), Phase::CertsCa);
    let ran = run(slow, ALL, Pace::SideBySide, &[("CertsSa", Fate::Aborts)]);
    assert_eq!(failed_in(&ran), Phase::CertsSa);
}

#[test]
fn what_is_to_go_on_tries_each_of_its_effects_and_the_steps_behind_it() {
    let order = &[
        step(StepId::CleanUp, &[Phase::CertsCa, Phase::CertsSa], &[]).on_failure(OnFailure::GoOn),
        step(StepId::Health, &[Phase::EtcdLocal], &[StepId::CleanUp]),
    ];
    let ran = run(order, ALL, Pace::SideBySide, &[("CertsCa", Fate::Fails)]);
    assert_eq!(ran.outcome.unwrap().len(), 1);
    assert_eq!(ran.node.done(), ["make CertsSa", "make EtcdLocal"]);
}

#[test]
fn a_step_that_is_rolled_back_fails_as_it_failed() {
    let order = &[step(StepId::Etcd, &[Phase::EtcdLocal], &[]).on_failure(OnFailure::RollBack)];
    let ran = run(order, ALL, Pace::SideBySide, &[("EtcdLocal", Fate::Fails)]);
    assert_eq!((failed_in(&ran), ran.node.done()), (Phase::EtcdLocal, vec!["make back".to_owned()]));
    assert_eq!((ran.told.rolled_back, ran.told.not_rolled_back), (1, 0));
    let both = [("EtcdLocal", Fate::Fails), ("back", Fate::Fails)];
    let ran = run(order, ALL, Pace::SideBySide, &both);
    assert_eq!((failed_in(&ran), ran.told.not_rolled_back), (Phase::EtcdLocal, 1));
}

#[test]
fn what_runs_beside_a_step_that_is_rolled_back_comes_to_its_end_and_nothing_else_begins() {
    let order = &[
        step(StepId::ControllerManager, &[Phase::EtcdLocal], &[]).on_failure(OnFailure::RollBack),
        step(StepId::Scheduler, &[Phase::CertsSa], &[]).on_failure(OnFailure::RollBack),
        step(StepId::Health, &[Phase::CertsCa], &[StepId::Scheduler]),
    ];
    let fates = [("EtcdLocal", Fate::Fails), ("CertsSa", Fate::WaitsFor("back"))];
    let ran = run(order, ALL, Pace::SideBySide, &fates);
    assert_eq!(
        (failed_in(&ran), ran.node.done()),
        (Phase::EtcdLocal, vec!["make back".to_owned(), "make CertsSa".to_owned()])
    );
}

mod commands {
    //! The real tables and plans, on a node that is none.

    use super::*;
    use crate::config::fixture;
    use crate::pki::SystemKeys;
    use crate::plan::fixture::{Joining, control_plane, with, worker};
    use crate::plan::{
        self, Files, INIT, InitSteps, JOIN, JoinSteps, KubeletCall, RESET, ResetSteps, Start, init_order,
        join_order, reset_order,
    };

    fn init(start: Start, fates: &[(&'static str, Fate)]) -> (Arc<FakeNode>, Result<(), Stopped>) {
        let (node, outcome) = init_that_goes_on(start, fates);
        (node, outcome.map(|failed| assert!(failed.is_empty())))
    }

    fn init_that_goes_on(
        start: Start,
        fates: &[(&'static str, Fate)],
    ) -> (Arc<FakeNode>, Result<Vec<PhaseFailed>, Stopped>) {
        let node = Arc::new(FakeNode::new(fates));
        let host: Arc<dyn Host> = Arc::<FakeNode>::clone(&node);
        let config = fixture::config();
        let outcome = with(&config, &Files::new(), |inputs| {
            let mut steps = InitSteps::new(inputs.clone(), INIT.all(), Box::new(SystemKeys));
            let (order, phases) = (init_order(start), INIT.all());
            execute(&order, &phases, &mut steps, &host, Pace::SideBySide, &mut Told::default())
        });
        (node, outcome)
    }

    #[test]
    fn an_init_goes_on_where_what_is_ahead_of_the_controller_manager_is_refused() {
        let role = "send system:kube-controller-manager";
        let (node, outcome) = init_that_goes_on(Start::Early, &[(role, Fate::Fails)]);
        assert_eq!(outcome.unwrap().len(), 1);
        assert_eq!(node.done().len() - 1, node.place("send node-1"), "{:?}", node.done());
    }

    #[test]
    fn an_init_starts_the_kubelet_before_etcd_and_etcd_before_the_other_files() {
        let (node, outcome) = init(Start::Early, &[]);
        outcome.unwrap();
        let places = [
            "pki/kubelet.crt",
            "pki/ca.crt",
            "restart kubelet",
            "manifests/etcd.yaml",
            "pki/apiserver.crt",
            "manifests/kube-apiserver.yaml",
            "send kubeadm:cluster-admins",
            "manifests/kube-controller-manager.yaml",
        ];
        let found = places.map(|name| node.place(name));
        assert!(found.is_sorted(), "{:?}", node.done());
        assert_eq!(node.done().len() - 1, node.place("send node-1"), "{:?}", node.done());
    }

    #[test]
    fn an_init_puts_objects_into_the_cluster_while_it_waits_for_it() {
        let (node, outcome) =
            init(Start::Early, &[("wait for kube-apiserver", Fate::WaitsFor("send node-1"))]);
        outcome.unwrap();
        assert_eq!(node.done().len() - 1, node.place("wait for kube-apiserver"));
    }

    #[test]
    fn an_init_whose_control_plane_does_not_come_fails_by_its_wait() {
        let fates = [("wait for kube-apiserver", Fate::Fails), ("send kubeadm:cluster-admins", Fate::Aborts)];
        let (_, outcome) = init(Start::Early, &fates);
        assert!(
            matches!(&outcome, Err(Stopped::Phase(failure)) if failure.phase == Phase::WaitControlPlane),
            "{outcome:?}"
        );
    }

    #[test]
    fn beside_pods_of_others_the_kubelet_starts_behind_all_files() {
        let (node, outcome) = init(Start::BehindFiles, &[]);
        outcome.unwrap();
        for file in ["admin.conf", "manifests/kube-scheduler.yaml", "manifests/etcd.yaml", "pki/sa.pub"] {
            assert!(node.place(file) < node.place("restart kubelet"), "{file}: {:?}", node.done());
        }
    }

    /// A control plane's phases are nobody else's.
    fn join(
        host: &Joining,
        phases: &[Phase],
        fates: &[(&'static str, Fate)],
    ) -> (Arc<FakeNode>, Result<(), Stopped>) {
        let node = Arc::new(FakeNode::new(fates));
        let shared: Arc<dyn Host> = Arc::<FakeNode>::clone(&node);
        let outcome = host.with(|inputs| {
            let draft = plan::draft(inputs, phases).unwrap();
            let planned = plan::host_effects(inputs, &draft, phases, &SystemKeys).unwrap();
            let mut steps = JoinSteps::new(inputs.clone(), &draft, phases, planned.effects, &planned.files);
            execute(&join_order(), phases, &mut steps, &shared, Pace::SideBySide, &mut Told::default())
        });
        (node, outcome.map(|failed| assert!(failed.is_empty())))
    }

    #[test]
    fn a_control_plane_joins_etcd_before_its_api_server_starts() {
        let (node, outcome) = join(&control_plane(), &JOIN.all(), &[]);
        outcome.unwrap();
        let places = [
            "check etcd",
            "restart kubelet",
            "find members",
            "manifests/etcd.yaml",
            "promote member",
            "manifests/kube-apiserver.yaml",
            "wait for certificate",
            "find taints",
            "send node-1",
        ];
        let found = places.map(|name| node.place(name));
        assert!(found.is_sorted(), "{:?}", node.done());
    }

    #[test]
    fn a_member_that_does_not_come_to_vote_is_removed_and_nothing_is_done_behind_it() {
        let (node, outcome) = join(&control_plane(), &JOIN.all(), &[("promote member", Fate::Fails)]);
        assert!(
            matches!(&outcome, Err(Stopped::Phase(failure)) if failure.phase == Phase::JoinEtcd),
            "{outcome:?}"
        );
        assert_eq!(node.place("remove learner"), node.done().len() - 1, "{:?}", node.done());
        assert!(!node.done().iter().any(|done| done.ends_with("kube-apiserver.yaml")), "{:?}", node.done());
    }

    #[test]
    fn a_member_that_etcd_has_not_taken_is_not_removed() {
        let (node, outcome) = join(&control_plane(), &JOIN.all(), &[("find members", Fate::Fails)]);
        assert!(outcome.is_err());
        assert!(!node.done().iter().any(|done| done.ends_with("remove learner")), "{:?}", node.done());
    }

    #[test]
    fn a_worker_only_starts_its_kubelet_and_waits_for_its_certificate() {
        let phases = [Phase::JoinKubeletStart, Phase::JoinKubeletWaitBootstrap];
        let (node, outcome) = join(&worker(), &phases, &[]);
        outcome.unwrap();
        assert!(node.place("restart kubelet") < node.place("wait for certificate"));
        assert!(!node.done().iter().any(|done| done.contains("find")), "{:?}", node.done());
    }

    /// A member that leaves, a kubelet that is stopped, and a folder that goes.
    fn reset(force: bool, fates: &[(&'static str, Fate)]) -> (Arc<FakeNode>, Result<usize, Stopped>) {
        let node = Arc::new(FakeNode::new(fates));
        let host: Arc<dyn Host> = Arc::<FakeNode>::clone(&node);
        let (leave, clean_up) = (Phase::ResetRemoveEtcdMember, Phase::ResetCleanupNode);
        let effects = vec![
            Effect { phase: leave, action: crate::plan::fixture::leave_etcd() },
            Effect { phase: clean_up, action: Action::Kubelet(KubeletCall::Stop) },
            folder(clean_up, "last"),
        ];
        let mut steps = ResetSteps::new(effects, true);
        let (order, phases) = (reset_order(force), RESET.all());
        let outcome = execute(&order, &phases, &mut steps, &host, Pace::SideBySide, &mut Told::default());
        (node, outcome.map(|failed| failed.len()))
    }

    #[test]
    fn a_reset_whose_member_cannot_leave_touches_nothing_unless_it_is_forced() {
        let (node, outcome) = reset(false, &[("leave etcd", Fate::Fails)]);
        assert!(outcome.is_err() && node.done().is_empty(), "{:?}", node.done());
        let (node, outcome) = reset(true, &[("leave etcd", Fate::Fails)]);
        assert_eq!(outcome.unwrap(), 1);
        assert_eq!(node.done(), ["stop kubelet", "make last", "find network"]);
    }

    #[test]
    fn a_reset_does_what_it_can_and_tells_what_it_could_not() {
        let (node, outcome) = reset(false, &[("stop kubelet", Fate::Fails)]);
        assert_eq!(outcome.unwrap(), 1);
        assert_eq!(node.done(), ["leave etcd", "make last", "find network"]);
    }
}
