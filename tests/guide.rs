//! The guide: its pages are all listed, lead somewhere when they lead elsewhere, know every id, and what they have to be run here,
//! runs. What needs hosts is run by tests/guide.
#![expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output};

use kubewright::causes::Cause;
use kubewright::pki_graph::Fault;
use kubewright::preflight::CHECKS;
use kubewright::report::ErrorId;
use kubewright::upgrade;

const PAGES: &str = "docs/guide/src";

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(markdown(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            all.push(path);
        }
    }
    all
}

/// A page's lines outside of its blocks of code, without what is in backquotes.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            let plain = |(at, part): (usize, &str)| if at % 2 == 0 { part.to_owned() } else { String::new() };
            prose.extend(line.split('`').enumerate().map(plain));
            prose.push('\n');
        }
    }
    prose
}

/// What stands behind the three backquotes of each block of code.
fn infos(text: &str) -> Vec<&str> {
    let fences = text.lines().filter_map(|line| line.trim_start().strip_prefix("```"));
    fences.step_by(2).collect()
}

/// Where the links of a page lead to, without those to elsewhere.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.match_indices("](").map(|(at, mark)| {
        let rest = &prose[at + mark.len()..];
        rest[..rest.find(')').unwrap_or(rest.len())].to_owned()
    });
    targets.filter(|target| !target.starts_with("https://")).collect()
}

/// The names by which the headings of a page are led to, as mdBook and GitHub make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut all = BTreeSet::new();
    for line in text.lines() {
        inside ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if !inside && heading.len() < line.len() {
            let kept = heading.trim().to_lowercase();
            let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            all.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    all
}

/// `a/../b` → `b`
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// What is wrong with the links of a page.
fn astray(page: &Path, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for link in links(text) {
        let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let target =
            if file.is_empty() { page.to_owned() } else { normal(&page.parent().unwrap().join(file)) };
        let leads = match (target.exists(), anchor) {
            (true, "") => true,
            (true, anchor) => {
                anchors(&if target == page { text.to_owned() } else { read(&target) }).contains(anchor)
            }
            (false, _) => false,
        };
        if !leads {
            wrong.push(format!("{}: {link}", page.display()));
        }
    }
    wrong
}

#[test]
fn links_lead_to_pages_and_headings_that_are_there() {
    let mut pages = markdown(Path::new("docs"));
    pages.extend(
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(PathBuf::from),
    );
    let found: Vec<String> = pages.iter().map(|page| read(page)).collect();
    let count: usize = found.iter().map(|text| links(text).len()).sum();
    assert!(count > 300, "only {count} links were found");
    let wrong: Vec<String> = pages.iter().zip(&found).flat_map(|(page, text)| astray(page, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = Path::new("docs/guide/src/causes/NoBackend.md");
    let text = "# A page's *head*\n[a](../nothing.md) [b](#a-pages-head) [c](#none) [d](../install.md#copy)\n\
                ```\n[e](nothing.md)\n```\n`[f](nothing.md)` [g](../install.md#none) [h](https://example.org)";
    let astray = astray(page, text);
    let links: Vec<&str> = astray.iter().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(links, ["../nothing.md", "#none", "../install.md#none"]);
}

#[test]
fn every_page_is_listed_once() {
    let summary = Path::new(PAGES).join("SUMMARY.md");
    let mut listed: Vec<PathBuf> =
        links(&read(&summary)).iter().map(|link| Path::new(PAGES).join(link)).collect();
    listed.sort();
    let mut pages: Vec<PathBuf> =
        markdown(Path::new(PAGES)).into_iter().filter(|page| *page != summary).collect();
    pages.sort();
    assert_eq!(listed, pages);
}

/// `Port-` → `Port-*`
fn check_id(name: &str) -> String {
    if name.ends_with('-') { format!("{name}*") } else { name.to_owned() }
}

#[test]
fn every_id_has_a_page_and_every_page_of_an_id_has_one_that_there_is() {
    let causes: BTreeMap<String, &str> =
        Cause::ALL.iter().map(|cause| (cause.as_str().to_owned(), cause.meaning())).collect();
    let errors = ErrorId::ALL.iter().map(|id| (id.as_str().to_owned(), id.meaning())).collect();
    let faults = Fault::ALL.iter().map(|id| (id.as_str().to_owned(), id.meaning())).collect();
    let of_upgrade = upgrade::CHECKS.iter().map(|check| check.id);
    let findings = CHECKS.iter().map(|check| check.name).chain(["ImagePull"]).chain(of_upgrade);
    let findings = findings.map(|name| (check_id(name), "")).collect();
    for (folder, ids) in [("causes", causes), ("findings", findings), ("faults", faults), ("errors", errors)]
    {
        let folder = Path::new(PAGES).join(folder);
        let index = read(&folder.join("README.md"));
        for (id, meaning) in &ids {
            let name = format!("{}.md", id.trim_end_matches("-*"));
            let page = read(&folder.join(&name));
            let mut lines = page.lines().filter(|line| !line.is_empty());
            assert_eq!(lines.next(), Some(format!("# {id}").as_str()), "{name}");
            let first: String =
                lines.take_while(|line| !line.starts_with("```")).collect::<Vec<_>>().join(" ");
            let behind = meaning.chars().skip(1).collect::<String>();
            assert!(first.contains(&behind), "{name} does not say: {meaning}");
            assert!(page.contains("\n## What to do\n"), "{name} does not say what to do");
            assert!(index.contains(&format!("| [`{id}`]({name}) | ")), "the index lacks {id}");
        }
        assert_eq!(markdown(&folder).len(), ids.len() + 1, "{} has pages of no id", folder.display());
    }
}

#[test]
fn every_warning_has_a_section() {
    let documented = read(Path::new("docs/output.md"));
    let (_, table) = documented.split_once("\nThe `id` of a warning is one of these:\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let ids = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next());
    let ids: BTreeSet<String> = ids.map(str::to_lowercase).collect();
    let mut sections = anchors(&read(&Path::new(PAGES).join("warnings.md")));
    assert!(sections.remove("warnings-of-a-configuration"));
    assert_eq!(sections, ids);
}

/// The fields of a configuration that kubewright reads.
#[test]
fn every_field_stands_in_the_page_of_the_configuration() {
    let page = read(&Path::new(PAGES).join("configuration.md"));
    let words: BTreeSet<&str> = page.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for kind in ["init", "cluster", "join", "reset"] {
        let schema = read(&Path::new("templates/schema").join(format!("{kind}-v1beta4.json")));
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        for (name, fields) in schema["structs"].as_object().unwrap() {
            // Those of any pod's variables are Kubernetes' own.
            if name.ends_with("Selector") || name == "EnvVarSource" {
                continue;
            }
            for field in fields.as_array().unwrap() {
                let field = field["name"].as_str().unwrap();
                assert!(words.contains(field) || field == "timeAdded", "{name}.{field}");
            }
        }
    }
}

#[test]
fn blocks_that_are_run_name_hosts_of_their_page() {
    let mut count = 0;
    for page in markdown(Path::new(PAGES)) {
        let text = read(&page);
        let first = text.lines().next().unwrap_or_default();
        let nodes =
            first.strip_prefix("<!-- nodes: ").and_then(|rest| rest.strip_suffix(" -->")).unwrap_or_default();
        let nodes: BTreeSet<&str> =
            nodes.split_whitespace().filter_map(|node| node.split('=').next()).chain(["here"]).collect();
        for info in infos(&text) {
            let Some((language, mark)) = info.split_once(',') else { continue };
            count += 1;
            let mark = mark.split(',').next().unwrap_or_default();
            let mut parts = mark.splitn(3, ':');
            let kind = parts.next().unwrap_or_default();
            let fits = match kind {
                "run" | "scp" | "package" | "power-off" => language == "sh",
                "prints" => language == "text",
                "file" => true,
                _ => false,
            };
            assert!(fits, "{}: {}", page.display(), info);
            for node in parts.next().into_iter().flat_map(|names| names.split('+')) {
                assert!(nodes.contains(node), "{} has no host {node}: {}", page.display(), info);
            }
        }
    }
    assert!(count > 100, "only {count} marked blocks were found");
}

fn follow(pages: &Path, arguments: &[&str]) -> Output {
    Command::new("tests/guide")
        .args(arguments)
        .env("PROGRAM", env!("CARGO_BIN_EXE_kubewright"))
        .env("GUIDE", pages)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn what_needs_no_host_does_what_the_pages_say() {
    let output = follow(Path::new(PAGES), &["--here"]);
    assert!(output.status.success(), "{}", said(&output));
    for page in ["install", "configuration", "scripts", "supported"] {
        assert!(
            said(&output).contains(&format!("# {page}\n")),
            "{page} was not looked at: {}",
            said(&output)
        );
    }
}

#[test]
fn a_page_that_is_wrong_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let page = |text: &str| fs::write(folder.path().join("page.md"), text).unwrap();
    let passes = |text: &str| {
        page(text);
        follow(folder.path(), &["page"]).status.success()
    };
    assert!(passes("```sh,run:here\nprintf 'a x\\nb\\nc'\n```\n```text,prints\na …\n…\nc\n```\n"));
    assert!(passes(
        "```text,file:here:a/b\nword\n```\n```sh,run:here,exit:3\ngrep word a/b || exit 1\nexit 3\n```\n"
    ));
    for wrong in [
        "```sh,run:here\nfalse\necho a\n```\n",
        "```sh,run:here,exit:2\ntrue\n```\n",
        "```sh,run:here\nprintf 'a\\nb\\n'\n```\n```text,prints\nb\na\n```\n",
        "```sh,run:here\necho '[a]'\n```\n```text,prints\na]b\n```\n",
        "```sh,runs:here\ntrue\n```\n",
    ] {
        assert!(!passes(wrong), "{wrong}");
    }
}

/// What the page has done to kube-vip's manifest, on the one that is read in a test of `host::observe::static_pods`.
#[test]
fn the_page_s_edit_of_kube_vip_s_manifest_changes_the_kubeconfig_that_it_mounts_and_nothing_else() {
    let page = read(&Path::new(PAGES).join("high-availability.md"));
    let edit = page.lines().find(|line| line.starts_with("sudo sed -i ")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kube-vip.yaml");
    let before = read(Path::new("src/host/observe/kube-vip.yaml"));
    fs::write(&path, &before).unwrap();
    let edit = edit
        .trim_start_matches("sudo ")
        .replace("/etc/kubernetes/manifests/kube-vip.yaml", path.to_str().unwrap());
    assert!(Command::new("sh").args(["-c", &edit]).status().unwrap().success());
    let after = read(&path);
    let changed: Vec<(&str, &str)> =
        before.lines().zip(after.lines()).filter(|(before, after)| before != after).collect();
    let wanted = ("      path: /etc/kubernetes/admin.conf", "      path: /etc/kubernetes/super-admin.conf");
    assert_eq!((changed, before.lines().count()), (vec![wanted], after.lines().count()));
    // What the manifest was made by is what the page says.
    let flags = "--interface eth0 --address 192.0.2.10 --controlplane --arp --leaderElection";
    assert!(page.contains(flags) && before.contains(flags), "{page}");
}

fn explain(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kubewright")).arg("explain").args(words).output().unwrap()
}

#[test]
fn the_program_prints_its_pages() {
    for id in ["NoBackend", "Port-6443", "DiscoveryWrongHash", "KeyMismatch"] {
        let output = explain(&[id]);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
        assert!(said(&output).contains("\nWhat to do\n"), "{}", said(&output));
    }
    let listed = said(&explain(&[]));
    for id in ["  NoBackend ", "  Port-* ", "  DiscoveryWrongHash "] {
        assert!(listed.contains(id), "{listed}");
    }
    let refused = explain(&["NoBackends"]);
    assert_eq!(refused.status.code(), Some(1));
    let error = "error: there is no cause, finding or error \"NoBackends\"; did you mean NoBackend?\n\
                 hint: `kubewright explain` lists all of them\n";
    assert_eq!(said(&refused), error);
}
