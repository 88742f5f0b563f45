//! The count of whatever a Kubernetes cluster can scale, by its `scale` subresource
//! (<https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/scale-v1/>): deployments, stateful sets, replica sets,
//! and custom resources that have one.
//!
//! Requests are those of the crate `kube`, whose [`Client`] is the caller's: it knows the cluster, its certificates and the
//! credentials, and runs on `tokio`. It tries again by itself where the server is overloaded (429, 503, 504).

use std::time::Duration;

use kube::api::{Api, ApiResource, DynamicObject, PostParams};
use kube::core::GroupVersionKind;

pub use kube::{self, Client};

use super::config::{MOST_INSTANCES, count};
use super::ledger::ScalingRequest;
use crate::config::within;
use crate::error::{Error, ErrorCode, Result};

/// What is scaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleTarget {
    /// Its namespace.
    pub namespace: String,
    /// The group of its API, such as `apps`.
    pub group: String,
    /// The version of that, such as `v1`.
    pub version: String,
    /// What it is, in the plural, as paths have it: `deployments`.
    pub plural: String,
    /// Its name.
    pub name: String,
}

impl ScaleTarget {
    /// A deployment.
    pub fn deployment(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self::apps("deployments", namespace.into(), name.into())
    }

    /// A stateful set.
    pub fn stateful_set(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self::apps("statefulsets", namespace.into(), name.into())
    }

    fn apps(plural: &str, namespace: String, name: String) -> Self {
        Self { namespace, group: "apps".into(), version: "v1".into(), plural: plural.into(), name }
    }

    fn check(&self) -> Result<()> {
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        let fields = [
            ("namespace", &self.namespace),
            ("version", &self.version),
            ("plural", &self.plural),
            ("name", &self.name),
        ];
        let Some((field, text)) = fields.into_iter().find(|(_, text)| !plain(text)) else { return Ok(()) };
        Err(Error::new(ErrorCode::ConfigInvalid, format!("{text:?} cannot be the {field} of anything in a cluster"))
            .field(format!("target.{field}"))
            .hint("letters, digits, `-` and `.`"))
    }
}

impl std::fmt::Display for ScaleTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} in {}", self.plural, self.name, self.namespace)
    }
}

/// How a count is changed.
#[derive(Debug, Clone, PartialEq)]
pub struct KubernetesOptions {
    /// Seconds that a call may take with all its tries, 0.1 to an hour.
    pub timeout: f64,
    /// Further tries where somebody else changed the object between reading and writing, 0 to 100.
    pub conflict_retries: u32,
    /// Whether the server only checks what it would do: rights, admission, quotas. Nothing changes.
    pub dry_run: bool,
}

impl Default for KubernetesOptions {
    fn default() -> Self {
        Self { timeout: 10.0, conflict_retries: 5, dry_run: false }
    }
}

/// Counts of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KubernetesCounts {
    /// Instances that there should be (`spec.replicas`).
    pub wanted: u32,
    /// Instances that there are (`status.replicas`): what an engine is told as `instances`.
    pub instances: u32,
    /// Those that are ready (`status.readyReplicas`, which the target itself has and not its `scale`): what it is told as
    /// `ready_instances`. None where the role may not read the target.
    pub ready_instances: Option<u32>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaled {
    /// The count before.
    pub from: u32,
    /// The count now.
    pub to: u32,
    /// Whether anything was written; not where the count was that already.
    pub written: bool,
    /// How often somebody else came between.
    pub conflicts: u32,
}

/// Reads and changes the count of one target.
///
/// Its role needs `get` and `update` of the `scale` subresource, and `get` of the target itself for counts of ready
/// instances.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use opusclip_core::scaling::kubernetes::{Client, KubernetesOptions, KubernetesScaler, ScaleTarget};
/// use opusclip_core::scaling::{ResourceMetrics, ScalingConfig, ScalingEngine};
/// let target = ScaleTarget::deployment("media", "render");
/// let scaler = KubernetesScaler::new(Client::try_default().await?, target, KubernetesOptions::default())?;
/// let mut engine = ScalingEngine::new(ScalingConfig::default())?;
/// # let (cpu, now) = (85.0, 0.0);
/// let counts = scaler.counts().await?;
/// let metrics = ResourceMetrics {
///     cpu_usage: Some(cpu),
///     ready_instances: counts.ready_instances,
///     ..ResourceMetrics::default()
/// };
/// let decision = engine.evaluate(&metrics.of(counts.instances), now)?;
/// if let Some(request) = engine.begin(&decision, now)? {
///     match scaler.execute(&request).await {
///         Ok(_) => engine.succeeded(&request.token, now)?,
///         Err(error) => drop(engine.failed(&request.token, &error.to_string(), now)?),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KubernetesScaler {
    api: Api<DynamicObject>,
    target: ScaleTarget,
    options: KubernetesOptions,
}

impl std::fmt::Debug for KubernetesScaler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (target, options) = (&self.target, &self.options);
        f.debug_struct("KubernetesScaler").field("target", target).field("options", options).finish_non_exhaustive()
    }
}

impl KubernetesScaler {
    /// A scaler of one target.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`], [`ErrorCode::ConfigOutOfRange`] or [`ErrorCode::ConfigNotFinite`] for a name or an
    /// option that cannot be.
    pub fn new(client: Client, target: ScaleTarget, options: KubernetesOptions) -> Result<Self> {
        target.check()?;
        within("timeout", options.timeout, 0.1, 3600.0)?;
        count("conflict_retries", options.conflict_retries, 0, 100)?;
        // Paths are made of the plural alone.
        let kind = GroupVersionKind::gvk(&target.group, &target.version, &target.plural);
        let resource = ApiResource::from_gvk_with_plural(&kind, &target.plural);
        let api = Api::namespaced_with(client, &target.namespace, &resource);
        Ok(Self { api, target, options })
    }

    /// How many there are, should be, and work.
    ///
    /// # Errors
    /// [`ErrorCode::ScalingRefused`], [`ErrorCode::ScalingUnknownTarget`] or [`ErrorCode::ScalingUnavailable`].
    pub async fn counts(&self) -> Result<KubernetesCounts> {
        self.in_time(async {
            let (_, wanted, instances) = self.read().await?;
            let ready_instances = match self.api.get(&self.target.name).await {
                Ok(object) => Some(ready(&object)),
                Err(kube::Error::Api(status)) if status.code == 403 => None,
                Err(error) => return Err(self.explained(error)),
            };
            Ok(KubernetesCounts { wanted, instances, ready_instances })
        })
        .await
    }

    /// Bring the count to `instances`. Nothing is written where it is that already.
    ///
    /// # Errors
    /// As [`counts`](Self::counts); [`ErrorCode::ScalingConflict`] where somebody else came between at each try.
    pub async fn scale_to(&self, instances: u32) -> Result<Scaled> {
        count("instances", instances, 0, MOST_INSTANCES)?;
        self.in_time(self.bring(instances, None)).await
    }

    /// Carry out what an engine decided. The same request twice is written once.
    ///
    /// # Errors
    /// As [`scale_to`](Self::scale_to); [`ErrorCode::ScalingOutdated`] where the count is neither the one that was decided
    /// from nor the one that was decided.
    pub async fn execute(&self, request: &ScalingRequest) -> Result<Scaled> {
        self.in_time(self.bring(request.target_instances, Some(request.current_instances))).await
    }

    async fn bring(&self, instances: u32, expected: Option<u32>) -> Result<Scaled> {
        let mut conflicts = 0;
        loop {
            let (mut scale, from, _) = self.read().await?;
            if from == instances {
                return Ok(Scaled { from, to: instances, written: false, conflicts });
            }
            if let Some(expected) = expected.filter(|expected| *expected != from) {
                let message = format!("{} has {from} instances, not {expected}", self.target);
                return Err(Error::new(ErrorCode::ScalingOutdated, message)
                    .field("decision")
                    .hint("evaluate again with the count that there is, and act on that"));
            }
            // Counts are checked to be a million at most. The version that was read goes back with it, so that a change of
            // somebody else's is not overwritten.
            scale.spec.get_or_insert_default().replicas = i32::try_from(instances).ok();
            let how = PostParams { dry_run: self.options.dry_run, field_manager: Some("opusclip".to_owned()) };
            match self.api.replace_scale(&self.target.name, &how, &scale).await {
                Ok(_) => return Ok(Scaled { from, to: instances, written: !self.options.dry_run, conflicts }),
                Err(kube::Error::Api(status)) if status.code == 409 && conflicts < self.options.conflict_retries => {
                    conflicts += 1;
                }
                Err(error) => return Err(self.explained(error)),
            }
        }
    }

    /// The scale, and from it the counts that should be and that are.
    async fn read(&self) -> Result<(kube::core::subresource::Scale, u32, u32)> {
        let scale = self.api.get_scale(&self.target.name).await.map_err(|error| self.explained(error))?;
        let whole = |count: Option<i32>| count.and_then(|count| u32::try_from(count).ok()).unwrap_or_default();
        let wanted = whole(scale.spec.as_ref().and_then(|spec| spec.replicas));
        let instances = whole(scale.status.as_ref().map(|status| status.replicas));
        Ok((scale, wanted, instances))
    }

    async fn in_time<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let limit = self.options.timeout;
        tokio::time::timeout(Duration::from_secs_f64(limit), call).await.unwrap_or_else(|_| {
            let message = format!("the cluster did not answer within {limit} s");
            Err(Error::new(ErrorCode::ScalingUnavailable, message).field("timeout"))
        })
    }

    fn explained(&self, error: kube::Error) -> Error {
        let (target, plural) = (&self.target, &self.target.plural);
        let kube::Error::Api(status) = &error else {
            let message = format!("the cluster cannot be asked about {target}: {error}");
            return Error::new(ErrorCode::ScalingUnavailable, message).caused_by(error);
        };
        let said = if status.message.is_empty() { &status.reason } else { &status.message };
        let answered = format!("{target}: the cluster answered {}: {said}", status.code);
        let (code, hint) = match status.code {
            401 => (ErrorCode::ScalingRefused, "the credentials are wrong or have expired".to_owned()),
            403 => {
                let hint = format!("its role needs get and update of {plural}/scale; see what the message names");
                (ErrorCode::ScalingRefused, hint)
            }
            404 => (ErrorCode::ScalingUnknownTarget, "look at its name, its namespace and its API".to_owned()),
            409 => (ErrorCode::ScalingConflict, "something else scales it, too: leave it to one of them".to_owned()),
            400..500 if status.code != 429 => (ErrorCode::ScalingRefused, "see what the message names".to_owned()),
            _ => {
                let patience = status.details.as_ref().map_or(0, |details| details.retry_after_seconds).max(1);
                (ErrorCode::ScalingUnavailable, format!("try again after {patience} s"))
            }
        };
        Error::new(code, answered).field("target").hint(hint).caused_by(error)
    }
}

fn ready(object: &DynamicObject) -> u32 {
    // It is left out where it is 0.
    let count = object.data.pointer("/status/readyReplicas").and_then(serde_json::Value::as_u64);
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
