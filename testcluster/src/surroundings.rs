//! What a cluster's processes see around them: mounts, addresses and kernel settings of their own.
//!
//! All of it belongs to namespaces that only the cluster's processes hold, so it is gone with the
//! last of them, however they end. Only control groups live outside of namespaces; see
//! [`crate::cgroups`].

use std::fs;
use std::path::Path;

use crate::place::INSIDE;
use crate::run::{run, write};

/// The node's address.
pub(crate) const NODE: &str = "10.77.0.10";
/// The address of the name server, for the node and for pods.
pub(crate) const DNS: &str = "10.77.0.53";
/// The address whose packets are dropped.
pub(crate) const SILENT: &str = "10.77.1.20";
/// An address that there is no route to.
pub(crate) const UNREACHABLE: &str = "10.80.0.1";
/// The addresses of pods.
pub(crate) const PODS: &str = "10.78.0.0/16";
/// The addresses of services, and that of the API server among them.
pub(crate) const SERVICES: &str = "10.79.0.0/16";
pub(crate) const API_SERVICE: &str = "10.79.0.1";

/// Kernel settings that the kubelet writes for the whole machine. It is given files of its own in
/// their place, with the values that it wants.
const SETTINGS: [(&str, &str); 6] = [
    ("vm/overcommit_memory", "1"),
    ("vm/panic_on_oom", "0"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
    ("kernel/keys/root_maxkeys", "1000000"),
    ("kernel/keys/root_maxbytes", "25000000"),
];

/// Sets up mounts and network, with the addresses of the registries.
pub(crate) fn set_up(addresses: &[&str]) -> Result<(), String> {
    mounts()?;
    network(addresses)
}

fn mounts() -> Result<(), String> {
    run("mount -t tmpfs -o mode=755 testcluster /run")?;
    run("mount --make-rshared /run")?;
    fs::create_dir_all(INSIDE).map_err(|error| format!("{INSIDE}: {error}"))?;
    fs::create_dir_all("/run/netns").map_err(|error| format!("/run/netns: {error}"))?;
    for (setting, value) in SETTINGS {
        let own = Path::new(INSIDE).join("settings").join(setting);
        write(&own, value)?;
        run(&format!("mount --bind {} /proc/sys/{setting}", own.display()))?;
    }
    let resolv = Path::new(INSIDE).join("resolv.conf");
    write(&resolv, format!("nameserver {DNS}\noptions timeout:2 attempts:1\n"))?;
    let hosts = Path::new(INSIDE).join("hosts");
    write(&hosts, "127.0.0.1 localhost\n")?;
    for (own, path) in [(&resolv, "/etc/resolv.conf"), (&hosts, "/etc/hosts")] {
        // Where it is a link, the file behind it is covered.
        let path = fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?;
        run(&format!("mount --bind {} {}", own.display(), path.display()))?;
    }
    Ok(())
}

fn network(addresses: &[&str]) -> Result<(), String> {
    run("ip link set lo up")?;
    // A bridge, since the kubelet refuses a loopback address as the node's.
    run("ip link add node0 type bridge")?;
    run("ip link set node0 up")?;
    for address in [NODE, DNS, SILENT].iter().chain(addresses) {
        run(&format!("ip address add {address}/16 dev node0"))?;
    }
    run(&format!("ip route add unreachable {UNREACHABLE}/32"))?;
    run(&format!("iptables -A INPUT -d {SILENT} -j DROP"))?;
    fs::write("/proc/sys/net/ipv4/ip_forward", "1")
        .map_err(|error| format!("/proc/sys/net/ipv4/ip_forward: {error}"))
}
