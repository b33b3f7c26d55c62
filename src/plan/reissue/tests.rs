use std::collections::BTreeMap;

use super::super::fixture::init_files;
use super::*;
use crate::kubeconfig::Document;
use crate::pki::fixtures;
use crate::pki::{Bundle, SystemKeys};
use crate::pki_graph::{SeenFile, Tree, content};

const NAMES: [&str; 3] = ["ca", "front-proxy-ca", "etcd-ca"];

fn path(below: &str) -> PathBuf {
    Path::new(KUBERNETES).join("pki").join(below)
}

fn conf(name: &str) -> PathBuf {
    Path::new(KUBERNETES).join(name)
}

/// Nine years on, so that there is something to gain.
fn later() -> Timestamp {
    fixtures::now().saturating_add(SignedDuration::from_hours(24 * 365 * 9)).unwrap()
}

fn tree(files: &Files) -> Tree {
    let seen = |(path, text): (&PathBuf, &Content)| {
        let file = SeenFile {
            mode: 0o600,
            owner: 0,
            group: 0,
            real: path.clone(),
            content: content(path, text.bytes()),
        };
        (path.clone(), file)
    };
    Tree { root: "/".into(), files: files.iter().map(seen).collect(), ..Tree::default() }
}

/// The fixture's plan, with these changes.
struct Case {
    names: Vec<&'static str>,
    validity: Option<GoDuration>,
    again: bool,
    now: Timestamp,
}

impl Default for Case {
    fn default() -> Self {
        Self { names: NAMES.into(), validity: None, again: false, now: later() }
    }
}

impl Case {
    fn plan(&self, files: &Files) -> Result<ReissuePlan, PlanError> {
        let config = fixtures::config();
        let trees = [tree(files)];
        let graph = Graph::of(&trees);
        let paths = reissue_paths(config.spec(), &graph);
        let read: Files = files
            .iter()
            .filter(|(path, _)| paths.contains(path))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        let inputs = ReissueInputs {
            spec: config.spec(),
            files: &read,
            graph: &graph,
            names: &self.names,
            validity: self.validity,
            again: self.again,
            now: self.now,
        };
        reissue(&inputs, &SystemKeys)
    }

    fn refused(&self, files: &Files) -> String {
        self.plan(files).unwrap_err().to_string()
    }
}

/// The files as they are once so many of the plan's actions are carried out.
fn carried_out(files: &Files, plan: &ReissuePlan, actions: usize) -> Files {
    let mut files = files.clone();
    for (_, action) in &plan.actions[..actions] {
        let Action::Replace(all) = action else { panic!("files are replaced") };
        for file in all {
            assert_eq!(file.expect, Expect::seen(files.get(&file.path).map(Content::bytes)));
            files.insert(file.path.clone(), file.content.clone());
        }
    }
    files
}

fn own(files: &Files, at: &Path) -> FoundCert {
    pki::certificates(files[at].bytes()).unwrap().own
}

/// The CA that a kubeconfig's current cluster has.
fn authority(files: &Files, name: &str) -> FoundCert {
    let reach = Document::parse(files[&conf(name)].bytes()).unwrap().reach(None).unwrap();
    pki::certificates(&reach.authority).unwrap().own
}

#[test]
fn three_cas_change_with_the_kubeconfigs_and_nothing_else() {
    let files = init_files().clone();
    let plan = Case::default().plan(&files).unwrap();
    let after = carried_out(&files, &plan, plan.actions.len());
    let changed: Vec<&PathBuf> =
        files.iter().filter(|(path, text)| after[*path] != **text).map(|(path, _)| path).collect();
    let wanted: BTreeSet<PathBuf> =
        ["admin.conf", "controller-manager.conf", "kubelet.conf", "scheduler.conf", "super-admin.conf"]
            .map(conf)
            .into_iter()
            .chain(["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"].map(path))
            .collect();
    assert_eq!(changed, wanted.iter().collect::<Vec<_>>());
    for ca in ["ca.crt", "etcd/ca.crt", "front-proxy-ca.crt"] {
        let (old, new) = (own(&files, &path(ca)), own(&after, &path(ca)));
        assert!(new.is_again(&old) && new.serial != old.serial && new.not_after > old.not_after, "{ca}");
    }
    assert_eq!(authority(&after, "scheduler.conf"), own(&after, &path("ca.crt")));
    assert!(plan.remarks.is_empty(), "{:?}", plan.remarks);
}

#[test]
fn what_reads_it_only_at_its_start_is_named_with_the_old_end() {
    let files = init_files().clone();
    let plan = Case::default().plan(&files).unwrap();
    let rows: BTreeMap<&str, (Vec<&str>, usize)> = plan
        .reissues
        .iter()
        .map(|row| {
            let ReissueOutcome::Reissued { held, .. } = row.outcome else { panic!("{row:?}") };
            (row.name, (row.readers.iter().copied().collect(), held))
        })
        .collect();
    let wanted = [
        ("ca", (vec!["kube-controller-manager", "kube-scheduler", "kubelet"], 7)),
        ("etcd-ca", (vec!["etcd", "kube-apiserver"], 4)),
        ("front-proxy-ca", (vec![], 1)),
    ];
    assert_eq!(rows, wanted.into());
    assert_eq!(plan.reissues[0].older_until, Some(own(&files, &path("ca.crt")).not_after));
    assert!(plan.reissues.iter().all(|row| row.left.is_empty()));
}

#[test]
fn one_that_has_hardly_any_gain_stays_unless_it_is_asked_for() {
    let files = init_files().clone();
    let soon = Case { now: fixtures::now(), ..Case::default() };
    let plan = soon.plan(&files).unwrap();
    assert!(plan.actions.is_empty() && matches!(plan.reissues[0].outcome, ReissueOutcome::Kept { .. }));
    let again = Case { again: true, ..soon }.plan(&files).unwrap();
    assert_eq!(again.actions.len(), 4);
    let short = Case {
        again: true,
        validity: Some(GoDuration::from_hours(1)),
        now: fixtures::now(),
        ..Case::default()
    };
    let told = short.plan(&files).unwrap().remarks[0].to_string();
    assert_eq!(
        told,
        "/etc/kubernetes/pki/ca.crt will end at 2026-11-21T09:00:00Z, before the old one, which ends at 2036-11-18T08:00:00Z"
    );
    let long = Case {
        validity: Some(GoDuration::from_hours(24 * 365 * 12)),
        now: fixtures::now(),
        ..Case::default()
    };
    assert_eq!(long.plan(&files).unwrap().actions.len(), 4);
}

#[test]
fn a_run_that_was_cut_off_is_gone_on_with_and_makes_nothing_twice() {
    let files = init_files().clone();
    let plan = Case::default().plan(&files).unwrap();
    let whole = carried_out(&files, &plan, plan.actions.len());
    for done in 0..plan.actions.len() {
        let cut = carried_out(&files, &plan, done);
        let rest = Case::default().plan(&cut).unwrap();
        let after = carried_out(&cut, &rest, rest.actions.len());
        assert!(Case::default().plan(&after).unwrap().actions.is_empty(), "cut off behind {done}");
        assert_eq!(authority(&after, "admin.conf"), own(&after, &path("ca.crt")));
        if done > 0 {
            assert_eq!(own(&after, &path("ca.crt")), own(&whole, &path("ca.crt")), "made once");
            let is_late = rest.reissues[0].older_until == Some(own(&files, &path("ca.crt")).not_after);
            assert_eq!(is_late, done == 1, "its kubeconfigs were still old");
        }
    }
}

#[test]
fn in_bundles_the_one_of_the_key_is_exchanged_and_others_stay() {
    let mut files = init_files().clone();
    let other = files[&path("front-proxy-ca.crt")].bytes().to_vec();
    let bundle = [&other[..], files[&path("ca.crt")].bytes()].concat();
    files.insert(path("ca.crt"), Content::new(bundle.clone()));
    let text = kubeconfig::with_authorities(files[&conf("admin.conf")].bytes(), |_| Some(bundle.clone()));
    files.insert(conf("admin.conf"), Content::new(text.unwrap().unwrap().expose_secret()));
    let case = Case { names: vec!["ca"], ..Case::default() };
    let plan = case.plan(&files).unwrap();
    let after = carried_out(&files, &plan, plan.actions.len());
    let found = pki::certificates(after[&path("ca.crt")].bytes()).unwrap();
    assert_eq!(found.own, own(&files, &path("front-proxy-ca.crt")));
    assert_eq!(authority(&after, "scheduler.conf"), found.others[0]);
    let reach = Document::parse(after[&conf("admin.conf")].bytes()).unwrap().reach(None).unwrap();
    assert_eq!(pki::certificates(&reach.authority).unwrap(), found);
    assert_eq!(after[&path("front-proxy-ca.crt")], files[&path("front-proxy-ca.crt")]);
}

#[test]
fn what_cannot_be_issued_again_here_is_told_or_refused() {
    let mut files = init_files().clone();
    files.remove(&path("ca.key"));
    files.retain(|at, _| !at.starts_with(path("etcd")) && *at != path("apiserver-etcd-client.crt"));
    let plan = Case::default().plan(&files).unwrap();
    assert_eq!(plan.reissues[0].outcome, ReissueOutcome::External { key: path("ca.key") });
    assert_eq!(plan.reissues[2].outcome, ReissueOutcome::Missing);
    assert_eq!(plan.actions.len(), 1);

    let mut files = init_files().clone();
    files.insert(path("ca.key"), files[&path("apiserver.key")].clone());
    files.insert(path("etcd/ca.crt"), Content::new("broken"));
    files.insert(path("front-proxy-ca.key"), Content::new("broken"));
    assert_eq!(
        Case::default().refused(&files),
        "these files cannot be used, and are not overwritten:\n  \
         /etc/kubernetes/pki/ca.crt has another key than the one beside it\n  \
         /etc/kubernetes/pki/front-proxy-ca.key cannot be used: it holds no private key in PEM: RSA PRIVATE KEY, EC PRIVATE KEY or \
         PRIVATE KEY is wanted\n  \
         /etc/kubernetes/pki/etcd/ca.crt cannot be used: it holds no certificate in PEM"
    );
}

#[test]
fn a_leaf_that_would_not_hold_is_refused_by_name() {
    // The CA was made again by its name, with another key: what it signed before is in use still.
    let mut files = init_files().clone();
    let mut other = fixtures::config();
    other.cluster.key_algorithm = crate::config::KeyAlgorithm::EcdsaP384;
    let existing = fixtures::complete(other.spec());
    for name in ["ca.crt", "ca.key"] {
        files.insert(path(name), Content::new(existing.get(name).unwrap()));
    }
    let said = Case { names: vec!["ca"], ..Case::default() }.refused(&files);
    assert!(
        said.contains("/etc/kubernetes/pki/apiserver.crt names /etc/kubernetes/pki/ca.crt as its CA"),
        "{said}"
    );
    assert!(said.contains("/etc/kubernetes/admin.conf (client-certificate-data) names"), "{said}");
}

#[test]
fn a_copy_of_the_ca_by_another_name_is_none_of_its_leaves() {
    let mut files = init_files().clone();
    // The fixture has one key for all CAs; what the front-proxy CA's name has signed is not here.
    files.remove(&path("front-proxy-client.crt"));
    files.remove(&path("front-proxy-ca.key"));
    let other = files.remove(&path("front-proxy-ca.crt")).unwrap();
    files.insert(path("ca.crt.old"), other);
    let plan = Case { names: vec!["ca"], ..Case::default() }.plan(&files).unwrap();
    assert!(
        matches!(plan.reissues[0].outcome, ReissueOutcome::Reissued { held: 7, .. }),
        "{:?}",
        plan.reissues
    );
}

#[test]
fn a_leaf_is_held_against_both_even_where_the_old_ca_has_ended() {
    let files = init_files().clone();
    let late = Case {
        now: fixtures::now().saturating_add(SignedDuration::from_hours(24 * 4000)).unwrap(),
        ..Case::default()
    };
    let plan = late.plan(&files).unwrap();
    let after = carried_out(&files, &plan, plan.actions.len());
    let new = own(&after, &path("ca.crt"));
    assert!(new.not_after > late.now && new.not_before < late.now);
    let leaf = Bundle { own: own(&files, &path("apiserver.crt")), others: Vec::new() };
    pki::holds_below(&leaf, &new, late.now).unwrap();
}
