//! What can be typed after `opusclip scaling`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::requests::RequestArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Scaling {
    /// Say how many instances there should be, by what was measured, and why.
    #[command(after_help = EVALUATE)]
    Evaluate(Box<Evaluate>),
    /// Play recorded traffic against policies: whom each would have kept waiting, and what it would have cost.
    #[command(after_help = SIMULATE)]
    Simulate(Box<Simulate>),
    /// Find the settings that hold a service level at the least cost, by recorded traffic.
    #[command(after_help = RECOMMEND)]
    Recommend(Box<Recommend>),
    /// Put a file of cases with known results through the engine; exit status 9 where one fails.
    Cases {
        /// JSON with a list of cases, each with id, kind, what is given and expect.
        file: PathBuf,
    },
}

const EVALUATE: &str = "The options of the engine are a JSON object, such as {\"max_instances\": 20, \"strategy\": \"hybrid\"}; \
                        `opusclip schema` has them all as ScalingConfig. A history is one JSON object a line, oldest first, each \
                        with a timestamp in Unix seconds; every line gets a decision, and each decision is taken to be carried out.";

const RECOMMEND: &str = "Of the trace, a table (CSV) as for `simulate`, the first third is searched and the rest judges (--warm-up). \
                         Every way of scaling is brought to its best target. Say what your instances can do (--capacity, \
                         --service-time, --start-up) and cost (--price): all figures hang on that.";

const SIMULATE: &str = "The trace is a table (CSV) with a header: counts of requests by time. Policies: predictive, hpa, hpa_cpu, \
                        kpa, target_tracking, aws_predictive, step, phpa, seasonal_naive, fixed (enough for the peak), \
                        fixed_p999, oracle (knows the future: the limit), engine (the options of --config). All meet the same \
                        requests and delays; the same seed gives the same run. The first third of the trace is not counted: \
                        policies learn from it (--warm-up). With --balance scalers and load balancers are played together, \
                        predictive and hpa where no policy is named; burst % are the requests over the objective while new \
                        instances are young.";

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// What was measured over time, one JSON object a line (NDJSON), in place of the options below.
    #[arg(value_name = "HISTORY", conflicts_with_all = ["cpu", "memory", "response_time", "request_rate", "instances", "ready"])]
    pub(crate) history: Option<PathBuf>,
    /// JSON file with the options of the engine [default: the documented defaults].
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// CPU usage in percent.
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    pub(crate) cpu: Option<f64>,
    /// Memory usage in percent.
    #[arg(long, value_name = "PERCENT", allow_negative_numbers = true)]
    pub(crate) memory: Option<f64>,
    /// Response time in milliseconds.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) response_time: Option<f64>,
    /// Requests a second, of all instances together.
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(crate) request_rate: Option<f64>,
    /// Instances that there are, those that are starting among them [default: the smallest number allowed].
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(crate) instances: Option<u32>,
    /// Those of them that work [default: all].
    #[arg(long, value_name = "COUNT")]
    pub(crate) ready: Option<u32>,
}

/// Recorded traffic, and how it is read.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Recorded traffic.
    pub(crate) trace: PathBuf,
    /// The column with counts of requests [default: the last one].
    #[arg(long)]
    pub(crate) column: Option<String>,
    /// Seconds between rows; times are not read then.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) step: Option<f64>,
    /// Requests a second that the trace is brought to on average [default: as it is].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(crate) mean_rate: Option<f64>,
    /// Average over stretches that hold so many counts first; small counts are chance.
    #[arg(long, value_name = "COUNTS", allow_negative_numbers = true)]
    pub(crate) smoothing: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Recommend {
    #[command(flatten)]
    pub(crate) trace: TraceArgs,
    /// The share of requests that may miss the objective, such as 0.5% or 0.005.
    #[arg(long, value_name = "SHARE", default_value = "0.1%", value_parser = share, allow_negative_numbers = true)]
    pub(crate) violations: f64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Runs with seeds of their own, in each of which the level must hold.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) runs: u32,
    #[command(flatten)]
    pub(crate) plant: PlantArgs,
}

/// A share, or percent.
fn share(text: &str) -> Result<f64, String> {
    let (number, by) = text.strip_suffix('%').map_or((text, 1.0), |percent| (percent, 100.0));
    number.trim().parse::<f64>().map(|number| number / by).map_err(|_| "write it as 0.5% or 0.005".to_owned())
}

/// Milliseconds: a bare number, or with `ms` or `s`.
fn milliseconds(text: &str) -> Result<f64, String> {
    let (number, by) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1.0),
        (None, Some(number)) => (number, 1e3),
        (None, None) => (text, 1.0),
    };
    number.trim().parse::<f64>().map(|number| number * by).map_err(|_| "write it as 500, 500ms or 0.5s".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) trace: TraceArgs,
    /// Policies, such as predictive,hpa [default: all].
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) policies: Vec<String>,
    /// Shares of its capacity that an instance should have to do, such as 0.6,0.7,0.8.
    #[arg(long, value_delimiter = ',', value_name = "SHARES", default_value = "0.7", allow_negative_numbers = true)]
    pub(crate) targets: Vec<f64>,
    /// JSON file with the options of the policy engine.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Runs with seeds of their own, of which the table shows the median.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) runs: u32,
    /// Write a page with the table and charts into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Replace the file of --html if it exists.
    #[arg(long, requires = "html")]
    pub(crate) overwrite: bool,
    /// Points of the course over time that each run keeps [default: 600 for a page, else none].
    #[arg(long, value_name = "COUNT")]
    pub(crate) points: Option<u32>,
    #[command(flatten)]
    pub(crate) plant: PlantArgs,
    #[command(flatten)]
    pub(crate) requests: RequestArgs,
}

/// The service; what is left out is as the library has it.
#[derive(Debug, Args)]
pub(crate) struct PlantArgs {
    /// Requests a second that an instance can do [default: 20].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(crate) capacity: Option<f64>,
    /// Milliseconds that a request takes an instance with nothing else to do [default: 50].
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) service_time: Option<f64>,
    /// Milliseconds that a request may take, such as 500, 500ms or 0.5s [default: 500].
    #[arg(long, value_name = "MS", value_parser = milliseconds, allow_negative_numbers = true)]
    pub(crate) objective: Option<f64>,
    /// Seconds after which a request is given up [default: 10].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) timeout: Option<f64>,
    /// Seconds from the start of an instance until it works [default: 60].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) start_up: Option<f64>,
    /// Seconds from a measurement until it is seen [default: 20].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) metric_delay: Option<f64>,
    /// Fewest instances [default: 2].
    #[arg(long = "min", value_name = "COUNT")]
    pub(crate) min_instances: Option<u32>,
    /// Most instances [default: 1000].
    #[arg(long = "max", value_name = "COUNT")]
    pub(crate) max_instances: Option<u32>,
    /// The share of the trace that is not counted [default: a third].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) warm_up: Option<f64>,
    /// What an instance costs for an hour, in millionths of the currency unit [default: 100000].
    #[arg(long, value_name = "MILLIONTHS")]
    pub(crate) price: Option<u64>,
    /// The currency, three letters [default: USD].
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<String>,
}
