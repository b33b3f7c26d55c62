//! What is laid out fits the terminal: tables, marks below a line, bars.

use crate::{LOOK, Scratch, expired, program, pty};

/// What was sent line by line, without colours: a terminal breaks what is too long.
fn lines(shown: &pty::Shown) -> Vec<String> {
    anstream::adapter::strip_str(&shown.sent).to_string().lines().map(str::to_owned).collect()
}

const NAMES: &[&str] =
    &["apiserver-etcd-client", "apiserver-kubelet-client", "front-proxy-client", "etcd-healthcheck-client"];

#[test]
fn expirations_fit_terminals_and_no_word_is_broken() {
    let scratch = Scratch::new();
    let folder = expired(&scratch);
    for (columns, is_table) in [(200, true), (120, true), (100, true), (80, false), (50, false), (40, false)]
    {
        let mut command = program(&["certs", "check-expiration", "--cert-dir", &folder], &[]);
        let shown = pty::run(&mut command, columns);
        let screen = shown.screen();
        let table: Vec<String> =
            lines(&shown).into_iter().filter(|line| !line.starts_with("warning: ")).collect();
        assert!(
            table.iter().all(|line| line.trim_end().chars().count() <= columns.into()),
            "{columns}:\n{screen}"
        );
        for name in NAMES {
            let line = table.iter().find(|line| line.split_whitespace().next() == Some(name));
            let line = line.unwrap_or_else(|| panic!("{columns}: {name}\n{screen}"));
            // Here the kubeconfigs are missing, which makes for long names.
            assert_eq!(line.trim_end() != *name, is_table, "{columns}:\n{screen}");
        }
        let has = |wanted: &str| table.iter().any(|line| line.contains(wanted));
        assert!(has("EXPIRED") && !has("<invalid>") && has("!MISSING! admin.conf"), "{columns}:\n{screen}");
        assert!(
            is_table || columns < 50 || has("EXPIRES                Jan 01, 2020 00:00 UTC"),
            "{columns}:\n{screen}"
        );
    }
}

#[test]
fn a_mark_stands_below_what_it_is_about() {
    let scratch = Scratch::new();
    let long = "a".repeat(60);
    let text = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n\
         networking: {{dnsDomain: cluster.local, serviceSubnet: 10.96.0.0/12, podSubnet: nonsense}}\n\
         apiServer: {{certSANs: [{long}.example.org, b.example.org, c.example.org, nonsense..]}}\n"
    );
    let file = scratch.file("wrong.yaml", &text);
    for columns in [200, 80, 50] {
        let shown = pty::run(&mut program(&["config", "validate", "--config", &file], &[]), columns);
        let rows = shown.rows();
        let marked: Vec<String> = rows
            .windows(2)
            .filter_map(|pair| {
                let from = pair[1].chars().position(|c| c == '^')?;
                let count = pair[1].chars().filter(|c| *c == '^').count();
                Some(pair[0].chars().skip(from).take(count).collect())
            })
            .collect();
        assert_eq!(marked, ["nonsense", "nonsense.."], "{columns}:\n{}", shown.screen());
    }
}

#[test]
fn a_warning_shows_its_place_in_the_file_as_an_error_does() {
    let scratch = Scratch::new();
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n\
                nodeRegistration:\n  name: node-1\n  criSocket: /run/containerd/containerd.sock # old\n\
                localAPIEndpoint: {advertiseAddress: 10.0.0.1}\n---\n\
                apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n\
                caCertificateValidityPeriod: 200000h\n---\n\
                apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
                authentication:\n  x509: {clientCAFile: /etc/own.crt}\n";
    let file = scratch.file("own.yaml", text);
    let folder = scratch.path("host");
    let words = ["init", "--dry-run", "--config", &file, "--output-dir", &folder];
    let shown = pty::run(&mut program(&words, &[]), 150);
    let screen = shown.screen();
    for wanted in [
        format!(
            " --> {file}:5:14\n  |\n5 |   criSocket: /run/containerd/containerd.sock\n  |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        ),
        format!(
            "  --> {file}:11:30\n   |\n11 | caCertificateValidityPeriod: 200000h\n   |                              ^^^^^^^"
        ),
        format!(
            "  --> {file}:16:24\n   |\n16 |   x509: {{clientCAFile: /etc/own.crt}}\n   |                        ^^^^^^^^^^^^\n"
        ),
    ] {
        assert!(screen.contains(&wanted), "{wanted}\n\n{screen}");
    }
    assert!(
        screen.contains("warning: KubeletConfiguration.authentication.x509.clientCAFile is "),
        "{screen}"
    );
    assert!(shown.has_colour() && !screen.contains("# old"), "{screen}");
}

#[test]
fn a_phase_s_old_name_in_a_file_is_shown_where_it_stands() {
    let scratch = Scratch::new();
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nskipPhases:\n- control-plane-join/update-status\n\
                discovery: {bootstrapToken: {token: abcdef.0123456789abcdef, apiServerEndpoint: '127.0.0.1:1', \
                unsafeSkipCAVerification: true}}\ntimeouts: {discovery: 1s}\n";
    let file = scratch.file("join.yaml", text);
    let shown = pty::run(&mut program(&["join", "--dry-run", "--config", &file], &[]), 150);
    let wanted = format!(
        " --> {file}:4:3\n  |\n4 | - control-plane-join/update-status\n  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    );
    assert!(shown.screen().contains(&wanted), "{wanted}\n{}", shown.screen());
}

#[test]
fn a_timeline_fits_terminals() {
    for columns in [120, 80, 60, 50] {
        let scratch = Scratch::new();
        let folder = scratch.path("host");
        let words = [LOOK, &["--timeline", "--output-dir", &folder]].concat();
        let shown = pty::run(&mut program(&words, &[]), columns);
        let all = lines(&shown);
        let told: Vec<&String> = all.iter().filter(|line| line.starts_with("[timeline] ")).collect();
        assert!(told.len() > 8, "{columns}:\n{}", shown.screen());
        assert!(
            told.iter().all(|line| line.chars().count() <= columns.into()),
            "{columns}:\n{}",
            shown.screen()
        );
        assert_eq!(
            told.iter().any(|line| line.contains("  #")),
            columns >= 60,
            "{columns}:\n{}",
            shown.screen()
        );
    }
}
