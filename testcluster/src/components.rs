//! How each component is configured and called.

use std::path::{Path, PathBuf};

use crate::binaries::{Binaries, STAGES};
use crate::keys::{self, Authority, Pair};
use crate::place::{self, INSIDE};
use crate::run::{read, write};
use crate::surroundings::{API_SERVICE, DNS, NODE, PODS, SERVICES};
use crate::version::Runtime;
use crate::{Version, cgroups, registries};

/// The API server, as its clients call it.
const SERVER: &str = "https://127.0.0.1:6443";

/// A component: its name, its program, and what it is called with.
pub(crate) struct Component {
    pub name: &'static str,
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

/// What all components share.
pub(crate) struct Setting<'a> {
    pub version: &'a Version,
    pub binaries: &'a Binaries,
    pub authority: &'a Authority,
}

fn inside(name: &str) -> String {
    format!("{INSIDE}/{name}")
}

impl Setting<'_> {
    fn component(&self, name: &'static str, program: &str, arguments: &str) -> Component {
        Component {
            name,
            program: self.binaries.path(program),
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
        }
    }

    pub fn etcd(&self) -> Component {
        let data = inside("etcd");
        // It lives as long as the cluster: nothing is gained by waiting for a disk.
        self.component(
            "etcd",
            "server",
            &format!(
                "--data-dir={data} --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
                 --listen-peer-urls=http://127.0.0.1:2380 --unsafe-no-fsync --logger=zap --log-level=warn"
            ),
        )
    }

    pub fn api_server(&self) -> Result<Component, String> {
        keys::service_account_key(Path::new(INSIDE))?;
        let names =
            ["localhost", "kubernetes", "kubernetes.default.svc", "127.0.0.1", NODE, API_SERVICE];
        let serving = self.authority.server("api-server", &names)?;
        let kubelet = self.authority.client(
            "api-server-to-kubelet",
            "kube-apiserver",
            &["system:masters"],
        )?;
        write(Path::new(&inside("audit.yaml")), AUDIT_POLICY)?;
        let audit = place::records(self.version).join("audit.jsonl");
        Ok(self.component(
            "kube-apiserver",
            "kube-apiserver",
            &format!(
                "--etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --bind-address=0.0.0.0 --advertise-address={NODE} \
                 --service-cluster-ip-range={SERVICES} --allow-privileged=true --authorization-mode=Node,RBAC \
                 --client-ca-file={ca} --tls-cert-file={cert} --tls-private-key-file={key} \
                 --kubelet-client-certificate={kubelet_cert} --kubelet-client-key={kubelet_key} \
                 --kubelet-preferred-address-types=InternalIP \
                 --service-account-issuer=https://kubernetes.default.svc --service-account-key-file={sa}.pub \
                 --service-account-signing-key-file={sa}.key --enable-admission-plugins=NodeRestriction \
                 --audit-policy-file={policy} --audit-log-path={audit} --audit-log-mode=blocking --event-ttl=1h",
                ca = self.authority.certificate.display(),
                cert = serving.certificate.display(),
                key = serving.key.display(),
                kubelet_cert = kubelet.certificate.display(),
                kubelet_key = kubelet.key.display(),
                sa = inside("service-account"),
                policy = inside("audit.yaml"),
                audit = audit.display(),
            ),
        ))
    }

    pub fn controller_manager(&self) -> Result<Component, String> {
        let config =
            self.kubeconfig("controller-manager", "system:kube-controller-manager", &[])?;
        Ok(self.component(
            "kube-controller-manager",
            "kube-controller-manager",
            &format!(
                "--kubeconfig={config} --authentication-kubeconfig={config} --authorization-kubeconfig={config} \
                 --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
                 --root-ca-file={ca} --cluster-signing-cert-file={ca} --cluster-signing-key-file={key} \
                 --service-account-private-key-file={sa} --cluster-cidr={PODS} --allocate-node-cidrs=false \
                 --node-monitor-grace-period=20s",
                config = config.display(),
                ca = self.authority.certificate.display(),
                key = self.authority.key().display(),
                sa = inside("service-account.key"),
            ),
        ))
    }

    pub fn scheduler(&self) -> Result<Component, String> {
        let config = self.kubeconfig("scheduler", "system:kube-scheduler", &[])?;
        Ok(self.component(
            "kube-scheduler",
            "kube-scheduler",
            &format!(
                "--kubeconfig={} --bind-address=127.0.0.1 --leader-elect=false",
                config.display()
            ),
        ))
    }

    pub fn dns(&self) -> Result<Component, String> {
        let config = self.kubeconfig("dns", "testcluster:dns", &["system:masters"])?;
        write(Path::new(&inside("registry.test.zone")), registries::zone())?;
        let corefile = include_str!("../config/Corefile")
            .replace("ADDRESS", DNS)
            .replace("ZONE", &inside("registry.test.zone"))
            .replace("KUBECONFIG", &config.display().to_string());
        write(Path::new(&inside("Corefile")), corefile)?;
        Ok(self.component("coredns", "coredns", &format!("-conf {}", inside("Corefile"))))
    }

    pub fn containerd(&self) -> Result<Component, String> {
        registries::trust(Path::new(&inside("certs.d")), &self.authority.certificate)?;
        let text = match self.version.runtime {
            Runtime::Debian => include_str!("../config/containerd-1.toml"),
            Runtime::Module => include_str!("../config/containerd-2.toml"),
        };
        write(Path::new(&inside("containerd.toml")), text.replace("INSIDE", INSIDE))?;
        let network =
            include_str!("../config/cni.json").replace("INSIDE", INSIDE).replace("PODS", PODS);
        write(Path::new(&inside("cni/10-testcluster.conflist")), network)?;
        let program = match self.version.runtime {
            Runtime::Debian => "/usr/bin/containerd",
            Runtime::Module => "containerd",
        };
        Ok(self.component(
            "containerd",
            program,
            &format!("--config {}", inside("containerd.toml")),
        ))
    }

    pub fn kubelet(&self) -> Result<Component, String> {
        let config = self.kubeconfig("kubelet", "system:node:node-1", &["system:nodes"])?;
        let text = include_str!("../config/kubelet.yaml")
            .replace("INSIDE", INSIDE)
            .replace("CGROUP", &cgroups::name(self.version))
            .replace("NAMESERVER", DNS)
            .replace("AUTHORITY", &self.authority.certificate.display().to_string());
        write(Path::new(&inside("kubelet.yaml")), text)?;
        Ok(self.component(
            "kubelet",
            "kubelet",
            &format!(
                "--kubeconfig={config} --config={settings} --root-dir={root} --cert-dir={root}/pki \
                 --hostname-override=node-1 --node-ip={NODE} --v=1",
                config = config.display(),
                settings = inside("kubelet.yaml"),
                root = inside("kubelet"),
            ),
        ))
    }

    pub fn proxy(&self) -> Result<Component, String> {
        let config = self.kubeconfig("proxy", "system:kube-proxy", &[])?;
        let text = include_str!("../config/kube-proxy.yaml")
            .replace("KUBECONFIG", &config.display().to_string())
            .replace("PODS", PODS);
        write(Path::new(&inside("kube-proxy.yaml")), text)?;
        Ok(self.component(
            "kube-proxy",
            "kube-proxy",
            &format!("--config={}", inside("kube-proxy.yaml")),
        ))
    }

    pub fn kwok(&self) -> Result<Component, String> {
        let config = self.kubeconfig("kwok", "testcluster:kwok", &["system:masters"])?;
        Ok(self.component(
            "kwok",
            "kwok",
            &format!(
                "--kubeconfig={} --config={} --manage-all-nodes=false --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake \
                 --node-lease-duration-seconds=40 \
                 --cidr=10.81.0.0/16 --node-ip=10.81.0.1 --enable-crds=",
                config.display(),
                self.binaries.path(STAGES).display()
            ),
        ))
    }

    /// Writes a kubeconfig for a user, with a certificate in it.
    pub fn kubeconfig(&self, name: &str, user: &str, groups: &[&str]) -> Result<PathBuf, String> {
        let Pair { certificate, key } = self.authority.client(name, user, groups)?;
        let embedded = |path: &Path| {
            use base64::Engine;
            Ok::<String, String>(base64::engine::general_purpose::STANDARD.encode(read(path)?))
        };
        let text = include_str!("../config/kubeconfig.yaml")
            .replace("SERVER", SERVER)
            .replace("AUTHORITY", &embedded(&self.authority.certificate)?)
            .replace("CERTIFICATE", &embedded(&certificate)?)
            .replace("KEY", &embedded(&key)?)
            .replace("USER", user);
        let path = Path::new(INSIDE).join(format!("{name}.kubeconfig"));
        write(&path, text)?;
        Ok(path)
    }
}

/// One line for each request of the user that `tsg` runs as, and none for others.
const AUDIT_POLICY: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Metadata
  users: [tsg]
- level: None
";
