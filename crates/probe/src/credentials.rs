//! The pod's pull secrets, held until the registry was asked.

use evidence::{Login, Logins, ObjectRef};
use secrecy::{ExposeSecret, SecretSlice};

/// The pull secrets of a pod and its service account, in the pod's order.
///
/// It has no `Debug`, `Display` or `Serialize`: nothing that prints can take it.
///
/// ```compile_fail
/// println!("{:?}", probe::Credentials::default());
/// ```
#[derive(Default)]
pub struct Credentials(Logins);

impl Credentials {
    /// Adds a secret: its type, and the decoded bytes under [its key](Logins::key_of).
    pub fn add(&mut self, secret: ObjectRef, kind: &str, value: SecretSlice<u8>) {
        self.0.add(secret, kind, value.expose_secret().to_vec());
    }

    /// The logins that the kubelet would try for an image, in its order.
    ///
    /// Where there are any it tries each in turn, and nothing else when all fail; only where there
    /// is none does it pull as anybody (`kubeGenericRuntimeManager.PullImage`,
    /// pkg/kubelet/kuberuntime/kuberuntime_image.go, Kubernetes 1.34 and 1.37).
    pub(crate) fn for_image(&self, registry_and_repository: &str) -> Vec<&Login> {
        self.0.for_image(registry_and_repository)
    }

    /// A secret that the kubelet cannot read, for which it tries no login at all.
    pub(crate) fn unreadable(&self) -> Option<&(ObjectRef, String)> {
        self.0.unreadable().first()
    }
}
