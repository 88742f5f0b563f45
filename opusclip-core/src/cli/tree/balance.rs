//! What can be typed after `opusclip balance`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Balance {
    /// Say what each strategy does to response times and availability, in virtual time.
    #[command(after_help = AFTER)]
    Simulate(Box<Simulate>),
    /// Put a file of cases with known results through the engine; exit status 9 where one fails.
    Cases {
        /// JSON with a list of cases, each with id, kind, input and expect.
        file: PathBuf,
    },
}

const AFTER: &str = "Requests come whether or not earlier ones are answered. A server works on all of its requests at once. What \
                     fails at once is tried again on another server; what takes too long fails for good and counts as having \
                     taken until the time limit. The same seed gives the same run.\n\n\
                     Faults: failing (answers everything with an error), dead:SINCE, flapping:PERIOD, \
                     degraded:FACTOR:PERIOD, cold:JOINS:WARMS; times in seconds.";

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The set-up; the other options change it.
    #[arg(default_value = "equal")]
    pub(crate) scenario: ScenarioName,
    /// Strategies, such as round_robin,least_connections; omniscient knows everything [default: all].
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) strategies: Vec<String>,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Runs with seeds of their own, of which the table shows the median.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) runs: u32,
    /// Servers, all alike but for --speed and --fault, with as many workers as the set-up's first.
    #[arg(long, short = 'n', value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) servers: Option<u32>,
    /// Requests that a server works on at full speed at a time.
    #[arg(long)]
    pub(crate) workers: Option<u32>,
    /// Speed of a server, such as 6=0.1 for a tenth of the others'; may be given several times.
    #[arg(long, value_name = "NUMBER=FACTOR", value_parser = numbered::<f64>)]
    pub(crate) speed: Vec<(usize, f64)>,
    /// What goes wrong with a server, such as 7=failing or 8=flapping:10; may be given several times.
    #[arg(long, value_name = "NUMBER=FAULT", value_parser = numbered::<FaultArg>)]
    pub(crate) fault: Vec<(usize, FaultArg)>,
    /// Requests a second.
    #[arg(long, conflicts_with = "load", allow_negative_numbers = true)]
    pub(crate) rate: Option<f64>,
    /// Requests a second as a share of what all servers can do, such as 0.8.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) load: Option<f64>,
    /// A table of times at which requests come, in place of a rate: CSV, NDJSON or Parquet.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rate", "load"])]
    pub(crate) trace: Option<PathBuf>,
    /// The column of times in the trace [default: found out].
    #[arg(long, value_name = "COLUMN", requires = "trace")]
    pub(crate) time: Option<String>,
    /// Seconds of work in a request, on average.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) work: Option<f64>,
    /// How work differs from request to request.
    #[arg(long)]
    pub(crate) distribution: Option<DistributionName>,
    /// Requests that come.
    #[arg(long)]
    pub(crate) requests: Option<u32>,
    /// Seconds at the beginning that are not counted.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) warm_up: Option<f64>,
    /// Callers that each have a balancer of their own.
    #[arg(long)]
    pub(crate) callers: Option<u32>,
    /// Seconds after which a request has failed.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) timeout: Option<f64>,
    /// How often a request that failed at once is tried again, elsewhere.
    #[arg(long)]
    pub(crate) retries: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum ScenarioName {
    /// Ten equal servers at 0.8 of what they can do.
    Equal,
    /// Ten at 0.8, five of them half as fast.
    HalfSlow,
    /// Ten servers with little to do, one of which takes ten times as long.
    OneSlow,
    /// Ten at 0.65, two of which join cold after 20 s.
    ColdStart,
    /// Eight at 0.7 of what those can do that answer: one ten times slower, one failing, one flapping.
    Faults,
}

impl ScenarioName {
    /// The library's name for it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::HalfSlow => "half_slow",
            Self::OneSlow => "one_slow",
            Self::ColdStart => "cold_start",
            Self::Faults => "faults",
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum DistributionName {
    /// All the same.
    Constant,
    /// Nearly the same: a standard deviation of a twentieth of the mean.
    Normal,
    /// Most little, some much.
    Exponential,
    /// A standard deviation of twice the mean.
    LogNormal,
    /// Nine of ten half the mean, one five and a half times.
    Bimodal,
}

/// What goes wrong with a server; numbers as they were typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum FaultArg {
    Failing,
    Dead(f64),
    Flapping(f64),
    Degraded(f64, f64),
    Cold(f64, f64),
}

impl std::str::FromStr for FaultArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let numbers: Vec<f64> =
            parts.map(|part| part.parse().map_err(|_| format!("{part} is no number"))).collect::<Result<_, _>>()?;
        match (name, numbers.as_slice()) {
            ("failing", []) => Ok(Self::Failing),
            ("dead", [since]) => Ok(Self::Dead(*since)),
            ("flapping", [period]) => Ok(Self::Flapping(*period)),
            ("degraded", [factor, period]) => Ok(Self::Degraded(*factor, *period)),
            ("cold", [joins, warms]) => Ok(Self::Cold(*joins, *warms)),
            _ => {
                Err("write failing, dead:SINCE, flapping:PERIOD, degraded:FACTOR:PERIOD or cold:JOINS:WARMS".to_owned())
            }
        }
    }
}

/// What belongs to the server of a number, counted from 1.
fn numbered<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<(usize, T), String> {
    let (number, value) = text.split_once('=').ok_or("write NUMBER=VALUE, such as 3=...")?;
    let number = number.parse().ok().filter(|number| *number > 0).ok_or("servers are numbered from 1")?;
    Ok((number, value.parse().map_err(|error: T::Err| error.to_string())?))
}
