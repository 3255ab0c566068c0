//! The programs that a cluster is made of: those from Go modules are built once and kept, those
//! of Debian are installed where they are missing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use sha2::{Digest, Sha256};

use crate::run::{output, read, read_text, write};
use crate::version::Runtime;
use crate::{Version, place};

/// Programs of Debian's packages, each with its package.
const DEBIAN: [(&str, &str); 8] = [
    ("/usr/sbin/runc", "runc"),
    ("/usr/bin/containerd", "containerd"),
    ("/usr/lib/cni/ptp", "containernetworking-plugins"),
    ("/usr/bin/docker-registry", "docker-registry"),
    ("/usr/bin/htpasswd", "apache2-utils"),
    ("/bin/busybox", "busybox-static"),
    ("/usr/sbin/iptables", "iptables"),
    ("/usr/sbin/conntrack", "conntrack"),
];

/// Where the programs of a cluster stand.
#[derive(Clone, Debug)]
pub struct Binaries {
    folders: Vec<PathBuf>,
}

impl Binaries {
    /// Installs and builds what is missing, and says on `progress` what it does.
    ///
    /// # Errors
    /// A sentence that says what failed and what to do.
    pub fn provide(version: &Version, progress: &dyn Fn(&str)) -> Result<Binaries, String> {
        install(progress)?;
        let flags = version_flags(version);
        Binaries::of(version, |module| match module == version.module {
            true => build(module, &flags, progress),
            false => build(module, "", progress),
        })
    }

    /// The same, where all is built; for the processes inside of the cluster.
    ///
    /// # Errors
    /// When a program is missing.
    pub fn built(version: &Version) -> Result<Binaries, String> {
        Binaries::of(version, |module| {
            let folder = folder(module)?;
            folder.is_dir().then_some(folder).ok_or_else(|| {
                format!(
                    "{module} is not built: run `cargo xtask cluster up --kubernetes {}`",
                    version.name
                )
            })
        })
    }

    fn of(
        version: &Version,
        folder_of: impl Fn(&str) -> Result<PathBuf, String>,
    ) -> Result<Binaries, String> {
        let runtime = (version.runtime == Runtime::Module).then_some("containerd");
        let modules = [version.module, "etcd", "kwok", "coredns"].into_iter().chain(runtime);
        Ok(Binaries { folders: modules.map(folder_of).collect::<Result<_, _>>()? })
    }

    /// The program of this name.
    pub fn path(&self, program: &str) -> PathBuf {
        let mut built = self.folders.iter().map(|folder| folder.join(program));
        built.find(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(program))
    }

    /// The folders, in the form of `PATH`, before those of the machine.
    pub fn search_path(&self) -> String {
        let mut folders: Vec<String> =
            self.folders.iter().map(|folder| folder.display().to_string()).collect();
        folders.push("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned());
        folders.join(":")
    }
}

/// The link flags that give Kubernetes' programs their version: built as a dependency, they say
/// v0.0.0 else.
fn version_flags(version: &Version) -> String {
    let (release, minor) = (version.kubernetes, version.minor());
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
        .iter()
        .map(|package| {
            format!(
                "-X {package}.gitVersion={release} -X {package}.gitMajor=1 -X {package}.gitMinor={minor} "
            )
        })
        .collect()
}

/// Where a module's programs are kept: by name, by what it pins and by its own program.
fn folder(module: &str) -> Result<PathBuf, String> {
    let mut digest = Sha256::new();
    let below = place::modules().join(module);
    for path in ["go.mod", "go.sum", "main.go"].map(|file| below.join(file)) {
        match read(&path) {
            Ok(bytes) => digest.update(bytes),
            // Most modules have no program of their own.
            Err(_) if path.ends_with("main.go") => {}
            Err(mistake) => return Err(mistake),
        }
    }
    let digest: String =
        digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Ok(place::cache().join(format!("{module}-{digest}")))
}

/// Builds the tools of a module, unless they stand already. They are built beside and renamed
/// when all are there, so that a build that was ended half-way leaves nothing that looks whole.
fn build(module: &str, flags: &str, progress: &dyn Fn(&str)) -> Result<PathBuf, String> {
    let done = folder(module)?;
    if done.is_dir() {
        return Ok(done);
    }
    let started = Instant::now();
    progress(&format!("building {module} (once; minutes on two cores)"));
    let half = done.with_extension("building");
    let failed = |error: &dyn std::fmt::Display| format!("building {module}: {error}");
    let _ = fs::remove_dir_all(&half);
    fs::create_dir_all(&half).map_err(|error| failed(&error))?;
    let mut child = Command::new("go")
        .current_dir(place::modules().join(module))
        .args(["build", "-v", "-trimpath", "-ldflags", &format!("-s -w {flags}"), "-o"])
        .arg(format!("{}/", half.display()))
        .arg("tool")
        .env("GOFLAGS", "-mod=readonly")
        .env("GOTOOLCHAIN", "auto")
        .env("CGO_ENABLED", "0")
        // Memory is there; collecting it less often saves a part of the time.
        .env("GOGC", "400")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&format!("go (1.26 or newer) does not start: {error}")))?;
    let last = follow(child.stderr.take(), module, started, progress);
    match child.wait() {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(failed(&format!("go ended with {status}\n{last}"))),
        Err(error) => return Err(failed(&error)),
    }
    if module == "kwok" {
        stages(&half).map_err(|error| failed(&error))?;
    }
    fs::rename(&half, &done).map_err(|error| failed(&error))?;
    progress(&format!("built {module} in {} s", started.elapsed().as_secs()));
    Ok(done)
}

/// The file beside kwok that tells how its nodes and pods live.
pub(crate) const STAGES: &str = "stages.yaml";

/// Puts kwok's own stages into one file. They stand in its module, and not in its program.
fn stages(folder: &Path) -> Result<(), String> {
    let mut list = Command::new("go");
    list.current_dir(place::modules().join("kwok")).args([
        "list",
        "-m",
        "-f",
        "{{.Dir}}",
        "sigs.k8s.io/kwok",
    ]);
    let source = output(&mut list)?;
    let below = Path::new(source.trim()).join("kustomize/stage");
    let mut all = String::new();
    for file in [
        "node/fast/node-initialize.yaml",
        "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
        "pod/fast/pod-ready.yaml",
        "pod/fast/pod-complete.yaml",
        "pod/fast/pod-delete.yaml",
    ] {
        let path = below.join(file);
        all.push_str(&format!("---\n{}\n", read_text(&path)?));
    }
    write(&folder.join(STAGES), all)
}

/// Counts the packages that `go build -v` names, and keeps its last lines for an error.
fn follow(
    output: Option<impl std::io::Read>,
    module: &str,
    started: Instant,
    progress: &dyn Fn(&str),
) -> String {
    let mut last: Vec<String> = Vec::new();
    let mut packages = 0;
    for line in
        output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok)
    {
        packages += 1;
        if packages % 200 == 0 {
            progress(&format!(
                "building {module}: {packages} packages, {} s",
                started.elapsed().as_secs()
            ));
        }
        last.push(line);
        if last.len() > 20 {
            last.remove(0);
        }
    }
    last.join("\n")
}

fn install(progress: &dyn Fn(&str)) -> Result<(), String> {
    let missing: Vec<&str> = DEBIAN
        .iter()
        .filter(|(program, _)| !Path::new(program).exists())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    progress(&format!("installing {}", missing.join(", ")));
    // The packages' own services must not start: the cluster starts what it needs.
    let apt = |arguments: &[&str]| {
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("RUNLEVEL", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
    };
    let by_hand = format!("install by hand: {}", missing.join(" "));
    let updated = apt(&["update", "-qq"]);
    let wanted =
        [&["install", "-y", "-qq", "--no-install-recommends"], missing.as_slice()].concat();
    match updated.and_then(|_| apt(&wanted)) {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("apt-get ended with {status}; {by_hand}")),
        Err(error) => Err(format!("apt-get does not start: {error}; {by_hand}")),
    }
}
