use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<EnvPair> {
    pairs
        .iter()
        .map(|(name, value)| EnvPair { name: (*name).to_owned(), value: (*value).to_owned() })
        .collect()
}

fn proxied(no_proxy: &str, target: &str) -> bool {
    let pairs = environment(&[("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", no_proxy)]);
    https_proxy(&pairs, target.parse().unwrap()).is_some()
}

#[test]
fn exceptions_are_ranges_addresses_and_a_star() {
    for (no_proxy, target, through) in [
        ("", "10.0.0.1:443", true),
        ("10.0.0.1", "10.0.0.1:443", false),
        ("10.0.0.1:443", "10.0.0.1:443", false),
        ("10.0.0.1:6443", "10.0.0.1:443", true),
        ("localhost, 10.0.0.0/8", "10.0.0.1:443", false),
        ("example.com,.svc", "10.0.0.1:443", true),
        ("*", "10.0.0.1:443", false),
        ("", "127.0.0.1:443", false),
        ("fd00::/8", "[fd00::1]:1234", false),
        ("[fd00::1]:1234", "[fd00::1]:1234", false),
        ("fd00::1", "[fd00::2]:1234", true),
    ] {
        assert_eq!(proxied(no_proxy, target), through, "{no_proxy:?} {target}");
    }
}

#[test]
fn capital_names_come_first_and_only_the_https_one_counts() {
    let both = environment(&[("https_proxy", "http://small"), ("HTTPS_PROXY", "http://capital")]);
    assert_eq!(https_proxy(&both, ([10, 0, 0, 1], 443).into()).as_deref(), Some("http://capital"));
    let other = environment(&[("HTTP_PROXY", "http://plain"), ("ALL_PROXY", "http://all")]);
    assert_eq!(https_proxy(&other, ([10, 0, 0, 1], 443).into()), None);
}

#[test]
fn a_proxy_s_password_is_never_shown() {
    for (proxy, shown) in [
        ("http://me:secret@proxy:3128", "http://proxy:3128"),
        ("me:s@cret@proxy", "proxy"),
        // Go takes `http` for the host, and `me` at port 1234.
        ("me:secret@http://proxy:3128", "http:"),
        ("http://me:1234/secret@proxy:3128", "http://proxy:3128"),
        ("t0/secret@socks5://proxy", "socks5:"),
    ] {
        let pairs = environment(&[("HTTPS_PROXY", proxy)]);
        assert_eq!(https_proxy(&pairs, ([10, 0, 0, 1], 443).into()).as_deref(), Some(shown));
        assert!(!format!("{pairs:?}").contains("cret"));
    }
}

fn through(no_proxy: &str, server: &str) -> bool {
    let pairs = environment(&[("https_proxy", "proxy:3128"), ("no_proxy", no_proxy)]);
    Settings::of(&pairs).proxy_for(&server.parse().unwrap()).is_some()
}

#[test]
fn names_are_excepted_as_go_excepts_them() {
    for (no_proxy, server, goes_through) in [
        ("", "https://api.example.com", true),
        ("", "https://localhost:6443", false),
        ("", "https://[::1]:6443", false),
        ("", "https://[::ffff:127.0.0.1]:6443", false),
        ("example.com", "https://api.example.com", false),
        ("example.com", "https://example.com", false),
        ("example.com", "https://badexample.com", true),
        (".example.com", "https://example.com", true),
        ("*.example.com", "https://API.example.com", false),
        ("*.example.com", "https://example.com", true),
        ("api.example.com:6443", "https://api.example.com:6443", false),
        ("api.example.com:6443", "https://api.example.com", true),
        ("api.example.com:443", "https://api.example.com", false),
        ("10.0.0.0/8", "https://api.example.com", true),
        ("a, *", "https://api.example.com", false),
        (":1,,a:x,*:", "https://api.example.com", true),
    ] {
        assert_eq!(through(no_proxy, server), goes_through, "{no_proxy:?} {server}");
    }
}

#[test]
fn the_scheme_of_the_server_chooses_the_variable() {
    let pairs = environment(&[("HTTP_PROXY", "a:1"), ("HTTPS_PROXY", "socks5://b")]);
    let settings = Settings::of(&pairs);
    let proxy = |server: &str| settings.proxy_for(&server.parse().unwrap()).map(Proxy::to_string);
    assert_eq!(proxy("http://h").as_deref(), Some("a:1"));
    assert_eq!(proxy("https://h").as_deref(), Some("socks5://b"));
}

#[test]
fn what_is_no_proxy_is_none() {
    let settings = Settings::of(&environment(&[("HTTPS_PROXY", "h h")]));
    assert!(settings.proxy_for(&"https://h".parse().unwrap()).is_none());
}

#[test]
fn a_kubeconfig_s_proxy_needs_a_known_scheme() {
    assert_eq!(Proxy::of_kubeconfig("https://h").unwrap().uri.to_string(), "https://h:443/");
    assert_eq!(Proxy::of_kubeconfig("ftp://h").unwrap_err(), BadProxy::Scheme);
    assert_eq!(Proxy::of_kubeconfig("h:3128").unwrap_err(), BadProxy::NoUrl);
    assert_eq!(Proxy::of_kubeconfig("http://:s3cret@").unwrap_err(), BadProxy::NoUrl);
}

#[test]
fn the_user_s_escapes_are_resolved() {
    let proxy = Proxy::of_kubeconfig("http://me:p%40ss%3A@h:1").unwrap();
    assert_eq!(proxy.user.as_ref().unwrap().basic().expose_secret(), "Basic bWU6cEBzczo=");
    assert_eq!(format!("{proxy} {proxy:?}"), "http://h:1 Proxy(http://h:1)");
}
