//! Routes, interfaces and names.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ipnet::IpNet;
use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;

use super::root::Root;
use crate::facts::{DefaultRoute, Interface, Seen, Unseen, parse_ipv4, parse_ipv6};

const NAME_LIMIT: Duration = Duration::from_secs(10);

/// The default routes of both families. A kernel without IPv6 has no file of them.
pub fn routes(root: &Root) -> Seen<Vec<DefaultRoute>> {
    let (four, six) = ("/proc/net/route", "/proc/net/ipv6_route");
    let mut routes = parse_ipv4(&root.text(four)?).map_err(|bad| Unseen::new(four, bad))?;
    let text = root.text_or_empty(six)?;
    routes.extend(parse_ipv6(&text).map_err(|bad| Unseen::new(six, bad))?);
    Ok(routes)
}

/// All interfaces, with their addresses, in the kernel's order.
pub fn interfaces() -> Seen<Vec<Interface>> {
    let found = getifaddrs().map_err(|errno| Unseen::new("the network interfaces", errno))?;
    Ok(found.fold(Vec::new(), with_address))
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

/// What the host's own resolver says of `name`. It has no limit of its own, so a thread is left waiting for it.
pub fn resolve(name: &str) -> Seen<Vec<IpAddr>> {
    let what = format!("the address of {name:?}");
    let (sender, receiver) = mpsc::channel();
    let asked = (name.to_owned(), 0_u16);
    // The receiver may have given up by then.
    thread::spawn(move || {
        drop(sender.send(asked.to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)));
    });
    match receiver.recv_timeout(NAME_LIMIT) {
        Ok(Ok(found)) => Ok(found.into_iter().map(|address| address.ip()).collect()),
        Ok(Err(error)) => Err(Unseen::new(what, error)),
        Err(_) => {
            Err(Unseen::new(what, format!("the resolver gave no answer in {} s", NAME_LIMIT.as_secs())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback_interface_that_is_up() {
        let found = interfaces().unwrap();
        let lo = found.iter().find(|interface| interface.loopback).unwrap();
        assert!(lo.up && lo.addresses.iter().any(|address| address.addr().is_loopback()), "{lo:?}");
    }

    #[test]
    fn localhost_resolves() {
        assert!(resolve("localhost").unwrap().iter().any(IpAddr::is_loopback));
    }

    #[test]
    fn a_kernel_without_ipv6_still_has_routes() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::at(folder.path());
        assert!(routes(&root).is_err());
        let net = folder.path().join("proc/net");
        #[allow(clippy::disallowed_methods, reason = "the test's own tree")]
        {
            std::fs::create_dir_all(&net).unwrap();
            let line = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
            std::fs::write(net.join("route"), line).unwrap();
        }
        assert_eq!(routes(&root).unwrap().len(), 1);
    }
}
