//! Command lines that kubeadm's parser takes, those of a list for the same.

#[rustfmt::skip]
pub const SAME: &[&[&[&str]]] = &[
    &[
        &["version", "-o", "short"],
        &["version", "-oshort"],
        &["version", "-o=short"],
        &["version", "--output", "short"],
        &["version", "--output=short"],
        &["version", "--output=json", "--output=short"],
        &["-o", "short", "version"],
        &["--v=5", "version", "-o", "short"],
        &["-v5", "version", "-o", "short"],
        &["version", "-v", "5", "-o", "short"],
        &["version", "-v=5", "-o", "short"],
        &["version", "--v", "-1", "-o", "short"],
        &["version", "--v=300", "--vmodule", "a=3", "--rootfs=", "-o", "short"],
    ],
    &[
        &["config", "images", "list", "--kubernetes-version=v1.36.3"],
        &["config", "images", "list", "--kubernetes-version", "v1.36.3", "--config", ""],
        &["config", "images", "list", "--kubernetes-version=v1.36.0", "--kubernetes-version", "v1.36.3", "--feature-gates="],
        &["--kubernetes-version=v1.36.3", "config", "images", "list", "--"],
        &["config", "--kubeconfig", "/nonexistent", "images", "list", "--kubernetes-version=v1.36.3"],
        &["config", "images", "list", "--kubernetes-version=v1.36.3", "--allow-missing-template-keys=T", "--show-managed-fields=0"],
    ],
    &[
        &["init", "--dry-run", "--skip-phases=a,b", "--apiserver-advertise-address=10.0.0.1", "--kubernetes-version=v1.36.3"],
        &["init", "--dry-run=T", "--skip-phases", "a", "--skip-phases=b", "--apiserver-advertise-address", "10.0.0.1", "--kubernetes-version=v1.36.3"],
        &["init", "--dry-run=1", "--skip-phases=\"a\",\"b\"", "--apiserver-advertise-address=10.0.0.1", "--kubernetes-version", "v1.36.3"],
        &["--apiserver-advertise-address", "10.0.0.1", "--dry-run=true", "init", "--skip-phases", "a,b", "--kubernetes-version=v1.36.3"],
    ],
    &[
        &["init", "--dry-run", "--token", "--help", "--kubernetes-version=v1.36.3"],
        &["init", "--dry-run", "--token=--help", "--kubernetes-version=v1.36.3"],
    ],
    &[
        &["init", "--dry-run", "--apiserver-bind-port=70000", "--apiserver-advertise-address=10.0.0.1", "--kubernetes-version=v1.36.3"],
        &["init", "--dry-run", "--apiserver-bind-port", "0x11170", "--apiserver-advertise-address=10.0.0.1", "--kubernetes-version=v1.36.3"],
    ],
    &[
        &["token", "delete", "--kubeconfig", "/nonexistent", "abcdef"],
        &["token", "delete", "abcdef", "--kubeconfig=/nonexistent"],
        &["token", "--kubeconfig", "/nonexistent", "delete", "abcdef"],
        &["--kubeconfig", "/nonexistent", "token", "delete", "abcdef"],
        &["token", "--dry-run=false", "delete", "--kubeconfig", "/nonexistent", "--", "abcdef"],
    ],
    &[
        &["join", "--dry-run", "--token", "a", "127.0.0.1:1", "--node-name", "a_b"],
        &["join", "127.0.0.1:1", "--node-name=a_b", "--dry-run", "--token", "a"],
    ],
    &[&["init", "phase", "certs", "--help"], &["init", "phase", "certs", "-h"], &["help", "init", "phase", "certs"]],
];
