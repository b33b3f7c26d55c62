//! Ports, addresses, names, and what stands before the API server.

use super::{Cause, Diagnosis, Line, Outlook, Row, ServerSeen, Speaker, Symptoms, Wanted};
use crate::join::discovery::{Fault, Unreached};

/// Addresses, ports and names that lead nowhere, or to somebody else.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::AddressNotOnHost, judge: address },
    Row { cause: Cause::PortTaken, judge: port },
    Row { cause: Cause::NameNotResolved, judge: name },
    Row { cause: Cause::NoBackend, judge: backend },
];

const NO_ADDRESS: &str = ": bind: cannot assign requested address";
const IN_USE: &str = ": bind: address already in use";

/// A host may get its address while it is waited for.
fn address(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let advertised = wanted.advertised?.ip;
    let own = symptoms.addresses.as_ref().ok()?;
    if own.contains(&advertised) {
        return None;
    }
    let line = words(symptoms).find(|line| line.has(NO_ADDRESS) && line.has(&advertised.to_string()))?;
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let found = Diagnosis::new(
        Outlook::FinalIfItLasts,
        format!("the advertise address {advertised} is none of this host's"),
    );
    Some(found.said(line).seen(format!("this host's addresses: {}", own.join(", "))).remedy(format!(
        "set localAPIEndpoint.advertiseAddress (--apiserver-advertise-address) to one of this host's addresses, or give \
         this host {advertised} (`ip address add`), and run this again"
    )))
}

/// A port that was only just left is free again at the next start, and a kubelet that holds it now has got it since.
fn port(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    words(symptoms).filter(|line| line.has(IN_USE)).find_map(|line| {
        let component = wanted.component(line.component())?.name;
        let port: u16 = line.text.split_once(IN_USE)?.0.rsplit_once(':')?.1.parse().ok()?;
        let holder = symptoms.listeners.iter().find(|listener| listener.port == port)?.holder.as_ref();
        if line.speaker == Speaker::Kubelet && holder.is_some_and(|holder| holder.name == component) {
            return None;
        }
        let who = holder.map_or_else(
            || "another program".to_owned(),
            |holder| format!("{} (process {})", holder.name, holder.process),
        );
        let found =
            Diagnosis::new(outlook(line), format!("{who} listens on port {port}, which is {component}'s"))
                .said(line);
        let found = match holder {
            Some(holder) => {
                found.seen(format!("port {port} is held by process {}, {}", holder.process, holder.name))
            }
            None => found,
        };
        Some(found.remedy(format!("stop it (`ss -ltnp sport = :{port}` shows it), and run this again")))
    })
}

fn outlook(line: Line<'_>) -> Outlook {
    match line.speaker {
        Speaker::Container(container) | Speaker::Runtime(container) if container.attempt >= 2 => {
            Outlook::Final
        }
        Speaker::Container(_) | Speaker::Runtime(_) | Speaker::Kubelet => Outlook::FinalIfItLasts,
    }
}

/// Of what is down, and of the kubelet, which lives on without a port for its health.
fn words(symptoms: &Symptoms) -> impl Iterator<Item = Line<'_>> {
    symptoms.down().flat_map(super::ContainerSeen::lines).chain(symptoms.journal())
}

fn name(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let endpoint = endpoint(symptoms)?;
    let unseen = endpoint.resolved.as_ref().err()?;
    let host = &endpoint.host;
    let found = Diagnosis::new(Outlook::Open, format!("the name {host} of the endpoint does not resolve"));
    Some(found.seen(unseen.to_string()).remedy(format!(
        "make {host} known to this host's resolver (`getent hosts {host}` asks it), or give another endpoint"
    )))
}

/// A balancer takes the connection and has nobody to hand it to, or says so.
fn backend(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let endpoint = endpoint(symptoms)?;
    let seen = match &endpoint.answer {
        Err(Fault::Unreached(Unreached::Closed)) => {
            "takes the connection and closes it without an answer".to_owned()
        }
        Ok(code @ (502..=504)) => format!("answers {code}"),
        Ok(_) | Err(_) => return None,
    };
    let at = format!("{}:{}", endpoint.host, endpoint.port);
    let found =
        Diagnosis::new(Outlook::Open, format!("the load balancer at {at} has no API server behind it"));
    Some(
        found
            .seen(format!("{at} {seen}"))
            .remedy("give the load balancer the control planes that run as its back ends, and see how it checks their health"),
    )
}

/// While this host's own API server is waited for, there is nobody behind the endpoint yet: that is no cause of it.
fn endpoint(symptoms: &Symptoms) -> Option<&ServerSeen> {
    let alone = symptoms.own.as_ref().is_none_or(|own| own.answer.is_ok());
    symptoms.endpoint.as_ref().filter(|_| alone)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ended, quiet, running};
    use super::*;
    use crate::causes::{Explanation, Listener};
    use crate::facts::{PortHolder, Unseen};

    /// Of 1.36's components, and of etcd 3.6.
    const API_SERVER: &str = r#"E1121 20:26:35.366478       1 run.go:72] "command failed" err="failed to create listener: failed to listen on 0.0.0.0:6443: listen tcp 0.0.0.0:6443: bind: address already in use""#;
    const ETCD: &str = r#"{"level":"fatal","ts":"2026-11-21T20:26:34.464090Z","caller":"etcdmain/etcd.go:183","msg":"discovery failed","error":"listen tcp 10.89.3.3:2379: bind: address already in use","stacktrace":"go.etcd.io/etcd/server/v3/etcdmain.startEtcdOrProxyV2\n\tgo.etcd.io/etcd/server/v3@v3.6.8/etcdmain/etcd.go:183"}"#;
    const KUBELET: &str = r#"E1121 20:27:27.745568     160 server.go:945] "Failed to start healthz server" err="listen tcp 127.0.0.1:10248: bind: address already in use""#;

    fn held(port: u16, name: &str) -> Symptoms {
        let holder = Some(PortHolder { process: 812, name: name.into() });
        Symptoms { listeners: vec![Listener { port, holder }], ..quiet() }
    }

    fn server(answer: Result<u16, Fault>) -> ServerSeen {
        ServerSeen { host: "balancer.test".into(), port: 7443, resolved: Ok(Vec::new()), answer, date: None }
    }

    fn with(endpoint: ServerSeen) -> Option<Explanation> {
        Symptoms { endpoint: Some(endpoint), ..quiet() }.explained()
    }

    #[test]
    fn whoever_holds_a_port_is_named() {
        let found = held(6443, "socat").with(ended("kube-apiserver", 0, &[API_SERVER])).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::PortTaken, Outlook::FinalIfItLasts));
        assert_eq!(found.summary, "socat (process 812) listens on port 6443, which is kube-apiserver's");
        let unseen = Symptoms { listeners: vec![Listener { port: 2379, holder: None }], ..quiet() };
        let etcd = unseen.with(ended("etcd", 2, &[ETCD])).explained().unwrap();
        assert_eq!((etcd.cause, etcd.outlook), (Cause::PortTaken, Outlook::Final));
        assert_eq!(etcd.summary, "another program listens on port 2379, which is etcd's");
    }

    #[test]
    fn a_kubelet_that_lives_without_its_health_port_is_told_too() {
        let found = held(10248, "socat").journal_of(&[KUBELET]).explained().unwrap();
        assert_eq!(found.summary, "socat (process 812) listens on port 10248, which is kubelet's");
        assert_eq!(held(10248, "kubelet").journal_of(&[KUBELET]).explained(), None);
        assert_eq!(quiet().journal_of(&[KUBELET]).explained(), None);
    }

    #[test]
    fn a_component_that_runs_at_its_second_start_has_its_port() {
        let symptoms =
            quiet().with(ended("kube-apiserver", 0, &[API_SERVER])).with(running("kube-apiserver", 1, &[]));
        assert_eq!(symptoms.explained(), None);
    }

    #[test]
    fn an_address_of_another_host_is_told_with_this_host_s() {
        let other = "203.0.113.9".parse().unwrap();
        let line = r#"{"level":"fatal","ts":"2026-11-21T20:27:49.606699Z","caller":"etcdmain/etcd.go:183","msg":"discovery failed","error":"listen tcp 203.0.113.9:2380: bind: cannot assign requested address"}"#;
        let symptoms = quiet().with(ended("etcd", 0, &[line]));
        let mut wanted = super::super::fixture::wanted();
        wanted.advertised.as_mut().unwrap().ip = other;
        let found = super::super::explain(&symptoms, &wanted).unwrap();
        assert_eq!(found.cause, Cause::AddressNotOnHost);
        assert_eq!(found.evidence[1], "this host's addresses: 192.168.0.10");
        let moved = Symptoms { addresses: Ok(vec![other]), ..symptoms };
        assert_eq!(super::super::explain(&moved, &wanted), None);
    }

    #[test]
    fn a_balancer_without_a_back_end_is_told_from_a_server_that_is_not_there() {
        let found = with(server(Err(Fault::Unreached(Unreached::Closed)))).unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::NoBackend, Outlook::Open));
        assert_eq!(with(server(Ok(503))).unwrap().cause, Cause::NoBackend);
        assert_eq!(with(server(Err(Fault::Unreached(Unreached::Refused)))), None);
        assert_eq!(with(server(Ok(200))), None);
    }

    #[test]
    fn nobody_is_behind_the_endpoint_while_the_own_server_comes_up() {
        let own = Some(server(Err(Fault::Unreached(Unreached::Refused))));
        let endpoint = Some(server(Err(Fault::Unreached(Unreached::Closed))));
        assert_eq!(Symptoms { own, endpoint, ..quiet() }.explained(), None);
    }

    #[test]
    fn a_name_that_does_not_resolve_is_told() {
        let resolved = Err(Unseen::new("the address of \"nowhere.invalid\"", "no such host"));
        let found = with(ServerSeen { resolved, ..server(Err(Fault::Unreached(Unreached::Name))) }).unwrap();
        assert_eq!(found.cause, Cause::NameNotResolved);
    }
}
