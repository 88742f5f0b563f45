//! JSON Schemas of everything that crosses a language border, from the types themselves.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// One JSON Schema (draft 2020-12) whose `$defs` hold every public data type by its name. `x-modules` says which of them
/// belong to an engine that has a namespace of its own in Python.
///
/// ```
/// let schema = opusclip_core::schema::all();
/// assert!(schema["$defs"].is_object());
/// ```
pub fn all() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    #[cfg(feature = "clip")]
    clip(&mut generator);
    #[allow(unused_mut, reason = "a build of clips alone has none")]
    let mut modules = Map::new();
    #[cfg(feature = "analytics")]
    module("analytics", analytics, &mut generator, &mut modules);
    #[cfg(feature = "balance")]
    module("balance", balance, &mut generator, &mut modules);
    #[cfg(feature = "scaling")]
    module("scaling", scaling, &mut generator, &mut modules);
    #[cfg(all(feature = "balance", feature = "scaling"))]
    module("joint", add::<crate::joint::JointOptions>, &mut generator, &mut modules);
    let mut root = Map::new();
    root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".into(), "opusclip".into());
    root.insert("x-modules".into(), modules.into());
    root.insert("$defs".into(), generator.take_definitions(true).into());
    root.into()
}

/// Add an engine's types, and list those that were not there before.
#[cfg(any(feature = "analytics", feature = "balance", feature = "scaling"))]
fn module(
    name: &str,
    add: fn(&mut SchemaGenerator),
    generator: &mut SchemaGenerator,
    modules: &mut Map<String, Value>,
) {
    let before: Vec<String> = generator.definitions().keys().cloned().collect();
    add(generator);
    let own = generator.definitions().keys().filter(|name| !before.contains(name));
    let own: Vec<Value> = own.map(|name| name.as_str().into()).collect();
    modules.insert(name.into(), own.into());
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    // The schema itself goes into the generator's definitions; the reference to it is not needed.
    let _ = generator.subschema_for::<T>();
}

#[cfg(feature = "clip")]
fn clip(generator: &mut SchemaGenerator) {
    use crate::clip::text::TopicOptions;
    use crate::clip::{
        Analysis, AnalyzeOptions, CacheInfo, Contender, ExportFormat, Exported, ExtractOptions, Manifest, MediaInfo,
        PostEdit, PostRequest, RenderOptions, Report, Selection, Subject, TranscribeOptions, Transcript, UploadCheck,
    };
    add::<MediaInfo>(generator);
    add::<Analysis>(generator);
    add::<AnalyzeOptions>(generator);
    add::<CacheInfo>(generator);
    add::<Transcript>(generator);
    add::<TranscribeOptions>(generator);
    add::<TopicOptions>(generator);
    add::<Selection>(generator);
    add::<Contender>(generator);
    add::<PostRequest>(generator);
    add::<PostEdit>(generator);
    add::<Report>(generator);
    add::<ExportFormat>(generator);
    add::<Exported>(generator);
    add::<UploadCheck>(generator);
    add::<Manifest>(generator);
    add::<RenderOptions>(generator);
    add::<Subject>(generator);
    add::<ExtractOptions>(generator);
}

#[cfg(feature = "analytics")]
fn analytics(generator: &mut SchemaGenerator) {
    use crate::analytics::anomaly::AnomalyOptions;
    use crate::analytics::business::{
        Arm, BgNbd, CohortValueOptions, CohortValues, Customer, DriverOptions, DriverTable, Drivers, EventTable,
        Experiment, ExperimentOptions, Funnel, FunnelOptions, GammaGamma, LifetimeOptions, Mrr, MrrOptions,
        PaymentTable, Retention, RetentionOptions, Revenue, RevenueOptions, SubscriptionTable, SummaryOptions,
        UserOptions, Users,
    };
    use crate::analytics::correlate::{CorrelationOptions, Correlations, MovedOptions, MovedTogether};
    use crate::analytics::forecast::{ForecastOptions, LimitOptions};
    use crate::analytics::trend::TrendOptions;
    use crate::analytics::{
        AnalysisRequest, AnalyticsResult, BatchOutcome, CollectorOptions, Dashboard, Dropped, Exposition, HistoryQuery,
        HistorySeries, MetricInfo, WindowStats, export,
    };
    add::<AnalysisRequest>(generator);
    add::<AnalyticsResult>(generator);
    add::<AnomalyOptions>(generator);
    add::<Arm>(generator);
    add::<BatchOutcome>(generator);
    add::<BgNbd>(generator);
    add::<CohortValueOptions>(generator);
    add::<CohortValues>(generator);
    add::<CollectorOptions>(generator);
    add::<CorrelationOptions>(generator);
    add::<Correlations>(generator);
    add::<Customer>(generator);
    add::<Dashboard>(generator);
    add::<DriverOptions>(generator);
    add::<DriverTable>(generator);
    add::<Drivers>(generator);
    add::<Dropped>(generator);
    add::<EventTable>(generator);
    add::<Experiment>(generator);
    add::<ExperimentOptions>(generator);
    add::<Exposition>(generator);
    add::<ForecastOptions>(generator);
    add::<export::HistoryFormat>(generator);
    #[cfg(feature = "otlp")]
    add::<export::OtlpTarget>(generator);
    add::<Funnel>(generator);
    add::<FunnelOptions>(generator);
    add::<GammaGamma>(generator);
    add::<HistoryQuery>(generator);
    add::<HistorySeries>(generator);
    add::<LifetimeOptions>(generator);
    add::<LimitOptions>(generator);
    add::<MetricInfo>(generator);
    add::<MovedOptions>(generator);
    add::<MovedTogether>(generator);
    add::<Mrr>(generator);
    add::<MrrOptions>(generator);
    add::<PaymentTable>(generator);
    add::<Retention>(generator);
    add::<RetentionOptions>(generator);
    add::<Revenue>(generator);
    add::<RevenueOptions>(generator);
    add::<SubscriptionTable>(generator);
    add::<SummaryOptions>(generator);
    add::<TrendOptions>(generator);
    add::<UserOptions>(generator);
    add::<Users>(generator);
    add::<WindowStats>(generator);
}

#[cfg(feature = "balance")]
fn balance(generator: &mut SchemaGenerator) {
    use crate::balance::cases::CaseOutcome;
    use crate::balance::simulate::SimulationReport;
    use crate::balance::{
        BalancerEvent, BalancerOptions, BalancerSnapshot, CheckTarget, CheckerOptions, DueCheck, FleetOptions,
        InstanceOptions, LoadReport, PickExplanation, Probe, RequestOutcome, Resized, Stoppable, discovery,
    };
    add::<discovery::EndpointOptions>(generator);
    add::<discovery::InstanceChanges>(generator);
    add::<discovery::InstanceSpec>(generator);
    add::<discovery::RefreshOptions>(generator);
    add::<discovery::SrvRecord>(generator);
    add::<BalancerEvent>(generator);
    add::<BalancerOptions>(generator);
    add::<BalancerSnapshot>(generator);
    add::<CaseOutcome>(generator);
    add::<CheckTarget>(generator);
    add::<CheckerOptions>(generator);
    add::<DueCheck>(generator);
    add::<FleetOptions>(generator);
    add::<InstanceOptions>(generator);
    add::<LoadReport>(generator);
    add::<PickExplanation>(generator);
    add::<Probe>(generator);
    add::<RequestOutcome>(generator);
    add::<Resized>(generator);
    add::<SimulationReport>(generator);
    add::<Stoppable>(generator);
}

#[cfg(feature = "scaling")]
fn scaling(generator: &mut SchemaGenerator) {
    use crate::scaling::cases::CaseResult;
    use crate::scaling::kpa::KpaOptions;
    #[cfg(unix)]
    use crate::scaling::pool::{PoolOptions, PoolStatus};
    use crate::scaling::recommend::{RecommendOptions, ScalingRecommendation};
    use crate::scaling::simulate::{ComparisonOptions, ScalingComparison, Trace, TraceOptions};
    use crate::scaling::{
        ActionRecord, ResourceMetrics, ScalingConfig, ScalingDecision, ScalingRequest, ScalingStatus,
    };
    add::<ActionRecord>(generator);
    add::<CaseResult>(generator);
    add::<ComparisonOptions>(generator);
    add::<KpaOptions>(generator);
    #[cfg(unix)]
    {
        add::<PoolOptions>(generator);
        add::<PoolStatus>(generator);
    }
    add::<RecommendOptions>(generator);
    add::<ResourceMetrics>(generator);
    add::<ScalingComparison>(generator);
    add::<ScalingConfig>(generator);
    add::<ScalingDecision>(generator);
    add::<ScalingRecommendation>(generator);
    add::<ScalingRequest>(generator);
    add::<ScalingStatus>(generator);
    add::<Trace>(generator);
    add::<TraceOptions>(generator);
}
