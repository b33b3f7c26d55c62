//! What a runtime tells of its own configuration in its verbose status, in JSON.

use serde_json::Value;

use super::CgroupDriver;

/// What of a runtime's configuration counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeSettings {
    /// containerd's, of its default runtime.
    pub cgroup_driver: Option<CgroupDriver>,
    /// containerd 1 tells its sandbox image.
    pub sandbox_image: Option<String>,
}

impl RuntimeSettings {
    /// Reads the text under `config`; `None` where it is no JSON.
    pub fn parse(text: &str) -> Option<Self> {
        let settings: Value = serde_json::from_str(text).ok()?;
        let image = settings.get("sandboxImage").and_then(Value::as_str).filter(|image| !image.is_empty());
        let sandbox_image = image.map(str::to_owned);
        Some(Self { cgroup_driver: driver(&settings), sandbox_image })
    }
}

fn driver(settings: &Value) -> Option<CgroupDriver> {
    let containerd = settings.get("containerd")?;
    let default = containerd.get("defaultRuntimeName")?.as_str()?;
    let options = containerd.get("runtimes")?.get(default)?.get("options")?;
    match options.get("SystemdCgroup").and_then(Value::as_bool) {
        Some(true) => Some(CgroupDriver::Systemd),
        Some(false) | None => Some(CgroupDriver::Cgroupfs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_or_of_another_form_is_none() {
        assert_eq!(RuntimeSettings::parse("not json"), None);
        for text in [
            "[]",
            "null",
            "{}",
            r#"{"sandboxImage":"","containerd":{"defaultRuntimeName":1}}"#,
            r#"{"sandboxImage":["a"],"containerd":{"defaultRuntimeName":"runc","runtimes":[]}}"#,
        ] {
            let nothing = RuntimeSettings { cgroup_driver: None, sandbox_image: None };
            assert_eq!(RuntimeSettings::parse(text), Some(nothing), "{text}");
        }
    }
}
