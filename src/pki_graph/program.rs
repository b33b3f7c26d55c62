//! A static pod's manifest, or a unit of systemd's → the programs that it runs: their flags, and what they see of the host's files.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::yaml;

/// A program of Kubernetes, as something starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// `kube-apiserver`
    pub name: String,
    /// Without their dashes, in their order.
    pub flags: Vec<(String, String)>,
    /// Folders and files of the host, by where the program sees them; nothing where it sees the host's own.
    pub mounts: Option<Vec<Mount>>,
    /// As whom it runs, where that is not root.
    pub user: Option<u32>,
    /// The file that says so.
    pub source: PathBuf,
}

/// A folder or file of the host in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where the container has it.
    pub inside: PathBuf,
    /// Where the host has it.
    pub host: PathBuf,
}

impl Program {
    /// The last value of a flag, as the programs take it; an empty one is none.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(flag, _)| flag == name).map(|(_, value)| value.as_str())
    }

    /// All values of a flag that may be given more than once, or with commas.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.flags.iter().filter(move |(flag, _)| flag == name);
        values.flat_map(|(_, value)| value.split(',')).filter(|value| !value.is_empty())
    }

    /// Where the host has a file that the program knows by this path; nothing where it is not mounted.
    pub fn on_host(&self, path: &str) -> Option<PathBuf> {
        let path = Path::new(path);
        let Some(mounts) = &self.mounts else { return Some(path.to_owned()) };
        let mount = mounts
            .iter()
            .filter(|mount| path.starts_with(&mount.inside))
            .max_by_key(|mount| mount.inside.components().count())?;
        let below = path.strip_prefix(&mount.inside).ok()?;
        Some(if below.as_os_str().is_empty() { mount.host.clone() } else { mount.host.join(below) })
    }
}

/// The programs of a Pod; nothing where the text is none, as the kubelet then runs none of it.
pub fn in_pod(source: &Path, text: &str) -> Option<Vec<Program>> {
    let pod: Value = yaml::from_str(text).ok()?;
    if pod["kind"] != "Pod" {
        return None;
    }
    let spec = &pod["spec"];
    let containers = spec["containers"].as_array()?;
    Some(containers.iter().filter_map(|container| in_container(source, spec, container)).collect())
}

fn in_container(source: &Path, spec: &Value, container: &Value) -> Option<Program> {
    let words = ["command", "args"].into_iter().filter_map(|field| container[field].as_array()).flatten();
    let words: Vec<&str> = words.filter_map(Value::as_str).collect();
    let mut program = of_words(&words)?;
    let variables = container["env"].as_array().into_iter().flatten();
    let variables = variables.filter_map(|one| Some((one["name"].as_str()?, one["value"].as_str()?)));
    program.add_variables(variables);
    program.mounts = Some(mounts(spec, container));
    let user = [&container["securityContext"], &spec["securityContext"]];
    let user = user.into_iter().find_map(|context| context["runAsUser"].as_u64());
    program.user = user.and_then(|user| u32::try_from(user).ok());
    source.clone_into(&mut program.source);
    Some(program)
}

fn mounts(spec: &Value, container: &Value) -> Vec<Mount> {
    let volumes: Vec<&Value> = spec["volumes"].as_array().into_iter().flatten().collect();
    let host = |name: &Value| {
        let volume = volumes.iter().find(|volume| volume["name"] == *name)?;
        volume["hostPath"]["path"].as_str().map(PathBuf::from)
    };
    let mounted = container["volumeMounts"].as_array().into_iter().flatten();
    mounted
        .filter_map(|mount| {
            let host = host(&mount["name"])?;
            let host = mount["subPath"].as_str().map_or_else(|| host.clone(), |below| host.join(below));
            Some(Mount { inside: mount["mountPath"].as_str()?.into(), host })
        })
        .collect()
}

/// The programs of a unit of systemd's, or of a drop-in: what `ExecStart=` starts, with the variables that stand beside it.
pub fn in_unit(source: &Path, text: &str) -> Vec<Program> {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let lines = || joined.lines().map(str::trim);
    let variables: Vec<(&str, &str)> = lines()
        .filter_map(|line| line.strip_prefix("Environment="))
        .filter_map(|pair| pair.trim_matches(['"', '\'']).split_once('='))
        .collect();
    let value = |word: &str| {
        let name = word.strip_prefix('$')?.trim_matches(['{', '}']);
        Some(variables.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value).to_owned())
    };
    let starts = lines().filter_map(|line| line.strip_prefix("ExecStart="));
    let words = starts.map(|line| {
        let words = line.trim_start_matches(['-', '@', ':', '+', '!']).split_whitespace();
        words.map(|word| value(word).unwrap_or_else(|| word.to_owned())).collect::<Vec<_>>().join(" ")
    });
    let programs = words.filter_map(|line| of_words(&line.split_whitespace().collect::<Vec<_>>()));
    let known = programs.filter(|program| PROGRAMS.contains(&program.name.as_str()));
    known.map(|program| Program { source: source.to_owned(), ..program }).collect()
}

/// MicroK8s' arguments of a program, a flag a line; the file has the program's name.
pub fn in_arguments(source: &Path, text: &str) -> Option<Program> {
    let name = source.file_name()?.to_str()?;
    let text = text.replace("${SNAP_DATA}", "/var/snap/microk8s/current");
    let words: Vec<&str> = std::iter::once(name).chain(text.split_whitespace()).collect();
    let program = of_words(&words).filter(|program| PROGRAMS.contains(&program.name.as_str()))?;
    Some(Program { source: source.to_owned(), ..program })
}

/// Programs that are looked at, by the names of their files.
pub const PROGRAMS: &[&str] =
    &["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet", "kube-proxy"];

/// A command line; the first word that is the name of a program that is known counts, or else the first.
pub fn of_words(words: &[&str]) -> Option<Program> {
    let base = |word: &&str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let at = words.iter().position(|word| PROGRAMS.contains(&base(word).as_str())).unwrap_or(0);
    let name = base(words.get(at)?);
    let mut flags = Vec::new();
    let mut rest = words.get(at.saturating_add(1)..).unwrap_or_default().iter().peekable();
    while let Some(word) = rest.next() {
        let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        match flag.split_once('=') {
            Some((flag, value)) => flags.push((flag.to_owned(), value.trim_matches('"').to_owned())),
            None => match rest.next_if(|next| !next.starts_with('-')) {
                Some(value) => flags.push((flag.to_owned(), value.trim_matches('"').to_owned())),
                None => flags.push((flag.to_owned(), "true".to_owned())),
            },
        }
    }
    Some(Program { name, flags, mounts: None, user: None, source: PathBuf::new() })
}

impl Program {
    /// etcd reads `--cert-file` from `ETCD_CERT_FILE`, too; what stands on the command line goes before it.
    pub fn add_variables<'a>(&mut self, variables: impl Iterator<Item = (&'a str, &'a str)>) {
        if self.name != "etcd" {
            return;
        }
        for (name, value) in variables {
            let Some(flag) = name.strip_prefix("ETCD_") else { continue };
            let flag = flag.to_lowercase().replace('_', "-");
            if self.flag(&flag).is_none() {
                self.flags.push((flag, value.to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "\
kind: Pod
spec:
  securityContext: {runAsUser: 7}
  containers:
  - command: [kube-apiserver, --a=b, --c, d, '--on', '--a=e']
    volumeMounts: [{mountPath: /certs, name: k}, {mountPath: /certs/etcd, name: e}, {mountPath: /f.pem, name: e, subPath: g.pem}]
  - command: [/usr/local/bin/etcd]
    env: [{name: ETCD_CERT_FILE, value: /certs/s.pem}]
  volumes: [{name: k, hostPath: {path: /pki}}, {name: e, hostPath: {path: /elsewhere}}]
";

    #[test]
    fn a_pod_s_programs_have_flags_and_see_what_is_mounted() {
        let [server, etcd] = in_pod(Path::new("/m.yaml"), POD).unwrap().try_into().unwrap();
        assert_eq!(
            (server.flag("a"), server.flag("c"), server.flag("on")),
            (Some("e"), Some("d"), Some("true"))
        );
        assert_eq!(server.all("a").collect::<Vec<_>>(), ["b", "e"]);
        assert_eq!((server.user, server.name.as_str()), (Some(7), "kube-apiserver"));
        for (inside, host) in [
            ("/certs/ca.crt", Some("/pki/ca.crt")),
            ("/certs/etcd/ca.crt", Some("/elsewhere/ca.crt")),
            ("/f.pem", Some("/elsewhere/g.pem")),
            ("/other", None),
        ] {
            assert_eq!(server.on_host(inside), host.map(PathBuf::from), "{inside}");
        }
        assert_eq!((etcd.name.as_str(), etcd.flag("cert-file")), ("etcd", Some("/certs/s.pem")));
    }

    #[test]
    fn a_unit_starts_its_program_with_the_variables_of_the_unit() {
        let text = "[Service]\nEnvironment=\"ARGS=--kubeconfig=/k --config=/c\"\nExecStart=\nExecStart=/usr/bin/kubelet $ARGS $NONE \\\n  --v=2\n";
        let [kubelet] = in_unit(Path::new("/u"), text).try_into().unwrap();
        let flags = ["kubeconfig", "config", "v"].map(|flag| kubelet.flag(flag).unwrap());
        assert_eq!((kubelet.name.as_str(), flags), ("kubelet", ["/k", "/c", "2"]));
        assert!(in_unit(Path::new("/u"), "ExecStart=/bin/sh -c true").is_empty());
    }

    #[test]
    fn a_snap_s_arguments_are_a_program_s_flags() {
        let program = in_arguments(
            Path::new("/a/kube-apiserver"),
            "--client-ca-file=${SNAP_DATA}/certs/ca.crt\n--v=1\n",
        )
        .unwrap();
        assert_eq!(program.flag("client-ca-file"), Some("/var/snap/microk8s/current/certs/ca.crt"));
        assert_eq!(in_arguments(Path::new("/a/containerd"), "--x"), None);
    }

    #[test]
    fn what_is_no_pod_runs_nothing() {
        for text in ["", "kind: Pod", "kind: Podling\nspec: {containers: []}", "a: ["] {
            assert_eq!(in_pod(Path::new("/m"), text), None, "{text}");
        }
    }
}
