//! Real processes; the rules by given times are in `rules.rs`.

mod rules;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::control::Control;
use crate::error::{ErrorCode, Result};
use crate::scaling::{ActionState, ResourceMetrics, ScalingConfig, ScalingEngine, ScalingStrategy};

fn shell(script: &str) -> PoolOptions {
    PoolOptions { output: PoolOutput::Discard, stop_timeout: 5.0, ..PoolOptions::new(["sh", "-c", script]) }
}

fn pool(options: PoolOptions) -> ProcessPool {
    ProcessPool::new(options).unwrap()
}

fn wait(pool: &ProcessPool) -> Result<PoolStatus> {
    pool.wait(Some(30.0), &Control::new())
}

fn stop(pool: &ProcessPool) {
    pool.stop(&Control::new()).unwrap();
}

/// Whether a process runs, which a zombie does not.
fn runs(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

fn soon(what: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn processes(status: &PoolStatus) -> Vec<u32> {
    status.processes.iter().filter_map(|instance| instance.process).collect()
}

#[test]
fn as_many_run_as_were_asked_for() {
    let pool = pool(shell("exec sleep 100"));
    for wanted in [3, 5, 1, 0, 2] {
        pool.scale_to(wanted).unwrap();
        let status = wait(&pool).unwrap();
        assert_eq!((status.instances, status.ready_instances, status.stopping), (wanted, wanted, 0));
        let running = processes(&status);
        assert_eq!(running.len() as u32, wanted);
        assert!(running.iter().all(|process| runs(*process)), "{status:?}");
    }
    let before = processes(&pool.status());
    stop(&pool);
    assert!(before.iter().all(|process| !Path::new(&format!("/proc/{process}")).exists()), "there are zombies");
    assert_eq!(pool.scale_to(1).unwrap_err().code(), ErrorCode::ScalingPool);
}

#[test]
fn an_instance_knows_its_number_and_its_port() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = shell("echo \"$OPUSCLIP_INSTANCE $PORT $1 $2 $COLOUR\" > \"$OPUSCLIP_INSTANCE\"; exec sleep 100");
    options.command.extend(["worker", "{instance}", "{port}"].map(str::to_owned));
    options.env = BTreeMap::from([("COLOUR".to_owned(), "blue".to_owned())]);
    options.directory = Some(folder.path().to_owned());
    options.port = Some(18_080);
    let pool = pool(options);
    pool.scale_to(2).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    assert!(soon(|| read("0") == "0 18080 0 18080 blue\n" && read("1") == "1 18081 1 18081 blue\n"));
}

#[test]
fn each_condition_tells_when_an_instance_is_ready() {
    let server = r#"
import http.server, os, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Handler.asked += 1
        self.send_response(200 if self.path == "/health" and Handler.asked > 3 else 503)
        self.end_headers()
    def log_message(self, *_): pass
time.sleep(0.3)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;
    let python = |ready: PoolReady| PoolOptions {
        ready,
        output: PoolOutput::Discard,
        ..PoolOptions::new(["python3", "-c", server])
    };
    let line = PoolReady { line: Some("listening".into()), ..PoolReady::default() };
    let cases = [
        PoolOptions { ready: line, ..shell("echo begins; sleep 0.3; echo now listening on 1; exec sleep 100") },
        python(PoolReady { tcp: true, ..PoolReady::default() }),
        python(PoolReady { http: Some("/health".into()), ..PoolReady::default() }),
        PoolOptions { ready: PoolReady { seconds: Some(0.3), ..PoolReady::default() }, ..shell("exec sleep 100") },
    ];
    for options in cases {
        let said = format!("{:?}", options.ready);
        let pool = pool(options);
        pool.scale_to(1).unwrap();
        assert!(soon(|| pool.status().instances == 1));
        assert_eq!(pool.status().ready_instances, 0, "{said}");
        let status = wait(&pool).unwrap();
        assert!(status.processes[0].ready_after.unwrap() >= 0.28, "{said}: {status:?}");
    }
}

#[test]
fn much_output_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let ready = PoolReady { line: Some("ready".into()), ..PoolReady::default() };
    // A pipe holds 64 KiB.
    let script = "echo ready; head -c 3000000 /dev/zero; touch done; exec sleep 100";
    let pool = pool(PoolOptions { ready, directory: Some(folder.path().to_owned()), ..shell(script) });
    pool.scale_to(1).unwrap();
    wait(&pool).unwrap();
    assert!(soon(|| folder.path().join("done").exists()));
}

#[test]
fn one_that_does_not_end_when_asked_is_killed_with_what_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' TERM; (trap '' TERM; exec sleep 100) & echo $! > child; echo ready; wait; sleep 100";
    let ready = PoolReady { line: Some("ready".into()), ..PoolReady::default() };
    let options = PoolOptions { ready, stop_timeout: 0.3, directory: Some(folder.path().to_owned()), ..shell(script) };
    let pool = pool(options);
    pool.scale_to(1).unwrap();
    let leader = processes(&wait(&pool).unwrap())[0];
    let child: u32 = std::fs::read_to_string(folder.path().join("child")).unwrap().trim().parse().unwrap();
    pool.scale_to(0).unwrap();
    assert_eq!(pool.status().processes.len(), 1);
    wait(&pool).unwrap();
    assert!(!runs(leader));
    assert!(soon(|| !runs(child)), "what it started lives on");
}

#[test]
fn one_that_dies_is_started_again_and_what_it_left_is_ended() {
    let pool = pool(PoolOptions { restart_delay: 0.01, ..shell("sleep 100 & exec sleep 100") });
    pool.scale_to(2).unwrap();
    let before = processes(&wait(&pool).unwrap());
    let victim = rustix::process::Pid::from_raw(i32::try_from(before[0]).unwrap()).unwrap();
    rustix::process::kill_process(victim, rustix::process::Signal::KILL).unwrap();
    assert!(soon(|| pool.status().restarts == 1 && pool.status().ready_instances == 2));
    let status = pool.status();
    assert_eq!(status.processes[0].ended.as_deref(), Some("ended by signal 9"));
    assert_eq!((status.processes[0].restarts, status.processes[1].restarts), (1, 0));
    assert_eq!(processes(&status)[1], before[1]);
    let group = rustix::process::test_kill_process_group(victim);
    assert!(soon(|| group.is_err() || rustix::process::test_kill_process_group(victim).is_err()));
}

#[test]
fn one_that_always_dies_is_given_up_and_said_why() {
    let pool = pool(PoolOptions { restarts: 2, restart_delay: 0.01, ..shell("exit 3") });
    pool.scale_to(1).unwrap();
    let error = wait(&pool).unwrap_err();
    assert_eq!((error.code(), error.field_name()), (ErrorCode::ScalingPool, Some("command")));
    assert_eq!(error.message(), "an instance was given up; instance 0 ended with exit status 3");
    let status = pool.status();
    assert_eq!((status.instances, status.given_up, status.restarts), (0, 1, 2));
    // Asked again, it has another chance.
    pool.scale_to(1).unwrap();
    assert!(soon(|| pool.status().restarts > 2));
    let missing = self::pool(PoolOptions { restarts: 0, ..PoolOptions::new(["no-such-program-at-all"]) });
    missing.scale_to(1).unwrap();
    let error = wait(&missing).unwrap_err();
    assert!(error.message().contains("instance 0 `no-such-program-at-all` cannot be started"), "{error}");
}

#[test]
fn an_action_that_fails_leaves_the_count_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    // The third one does not start.
    let script = "if [ \"$OPUSCLIP_INSTANCE\" -ge 2 ] && [ ! -e allowed ]; then exit 1; fi; exec sleep 100";
    let ready = PoolReady { seconds: Some(0.1), ..PoolReady::default() };
    let pool = pool(PoolOptions { ready, restarts: 0, directory: Some(folder.path().to_owned()), ..shell(script) });
    pool.scale_to(2).unwrap();
    wait(&pool).unwrap();
    let config = ScalingConfig { strategy: ScalingStrategy::Cpu, cooldown_period: 0.0, ..ScalingConfig::default() };
    let mut engine = ScalingEngine::new(config).unwrap();
    let measured = |pool: &ProcessPool| {
        let status = pool.status();
        let ready_instances = Some(status.ready_instances);
        ResourceMetrics { cpu_usage: Some(90.0), ready_instances, ..ResourceMetrics::default() }.of(status.instances)
    };
    let decision = engine.evaluate(&measured(&pool), 0.0).unwrap();
    let request = engine.begin(&decision, 0.0).unwrap().unwrap();
    assert_eq!((request.current_instances, request.target_instances), (2, 3));
    let error = pool.execute(&request, Some(30.0), &Control::new()).unwrap_err();
    assert_eq!(engine.failed(&request.token, &error.to_string(), 1.0).unwrap(), ActionState::Waiting);
    assert!(soon(|| pool.status().processes.len() == 2));
    assert_eq!((pool.status().wanted, engine.status(2.0).unwrap().current_instances), (2, Some(2)));
    // The second try, with the same token.
    std::fs::write(folder.path().join("allowed"), "").unwrap();
    let again = engine.due(6.0).unwrap().unwrap();
    assert_eq!((&again.token, again.attempt), (&request.token, 2));
    assert_eq!(pool.execute(&again, Some(30.0), &Control::new()).unwrap().ready_instances, 3);
    engine.succeeded(&again.token, 7.0).unwrap();
    engine.ready(pool.status().ready_instances, 7.5).unwrap();
    let action = engine.actions().remove(0);
    assert_eq!((action.state, action.ready_after), (ActionState::Done, Some(7.5)));
    assert!(engine.evaluate(&measured(&pool), 20.0).unwrap().notes.is_empty());
}

#[test]
fn whoever_waits_may_be_stopped() {
    let ready = PoolReady { line: Some("never".into()), ..PoolReady::default() };
    let pool = pool(PoolOptions { ready, ..shell("exec sleep 100") });
    pool.scale_to(1).unwrap();
    let error = pool.wait(Some(0.2), &Control::new()).unwrap_err();
    assert_eq!(error.message(), "after 0.2 s 0 of 1 instances are ready, 0 are stopping");
    let control = Control::new();
    control.cancel_token().cancel();
    assert_eq!(pool.wait(None, &control).unwrap_err().code(), ErrorCode::Cancelled);
    assert_eq!(pool.wait(Some(f64::NAN), &Control::new()).unwrap_err().field_name(), Some("timeout"));
}

/// The host of the test below is this program again, which is then killed.
#[test]
fn nothing_lives_on_when_the_host_is_killed() {
    const FOLDER: &str = "OPUSCLIP_POOL_HOST";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let pool = pool(PoolOptions { stop_timeout: 1.0, ..shell("sleep 100 & exec sleep 100") });
        pool.scale_to(2).unwrap();
        let ids: Vec<String> = processes(&wait(&pool).unwrap()).iter().map(u32::to_string).collect();
        std::fs::write(Path::new(&folder).join("new"), ids.join(" ")).unwrap();
        std::fs::rename(Path::new(&folder).join("new"), Path::new(&folder).join("ids")).unwrap();
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut host = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "scaling::pool::tests::nothing_lives_on_when_the_host_is_killed"])
        .env(FOLDER, folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let ids = || std::fs::read_to_string(folder.path().join("ids")).unwrap_or_default();
    assert!(soon(|| !ids().is_empty()));
    let ids: Vec<u32> = ids().split(' ').map(|id| id.parse().unwrap()).collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| runs(*id)));
    host.kill().unwrap();
    host.wait().unwrap();
    assert!(soon(|| ids.iter().all(|id| !runs(*id))), "instances live on without their host");
    let group = |id: &u32| rustix::process::Pid::from_raw(i32::try_from(*id).unwrap()).unwrap();
    assert!(soon(|| ids.iter().all(|id| rustix::process::test_kill_process_group(group(id)).is_err())));
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let good = || PoolOptions::new(["sleep", "1"]);
    let ready = |ready: PoolReady| PoolOptions { ready, ..good() };
    for (field, options) in [
        ("command", PoolOptions::default()),
        ("env", PoolOptions { env: BTreeMap::from([("a=b".into(), String::new())]), ..good() }),
        ("port", PoolOptions { port: Some(65_400), ..good() }),
        ("max_instances", PoolOptions { max_instances: 0, ..good() }),
        ("stop_timeout", PoolOptions { stop_timeout: -1.0, ..good() }),
        ("ready_timeout", PoolOptions { ready_timeout: f64::NAN, ..good() }),
        ("restart_delay", PoolOptions { restart_delay: 0.0, ..good() }),
        ("ready", ready(PoolReady { tcp: true, seconds: Some(1.0), ..PoolReady::default() })),
        ("ready.line", ready(PoolReady { line: Some(String::new()), ..PoolReady::default() })),
        ("ready.http", ready(PoolReady { http: Some("health".into()), ..PoolReady::default() })),
        ("ready.seconds", ready(PoolReady { seconds: Some(-1.0), ..PoolReady::default() })),
    ] {
        assert_eq!(options.check().unwrap_err().field_name(), Some(field));
    }
    let pool = pool(good());
    assert_eq!(pool.scale_to(101).unwrap_err().field_name(), Some("instances"));
}
