//! `-o` with a template.

use std::fs;

use tempfile::TempDir;

use crate::program::{kubewright, text};

#[test]
fn templates_pick_out_of_the_document_and_are_read_before_anything_else() {
    let list = |more: &[&str]| {
        let output =
            kubewright(&[&["config", "images", "list", "--kubernetes-version=v1.36.3"], more].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (pause, etcd) = ("registry.k8s.io/pause:3.10.2", "registry.k8s.io/etcd:3.6.8-0");
    let printed = |format: &str| list(&["-o", format]);
    assert_eq!(printed("jsonpath={.images[-2:]}"), (Some(0), format!("{pause} {etcd}"), String::new()));
    assert_eq!(printed("jsonpath={range .images[-2:]}{@}{\"\\n\"}{end}").1, format!("{pause}\n{etcd}\n"));
    assert_eq!(printed("jsonpath-as-json={.images[-1]}").1, format!("[\n    \"{etcd}\"\n]\n"));
    assert_eq!(printed("jsonpath={.nothing}"), (Some(0), String::new(), String::new()));
    assert!(printed("KYAML").1.starts_with("---\n{\n  kind: \"Images\",\n"), "{}", printed("KYAML").1);
    assert_eq!(printed("JSON"), printed("json"));

    let scratch = TempDir::new().unwrap();
    let file = scratch.path().join("template").display().to_string();
    fs::write(&file, "{.images[-1]}\n").unwrap();
    assert_eq!(printed(&format!("jsonpath-file={file}")).1, format!("{etcd}\n"));

    let missing = list(&["-o", "jsonpath={.nothing}", "--allow-missing-template-keys=false"]);
    assert_eq!((missing.0, missing.1.as_str()), (Some(1), ""));
    assert!(
        missing.2.starts_with("error: error executing jsonpath \"{.nothing}\": nothing is not found\n"),
        "{}",
        missing.2
    );

    // Nothing is asked of a cluster, and no file is read, for a template that is none.
    let nowhere = "--kubeconfig=/nonexistent";
    for (format, said) in [
        ("jsonpath={.token", "error: error parsing jsonpath {.token, unclosed action, at character 8\n"),
        ("jsonpath", "error: -o \"jsonpath\": template format specified but no template given\n"),
        ("jsonpath-file=/nonexistent", "error: cannot read the template /nonexistent\n"),
        ("wide", "error: -o \"wide\" is not known to token list; known are text, json, yaml, kyaml, "),
    ] {
        let output = kubewright(&["token", "list", nowhere, "-o", format]);
        let told = (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert!(told.0 == Some(1) && told.1.is_empty() && told.2.starts_with(said), "{format}: {told:?}");
    }
}

#[test]
fn go_templates_pick_out_of_the_document_and_are_read_before_anything_else() {
    let list = |more: &[&str]| {
        let output =
            kubewright(&[&["config", "images", "list", "--kubernetes-version=v1.36.3"], more].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let printed = |format: &str| list(&["-o", format]);
    let (pause, etcd) = ("registry.k8s.io/pause:3.10.2", "registry.k8s.io/etcd:3.6.8-0");
    let picked = "{{range slice .images 5}}{{.}}{{\"\\n\"}}{{end}}";
    for name in ["go-template", "template"] {
        let wanted = (Some(0), format!("{pause}\n{etcd}\n"), String::new());
        assert_eq!(printed(&format!("{name}={picked}")), wanted);
    }
    assert_eq!(printed("go-template={{.nothing}}"), (Some(0), "<no value>".to_owned(), String::new()));

    let scratch = TempDir::new().unwrap();
    let file = scratch.path().join("template").display().to_string();
    fs::write(&file, "{{index .images 6}}\n").unwrap();
    for name in ["go-template-file", "templatefile"] {
        assert_eq!(printed(&format!("{name}={file}")).1, format!("{etcd}\n"));
    }

    for (more, said) in [
        (
            &["-o", "go-template={{.kind}} {{.nothing}}", "--allow-missing-template-keys=false"][..],
            "error: error executing template \"{{.kind}} {{.nothing}}\": template: output:1:12: executing \
             \"output\" at <.nothing>: map has no entry for key \"nothing\"\n\
             hint: without --allow-missing-template-keys=false what is missing is <no value>\n",
        ),
        (
            &["-o", "go-template={{.kind}}{{eq (len .images) 7.0}}"],
            "error: error executing template \"{{.kind}}{{eq (len .images) 7.0}}\": template: output:1:11: \
             executing \"output\" at <eq (len .images) 7.0>: error calling eq: incompatible types for \
             comparison\n\
             hint: whole numbers of the document are integers: compare them with one that has no point, as in 86400\n",
        ),
        (
            &["-o", "go-template={{range 9000000000000}}{{end}}"],
            "error: error executing template \"{{range 9000000000000}}{{end}}\": template: output:1:8: executing \
             \"output\" at <9000000000000>: more comes out of it, or more has to be done for it, than fits\n",
        ),
    ] {
        assert_eq!(list(more), (Some(1), String::new(), said.to_owned()));
    }

    // Nothing is asked of a cluster, and no file is read, for a template that is none.
    for (format, said) in [
        (
            "go-template={{.token",
            "error: error parsing template {{.token, template: output:1: unclosed action\n\
             hint: actions stand in double braces, as in '{{range .items}}{{.name}}{{\"\\n\"}}{{end}}'\n",
        ),
        (
            "go-template",
            "error: -o \"go-template\": template format specified but no template given\n\
             hint: write the template behind an equals sign, as in -o go-template='{{.}}'\n",
        ),
        (
            "go-template-file=",
            "error: -o \"go-template-file=\": template format specified but no template given\n\
             hint: name the template's file, as in -o go-template-file=FILE\n",
        ),
        ("templatefile=/nonexistent", "error: cannot read the template /nonexistent\n"),
        ("Go-Template={{.}}", "error: -o \"Go-Template={{.}}\" is not known to token list; known are "),
    ] {
        let output = kubewright(&["token", "list", "--kubeconfig=/nonexistent", "-o", format]);
        let told = (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert!(told.0 == Some(1) && told.1.is_empty() && told.2.starts_with(said), "{format}: {told:?}");
    }

    // kubeadm does not have kubectl's flag either.
    let output = kubewright(&["token", "list", "-o", "go-template", "--template={{.}}"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: unexpected argument '--template' found\n"));
}
