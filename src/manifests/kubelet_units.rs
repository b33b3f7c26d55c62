//! The kubelet's systemd unit and its drop-in, for hosts whose kubelet came without them.

/// A unit file: where the distribution's packages put it, and what it says. Mode 0644.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub path: &'static str,
    pub text: &'static str,
}

pub const UNITS: [Unit; 2] = [
    Unit {
        path: "/usr/lib/systemd/system/kubelet.service",
        text: include_str!("../../templates/kubelet.service"),
    },
    Unit {
        path: "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
        text: include_str!("../../templates/10-kubeadm.conf"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drop_in_reads_the_variable_that_the_flags_file_sets() {
        let drop_in = UNITS[1].text;
        assert!(drop_in.contains("EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env"));
        assert!(drop_in.contains("$KUBELET_KUBEADM_ARGS"));
        // An empty ExecStart= clears the unit's before the drop-in's own.
        assert!(drop_in.contains("\nExecStart=\nExecStart=/usr/bin/kubelet "));
    }
}
