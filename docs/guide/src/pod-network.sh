#!/bin/sh
# The pods' network of a few hosts that are in one subnet: a bridge on this host, and a route to each other host's pods.
#   pod-network.sh FILE     FILE has a line a host: its address, and the range of its pods
set -eu

mkdir -p /etc/cni/net.d
while read -r address range rest; do
  case $address in '' | '#'*) continue ;; esac
  if [ -z "$(ip -o address show to "$address")" ]; then # another host
    ip route replace "$range" via "$address"
    continue
  fi
  cat >/etc/cni/net.d/10-bridge.conflist <<END
{
  "cniVersion": "1.0.0",
  "name": "bridge",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "pods",
      "isGateway": true,
      "ipMasq": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "ranges": [[{ "subnet": "$range" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
END
done <"$1"
