//! What a node is asked that stands in none of its files: of the kernel, or as it was given beforehand.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::num::NonZero;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use ipnet::IpNet;
use jiff::Timestamp;
use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;
use sysinfo::{MemoryRefreshKind, RefreshKind};

use crate::facts::{EnvPair, Interface, PortQuestion, Seen, Unseen};
use crate::pki::{KeySource, SystemKeys};

const NAME_LIMIT: Duration = Duration::from_secs(10);

/// Who answers.
#[derive(Debug, Clone)]
pub enum System {
    /// The host that this program runs on.
    This,
    /// A test: these answers, whatever the machine is.
    Given(Arc<Given>),
}

/// The answers of a node that is none.
#[derive(Debug, Clone)]
pub struct Given {
    /// A clock that does not go.
    pub now: Timestamp,
    /// The host's name.
    pub host_name: String,
    /// The number of a user.
    pub user: u32,
    /// How many threads run at the same time.
    pub processors: usize,
    /// In bytes.
    pub memory: u64,
    /// The kernel's names.
    pub kernel: KernelNames,
    /// With their addresses.
    pub interfaces: Vec<Interface>,
    /// The names that the resolver knows.
    pub names: BTreeMap<String, Vec<IpAddr>>,
    /// The ports that somebody listens on.
    pub taken_ports: BTreeSet<u16>,
    /// The environment.
    pub variables: BTreeMap<OsString, OsString>,
    /// Where new keys come from.
    pub keys: fn() -> Box<dyn KeySource>,
}

/// What a kernel is called, by uname(2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelNames {
    /// Such as `Linux`.
    pub system: String,
    /// Such as `6.1.0-42-amd64`.
    pub release: String,
}

impl System {
    /// The answers of a test.
    pub fn given(given: Given) -> Self {
        Self::Given(Arc::new(given))
    }

    /// The time by its clock.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::This => now(),
            Self::Given(given) => given.now,
        }
    }

    /// As uname(2) has it.
    pub fn host_name(&self) -> Seen<String> {
        match self {
            Self::This => host_name(),
            Self::Given(given) => Ok(given.host_name.clone()),
        }
    }

    /// The real user of this process.
    pub fn user(&self) -> u32 {
        match self {
            Self::This => nix::unistd::getuid().as_raw(),
            Self::Given(given) => given.user,
        }
    }

    /// As the scheduler lets this process use them, limits of a cgroup counted in; at least 1.
    pub fn processors(&self) -> usize {
        match self {
            Self::This => thread::available_parallelism().map_or(1, NonZero::get),
            Self::Given(given) => given.processors,
        }
    }

    /// All of it, in bytes.
    pub fn memory(&self) -> Seen<u64> {
        match self {
            Self::This => memory(),
            Self::Given(given) => Ok(given.memory),
        }
    }

    /// By uname(2).
    pub fn kernel(&self) -> Seen<KernelNames> {
        match self {
            Self::This => kernel(),
            Self::Given(given) => Ok(given.kernel.clone()),
        }
    }

    /// In the kernel's order.
    pub fn interfaces(&self) -> Seen<Vec<Interface>> {
        match self {
            Self::This => {
                let found = getifaddrs().map_err(|errno| Unseen::new("the network interfaces", errno))?;
                Ok(found.fold(Vec::new(), with_address))
            }
            Self::Given(given) => Ok(given.interfaces.clone()),
        }
    }

    /// The addresses of a name, by the resolver; it is given 10 s.
    pub fn resolve(&self, name: &str) -> Seen<Vec<IpAddr>> {
        let what = format!("the address of {name:?}");
        match self {
            Self::This => resolve(name).map_err(|why| Unseen::new(what, why)),
            Self::Given(given) => {
                given.names.get(name).cloned().ok_or_else(|| Unseen::new(what, "nobody knows it"))
            }
        }
    }

    /// Listens for a moment, to see whether that can be done.
    pub fn listen(&self, port: &PortQuestion) -> io::Result<()> {
        match self {
            Self::This => listen(port).map(drop),
            Self::Given(given) if given.taken_ports.contains(&port.port) => Err(ErrorKind::AddrInUse.into()),
            Self::Given(_) => Ok(()),
        }
    }

    /// A variable of the environment.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        match self {
            Self::This => std::env::var_os(name),
            Self::Given(given) => given.variables.get(OsStr::new(name)).cloned(),
        }
    }

    /// New keys.
    pub fn keys(&self) -> Box<dyn KeySource> {
        match self {
            Self::This => Box::new(SystemKeys),
            Self::Given(given) => (given.keys)(),
        }
    }

    /// Those that name proxies, in both spellings.
    pub fn proxies(&self) -> Vec<EnvPair> {
        match self {
            Self::This => proxies_of_this_process(),
            Self::Given(given) => proxies(given.variables.clone()),
        }
    }
}

/// A clock past the last moment that can be counted here shows that one.
fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX)
}

fn host_name() -> Seen<String> {
    let name = nix::unistd::gethostname().map_err(|errno| Unseen::new("the host's name", errno))?;
    name.into_string()
        .map_err(|name| Unseen::new("the host's name", format!("{} is no text", name.display())))
}

fn memory() -> Seen<u64> {
    let ram = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let seen = sysinfo::System::new_with_specifics(ram);
    Ok(seen.map_err(|error| Unseen::new("the size of the memory", error))?.total_memory())
}

fn kernel() -> Seen<KernelNames> {
    let names = nix::sys::utsname::uname().map_err(|errno| Unseen::new("the kernel's release", errno))?;
    let text = |name: &OsStr| name.to_string_lossy().trim().to_owned();
    Ok(KernelNames { system: text(names.sysname()), release: text(names.release()) })
}

/// The kernel lists an interface once for each of its addresses.
fn with_address(mut interfaces: Vec<Interface>, entry: InterfaceAddress) -> Vec<Interface> {
    let address = network(&entry);
    match interfaces.iter_mut().find(|interface| interface.name == entry.interface_name) {
        Some(interface) => interface.addresses.extend(address),
        None => interfaces.push(Interface {
            up: entry.flags.contains(InterfaceFlags::IFF_UP),
            loopback: entry.flags.contains(InterfaceFlags::IFF_LOOPBACK),
            addresses: address.into_iter().collect(),
            name: entry.interface_name,
        }),
    }
    interfaces
}

/// An entry's IP address with its network; `None` for link-layer entries.
fn network(entry: &InterfaceAddress) -> Option<IpNet> {
    let address = ip(entry.address.as_ref()?)?;
    let mask = ip(entry.netmask.as_ref()?)?;
    IpNet::with_netmask(address, mask).ok()
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let four = address.as_sockaddr_in().map(|found| IpAddr::V4(found.ip()));
    four.or_else(|| address.as_sockaddr_in6().map(|found| IpAddr::V6(found.ip())))
}

/// The resolver has no limit of its own, so a thread is left waiting for it.
fn resolve(name: &str) -> Result<Vec<IpAddr>, String> {
    let (sender, receiver) = mpsc::channel();
    let asked = (name.to_owned(), 0_u16);
    // The receiver may have given up by then.
    thread::spawn(move || {
        drop(sender.send(asked.to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)));
    });
    match receiver.recv_timeout(NAME_LIMIT) {
        Ok(Ok(found)) => Ok(found.into_iter().map(|address| address.ip()).collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the resolver gave no answer in {} s", NAME_LIMIT.as_secs())),
    }
}

/// Without an address, or at an unspecified one, on all addresses of both families, as Go's programs do.
fn listen(question: &PortQuestion) -> io::Result<TcpListener> {
    let port = question.port;
    match question.address.as_deref() {
        None => everywhere(port),
        Some(text) => match text.parse::<IpAddr>() {
            Ok(address) if address.is_unspecified() => everywhere(port),
            Ok(address) => TcpListener::bind((address, port)),
            Err(_) => TcpListener::bind((text, port)),
        },
    }
}

/// Hosts without IPv6 have only IPv4's addresses to listen on.
fn everywhere(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)) {
        Err(error) if !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
        }
        other => other,
    }
}

/// Those that connections of this process go by, whichever node it works on.
pub fn proxies_of_this_process() -> Vec<EnvPair> {
    proxies(std::env::vars_os())
}

/// By which credentials end.
pub fn clock_of_this_process() -> Timestamp {
    Timestamp::now()
}

fn proxies(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<EnvPair> {
    let text = |(name, value): (OsString, OsString)| {
        Some(EnvPair { name: name.into_string().ok()?, value: value.into_string().ok()? })
    };
    let wanted = |pair: &EnvPair| pair.name.to_lowercase().ends_with("_proxy") && !pair.value.is_empty();
    variables.into_iter().filter_map(text).filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback_interface_that_is_up() {
        let found = System::This.interfaces().unwrap();
        let lo = found.iter().find(|interface| interface.loopback).unwrap();
        assert!(lo.up && lo.addresses.iter().any(|address| address.addr().is_loopback()), "{lo:?}");
    }

    #[test]
    fn localhost_resolves() {
        assert!(System::This.resolve("localhost").unwrap().iter().any(IpAddr::is_loopback));
    }

    #[test]
    fn this_machine_has_a_name_a_kernel_and_processors() {
        assert!(!System::This.host_name().unwrap().is_empty() && System::This.processors() > 0);
        assert_eq!(System::This.kernel().unwrap().system, "Linux");
    }

    #[test]
    fn proxies_are_known_by_their_ends_in_either_case() {
        let given = [("HTTP_PROXY", "http://a"), ("no_proxy", "b"), ("https_proxy", ""), ("PROXY", "c")];
        let found = proxies(given.map(|(name, value)| (name.into(), value.into())));
        assert_eq!(
            found.iter().map(|pair| pair.name.as_str()).collect::<Vec<_>>(),
            ["HTTP_PROXY", "no_proxy"]
        );
    }
}
