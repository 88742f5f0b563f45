//! What can be typed after `opusclip analytics`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Analytics {
    /// Say whether a column rises or falls, how fast, and since when.
    Trend {
        #[command(flatten)]
        data: Data,
        /// Length of the season in seconds [default: found out].
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        season: Option<f64>,
        /// Do not take a season out.
        #[arg(long, conflicts_with = "season")]
        no_season: bool,
        /// Confidence of the interval, above 0 and below 1 [default: 0.95].
        #[arg(long, allow_negative_numbers = true)]
        confidence: Option<f64>,
    },
    /// Say what is unusual, and why: spike, dip, level shift, variance, flat line, missing data.
    Anomalies {
        #[command(flatten)]
        data: Data,
        /// Values this many robust standard deviations away are unusual [default: the score decides].
        #[arg(long, allow_negative_numbers = true)]
        threshold: Option<f64>,
        /// After an anomaly, say nothing for so many seconds unless something is clearly stronger.
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        quiet_time: Option<f64>,
        /// Length of the season in seconds [default: found out].
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        season: Option<f64>,
        /// Print the score of every row, as CSV.
        #[arg(long)]
        csv: bool,
    },
    /// Say which columns move together, and which of them leads.
    Correlate {
        /// A table: CSV, NDJSON or Parquet, with a column of times.
        file: PathBuf,
        /// Columns to compare, such as load,latency [default: all numbers].
        #[arg(long, value_delimiter = ',')]
        columns: Vec<String>,
        /// The column of times [default: found out].
        #[arg(long, value_name = "COLUMN")]
        time: Option<String>,
        /// Furthest lag that is tried, in seconds [default: found out].
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        max_lag: Option<f64>,
    },
    /// Say what comes next, with intervals.
    Forecast {
        #[command(flatten)]
        data: Data,
        /// Steps that are forecast.
        #[arg(long, short = 'n', default_value_t = 24)]
        horizon: usize,
        /// Lengths of seasons in steps, such as 24,168 [default: found out].
        #[arg(long, value_delimiter = ',')]
        seasons: Vec<usize>,
        /// Share of values that lie within the intervals, above 0 and below 1 [default: 0.95].
        #[arg(long, allow_negative_numbers = true)]
        level: Option<f64>,
        /// How long it may think [default: thorough].
        #[arg(long)]
        effort: Option<EffortName>,
        /// Seconds of a step [default: the usual distance of two rows].
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        step: Option<f64>,
    },
    /// Say how many people went through steps in order, and where the others stopped.
    Funnel {
        #[command(flatten)]
        events: EventColumns,
        /// Names of the steps in order, such as visit,signup,pay.
        #[arg(long, value_delimiter = ',', required = true)]
        steps: Vec<String>,
        /// All steps must lie within so many seconds [default: 7 days].
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        window: Option<f64>,
        /// Break down by this column.
        #[arg(long, value_name = "COLUMN")]
        breakdown: Option<String>,
        /// Unix seconds of the end of what was observed [default: the last event].
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        until: Option<f64>,
    },
    /// Say how many people came back in the days, weeks or months after they first came.
    Retention {
        #[command(flatten)]
        events: EventColumns,
        /// Length of a period [default: week].
        #[arg(long)]
        period: Option<PeriodName>,
        /// Time zone of days, weeks and months, such as Europe/Berlin [default: UTC].
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Unix seconds of the end of what was observed [default: the last event].
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
        until: Option<f64>,
    },
}

/// A column of numbers with its times.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// A table: CSV, NDJSON or Parquet, with a column of times.
    pub(crate) file: PathBuf,
    /// The column of numbers [default: the only one, or value].
    #[arg(long, value_name = "COLUMN")]
    pub(crate) column: Option<String>,
    /// The column of times [default: found out].
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
}

/// The columns of a table of events.
#[derive(Debug, Args)]
pub(crate) struct EventColumns {
    /// A table of events: CSV or NDJSON.
    pub(crate) file: PathBuf,
    /// The column of times [default: found out].
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// The column that says who.
    #[arg(long, value_name = "COLUMN", default_value = "user")]
    pub(crate) user: String,
    /// The column that says what.
    #[arg(long, value_name = "COLUMN", default_value = "event")]
    pub(crate) event: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum EffortName {
    /// Under a millisecond for a month of hours.
    Fast,
    /// Some milliseconds.
    Thorough,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PeriodName {
    /// A date.
    Day,
    /// Seven days.
    Week,
    /// A month of the calendar.
    Month,
}
