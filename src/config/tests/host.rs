//! What the host adds, and what is said where it has no answer.

use super::{host, init, token};
use crate::config::{
    Config, ConfigErrors, Flags, HostAddresses, HostDefaults, Need, Requested, resolve, resolve_runtime,
};

fn resolved(body: &str, host: &HostDefaults, need: Need) -> Result<Config, ConfigErrors> {
    resolve(Requested::parse(Some(&init(body)), &Flags::default()).unwrap(), host, need)
}

#[test]
fn the_user_s_values_go_before_the_host_s() {
    let body = "nodeRegistration: {name: mine, criSocket: unix:///mine}\nlocalAPIEndpoint: {advertiseAddress: \
                198.51.100.1}\nbootstrapTokens: [{token: abcdef.0123456789abcdef}]\n";
    for host in [host(), HostDefaults::default()] {
        let config = resolved(body, &host, Need::Node).unwrap();
        assert_eq!((config.node.name.as_str(), config.node.cri_socket.as_str()), ("mine", "unix:///mine"));
        assert_eq!(config.control_plane().endpoint.advertise_address.to_string(), "198.51.100.1");
        assert_eq!(config.bootstrap_tokens[0].token, token("abcdef.0123456789abcdef"));
    }
}

#[test]
fn special_addresses_choose_among_the_host_s() {
    for (given, address) in [
        ("", "192.0.2.10"),
        ("0.0.0.0", "192.0.2.10"),
        ("\"::\"", "2001:db8::10"),
        ("127.0.0.1", "203.0.113.7"),
    ] {
        let body = format!("localAPIEndpoint:\n  advertiseAddress: {given}\n");
        let config = resolved(&body, &host(), Need::Node).unwrap();
        assert_eq!(config.control_plane().endpoint.advertise_address.to_string(), address, "{given}");
    }
}

#[test]
fn a_host_without_answers_is_told_all_that_must_be_given() {
    let bare = HostDefaults {
        cri_sockets: vec!["unix:///a".to_owned(), "unix:///b".to_owned()],
        fresh_tokens: host().fresh_tokens,
        ..HostDefaults::default()
    };
    let errors = resolved("", &bare, Need::Node).unwrap_err().to_string();
    let said = [
        "this host: nodeRegistration.name: it has no name; give --node-name or nodeRegistration.name",
        "this host: nodeRegistration.criSocket: several container runtimes found: unix:///a, unix:///b; choose one with \
         --cri-socket, or with criSocket in a configuration",
        "this host: localAPIEndpoint.advertiseAddress: no default route, so no address to advertise; give \
         --apiserver-advertise-address or localAPIEndpoint.advertiseAddress",
    ];
    assert_eq!(errors.lines().collect::<Vec<_>>(), said);
}

#[test]
fn a_listing_needs_nothing_of_the_host() {
    let config = resolved("", &HostDefaults::default(), Need::Listing).unwrap();
    assert_eq!(config.control_plane().endpoint.advertise_address.to_string(), "1.2.3.4");
    assert_eq!(config.node.name.as_str(), "node");
    assert_eq!(config.node.cri_socket, "unix:///var/run/containerd/containerd.sock");
}

#[test]
fn pulling_needs_the_runtime_of_the_host_and_nothing_else() {
    let sockets = |names: &[&str]| HostDefaults {
        cri_sockets: names.iter().map(|name| (*name).to_owned()).collect(),
        ..HostDefaults::default()
    };
    assert_eq!(resolve_runtime(None, &sockets(&["unix:///a"])).unwrap(), "unix:///a");
    let error = resolve_runtime(None, &sockets(&["unix:///a", "unix:///b"])).unwrap_err();
    assert!(error.to_string().contains("unix:///a, unix:///b; choose one"), "{error}");
}

#[test]
fn no_runtime_found_is_containerd_s_usual_socket() {
    let bare = HostDefaults { cri_sockets: Vec::new(), ..host() };
    let config = resolved("", &bare, Need::Node).unwrap();
    assert_eq!(config.node.cri_socket, "unix:///var/run/containerd/containerd.sock");
}

#[test]
fn a_host_name_that_no_node_can_have_is_refused() {
    let odd = HostDefaults { node_name: Some("my_host".to_owned()), ..host() };
    let error = resolved("", &odd, Need::Node).unwrap_err().to_string();
    assert!(error.starts_with("this host: nodeRegistration.name: \"my_host\" is not a node name"), "{error}");
}

#[test]
fn a_link_local_default_address_is_no_address() {
    let addresses =
        HostAddresses { default_route: Some([169, 254, 0, 1].into()), ..HostAddresses::default() };
    let error = resolved("", &HostDefaults { addresses, ..host() }, Need::Node).unwrap_err();
    assert_eq!(error.0.len(), 1, "{error}");
}

#[test]
fn as_many_fresh_tokens_are_wanted_as_were_not_given() {
    let text = init("bootstrapTokens:\n- {}\n- token: abcdef.0123456789abcdef\n- {}\n");
    let requested = Requested::parse(Some(&text), &Flags::default()).unwrap();
    assert_eq!(requested.fresh_tokens(), 2);
    let few = HostDefaults { fresh_tokens: vec![token("fresh1.0123456789abcdef")], ..host() };
    assert!(resolve(requested, &few, Need::Node).is_err());
}
