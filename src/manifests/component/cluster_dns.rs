//! The address that all pods ask for names.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::config::Networking;

/// The tenth address of the first service range, which is the cluster's default family.
pub fn cluster_dns(networking: &Networking) -> IpAddr {
    match networking.service_subnets[0] {
        IpNet::V4(range) => IpAddr::V4(u32::from(range.network()).saturating_add(10).into()),
        IpNet::V6(range) => IpAddr::V6(u128::from(range.network()).saturating_add(10).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    #[test]
    fn it_is_the_tenth_of_the_first_service_range() {
        let mut networking = fixture::config().cluster.networking;
        for (range, address) in
            [("10.96.0.0/12", "10.96.0.10"), ("fd00:1::/112", "fd00:1::a"), ("10.0.1.250/28", "10.0.1.250")]
        {
            networking.service_subnets[0] = range.parse().unwrap();
            assert_eq!(cluster_dns(&networking).to_string(), address);
        }
    }
}
