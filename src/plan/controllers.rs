//! What the controller manager needs first and makes first, put into the cluster before it is there.

use k8s_openapi::api::core::v1::Pod;

use super::health::flag;
use super::host_effects::pod_among;
use super::{Action, Effect, Files, Phase};
use crate::config::ClusterSpec;
use crate::manifests::objects::{self, FeatureGates};
use crate::manifests::static_pod::StaticPod;

/// Where these flags have other values than those that kubeadm gives them, the components do not make all of it.
const OF_THE_MANAGER: &[(&str, &str)] =
    &[("controllers", "*,bootstrapsigner,tokencleaner"), ("use-service-account-credentials", "true")];
const OF_THE_API_SERVER: &[(&str, &str)] = &[("authorization-mode", "Node,RBAC")];
/// An API server that has this one may have no roles at all.
const API_SWITCHES: &str = "runtime-config";

/// Its role and its controllers' accounts, where the manifests that are among `files` say that it and the API server would make them.
pub fn controllers_ahead(cluster: &ClusterSpec, files: &Files) -> Vec<Effect> {
    let found = [StaticPod::ControllerManager, StaticPod::ApiServer].map(|kind| pod_among(files, kind));
    let [Ok(manager), Ok(server)] = found else { return Vec::new() };
    let has =
        |pod: &Pod, flags: &[(&str, &str)]| flags.iter().all(|(name, value)| flag(pod, name) == Some(value));
    if !has(&manager, OF_THE_MANAGER)
        || !has(&server, OF_THE_API_SERVER)
        || flag(&server, API_SWITCHES).is_some()
    {
        return Vec::new();
    }
    let gates = match flag(&manager, "feature-gates") {
        Some(_) => FeatureGates::Set,
        None => FeatureGates::DefaultOf(cluster.minor.number),
    };
    let action = Action::Send(objects::controller_manager(gates));
    vec![Effect { phase: Phase::ControlPlaneControllerManager, action }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Arg, Config, fixture};
    use crate::pki::SystemKeys;
    use crate::plan::fixture::with;
    use crate::plan::{INIT, draft, host_effects};

    fn sent(config: &Config) -> usize {
        let files = with(config, &Files::new(), |inputs| {
            let draft = draft(inputs, &INIT.all()).unwrap();
            host_effects(inputs, &draft, &INIT.all(), &SystemKeys).unwrap().files
        });
        controllers_ahead(&config.cluster, &files).len()
    }

    fn arg(name: &str, value: &str) -> Arg {
        Arg { name: name.into(), value: value.into() }
    }

    #[test]
    fn a_controller_manager_as_kubeadm_sets_it_up_finds_its_accounts() {
        assert_eq!(sent(&fixture::config()), 1);
    }

    #[test]
    fn what_the_components_might_not_make_themselves_is_left_to_them() {
        for flag in [arg("controllers", "*"), arg("use-service-account-credentials", "false")] {
            let mut config = fixture::config();
            config.cluster.controller_manager.extra_args = vec![flag];
            assert_eq!(sent(&config), 0, "{:?}", config.cluster.controller_manager);
        }
        for flag in [
            arg("authorization-mode", "AlwaysAllow"),
            arg("authorization-config", "/etc/kubernetes/authorization.yaml"),
            arg("runtime-config", "rbac.authorization.k8s.io/v1=false"),
        ] {
            let mut config = fixture::config();
            config.cluster.api_server.component.extra_args = vec![flag];
            assert_eq!(sent(&config), 0, "{:?}", config.cluster.api_server);
        }
    }
}
