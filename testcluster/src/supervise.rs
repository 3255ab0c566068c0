//! The first process of a cluster: sets up its surroundings, starts everything in order, and ends
//! when anything ends. It runs inside of the cluster's namespaces.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::binaries::Binaries;
use crate::components::{Component, Setting};
use crate::keys::Authority;
use crate::place::{self, INSIDE};
use crate::processes::Processes;
use crate::run::output;
use crate::{Version, cgroups, mark, registries, surroundings};

/// Runs a cluster until it is ended from outside or one of its processes ends.
///
/// # Errors
/// What failed, with the end of the log that tells why.
pub fn supervise(version: &Version) -> Result<(), String> {
    let result = bring_up(version).and_then(|mut cluster| {
        mark::ready(version)?;
        loop {
            if let Some((name, status)) = cluster.processes.ended() {
                return Err(format!(
                    "{name} ended with {status}:\n{}",
                    cluster.processes.last_lines(&name)
                ));
            }
            thread::sleep(Duration::from_millis(500));
        }
    });
    if let Err(message) = &result {
        mark::failed(version, message)?;
    }
    result
}

/// A cluster that is up. The registries live as long as this.
struct Running {
    processes: Processes,
    _registries: Vec<registry::Listening>,
}

fn bring_up(version: &Version) -> Result<Running, String> {
    let step = |text: &str| mark::progress(version, text);
    let binaries = Binaries::built(version)?;
    step("namespaces")?;
    surroundings::set_up(&registries::addresses())?;
    cgroups::make(version)?;
    let logs = place::records(version).join("logs");
    let mut processes = Processes::new(&logs, binaries.search_path());
    let folder = Path::new(INSIDE);
    let authority = Authority::new(folder, "authority")?;
    let stranger = Authority::new(folder, "stranger")?;
    let setting = Setting { version, binaries: &binaries, authority: &authority };
    let kubectl = write_kubeconfigs(&setting)?;

    step("API server")?;
    start(&mut processes, setting.etcd())?;
    start(&mut processes, setting.dns()?)?;
    start(&mut processes, setting.api_server()?)?;
    processes.wait_until("the API server is ready", Duration::from_secs(60), || {
        kubectl(&["get", "--raw", "/readyz"]).is_ok()
    })?;
    step("controllers and nodes")?;
    start(&mut processes, setting.controller_manager()?)?;
    start(&mut processes, setting.scheduler()?)?;
    start(&mut processes, setting.containerd()?)?;
    let socket = folder.join("containerd.sock");
    processes.wait_until("containerd listens", Duration::from_secs(30), || socket.exists())?;
    start(&mut processes, setting.kubelet()?)?;
    start(&mut processes, setting.proxy()?)?;
    start(&mut processes, setting.kwok()?)?;
    step("registries")?;
    let registries = registries::start(&mut processes, &authority, &stranger)?;
    let objects = place::home().join("config/cluster.yaml");
    let role = place::checkout().join("docs/reference/rbac.yaml");
    for file in [&objects, &role] {
        kubectl(&["apply", "-f", &file.display().to_string()])?;
    }
    step("nodes ready")?;
    processes.wait_until("all nodes are ready", Duration::from_secs(60), || all_ready(&kubectl))?;
    Ok(Running { processes, _registries: registries })
}

fn start(processes: &mut Processes, component: Component) -> Result<(), String> {
    processes.start(component.name, &component.program, &component.arguments)
}

/// Writes the kubeconfigs of an administrator and of the user that `tsg` runs as, also to where
/// they are found from outside, and gives a way to run kubectl.
fn write_kubeconfigs(
    setting: &Setting,
) -> Result<impl Fn(&[&str]) -> Result<String, String>, String> {
    let admin = setting.kubeconfig("admin", "admin", &["system:masters"])?;
    let user = setting.kubeconfig("tsg", "tsg", &[])?;
    for file in [&admin, &user, &setting.authority.certificate] {
        let name = file.file_name().unwrap_or_default();
        let copy = place::records(setting.version).join(name);
        fs::copy(file, &copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    }
    let kubectl = setting.binaries.path("kubectl");
    Ok(move |arguments: &[&str]| {
        output(
            Command::new(&kubectl)
                .arg("--kubeconfig")
                .arg(&admin)
                .args(arguments)
                .env("HOME", INSIDE),
        )
    })
}

fn all_ready(kubectl: &impl Fn(&[&str]) -> Result<String, String>) -> bool {
    // Each try costs a process; a quarter of a second between them is soon enough.
    let pause = Instant::now();
    let path = "jsonpath={range .items[*]}{.status.conditions[?(@.type==\"Ready\")].status} {end}";
    let ready = kubectl(&["get", "nodes", "-o", path]).is_ok_and(|text| {
        let nodes: Vec<&str> = text.split_whitespace().collect();
        nodes.len() >= 4 && nodes.iter().all(|status| *status == "True")
    });
    let account = kubectl(&["-n", "default", "get", "serviceaccount", "default"]).is_ok();
    thread::sleep(Duration::from_millis(250).saturating_sub(pause.elapsed()));
    ready && account
}
