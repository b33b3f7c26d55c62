//! Environment variables of the static pods.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::EnvVar;

/// The proxy variables among an environment: all whose name ends in `_proxy`, in any case, and that are not empty.
pub fn proxy_variables(environment: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let is_proxy = |name: &str, value: &str| name.to_lowercase().ends_with("_proxy") && !value.is_empty();
    environment.into_iter().filter(|(name, value)| is_proxy(name, value)).collect()
}

/// The host's proxies and the user's variables, each name once and the later one winning, sorted by name.
pub fn merged(proxies: &[(String, String)], extra: &[EnvVar]) -> Vec<EnvVar> {
    let proxies = proxies.iter().map(|(name, value)| EnvVar {
        name: name.clone(),
        value: Some(value.clone()),
        ..EnvVar::default()
    });
    let by_name: BTreeMap<String, EnvVar> =
        proxies.chain(extra.iter().cloned()).map(|variable| (variable.name.clone(), variable)).collect();
    by_name.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn proxies_are_known_by_their_name_in_any_case_and_empty_ones_are_left_out() {
        let environment =
            [pair("HTTP_PROXY", "a"), pair("no_Proxy", "b"), pair("https_proxy", ""), pair("PROXY", "c")];
        assert_eq!(proxy_variables(environment), [pair("HTTP_PROXY", "a"), pair("no_Proxy", "b")]);
    }

    #[test]
    fn the_user_s_variable_wins_over_the_host_s_and_the_later_over_the_earlier() {
        let variable = |name: &str, value: &str| EnvVar {
            name: name.to_owned(),
            value: Some(value.to_owned()),
            ..EnvVar::default()
        };
        let proxies = [pair("NO_PROXY", "host")];
        let extra =
            [variable("Z", "1"), variable("NO_PROXY", "user"), variable("A", "1"), variable("Z", "2")];
        let expected = [variable("A", "1"), variable("NO_PROXY", "user"), variable("Z", "2")];
        assert_eq!(merged(&proxies, &extra), expected);
    }
}
