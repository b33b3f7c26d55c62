//! TCP ports that the control plane will listen on.

/// Whether `port` can be listened on at `address`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortQuestion {
    /// An address or a host name as a `--bind-address` has it; `None` is every address of the host.
    pub address: Option<String>,
    pub port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortState {
    Free,
    /// Somebody listens there; who, where that could be seen.
    InUse {
        holder: Option<Holder>,
    },
    /// The address cannot be listened on at all, for instance because no interface has it.
    Unusable {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub process: u32,
    pub name: String,
}
