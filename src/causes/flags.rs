//! Flags, their values, and feature gates that a component does not take.

use super::wanted::extra_args_of;
use super::{Cause, Diagnosis, Line, Outlook, Row, Symptoms, Wanted};
use crate::config::Arg;

/// Flags and values that a component does not take.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::UnknownFlag, judge: unknown_flag },
    Row { cause: Cause::UnknownFeatureGate, judge: unknown_gate },
    Row { cause: Cause::BadFlagValue, judge: bad_value },
    Row { cause: Cause::BadFlagValue, judge: own_value },
];

/// Kubernetes' components by pflag, etcd by Go's own package.
const UNKNOWN_FLAG: &[&str] =
    &["unknown flag: ", "unknown shorthand flag: ", "flag provided but not defined: "];
/// How all of Kubernetes' components begin the line that tells why they end.
const COMMAND_FAILED: &str = "\"command failed\" err=";
const UNKNOWN_GATE: &str = "unrecognized feature gate: ";

fn unknown_flag(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    symptoms.last_words().find_map(|line| {
        let flag = UNKNOWN_FLAG.iter().find_map(|mark| line.behind(mark))?;
        let flag = format!("--{}", word(flag).trim_start_matches('-'));
        let component = line.component();
        let found = Diagnosis::new(Outlook::Final, format!("{component} does not know the flag {flag}"));
        Some(found.said(line).remedy(take_out(wanted, component, &flag)))
    })
}

fn unknown_gate(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    symptoms.last_words().find_map(|line| {
        let gate = word(line.behind(UNKNOWN_GATE)?);
        let component = line.component();
        let found =
            Diagnosis::new(Outlook::Final, format!("{component} does not know the feature gate {gate}"));
        Some(found.said(line).remedy(take_out_gate(wanted, component, gate)))
    })
}

/// `invalid argument "x" for "--v" flag: …` of pflag, `invalid value "x" for flag -v: …` of Go's own package.
fn bad_value(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    symptoms.last_words().find_map(|line| {
        let flag = refused_flag(line)?;
        let component = line.component();
        let found = Diagnosis::new(Outlook::Final, format!("{component} does not take the value of {flag}"));
        Some(found.said(line).remedy(put_right(wanted, component, &flag)))
    })
}

/// What a component finds wrong with its flags as a whole it says in words of its own; where they hold a flag that the
/// user has given, and its value, that is meant: `authorization-mode "Nobody" is not a valid mode`.
fn own_value(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    symptoms.last_words().filter(|line| line.has(COMMAND_FAILED)).find_map(|line| {
        let component = wanted.component(line.component())?;
        let means = |arg: &&Arg| !arg.value.is_empty() && line.has(&arg.name) && line.has(&arg.value);
        let flag = format!("--{}", component.extra_args.iter().find(means)?.name);
        let found =
            Diagnosis::new(Outlook::Final, format!("{} does not take the value of {flag}", component.name));
        Some(found.said(line).remedy(put_right(wanted, component.name, &flag)))
    })
}

fn refused_flag(line: Line<'_>) -> Option<String> {
    let named = match line.behind("invalid argument ").and_then(|rest| rest.split_once(" for ")) {
        Some((_, rest)) => rest.split_once(" flag")?.0.rsplit([' ', ',']).next()?,
        None => word(line.behind("invalid value ")?.split_once(" for flag ")?.1),
    };
    let name = named.trim_matches(['"', '\\', '-', ':']);
    (!name.is_empty()).then(|| format!("--{name}"))
}

fn take_out(wanted: &Wanted, component: &str, flag: &str) -> String {
    let name = flag.trim_start_matches('-');
    if wanted.gives(component, name) {
        format!("take {name} out of {} in the configuration, and run this again", extra_args_of(component))
    } else {
        format!("take {flag} out of what is given to {component} (a patch?), and run this again")
    }
}

fn take_out_gate(wanted: &Wanted, component: &str, gate: &str) -> String {
    if wanted.gives(component, "feature-gates") {
        let place = extra_args_of(component);
        format!("take {gate} out of feature-gates in {place} of the configuration, and run this again")
    } else {
        format!("take {gate} out of the feature gates that {component} is given, and run this again")
    }
}

fn put_right(wanted: &Wanted, component: &str, flag: &str) -> String {
    let name = flag.trim_start_matches('-');
    if wanted.gives(component, name) {
        format!("put {name} right in {} of the configuration, and run this again", extra_args_of(component))
    } else {
        format!("put {flag} right in what is given to {component} (a patch?), and run this again")
    }
}

/// Up to the next blank or quotation mark.
fn word(text: &str) -> &str {
    text.split([' ', '"', '\\', ',']).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ended, quiet};
    use super::*;
    use crate::causes::Explanation;

    /// The last words of 1.36's components, and of etcd 3.6.
    const UNKNOWN: &[(&str, &str)] = &[
        ("kube-apiserver", "Error: unknown flag: --no-such-flag"),
        ("kube-scheduler", "Error: unknown flag: --no-such-flag"),
        ("etcd", "flag provided but not defined: -no-such-flag"),
    ];

    fn of(component: &str, line: &str) -> Explanation {
        quiet().with(ended(component, 0, &[line])).explained().unwrap()
    }

    #[test]
    fn a_flag_that_a_component_does_not_know_is_final_at_its_first_end() {
        for (component, line) in UNKNOWN {
            let found = of(component, line);
            assert_eq!((found.cause, found.outlook), (Cause::UnknownFlag, Outlook::Final));
            assert_eq!(found.summary, format!("{component} does not know the flag --no-such-flag"));
            assert_eq!(
                found.evidence,
                [format!("container {component} ended with exit code 1; its log: {line}")]
            );
        }
    }

    #[test]
    fn a_kubelet_s_flags_are_read_out_of_its_journal() {
        let line = "E1121 20:17:37.361337     763 run.go:72] \"command failed\" err=\"failed to parse kubelet flag: unknown flag: --no-such-flag\"";
        let found = quiet().kubelet_ended(1, 1).journal_of(&[line]).explained().unwrap();
        assert_eq!(found.summary, "kubelet does not know the flag --no-such-flag");
    }

    #[test]
    fn gates_are_named() {
        let line = "E1121 20:17:37.575450     792 run.go:72] \"command failed\" err=\"unrecognized feature gate: NoSuchGate\"";
        let found = of("kube-apiserver", line);
        assert_eq!(found.cause, Cause::UnknownFeatureGate);
        assert_eq!(found.summary, "kube-apiserver does not know the feature gate NoSuchGate");
        let etcd = of(
            "etcd",
            "invalid value \"NoSuch=true\" for flag -feature-gates: unrecognized feature gate: NoSuch",
        );
        assert_eq!(etcd.summary, "etcd does not know the feature gate NoSuch");
    }

    #[test]
    fn values_are_told_by_their_flag() {
        let lines = [
            (
                "kube-apiserver",
                "Error: invalid argument \"abc\" for \"-v, --v\" flag: strconv.ParseUint: parsing \"abc\": invalid syntax",
                "--v",
            ),
            (
                "etcd",
                "invalid value \"abc\" for flag -heartbeat-interval: parse error",
                "--heartbeat-interval",
            ),
        ];
        for (component, line, flag) in lines {
            let found = of(component, line);
            assert_eq!(found.cause, Cause::BadFlagValue);
            assert_eq!(found.summary, format!("{component} does not take the value of {flag}"));
        }
        let line = "E1121 20:17:38.250946     934 run.go:72] \"command failed\" err=\"failed to parse kubelet flag: invalid argument \\\"abc\\\" for \\\"-v, --v\\\" flag: strconv.ParseUint: parsing \\\"abc\\\": invalid syntax\"";
        let found = quiet().kubelet_ended(1, 1).journal_of(&[line]).explained().unwrap();
        assert_eq!(found.summary, "kubelet does not take the value of --v");
    }

    #[test]
    fn a_value_that_a_component_tells_of_in_its_own_words_is_known_by_the_configuration() {
        let line = r#"E1121 20:22:25.495796       1 run.go:72] "command failed" err="authorization-mode \"Nobody\" is not a valid mode""#;
        let symptoms = quiet().with(ended("kube-apiserver", 0, &[line]));
        let mut wanted = super::super::fixture::wanted();
        assert_eq!(super::super::explain(&symptoms, &wanted), None);
        let own = wanted.components.iter_mut().find(|own| own.name == "kube-apiserver").unwrap();
        own.extra_args.push(Arg { name: "authorization-mode".into(), value: "Nobody".into() });
        let found = super::super::explain(&symptoms, &wanted).unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::BadFlagValue, Outlook::Final));
        assert!(found.remedy.contains("apiServer.extraArgs"), "{found:?}");
    }

    #[test]
    fn the_remedy_says_where_the_flag_was_given() {
        let mut wanted = super::super::fixture::wanted();
        let line = "Error: unknown flag: --no-such-flag";
        let symptoms = quiet().with(ended("kube-apiserver", 0, &[line]));
        let remedy = |wanted: &Wanted| super::super::explain(&symptoms, wanted).unwrap().remedy;
        assert!(remedy(&wanted).contains("(a patch?)"));
        let own = wanted.components.iter_mut().find(|own| own.name == "kube-apiserver").unwrap();
        own.extra_args.push(Arg { name: "no-such-flag".into(), value: "1".into() });
        assert!(remedy(&wanted).contains("out of apiServer.extraArgs"), "{}", remedy(&wanted));
    }
}
