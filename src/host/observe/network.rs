//! Routes.

use crate::facts::{DefaultRoute, Seen, Unseen, parse_ipv4, parse_ipv6};
use crate::host::node::Node;

/// The default routes of both families. A kernel without IPv6 has no file of them.
pub fn routes(node: &Node) -> Seen<Vec<DefaultRoute>> {
    let (four, six) = ("/proc/net/route", "/proc/net/ipv6_route");
    let mut routes = parse_ipv4(&node.text(four)?).map_err(|bad| Unseen::new(four, bad))?;
    let text = node.text_or_empty(six)?;
    routes.extend(parse_ipv6(&text).map_err(|bad| Unseen::new(six, bad))?);
    Ok(routes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::node::fake_node;

    #[test]
    fn a_kernel_without_ipv6_still_has_routes() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        assert!(routes(&node).is_err());
        let net = folder.path().join("proc/net");
        #[expect(clippy::disallowed_methods, reason = "the test's own tree")]
        {
            std::fs::create_dir_all(&net).unwrap();
            let line = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
            std::fs::write(net.join("route"), line).unwrap();
        }
        assert_eq!(routes(&node).unwrap().len(), 1);
    }
}
