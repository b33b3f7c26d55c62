//! What a runtime tells of a container beside its status: containerd and CRI-O as a JSON text, others not at all.

use std::collections::HashMap;

use serde::Deserialize;

/// The part of it that both have.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerInfo {
    /// The container's first process.
    #[serde(rename = "pid")]
    pub process: Option<u32>,
    runtime_spec: Option<RuntimeSpec>,
}

#[derive(Debug, Deserialize)]
struct RuntimeSpec {
    process: Option<Process>,
}

#[derive(Debug, Deserialize)]
struct Process {
    args: Option<Vec<String>>,
}

impl ContainerInfo {
    /// Of a status' `info`; of one that has nothing of it, nothing.
    pub fn of(info: &HashMap<String, String>) -> Self {
        info.get("info").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The program that the container was started with and its arguments, where the runtime tells them.
    pub fn command_line(&self) -> Option<&[String]> {
        let process = self.runtime_spec.as_ref()?.process.as_ref()?;
        process.args.as_deref().filter(|args| !args.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_and_command_line_are_read_where_they_are_told() {
        let told = |text: &str| ContainerInfo::of(&[("info".to_owned(), text.to_owned())].into());
        let found =
            told(r#"{"sandboxID":"a","pid":7,"runtimeSpec":{"process":{"args":["etcd","--name=a"]}}}"#);
        assert_eq!(found.process, Some(7));
        assert_eq!(found.command_line().unwrap(), ["etcd", "--name=a"]);
        for text in ["", "[]", "{}", r#"{"runtimeSpec":{"process":{}}}"#] {
            let found = told(text);
            assert!(found.process.is_none() && found.command_line().is_none(), "{text}");
        }
        assert_eq!(told(r#"{"pid":7,"runtimeSpec":null}"#).process, Some(7));
        assert!(ContainerInfo::of(&HashMap::new()).command_line().is_none());
    }
}
