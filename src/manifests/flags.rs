//! A component's flags as a table: one row for a flag, its value and the minors that have it → the command line.

use std::collections::BTreeMap;

use super::{args, go_path};
use crate::config::{Arg, Spec};
#[cfg(test)]
use crate::versions::facts::{self, Component, Presence};

/// A flag that a component is given in the minors from `since` to `until`, unless the user gives it.
///
/// `Node` is what the values depend on beside the configuration.
pub(super) struct Flag<Node> {
    /// Without the dashes.
    pub name: &'static str,
    /// Where its value comes from.
    pub value: Value<Node>,
    /// The first minor that gives it so: 34 for Kubernetes 1.34.
    pub since: u64,
    /// The last one.
    pub until: u64,
}

pub(super) enum Value<Node> {
    /// The same for every cluster.
    Text(&'static str),
    /// The path of this file of the certificates directory.
    Certificate(&'static str),
    /// It follows from the configuration and the node.
    Of(fn(Spec<'_>, &Node) -> String),
    /// The same; `None` leaves the flag out.
    Optional(fn(Spec<'_>, &Node) -> Option<String>),
}

/// A row for all minors.
pub(super) const fn flag<Node>(name: &'static str, value: Value<Node>) -> Flag<Node> {
    Flag { name, value, since: u64::MIN, until: u64::MAX }
}

impl<Node> Flag<Node> {
    /// The row for the minors from `minor` on.
    pub const fn since(self, minor: u64) -> Self {
        Self { since: minor, ..self }
    }

    /// The row for the minors up to `minor`.
    pub const fn until(self, minor: u64) -> Self {
        Self { until: minor, ..self }
    }

    /// Whether this minor gives the flag so.
    pub fn is_of(&self, minor: u64) -> bool {
        (self.since..=self.until).contains(&minor)
    }

    fn text(&self, spec: Spec<'_>, node: &Node) -> Option<String> {
        match self.value {
            Value::Text(text) => Some(text.to_owned()),
            Value::Certificate(file) => Some(certificate(spec, file)),
            Value::Of(value) => Some(value(spec, node)),
            Value::Optional(value) => value(spec, node),
        }
    }
}

/// `--name=value` for each flag of the configuration's minor, and for the user's, which win.
pub(super) fn command_line<Node>(
    flags: &[Flag<Node>],
    spec: Spec<'_>,
    node: &Node,
    overrides: &[Arg],
) -> Vec<String> {
    let rows = flags.iter().filter(|flag| flag.is_of(spec.cluster.minor.number));
    let defaults: BTreeMap<&str, String> =
        rows.filter_map(|flag| Some((flag.name, flag.text(spec, node)?))).collect();
    args::overridden(&defaults, overrides, spec.cluster.release().extra_args)
}

/// The path of a file of the certificates directory.
pub(super) fn certificate(spec: Spec<'_>, file: &str) -> String {
    go_path::join(&spec.cluster.certificates_dir.to_string_lossy(), file)
}

/// What holds for each component's table: it is in the order of names, a minor has a flag once, and every row is of
/// minors that are known.
#[cfg(test)]
pub(super) fn assert_sound<Node>(flags: &[Flag<Node>]) {
    use crate::versions::MINORS;

    assert!(flags.is_sorted_by_key(|flag| (flag.name, flag.since)), "in the order of names, then of minors");
    for flag in flags {
        let is_known = |minor: u64| MINORS.iter().any(|known| known.number == minor);
        assert!([u64::MIN, u64::MAX].contains(&flag.since) || is_known(flag.since), "{}", flag.name);
        assert!([u64::MIN, u64::MAX].contains(&flag.until) || is_known(flag.until), "{}", flag.name);
        assert!(flag.since <= flag.until, "{}", flag.name);
    }
    for pair in flags.windows(2) {
        let is_other = pair[0].name != pair[1].name;
        assert!(is_other || pair[0].until < pair[1].since, "--{} stands twice in a minor", pair[0].name);
    }
}

/// Every flag is one that the component has, in each minor that gives it.
#[cfg(test)]
pub(super) fn assert_known<Node>(flags: &[Flag<Node>], component: Component) {
    for minor in crate::versions::MINORS {
        for flag in flags.iter().filter(|flag| flag.is_of(minor.number)) {
            let found = facts::flag(component, flag.name, minor);
            let is_known = matches!(found, Presence::Here | Presence::Unknown);
            assert!(is_known, "--{} of {} in 1.{}", flag.name, component.name(), minor.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value::{Certificate, Of, Optional, Text};
    use super::*;
    use crate::config::fixture;

    const FLAGS: &[Flag<bool>] = &[
        flag("a", Text("old")).until(33),
        flag("a", Text("new")).since(34).until(35),
        flag("b", Certificate("etcd/ca.crt")).since(36),
        flag("c", Optional(|spec, given| given.then(|| spec.cluster.cluster_name.clone()))),
        flag("d", Of(|spec, _| spec.node.name.to_string())).since(37),
    ];

    fn given(version: &str, node: bool) -> Vec<String> {
        let mut config = fixture::config();
        config.of_version(version);
        config.cluster.certificates_dir = "/pki/".into();
        command_line(FLAGS, config.spec(), &node, &[Arg { name: "v".into(), value: "2".into() }])
    }

    #[test]
    fn a_minor_has_the_rows_from_its_first_to_its_last() {
        assert_sound(FLAGS);
        assert_eq!(given("v1.33.0", false), ["--a=old", "--v=2"]);
        assert_eq!(given("v1.34.0", false), ["--a=new", "--v=2"]);
        assert_eq!(given("v1.35.7", false), ["--a=new", "--v=2"]);
        assert_eq!(given("v1.36.3", true), ["--b=/pki/etcd/ca.crt", "--c=kubernetes", "--v=2"]);
        assert_eq!(given("v1.37.1", false), ["--b=/pki/etcd/ca.crt", "--d=node-1", "--v=2"]);
    }

    #[test]
    #[should_panic(expected = "--a stands twice in a minor")]
    fn a_flag_that_stands_twice_in_a_minor_is_found() {
        assert_sound(&[flag::<()>("a", Text("old")).until(34), flag("a", Text("new")).since(34)]);
    }
}
