//! What a pool is told once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{boolean, number, optional_number, within};
use crate::error::{Error, ErrorCode, Result};
use crate::scaling::config::count;

/// When an instance counts as ready. At most one of these; without any, it is as soon as it runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PoolReady {
    /// It has printed a line that contains this text on its standard output.
    pub line: Option<String>,
    /// Something accepts connections at its port of 127.0.0.1.
    #[serde(deserialize_with = "boolean")]
    pub tcp: bool,
    /// A GET of this path at its port of 127.0.0.1 is answered with a status of 200 to 399.
    pub http: Option<String>,
    /// So many seconds have passed and it still runs, 0 to 3,600.
    #[serde(deserialize_with = "optional_number")]
    pub seconds: Option<f64>,
}

/// Where the output of instances goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoolOutput {
    /// To that of the host.
    #[default]
    Inherit,
    /// Nowhere.
    Discard,
}

/// How worker processes are run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PoolOptions {
    /// The program and its arguments; no shell reads them. `{instance}` and `{port}` in arguments become its number,
    /// counted from 0, and its port.
    pub command: Vec<String>,
    /// Environment variables beside those of the host. `OPUSCLIP_INSTANCE` and `PORT` are set where they are not given.
    pub env: BTreeMap<String, String>,
    /// The folder that it runs in, default that of the host.
    pub directory: Option<PathBuf>,
    /// When an instance counts as ready.
    pub ready: PoolReady,
    /// The port of instance 0; each further one has the next. Without it, a free one is looked for at each start.
    pub port: Option<u16>,
    /// Most instances that may be asked for, 1 to 1,000.
    pub max_instances: u32,
    /// Seconds after which an instance that was asked to end (`SIGTERM`) is killed (`SIGKILL`), 0 to 3,600.
    #[serde(deserialize_with = "number")]
    pub stop_timeout: f64,
    /// Seconds after which an instance that is not ready is stopped and started again, 0.1 to 3,600.
    #[serde(deserialize_with = "number")]
    pub ready_timeout: f64,
    /// Starts after an instance has ended by itself, in a row, 0 to 1,000; then it is given up until a count is asked for
    /// again. One that was ready for a minute begins a new row.
    pub restarts: u32,
    /// Seconds before the first of these; they double with each one, up to a minute. 0.01 to 60.
    #[serde(deserialize_with = "number")]
    pub restart_delay: f64,
    /// Where its output goes.
    pub output: PoolOutput,
    /// Whether a shell waits beside the host to end all instances when it is gone, even killed; needs `/bin/sh`.
    #[serde(deserialize_with = "boolean")]
    pub guard: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            env: BTreeMap::new(),
            directory: None,
            ready: PoolReady::default(),
            port: None,
            max_instances: 100,
            stop_timeout: 10.0,
            ready_timeout: 60.0,
            restarts: 5,
            restart_delay: 0.5,
            output: PoolOutput::Inherit,
            guard: true,
        }
    }
}

impl PoolOptions {
    /// Options for a command, everything else by default.
    pub fn new(command: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { command: command.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// # Errors
    /// [`ErrorCode::ConfigOutOfRange`], [`ErrorCode::ConfigNotFinite`] or [`ErrorCode::ConfigInvalid`], with the name of
    /// the option.
    pub fn check(&self) -> Result<()> {
        self.check_command()?;
        self.ready.check()?;
        count("max_instances", self.max_instances, 1, 1000)?;
        within("stop_timeout", self.stop_timeout, 0.0, 3600.0)?;
        within("ready_timeout", self.ready_timeout, 0.1, 3600.0)?;
        count("restarts", self.restarts, 0, 1000)?;
        within("restart_delay", self.restart_delay, 0.01, 60.0)?;
        // While old instances stop, as many new ones may start beside them.
        let ports = 2 * self.max_instances;
        let fits = |port: &u16| *port > 0 && u32::from(*port) + ports <= 65_536;
        if let Some(port) = self.port.filter(|port| !fits(port)) {
            let message = format!("port is {port}: it and the {ports} after it must lie in 1 to 65535");
            return Err(Error::new(ErrorCode::ConfigOutOfRange, message)
                .field("port")
                .hint("twice max_instances, because old instances may still be stopping"));
        }
        Ok(())
    }

    fn check_command(&self) -> Result<()> {
        let invalid = |field: &str, message: &str, hint: &str| {
            Err(Error::new(ErrorCode::ConfigInvalid, message).field(field).hint(hint))
        };
        if self.command.first().is_none_or(String::is_empty) {
            return invalid("command", "command names no program", "give a program and its arguments as a list");
        }
        if self.command.iter().any(|part| part.contains('\0')) {
            return invalid("command", "command has a zero byte", "leave it out");
        }
        let wrong =
            |(name, value): (&String, &String)| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0');
        if self.env.iter().any(wrong) {
            return invalid(
                "env",
                "a name or value of env cannot be one",
                "names have no `=`, and neither has a zero byte",
            );
        }
        Ok(())
    }
}

impl PoolReady {
    fn check(&self) -> Result<()> {
        let given = [self.line.is_some(), self.tcp, self.http.is_some(), self.seconds.is_some()];
        if given.into_iter().filter(|given| *given).count() > 1 {
            return Err(Error::new(ErrorCode::ConfigOutOfRange, "ready has more than one condition")
                .field("ready")
                .hint("give one of line, tcp, http and seconds"));
        }
        let invalid = |field: &str, message: &str| Err(Error::new(ErrorCode::ConfigInvalid, message).field(field));
        if self.line.as_ref().is_some_and(|line| line.is_empty() || line.contains('\n')) {
            return invalid("ready.line", "ready.line is empty, or more than a line");
        }
        let path = |path: &String| path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
        if self.http.as_ref().is_some_and(|http| !path(http)) {
            return invalid("ready.http", "ready.http is no path: it begins with `/` and has no spaces");
        }
        self.seconds.iter().try_for_each(|seconds| within("ready.seconds", *seconds, 0.0, 3600.0).map(drop))
    }
}
