//! A live cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use evidence::{Kind, ObjectRef, Permission, Question, Replies, Reply, Time};
use futures_util::StreamExt;
use http::{Request, Response};
use kube::client::{Body, ClientBuilder};
use tower::{BoxError, Layer, Service};

use crate::access::{Access, Environment};
use crate::answer::answer;
use crate::connect_error::ConnectError;
use crate::kubeconfig;
use crate::pull_secret::PullSecret;
use crate::read_only::ReadOnly;
use crate::review::{self, Grant};
use crate::telemetry::{Systems, Telemetry};
use crate::transport::Transport;

/// How many questions are asked at the same time.
const AT_ONCE: usize = 8;

/// A live API server, to be asked.
///
/// Asking needs a tokio runtime with time and I/O, of any flavour.
pub struct Cluster {
    transport: Transport,
    gate: ReadOnly,
    timeout: Duration,
    systems: Option<Systems>,
    description: String,
    default_namespace: String,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("description", &self.description).finish_non_exhaustive()
    }
}

impl Cluster {
    /// Finds the API server and the credentials for it, from kubeconfig files or from within a
    /// pod, and runs a credential plugin where the kubeconfig names one. The server itself is
    /// not asked yet: one that cannot be reached shows in the replies.
    ///
    /// Credentials of a plugin are got once; after they expire, connect again.
    ///
    /// # Errors
    /// When there is no usable configuration; the error says what to do.
    pub async fn connect(access: &Access) -> Result<Cluster, ConnectError> {
        Cluster::connect_from(access, &Environment::of_process()).await
    }

    /// The same, in given surroundings.
    ///
    /// # Errors
    /// As [`Cluster::connect`].
    pub async fn connect_from(
        access: &Access,
        environment: &Environment,
    ) -> Result<Cluster, ConnectError> {
        // Fails when one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let found = kubeconfig::find(access, environment).await?;
        let default_namespace = found.config.default_namespace.clone();
        let gate = ReadOnly::default();
        let client = ClientBuilder::try_from(found.config)
            .map_err(ConnectError::of_client)?
            .with_layer(&gate)
            .build();
        let transport = Transport::new(client, access.timeout);
        Ok(Cluster {
            transport,
            gate,
            timeout: access.timeout,
            systems: None,
            description: found.description,
            default_namespace,
        })
    }

    /// A cluster that is asked through a given client.
    pub fn with_client(client: kube::Client, timeout: Duration) -> Cluster {
        let namespace = client.default_namespace().to_owned();
        let service = tower::service_fn(move |request: Request<Body>| {
            let client = client.clone();
            async move { client.send(request).await }
        });
        Cluster::with_service(service, &namespace, timeout)
    }

    /// A cluster that is asked through a given HTTP service: one in this process.
    pub fn with_service<S, B>(service: S, default_namespace: &str, timeout: Duration) -> Cluster
    where
        S: Service<Request<Body>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let gate = ReadOnly::default();
        let client = kube::Client::new(gate.layer(service), default_namespace);
        Cluster {
            transport: Transport::new(client, timeout),
            gate,
            timeout,
            systems: None,
            description: "a server in this process".to_owned(),
            default_namespace: default_namespace.to_owned(),
        }
    }

    /// From now on asks these systems for alerts and time series. Without them such questions are
    /// answered as not asked.
    ///
    /// # Errors
    /// When no client can be made for a URL.
    pub fn ask_telemetry(&mut self, telemetry: Telemetry) -> Result<(), ConnectError> {
        self.systems = Some(Systems::new(telemetry, &self.gate, self.timeout)?);
        Ok(())
    }

    /// From now on keeps the values of the pull secrets that are asked for, for
    /// [`Cluster::pull_secret`]. Nothing is asked for because of it.
    pub fn keep_pull_secrets(&self) {
        self.transport.vault().open();
    }

    /// The value of a pull secret that was read before, which a registry can be asked with;
    /// `None` where it was not read, or the kubelet would not read it for pulls.
    pub fn pull_secret(&self, secret: &ObjectRef) -> Option<PullSecret> {
        self.transport.vault().get(secret)
    }

    /// Which cluster it is: the context, and the server's host and port.
    pub fn describe(&self) -> &str {
        &self.description
    }

    /// The namespace that is meant where none is named.
    pub fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// How many requests were sent so far, pages and retries included.
    pub fn requests(&self) -> u64 {
        self.gate.sent()
    }

    /// Answers questions, several at the same time, and gives each with its reply in the order
    /// asked. What a list among them tells is not asked a second time.
    pub async fn answer_all(&self, questions: Vec<Question>) -> Vec<(Question, Reply)> {
        let mut replies = BTreeMap::new();
        let note = |question, reply| {
            replies.insert(question, reply);
        };
        self.answer_each(&questions, note).await;
        let reply = |question: Question| {
            let reply = replies.get(&question)?.clone();
            Some((question, reply))
        };
        questions.into_iter().filter_map(reply).collect()
    }

    /// The same, giving each reply as it comes: who stops waiting keeps what came until then.
    pub async fn answer_each(&self, questions: &[Question], mut note: impl FnMut(Question, Reply)) {
        let asked: BTreeSet<&Question> = questions.iter().collect();
        let (told, alone): (Vec<&Question>, Vec<&Question>) = asked
            .iter()
            .partition(|question| lists_around(question).any(|list| asked.contains(&list)));
        let mut known = Replies::new(Time::UNIX_EPOCH);
        let mut stream = self.ask(alone);
        while let Some((question, reply)) = stream.next().await {
            known.insert(question.clone(), reply.clone());
            note(question, reply);
        }
        let mut left = Vec::new();
        for question in told {
            match known.get(question).filter(is_whole) {
                Some(reply) => note(question.clone(), reply),
                None => left.push(question),
            }
        }
        let mut stream = self.ask(left);
        while let Some((question, reply)) = stream.next().await {
            note(question, reply);
        }
    }

    /// Asks for each permission whether the user has it, and gives the server's word with the
    /// permission's place as it comes: who stops waiting keeps what came until then.
    pub async fn may_each(&self, permissions: &[Permission], mut note: impl FnMut(usize, Grant)) {
        let asked = permissions.iter().enumerate().map(|(place, permission)| {
            Box::pin(async move { (place, review::ask(&self.transport, permission).await) })
        });
        let mut stream = futures_util::stream::iter(asked).buffer_unordered(AT_ONCE);
        while let Some((place, grant)) = stream.next().await {
            note(place, grant);
        }
    }

    fn ask<'a>(
        &'a self,
        questions: Vec<&'a Question>,
    ) -> impl futures_util::Stream<Item = (Question, Reply)> + Unpin + 'a {
        let asked = questions.into_iter().map(move |question| {
            Box::pin(async move { (question.clone(), self.answer_one(question).await) })
        });
        futures_util::stream::iter(asked).buffer_unordered(AT_ONCE)
    }

    async fn answer_one(&self, question: &Question) -> Reply {
        if let Some(systems) = &self.systems
            && let Some(reply) = systems.answer(&self.transport, question).await
        {
            return reply;
        }
        answer(&self.transport, question).await
    }
}

/// The lists that, complete, would answer a question.
fn lists_around(question: &Question) -> impl Iterator<Item = Question> + use<> {
    let (kind, namespace) = match question {
        Question::Get { object } => (Some(object.kind), object.namespace.clone()),
        Question::EventsOf { object } => (Some(Kind::Event), object.namespace.clone()),
        Question::List { kind, namespace: Some(_) } => (Some(*kind), None),
        Question::Namesakes { kind, .. } => (Some(*kind), None),
        _ => (None, None),
    };
    let of = move |namespace: Option<String>| kind.map(|kind| Question::List { kind, namespace });
    let narrow = namespace.and_then(|namespace| of(Some(namespace)));
    narrow.into_iter().chain(of(None))
}

/// Whether asking for itself could not tell more.
fn is_whole(reply: &Reply) -> bool {
    match reply {
        Reply::Unseen(_) => false,
        Reply::Objects(listing) => listing.missing.is_none(),
        _ => true,
    }
}
