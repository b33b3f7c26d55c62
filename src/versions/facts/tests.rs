//! What holds of the tables, and what is known of hops from elsewhere: Kubernetes' own list of the lives of its gates
//! (test/compatibility_lifecycle) and its change logs.

use std::collections::BTreeSet;

use super::*;
use crate::versions::numbered;

/// The gates that are gone in a minor from all components.
const GONE: &[(u64, &str)] = &[
    (
        30,
        "APISelfSubjectReview CSIMigrationAzureFile ExpandedDNSConfig ExperimentalHostUserNamespaceDefaulting \
         IPTablesOwnershipCleanup KubeletPodResources KubeletPodResourcesGetAllocatable LegacyServiceAccountTokenTracking \
         MinimizeIPTablesRestore ProxyTerminatingEndpoints RemoveSelfLink SecurityContextDeny",
    ),
    (
        31,
        "APIPriorityAndFairness CSIMigrationRBD CSINodeExpandSecret ConsistentHTTPGetHandlers CustomResourceValidationExpressions \
         DefaultHostNetworkHostPortsInPodTemplates InTreePluginAWSUnregister InTreePluginAzureDiskUnregister \
         InTreePluginAzureFileUnregister InTreePluginGCEUnregister InTreePluginOpenStackUnregister InTreePluginRBDUnregister \
         InTreePluginvSphereUnregister JobReadyPods ReadWriteOncePod ServiceNodePortStaticSubrange SkipReadOnlyValidationGCE",
    ),
    (
        32,
        "CloudDualStackNodeIPs DRAControlPlaneController HPAContainerMetrics KMSv2 KMSv2KDF LegacyServiceAccountTokenCleanUp \
         MinDomainsInPodTopologySpread NewVolumeManagerReconstruction NodeOutOfServiceVolumeDetach PodHostIPs ServerSideApply \
         ServerSideFieldValidation StableLoadBalancerNodeSet ValidatingAdmissionPolicy ZeroLimitedNominalConcurrencyShares",
    ),
    (
        33,
        "APIListChunking AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint AppArmor AppArmorFields CPUManager \
         DisableCloudProviders DisableKubeletCloudCredentialProviders EfficientWatchResumption JobPodFailurePolicy \
         KubeProxyDrainingTerminatingNodes PDBUnhealthyPodEvictionPolicy PersistentVolumeLastPhaseTransitionTime \
         RemainingItemCount VolumeCapacityPriority WatchBookmark",
    ),
    (
        34,
        "DevicePluginCDIDevices ElasticIndexedJob LegacySidecarContainers PodDisruptionConditions StatefulSetStartOrdinal",
    ),
    (
        35,
        "AllowServiceLBStatusOnNonLB ComponentSLIs CronJobsScheduledAnnotation LoadBalancerIPMode PodIndexLabel \
         ProbeHostPodSecurityStandards SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StrictCostEnforcementForVAP \
         StrictCostEnforcementForWebhooks UserNamespacesPodSecurityStandards",
    ),
    (
        36,
        "CPUCFSQuotaPeriod CSIMigrationPortworx HonorPVReclaimPolicy InPlacePodVerticalScalingAllocatedStatus \
         InTreePluginPortworxUnregister MemoryManager RuntimeClassInImageCriAPI ServiceTrafficDistribution \
         StructuredAuthorizationConfiguration TopologyAwareHints WatchFromStorageWithoutResourceVersion",
    ),
    (
        37,
        "APIServerTracing AnonymousAuthConfigurableEndpoints AnyVolumeDataSource AuthorizeNodeWithSelectors \
         AuthorizeWithSelectors BtreeWatchCache ConsistentListFromCache GangScheduling JobBackoffLimitPerIndex \
         JobPodReplacementPolicy JobSuccessPolicy LogarithmicScaleDown OrderedNamespaceDeletion PodLifecycleSleepAction \
         PodLifecycleSleepActionAllowZero PreventStaticPodAPIReferences RelaxedDNSSearchValidation \
         ResilientWatchCacheInitialization RetryGenerateName SchedulerQueueingHints SidecarContainers \
         StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration \
         WorkloadAwarePreemption",
    ),
];

fn gates_of(minor: &Minor) -> BTreeSet<&'static str> {
    Component::ALL.into_iter().flat_map(|component| gates(component, minor)).collect()
}

fn is_known(minor: u64) -> bool {
    GATES.known().any(|label| label == Label::of_minor(minor))
}

#[test]
fn the_gates_that_each_hop_takes_away_are_those_that_kubernetes_itself_lists() {
    for (minor, listed) in GONE.iter().filter(|(minor, _)| is_known(*minor) && is_known(minor - 1)) {
        let (before, after) = (gates_of(numbered(minor - 1)), gates_of(numbered(*minor)));
        let gone: Vec<&str> = before.difference(&after).copied().collect();
        let listed: BTreeSet<&str> = listed.split_whitespace().collect();
        assert_eq!(gone, listed.into_iter().collect::<Vec<_>>(), "1.{minor}");
    }
}

#[test]
fn every_row_is_whole_and_stands_once() {
    for (table, fields) in [(FLAGS, 2), (GATES, 5), (ADMISSION, 1), (APIS, 2), (ETCD, 1), (COREDNS, 1)] {
        let known: Vec<Label> = table.known().collect();
        assert!(!known.is_empty() && known.is_sorted_by(|a, b| a < b), "{known:?}");
        let mut seen = BTreeSet::new();
        let lines = table.0.lines().count() - 1;
        assert_eq!(table.rows().count(), lines);
        for row in table.rows() {
            assert!(row.fields.len() == fields && seen.insert(row.fields.clone()), "{row:?}");
            let spans: Vec<_> = row.spans().collect();
            let sound = |(first, last): &(Label, Label)| {
                first <= last && known.contains(first) && known.contains(last)
            };
            assert!(!spans.is_empty() && spans.iter().all(sound), "{row:?}");
        }
    }
}

#[test]
fn the_images_of_every_release_are_among_the_versions_that_are_known() {
    for release in MINORS.iter().flat_map(|minor| minor.releases) {
        let etcd = etcd_version(release.images.etcd).unwrap();
        assert_eq!(etcd_flag("data-dir", &etcd), Presence::Here, "{etcd}");
        let coredns = semantic(release.images.coredns).unwrap();
        assert_eq!(coredns_plugin("kubernetes", &coredns), Presence::Here, "{coredns}");
    }
}

#[test]
fn a_gate_is_locked_or_gone_by_the_minor() {
    let of = |name, number| gate(Component::Kubelet, name, numbered(number));
    let gone = crate::versions::GateHistory::Locked { on: true, gone: 37 };
    assert_eq!(of("SidecarContainers", 37), ComponentGate::Lacks(gone));
    assert_eq!(of("NodeSwap", 37), ComponentGate::Has(GateState { default: true, locked: true }));
    assert_eq!(of("NoSuchGate", 37), ComponentGate::Never);
    assert_eq!(of("AllAlpha", 37), ComponentGate::Has(GateState { default: false, locked: false }));
}

#[test]
fn flags_of_all_programs_are_known_and_underscores_are_hyphens() {
    for component in Component::ALL {
        for name in ["v", "vmodule", "logging-format", "logging_format", "feature-gates", "help"] {
            assert_eq!(flag(component, name, numbered(37)), Presence::Here, "{} {name}", component.name());
        }
        assert_eq!(flag(component, "no-such-flag", numbered(37)), Presence::Never);
    }
}
