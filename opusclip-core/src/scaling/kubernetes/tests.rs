//! Against a server on this machine that does what that of a cluster does with a scale.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::scaling::{ActionState, ResourceMetrics, ScalingConfig, ScalingEngine, ScalingStrategy};

const PATH: &str = "/apis/apps/v1/namespaces/media/deployments/render";

/// A deployment, and what happens to requests about it.
#[derive(Default)]
struct Cluster {
    replicas: i64,
    running: i64,
    ready: Option<i64>,
    version: u64,
    /// Requests so far: method, path, query.
    asked: Vec<(String, String, String)>,
    /// Answers that are given before any real one.
    failures: Vec<(u16, Value)>,
    /// How often somebody else changes it just before a write.
    disturbances: u32,
    /// Writes are answered after so long.
    delay: Duration,
    object_forbidden: bool,
}

type Shared = Arc<Mutex<Cluster>>;

fn failure(code: u16, reason: &str, message: &str) -> (u16, Value) {
    let body = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message });
    (code, body)
}

impl Cluster {
    fn scale(&self) -> Value {
        json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": { "name": "render", "namespace": "media", "resourceVersion": self.version.to_string() },
            "spec": { "replicas": self.replicas },
            "status": { "replicas": self.running, "selector": "app=render" },
        })
    }

    fn answer(&mut self, method: &str, path: &str, query: &str, body: &Value) -> (u16, Value) {
        self.asked.push((method.into(), path.into(), query.into()));
        if !self.failures.is_empty() {
            return self.failures.remove(0);
        }
        match (method, path.strip_prefix(PATH)) {
            ("GET", Some("/scale")) => (200, self.scale()),
            ("GET", Some("")) if self.object_forbidden => failure(403, "Forbidden", "cannot get deployments"),
            ("GET", Some("")) => {
                let mut status = json!({ "replicas": self.running });
                if let Some(ready) = self.ready {
                    status["readyReplicas"] = ready.into();
                }
                let metadata = json!({ "name": "render", "namespace": "media" });
                (200, json!({ "kind": "Deployment", "apiVersion": "apps/v1", "metadata": metadata, "status": status }))
            }
            ("PUT", Some("/scale")) => self.put(query, body),
            _ => failure(404, "NotFound", &format!("{path} not found")),
        }
    }

    fn put(&mut self, query: &str, body: &Value) -> (u16, Value) {
        if self.disturbances > 0 {
            self.disturbances -= 1;
            self.version += 1;
        }
        let version = self.version.to_string();
        if body["metadata"]["resourceVersion"].as_str() != Some(version.as_str()) {
            return failure(409, "Conflict", "the object has been modified");
        }
        let before = (self.replicas, self.version);
        self.replicas = body["spec"]["replicas"].as_i64().unwrap();
        self.version += 1;
        let answer = self.scale();
        if query.contains("dryRun=All") {
            (self.replicas, self.version) = before;
        }
        (200, answer)
    }
}

fn serve(stream: TcpStream, cluster: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let delay = cluster.lock().unwrap().delay;
        std::thread::sleep(delay);
        let (status, answer) = cluster.lock().unwrap().answer(&method, &path, &query, &body);
        let answer = answer.to_string();
        let length = answer.len();
        let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{answer}").as_bytes())?;
    }
}

fn address(cluster: Cluster) -> (Shared, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let shared = Arc::new(Mutex::new(cluster));
    let served = Arc::clone(&shared);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(|stream| stream.ok()) {
            let served = Arc::clone(&served);
            std::thread::spawn(move || serve(stream, &served));
        }
    });
    (shared, address)
}

/// A scaler of a server; the client tries again by itself only where that is asked for.
fn scaler(url: &str, retry: bool, options: KubernetesOptions) -> KubernetesScaler {
    let mut config = kube::Config::new(url.parse().unwrap());
    config.default_retry = retry;
    let client = Client::try_from(config).unwrap();
    KubernetesScaler::new(client, ScaleTarget::deployment("media", "render"), options).unwrap()
}

fn started(cluster: Cluster) -> (Shared, KubernetesScaler) {
    let (shared, url) = address(cluster);
    (shared, scaler(&url, false, KubernetesOptions::default()))
}

/// The count, and how often it was written.
fn seen(cluster: &Shared) -> (i64, usize) {
    let cluster = cluster.lock().unwrap();
    (cluster.replicas, cluster.asked.iter().filter(|(method, ..)| method == "PUT").count())
}

fn four() -> Cluster {
    Cluster { replicas: 4, running: 4, ready: Some(3), version: 7, ..Cluster::default() }
}

#[tokio::test]
async fn counts_are_those_of_the_target() {
    let (cluster, scaler) = started(four());
    let counts = scaler.counts().await.unwrap();
    assert_eq!(counts, KubernetesCounts { wanted: 4, instances: 4, ready_instances: Some(3) });
    // None is ready: then it is not said at all.
    cluster.lock().unwrap().ready = None;
    assert_eq!(scaler.counts().await.unwrap().ready_instances, Some(0));
    cluster.lock().unwrap().object_forbidden = true;
    assert_eq!(scaler.counts().await.unwrap().ready_instances, None);
}

#[tokio::test]
async fn a_count_is_written_once() {
    let (cluster, scaler) = started(four());
    let scaled = scaler.scale_to(6).await.unwrap();
    assert_eq!(scaled, Scaled { from: 4, to: 6, written: true, conflicts: 0 });
    assert_eq!(scaler.scale_to(6).await.unwrap(), Scaled { from: 6, to: 6, written: false, conflicts: 0 });
    assert_eq!(seen(&cluster), (6, 1));
    assert!(cluster.lock().unwrap().asked.iter().any(|(_, _, query)| query.contains("fieldManager=opusclip")));
    assert_eq!(scaler.scale_to(0).await.unwrap().to, 0);
    assert_eq!(scaler.scale_to(2_000_000).await.unwrap_err().field_name(), Some("instances"));
}

#[tokio::test]
async fn a_dry_run_is_the_servers() {
    let (cluster, url) = address(four());
    let scaler = scaler(&url, false, KubernetesOptions { dry_run: true, ..KubernetesOptions::default() });
    assert_eq!(scaler.scale_to(6).await.unwrap(), Scaled { from: 4, to: 6, written: false, conflicts: 0 });
    assert_eq!(seen(&cluster), (4, 1));
}

#[tokio::test]
async fn a_change_of_somebody_elses_is_not_overwritten() {
    let (cluster, scaler) = started(Cluster { disturbances: 3, ..four() });
    assert_eq!(scaler.scale_to(6).await.unwrap(), Scaled { from: 4, to: 6, written: true, conflicts: 3 });
    assert_eq!(seen(&cluster), (6, 4));
    let (cluster, scaler) = started(Cluster { disturbances: 100, ..four() });
    let error = scaler.scale_to(6).await.unwrap_err();
    assert_eq!((error.code(), seen(&cluster)), (ErrorCode::ScalingConflict, (4, 6)));
}

#[tokio::test]
async fn refusals_have_codes_and_say_what_to_do() {
    for (status, reason, code, hint) in [
        (401, "Unauthorized", ErrorCode::ScalingRefused, "credentials"),
        (403, "Forbidden", ErrorCode::ScalingRefused, "get and update of deployments/scale"),
        (404, "NotFound", ErrorCode::ScalingUnknownTarget, "name"),
        (422, "Invalid", ErrorCode::ScalingRefused, "message"),
        (429, "TooManyRequests", ErrorCode::ScalingUnavailable, "try again after 1 s"),
        (500, "InternalError", ErrorCode::ScalingUnavailable, "try again after 1 s"),
        (503, "ServiceUnavailable", ErrorCode::ScalingUnavailable, "try again after 1 s"),
    ] {
        let failures = vec![failure(status, reason, "because of that")];
        let (cluster, scaler) = started(Cluster { failures, ..four() });
        let error = scaler.scale_to(6).await.unwrap_err();
        assert_eq!((error.code(), error.field_name()), (code, Some("target")), "{error}");
        assert!(error.hint_text().unwrap().contains(hint), "{error}");
        let said = format!("deployments/render in media: the cluster answered {status}: because of that");
        assert_eq!(error.message(), said);
        assert_eq!(cluster.lock().unwrap().replicas, 4);
    }
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again() {
    let overloaded = || failure(429, "TooManyRequests", "later");
    let (cluster, url) = address(Cluster { failures: vec![overloaded(), overloaded()], ..four() });
    let scaler = scaler(&url, true, KubernetesOptions::default());
    assert!(scaler.scale_to(6).await.unwrap().written);
    assert_eq!(seen(&cluster), (6, 1));
}

#[tokio::test]
async fn a_server_that_hangs_or_is_gone_does_not_hold_anybody() {
    let (_, url) = address(Cluster { delay: Duration::from_secs(20), ..four() });
    let patience = KubernetesOptions { timeout: 0.2, ..KubernetesOptions::default() };
    let error = scaler(&url, false, patience).scale_to(6).await.unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ScalingUnavailable, Some("timeout")));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = scaler(&format!("http://{free}"), false, KubernetesOptions::default()).counts().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ScalingUnavailable);
    assert!(error.message().starts_with("the cluster cannot be asked about deployments/render in media"), "{error}");
}

#[tokio::test]
async fn what_an_engine_decides_is_carried_out() {
    let (cluster, scaler) = started(four());
    let config = ScalingConfig { strategy: ScalingStrategy::Cpu, ..ScalingConfig::default() };
    let mut engine = ScalingEngine::new(config).unwrap();
    let metrics =
        |instances: u32| ResourceMetrics { cpu_usage: Some(95.0), ..ResourceMetrics::default() }.of(instances);
    let decision = engine.evaluate(&metrics(4), 0.0).unwrap();
    let request = engine.begin(&decision, 0.0).unwrap().unwrap();
    // The first try is written, and its answer gets lost: the second one finds it done.
    assert!(scaler.execute(&request).await.unwrap().written);
    assert_eq!(engine.failed(&request.token, "no answer", 30.0).unwrap(), ActionState::Waiting);
    let again = engine.due(40.0).unwrap().unwrap();
    assert!(!scaler.execute(&again).await.unwrap().written);
    engine.succeeded(&again.token, 41.0).unwrap();
    assert_eq!(seen(&cluster), (6, 1));
    // A count that is another one by now is not what was decided from.
    cluster.lock().unwrap().replicas = 9;
    assert_eq!(scaler.execute(&request).await.unwrap_err().code(), ErrorCode::ScalingOutdated);
}

#[test]
fn names_that_cannot_be_are_refused() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _within = runtime.enter();
    let client = || Client::try_from(kube::Config::new("http://127.0.0.1:1".parse().unwrap())).unwrap();
    let made = |target, options| KubernetesScaler::new(client(), target, options).unwrap_err();
    let error = made(ScaleTarget::deployment("media", "a/b"), KubernetesOptions::default());
    assert_eq!(error.field_name(), Some("target.name"));
    let error = made(ScaleTarget::stateful_set("", "a"), KubernetesOptions::default());
    assert_eq!(error.field_name(), Some("target.namespace"));
    let options = KubernetesOptions { timeout: f64::NAN, ..KubernetesOptions::default() };
    assert_eq!(made(ScaleTarget::deployment("a", "b"), options).field_name(), Some("timeout"));
}
