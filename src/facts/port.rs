//! TCP ports that the control plane will listen on.

use serde::{Deserialize, Serialize};

/// Whether `port` can be listened on at `address`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PortQuestion {
    /// An address or a host name as a `--bind-address` has it; `None` is every address of the host.
    pub address: Option<String>,
    /// A TCP port.
    pub port: u16,
}

/// Whether a port can be listened on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PortState {
    /// Nobody listens there.
    Free,
    /// Somebody listens there; who, where that could be seen.
    InUse {
        /// `None` where it could not be seen.
        holder: Option<PortHolder>,
    },
    /// The address cannot be listened on at all, for instance because no interface has it.
    Unusable {
        /// The kernel's reason.
        why: String,
    },
}

impl PortState {
    /// The name of the process that listens there, where it could be seen: 15 bytes at most.
    pub fn holder(&self) -> Option<&str> {
        match self {
            Self::InUse { holder } => holder.as_ref().map(|holder| holder.name.as_str()),
            Self::Free | Self::Unusable { .. } => None,
        }
    }
}

/// A process that holds a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortHolder {
    /// The process's id.
    pub process: u32,
    /// The process's name, as far as the kernel keeps it: 15 bytes.
    pub name: String,
}

/// /proc/net/tcp → the inodes of the sockets that listen on `port`. Fields: `sl local remote st tx:rx tr:tm retrnsmt
/// uid timeout inode`; state 0A is listening.
pub fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    let suffix = format!(":{port:04X}");
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, _, _, _, _, _, inode, ..] = fields.as_slice() else { return None };
        (local.ends_with(&suffix) && *state == "0A").then(|| (*inode).to_owned())
    };
    table.lines().skip(1).filter_map(inode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_that_listen_on_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0\n\
            1: 0100007F:192B 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0\n\
            2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0\n";
        assert_eq!(listening_inodes(table, 6443), ["111"]);
        assert_eq!(listening_inodes("", 6443), [""; 0]);
    }
}
