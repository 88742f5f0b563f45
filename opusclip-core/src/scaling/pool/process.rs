//! Processes of instances, each the leader of a group of its own.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::guard::Guard;
use super::options::{PoolOptions, PoolOutput};
use super::probe::Probe;
use super::rules::{Host, Seen};

/// All processes of a pool.
#[derive(Debug)]
pub(super) struct Processes {
    options: PoolOptions,
    running: BTreeMap<u32, Process>,
    guard: Option<Guard>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    port: u16,
    probe: Probe,
}

impl Processes {
    /// # Errors
    /// Where the guard cannot be started.
    pub(super) fn new(options: PoolOptions) -> std::io::Result<Self> {
        let guard = options.guard.then(|| Guard::start(options.stop_timeout)).transpose()?;
        Ok(Self { options, running: BTreeMap::new(), guard })
    }

    fn spawn(&mut self, number: u32, now: f64) -> Result<Process, String> {
        let port = self.port(number)?;
        let (program, arguments) = self.options.command.split_first().ok_or("there is no command")?;
        let place = |text: &str| text.replace("{instance}", &number.to_string()).replace("{port}", &port.to_string());
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|argument| place(argument)));
        command.env("OPUSCLIP_INSTANCE", number.to_string()).env("PORT", port.to_string()).envs(&self.options.env);
        if let Some(directory) = &self.options.directory {
            command.current_dir(directory);
        }
        let sink = || if self.options.output == PoolOutput::Inherit { Stdio::inherit() } else { Stdio::null() };
        let reads = self.options.ready.line.is_some();
        command.stdin(Stdio::null()).stderr(sink()).stdout(if reads { Stdio::piped() } else { sink() });
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| format!("`{program}` cannot be started: {error}"))?;
        let forward = self.options.output == PoolOutput::Inherit;
        let probe = Probe::new(&self.options.ready, child.stdout.take(), forward, port, now);
        Ok(Process { child, port, probe })
    }

    fn port(&self, number: u32) -> Result<u16, String> {
        match self.options.port {
            // Options are checked for this sum.
            Some(first) => u16::try_from(u32::from(first) + number).map_err(|error| error.to_string()),
            None => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .and_then(|free| free.local_addr())
                .map(|address| address.port())
                .map_err(|error| format!("there is no free port: {error}")),
        }
    }

    /// A guard that was ended by somebody is replaced by one that knows as much.
    fn tell_guard(&mut self, tell: impl Fn(&mut Guard) -> std::io::Result<()>) -> std::io::Result<()> {
        let Some(guard) = &mut self.guard else { return Ok(()) };
        if tell(guard).is_ok() {
            return Ok(());
        }
        let mut fresh = Guard::start(self.options.stop_timeout)?;
        self.running.values().try_for_each(|process| fresh.came(process.child.id()))?;
        self.guard = Some(fresh);
        Ok(())
    }

    fn signal(&self, number: u32, signal: Signal) {
        if let Some(group) = self.running.get(&number).and_then(Process::group) {
            // The group is gone where nothing hears it, and that is seen at the next look.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Process {
    fn group(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// How it ended, if it has. What it left running in its group is ended before its number can be anybody else's.
    fn end(&mut self) -> Option<String> {
        if let Some(group) = self.group() {
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
            match waitid(WaitId::Pid(group), look) {
                Ok(None) => return None,
                // It is gone where nothing is left to hear it.
                Ok(Some(_)) => {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                // Somebody else has waited for it, which a look by its handle will tell.
                Err(_) => {}
            }
        }
        match self.child.try_wait() {
            Ok(status) => status.map(how),
            Err(error) => Some(format!("was lost: {error}")),
        }
    }
}

fn how(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("ended by signal {signal}"),
        (None, Some(code)) => format!("ended with exit status {code}"),
        (None, None) => "ended".to_owned(),
    }
}

impl Host for Processes {
    fn start(&mut self, number: u32, now: f64) -> Result<(), String> {
        let process = self.spawn(number, now)?;
        let group = process.child.id();
        self.running.insert(number, process);
        self.tell_guard(|guard| guard.came(group)).map_err(|error| {
            self.kill(number);
            format!("there is no guard for it: {error}")
        })
    }

    fn look(&mut self, number: u32, now: f64) -> Seen {
        let Some(process) = self.running.get_mut(&number) else { return Seen::Ended("was lost".to_owned()) };
        // What it printed before it ended is read, too.
        let ready = process.probe.look(now);
        let Some(how) = process.end() else { return if ready { Seen::Ready } else { Seen::Running } };
        let group = process.child.id();
        self.running.remove(&number);
        // Where there is no shell any more, and no new one can be started, the next start says so.
        drop(self.tell_guard(|guard| guard.went(group)));
        Seen::Ended(how)
    }

    fn terminate(&mut self, number: u32) {
        self.signal(number, Signal::TERM);
    }

    fn kill(&mut self, number: u32) {
        self.signal(number, Signal::KILL);
    }

    fn place(&self, number: u32) -> Option<(u32, u16)> {
        self.running.get(&number).map(|process| (process.child.id(), process.port))
    }
}

/// Whether a failed read only means that there is nothing yet.
pub(super) fn nothing_yet(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
