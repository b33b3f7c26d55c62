//! The container runtime, asked through its CRI socket.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::{join_all, join4};

use crate::facts::{CgroupDriver, CriError, DriverSeen, Runtime, RuntimeSettings, Seen, Unseen};
use crate::host::EventLoop;
use crate::host::cri::{ANSWER_LIMIT, CriClient, api};

/// The condition that counts; `NetworkReady` comes only with the cluster's network plug-in.
const READY: &str = "RuntimeReady";

/// Asks from a thread without an event loop of its own.
pub fn observe(endpoint: &str, images: &[String]) -> Result<Runtime, CriError> {
    let event_loop = EventLoop::new();
    let event_loop = event_loop.map_err(|error| CriError::Failed {
        path: PathBuf::from(endpoint),
        call: "connect".into(),
        why: error.to_string(),
    })?;
    event_loop.block_on(ask(endpoint, images, ANSWER_LIMIT))
}

/// All that preflight wants to know of a runtime, in parallel once it has answered.
pub async fn ask(endpoint: &str, images: &[String], limit: Duration) -> Result<Runtime, CriError> {
    let (client, version) = CriClient::connect(endpoint, limit).await?;
    let (status, config, pinned, present) = join4(
        client.status(),
        client.runtime_config(),
        client.pinned_images(),
        join_all(images.iter().map(|image| client.has_image(image))),
    )
    .await;
    let settings = settings(&status);
    Ok(Runtime {
        name: version.runtime_name,
        version: version.runtime_version,
        api_version: version.runtime_api_version,
        ready: ready(&status),
        cgroup_driver: driver(config, settings.as_ref()),
        sandbox_image: sandbox_image(settings.as_ref(), &pinned.unwrap_or_default()),
        images: having(images, &present),
    })
}

/// An image whose status cannot be told counts as missing: the pull will say why.
fn having(images: &[String], present: &[Result<bool, CriError>]) -> BTreeSet<String> {
    let has = |(image, present): (&String, &Result<bool, CriError>)| {
        matches!(present, Ok(true)).then(|| image.clone())
    };
    images.iter().zip(present).filter_map(has).collect()
}

fn ready(status: &Result<api::StatusResponse, CriError>) -> Seen<()> {
    let status = status.as_ref().map_err(|error| Unseen::new(READY, error))?;
    let conditions = status.status.iter().flat_map(|status| &status.conditions);
    match conditions.into_iter().find(|condition| condition.r#type == READY && !condition.status) {
        None => Ok(()),
        Some(condition) => Err(Unseen::new(READY, format!("{}: {}", condition.reason, condition.message))),
    }
}

/// The runtime's own configuration, where it tells it: `config` in the verbose status, in JSON.
fn settings(status: &Result<api::StatusResponse, CriError>) -> Option<RuntimeSettings> {
    RuntimeSettings::parse(status.as_ref().ok()?.info.get("config")?)
}

fn driver(
    config: Result<Option<api::RuntimeConfigResponse>, CriError>,
    settings: Option<&RuntimeSettings>,
) -> DriverSeen {
    match config {
        Ok(Some(config)) => match config.linux.map(|linux| linux.cgroup_driver()) {
            Some(api::CgroupDriver::Cgroupfs) => DriverSeen::Announced(CgroupDriver::Cgroupfs),
            Some(api::CgroupDriver::Systemd) => DriverSeen::Announced(CgroupDriver::Systemd),
            None => DriverSeen::Unseen(Unseen::new("the cgroup driver", "RuntimeConfig does not tell it")),
        },
        Ok(None) => settings
            .and_then(|settings| settings.cgroup_driver)
            .map_or(DriverSeen::NotAnnounced, DriverSeen::Configured),
        Err(error) => DriverSeen::Unseen(Unseen::new("the cgroup driver", error)),
    }
}

/// containerd 1 tells its sandbox image; containerd 2 only marks it as pinned, once it has it.
fn sandbox_image(settings: Option<&RuntimeSettings>, pinned: &[String]) -> Seen<String> {
    let told = settings.and_then(|settings| settings.sandbox_image.as_deref());
    let image = told.or_else(|| pinned.iter().map(String::as_str).find(|image| is_pause(image)));
    image.map(str::to_owned).ok_or_else(|| Unseen::new("the sandbox image", "the runtime does not tell it"))
}

fn is_pause(image: &str) -> bool {
    image.rsplit('/').next().is_some_and(|name| name == "pause" || name.starts_with("pause:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake_cri::{FakeCri, containerd};

    fn status(conditions: &[(&str, bool)], config: &str) -> api::StatusResponse {
        let condition = |(name, status): &(&str, bool)| api::RuntimeCondition {
            r#type: (*name).to_owned(),
            status: *status,
            reason: "Because".to_owned(),
            message: "it is down".to_owned(),
        };
        let conditions = conditions.iter().map(condition).collect();
        api::StatusResponse {
            status: Some(api::RuntimeStatus { conditions }),
            info: [("config".to_owned(), config.to_owned())].into(),
        }
    }

    fn config(driver: api::CgroupDriver) -> api::RuntimeConfigResponse {
        let linux = Some(api::LinuxRuntimeConfiguration { cgroup_driver: driver.into() });
        api::RuntimeConfigResponse { linux }
    }

    #[test]
    fn only_the_runtime_s_own_condition_counts() {
        assert_eq!(ready(&Ok(status(&[("RuntimeReady", true), ("NetworkReady", false)], ""))), Ok(()));
        let unseen = ready(&Ok(status(&[("RuntimeReady", false)], ""))).unwrap_err();
        assert_eq!(unseen.why, "Because: it is down");
    }

    #[test]
    fn the_driver_is_announced_or_read_from_containerd_s_settings() {
        assert_eq!(
            driver(Ok(Some(config(api::CgroupDriver::Cgroupfs))), None),
            DriverSeen::Announced(CgroupDriver::Cgroupfs)
        );
        assert_eq!(
            driver(Ok(Some(config(api::CgroupDriver::Systemd))), None),
            DriverSeen::Announced(CgroupDriver::Systemd)
        );
        assert_eq!(driver(Ok(None), None), DriverSeen::NotAnnounced);
        for (options, wanted) in [
            (r#"{"SystemdCgroup":true}"#, CgroupDriver::Systemd),
            (r#"{"SystemdCgroup":false}"#, CgroupDriver::Cgroupfs),
            ("{}", CgroupDriver::Cgroupfs),
        ] {
            let text = format!(
                r#"{{"containerd":{{"defaultRuntimeName":"runc","runtimes":{{"runc":{{"options":{options}}}}}}}}}"#
            );
            let settings = settings(&Ok(status(&[], &text)));
            assert_eq!(driver(Ok(None), settings.as_ref()), DriverSeen::Configured(wanted), "{options}");
        }
    }

    #[test]
    fn the_sandbox_image_is_told_or_pinned() {
        let told = settings(&Ok(status(&[], r#"{"sandboxImage":"registry.k8s.io/pause:3.8"}"#)));
        assert_eq!(sandbox_image(told.as_ref(), &[]).as_deref(), Ok("registry.k8s.io/pause:3.8"));
        let pinned = ["example.com/unpause:1", "example.com/pause:3.10"].map(str::to_owned);
        assert_eq!(sandbox_image(None, &pinned).as_deref(), Ok("example.com/pause:3.10"));
        assert!(sandbox_image(None, &[]).is_err());
        assert!(settings(&Ok(status(&[], "not json"))).is_none());
    }

    #[tokio::test]
    async fn a_runtime_is_asked_for_everything_at_once() {
        let fake = FakeCri::serve(containerd);
        let found = ask(&fake.endpoint(), &["a/b:1".to_owned()], Duration::from_mins(1)).await.unwrap();
        let wanted = Runtime {
            name: "containerd".to_owned(),
            version: "v2.2.1".to_owned(),
            api_version: "v1".to_owned(),
            ready: Ok(()),
            cgroup_driver: DriverSeen::Announced(CgroupDriver::Cgroupfs),
            sandbox_image: Ok("registry.k8s.io/pause:3.10.2".to_owned()),
            images: BTreeSet::from(["a/b:1".to_owned()]),
        };
        assert_eq!(found, wanted);
    }
}
