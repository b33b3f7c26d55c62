//! The host's interfaces and default routes, and the address that follows from them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use ipnet::IpNet;

use super::{DefaultRoute, Seen, Unseen};

/// What of the host's network an address is chosen by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Network {
    /// IPv4 and IPv6, each by metric.
    pub routes: Seen<Vec<DefaultRoute>>,
    /// In the kernel's order.
    pub interfaces: Seen<Vec<Interface>>,
}

/// A network interface, with its addresses in the kernel's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Such as `eth0`.
    pub name: String,
    /// Whether it is up.
    pub up: bool,
    /// Whether it leads to this host alone.
    pub loopback: bool,
    /// Each address with the prefix length of its network.
    pub addresses: Vec<IpNet>,
}

/// A family of IP addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// An address's family.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Both families, this one first.
    fn preferred(self) -> [Self; 2] {
        match self {
            Self::V4 => [Self::V4, Self::V6],
            Self::V6 => [Self::V6, Self::V4],
        }
    }
}

/// No address can be taken from the host. Whoever needs one has to be given it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// Interfaces or routes could not be looked at.
    #[error(transparent)]
    Unseen(#[from] Unseen),
    /// There is no default route.
    #[error(
        "this host has no default route to take the API server's address from; give one with \
         --apiserver-advertise-address or localAPIEndpoint.advertiseAddress"
    )]
    NoRoute,
    /// There is a default route, and no address to go with it.
    #[error(
        "no interface of a default route ({interfaces}), nor the loopback interface, has a global address; give one \
         with --apiserver-advertise-address or localAPIEndpoint.advertiseAddress"
    )]
    NoGlobalAddress {
        /// Those of the routes, with commas between.
        interfaces: String,
    },
    /// The user asks for the loopback interface's, and it has none for others.
    #[error("the loopback interface has no global address to advertise; give another than {given}")]
    NoLoopbackAddress {
        /// The address that asks for it.
        given: IpAddr,
    },
}

impl Network {
    /// The address to advertise, as kubeadm and the API server choose it. A given one is kept, but for
    /// two that only choose: the unspecified address stands for the default route's address, its own family first;
    /// a loopback address for the global address that hosts as in RFC 5549 have on `lo`.
    ///
    /// # Errors
    /// The host has no such address, or could not be looked at.
    pub fn advertise_address(&self, given: Option<IpAddr>) -> Result<IpAddr, NoAddress> {
        match given {
            None => self.default_address(Family::V4),
            Some(address) if address.is_unspecified() => self.default_address(Family::of(address)),
            Some(address) if address.is_loopback() => {
                self.loopback_interface_address()?.ok_or(NoAddress::NoLoopbackAddress { given: address })
            }
            Some(address) => Ok(address),
        }
    }

    /// The first global address of the interface of the first default route, or that of `lo` where hosts route by
    /// link-local addresses alone (RFC 5549).
    fn default_address(&self, family: Family) -> Result<IpAddr, NoAddress> {
        let routes = self.routes.as_ref().map_err(Clone::clone)?;
        let interfaces = self.interfaces.as_ref().map_err(Clone::clone)?;
        if routes.is_empty() {
            return Err(NoAddress::NoRoute);
        }
        let found = family.preferred().into_iter().find_map(|family| by_routes(routes, interfaces, family));
        found.ok_or_else(|| NoAddress::NoGlobalAddress { interfaces: names(routes) })
    }

    fn loopback_interface_address(&self) -> Result<Option<IpAddr>, NoAddress> {
        let interfaces = self.interfaces.as_ref().map_err(Clone::clone)?;
        let lo = interfaces.iter().find(|interface| interface.name == "lo");
        Ok(lo
            .and_then(|lo| [Family::V4, Family::V6].into_iter().find_map(|family| lo.global_address(family))))
    }
}

fn by_routes(routes: &[DefaultRoute], interfaces: &[Interface], family: Family) -> Option<IpAddr> {
    let along = |route: &DefaultRoute| {
        let interface = interfaces.iter().find(|interface| interface.name == route.interface);
        let loopbacks = interfaces.iter().filter(|interface| interface.loopback);
        interface.into_iter().chain(loopbacks).find_map(|interface| interface.global_address(family))
    };
    routes.iter().filter(|route| Family::of(route.gateway) == family).find_map(along)
}

fn names(routes: &[DefaultRoute]) -> String {
    let names: Vec<&str> = routes.iter().map(|route| route.interface.as_str()).collect();
    names.join(", ")
}

impl Interface {
    /// Its first address of this family that other hosts can reach, where it is up.
    fn global_address(&self, family: Family) -> Option<IpAddr> {
        let fits = |address: &IpAddr| Family::of(*address) == family && is_global_unicast(*address);
        self.addresses.iter().map(IpNet::addr).find(fits).filter(|_| self.up)
    }
}

/// Global unicast in the wide sense that Go has of it: private ranges (RFC 1918, RFC 4193) count.
fn is_global_unicast(address: IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(link_local || address.is_unspecified() || address.is_loopback() || address.is_multicast())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, addresses: &[&str]) -> Interface {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        Interface { name: name.to_owned(), up: true, loopback: name == "lo", addresses }
    }

    fn route(interface: &str, gateway: &str) -> DefaultRoute {
        DefaultRoute { interface: interface.to_owned(), gateway: gateway.parse().unwrap(), metric: 0 }
    }

    fn network(routes: &[DefaultRoute], interfaces: &[Interface]) -> Network {
        Network { routes: Ok(routes.to_vec()), interfaces: Ok(interfaces.to_vec()) }
    }

    fn address(network: &Network, given: Option<&str>) -> Result<String, NoAddress> {
        network.advertise_address(given.map(|text| text.parse().unwrap())).map(|address| address.to_string())
    }

    #[test]
    fn the_first_global_address_of_the_first_default_route_is_advertised() {
        let host = network(
            &[route("eth1", "10.0.0.1"), route("eth0", "192.168.0.1")],
            &[
                interface("lo", &["127.0.0.1/8"]),
                interface("eth0", &["192.168.0.10/24"]),
                interface("eth1", &["169.254.1.1/16", "10.0.0.5/24", "10.0.0.6/24"]),
            ],
        );
        assert_eq!(address(&host, None).unwrap(), "10.0.0.5");
        assert_eq!(address(&host, Some("0.0.0.0")).unwrap(), "10.0.0.5");
    }

    #[test]
    fn a_given_address_is_kept() {
        let host = network(&[], &[]);
        assert_eq!(address(&host, Some("203.0.113.7")).unwrap(), "203.0.113.7");
    }

    #[test]
    fn ipv6_is_chosen_where_it_is_all_there_is_or_where_it_is_asked_for() {
        let six = route("eth0", "fe80::1");
        let both = interface("eth0", &["192.168.0.10/24", "fe80::5/64", "2001:db8::5/64"]);
        let only_six = network(std::slice::from_ref(&six), std::slice::from_ref(&both));
        assert_eq!(address(&only_six, None).unwrap(), "2001:db8::5");
        let dual = network(&[route("eth0", "192.168.0.1"), six], &[both]);
        assert_eq!(address(&dual, None).unwrap(), "192.168.0.10");
        assert_eq!(address(&dual, Some("::")).unwrap(), "2001:db8::5");
    }

    #[test]
    fn hosts_routed_by_link_local_addresses_advertise_the_address_on_lo() {
        let lo = interface("lo", &["127.0.0.1/8", "10.255.0.1/32"]);
        let host = network(&[route("eth0", "169.254.0.1")], &[lo, interface("eth0", &["169.254.0.2/30"])]);
        assert_eq!(address(&host, None).unwrap(), "10.255.0.1");
        assert_eq!(address(&host, Some("127.0.0.1")).unwrap(), "10.255.0.1");
    }

    #[test]
    fn an_interface_that_is_down_has_no_address_to_give() {
        let down = Interface { up: false, ..interface("eth0", &["192.168.0.10/24"]) };
        let said = address(&network(&[route("eth0", "192.168.0.1")], &[down]), None).unwrap_err();
        assert_eq!(said, NoAddress::NoGlobalAddress { interfaces: "eth0".to_owned() });
    }

    #[test]
    fn without_a_default_route_the_error_says_how_to_give_an_address() {
        let said = address(&network(&[], &[interface("eth0", &["192.168.0.10/24"])]), None).unwrap_err();
        assert!(said.to_string().contains("--apiserver-advertise-address"), "{said}");
    }

    #[test]
    fn a_loopback_address_alone_cannot_be_advertised() {
        let said =
            address(&network(&[], &[interface("lo", &["127.0.0.1/8"])]), Some("127.0.0.1")).unwrap_err();
        assert!(matches!(said, NoAddress::NoLoopbackAddress { .. }), "{said}");
    }

    #[test]
    fn what_could_not_be_seen_is_said() {
        let unseen = Unseen::new("/proc/net/route", "permission denied");
        let host = Network { routes: Err(unseen.clone()), interfaces: Ok(vec![]) };
        assert_eq!(address(&host, None), Err(NoAddress::Unseen(unseen)));
    }
}
