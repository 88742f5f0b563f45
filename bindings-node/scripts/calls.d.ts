/** Every failure: a real `Error` with a stable `code`, and place and way out where known. */
export declare class OpusClipError extends Error {
  /** `AbortError` where the caller's signal stopped the work, else `OpusClipError`. */
  get name(): 'OpusClipError' | 'AbortError'
  /** What kind of thing went wrong. */
  readonly code: ErrorCode
  /** The option at fault, by the name the caller wrote. */
  readonly field?: string
  /** The file at fault. */
  readonly file?: string
  /** The line at fault, counted from 1. */
  readonly line?: number
  /** The media time at fault, in seconds. */
  readonly time?: number
  /** What to do about it. */
  readonly hint?: string
  /** Of a cancelled job: the reason of its signal. Of a callback that failed: what it threw. */
  readonly cause?: unknown
}

/** How far a piece of work has come. */
export interface Progress {
  /** What is being done. */
  stage: 'probe' | 'transcribe' | 'transcript' | 'analyze' | 'select' | 'render' | 'export' | 'simulate'
  /** Share of the whole job that is done, 0 to 1, never falling. */
  fraction: number
  /** Estimated seconds to the end; `null` while there is nothing to estimate from. */
  remaining: number | null
}

/** What every call that takes time understands. */
export interface JobOptions {
  /** Stops the work. The promise is rejected within 200 ms, with `code` `cancelled` and `name` `AbortError`. */
  signal?: AbortSignal
  /** Hears at most 20 times a second how far the work has come. What it throws stops the work and rejects the promise. */
  onProgress?: (progress: Progress) => void
}

/** Options of {@link analyze}. */
export interface AnalyzeCall extends AnalyzeOptions, JobOptions {}

/** Options of {@link analyzePart}. Parts are not kept in the cache. */
export interface AnalyzePartCall extends Pick<AnalyzeOptions, 'level' | 'audio'>, JobOptions {
  /** Where the stretch begins, in seconds. Default 0. */
  start?: number
  /** Where it ends, in seconds. Default the end of the file. */
  end?: number | null
}

/** What {@link analyzePart} found in one stretch, for {@link mergeParts}. It survives JSON and messages to workers. */
export interface AnalysisPart {
  /** What is in it is the library's own business. */
  readonly [name: string]: unknown
}

/** Options of {@link analysisToHtml}. */
export interface PageOptions {
  /** What stands at its top; a file's name is a good one. */
  title?: string
  /** Give what can be put into a page of one's own. Default false. */
  fragment?: boolean
}

/** A piece of the sound of a file, as speech engines want it: one channel at 16 kHz. */
export interface AudioChunk {
  /** Where in the file it begins, in seconds. */
  start: number
  /** Where it ends, in seconds. */
  end: number
  /** Samples a second. */
  sampleRate: number
  /** The samples, between -1 and 1. */
  samples: Float32Array
  /** A WAV file of it (16-bit PCM, 32 kB a second), for engines and services that take files. */
  toWav(): Buffer
}

/** What a speech engine says, with times from the beginning of its piece. An empty answer means that nobody speaks. */
export type Heard =
  | Transcript
  /** The JSON of Whisper and its kin. */
  | Record<string, unknown>
  | Record<string, unknown>[]
  /** SRT, WebVTT, or such JSON. */
  | string

/** Speech to text: a local model or a request to a service. It may answer at once or by a promise. */
export type SpeechEngine = (chunk: AudioChunk) => Heard | Promise<Heard>

/** Other engines and models in place of our own. Each may answer at once or by a promise. */
export interface Callbacks {
  /** Given the texts of all sentences, answers with a vector for each, by which topics are told apart. */
  embed?: (sentences: string[]) => (number[] | Float32Array)[] | Promise<(number[] | Float32Array)[]>
  /** Given the best candidates, answers with a score from 0 to 1 for each, which replaces our own. */
  score?: (candidates: Contender[]) => number[] | Promise<number[]>
  /** Words for the post of a clip in place of our own; what it leaves out stays. */
  describe?: (request: PostRequest) => PostEdit | Promise<PostEdit>
  /** Speech to text, where there is no transcript. It may take as long as the job. */
  transcribe?: SpeechEngine
  /** Finds what is to be kept in the frame, in place of the built-in detector. */
  subjects?: FindSubjects
}

/** A small picture of a moment, upright; its longer side has 640 pixels. */
export interface Picture {
  /** Seconds of the source. */
  time: number
  /** Pixels. */
  width: number
  /** Pixels. */
  height: number
  /** Red, green and blue of each pixel, row by row from the top. */
  rgb: Uint8Array
}

/** Finds what is to be kept in the frame: MediaPipe, YOLO, anything. It may answer at once or by a promise. */
export type FindSubjects = (picture: Picture) => Subject[] | null | Promise<Subject[] | null>

/** Options of {@link select}. */
export interface SelectCall extends ExtractOptions, Callbacks, JobOptions {}

/** Options of {@link extractClips}. */
export interface ExtractCall extends ExtractOptions, Callbacks, JobOptions {
  /** Folder for clips, thumbnails, contact sheet and manifest. Default `clips`. */
  outDir?: string | URL
}

/** Options of {@link render}. Those of {@link RenderOptions} go before the manifest's own. */
export interface RenderCall extends Partial<RenderOptions>, JobOptions {
  /** Folder for clips, thumbnails, contact sheet and manifest. Default: that of the manifest's file. */
  outDir?: string | URL
  /** Numbers (`index`) of the clips to render. Default all. */
  only?: number[]
  /** Replace output that exists in `outDir`. Default false. */
  overwrite?: boolean
  /** Render clips that did not change, too. Default false. */
  force?: boolean
  /** Finds what is to be kept in the frame where a framing is decided anew. */
  subjects?: FindSubjects
}

/** Options of {@link exportClips}. */
export interface ExportCall extends JobOptions {
  /** Folder for the files. Default: that of the manifest's file. */
  outDir?: string | URL
  /** Numbers (`index`) of the clips. Default all. */
  only?: number[]
  /** Replace files that exist. Default false. */
  overwrite?: boolean
}

/** Options of {@link readSubtitles}. */
export interface SubtitlesCall extends JobOptions {
  /** Number of the stream among all streams of the file. Default: the one that players show. */
  stream?: number | null
}

/** Options of {@link transcribe}: an engine of your own, a command or a model. */
export interface TranscribeCall extends TranscribeOptions, JobOptions {
  /** An engine of your own. */
  engine?: SpeechEngine
}

/** Options of {@link selectionToHtml}. */
export interface SelectionPageCall extends JobOptions {
  /** What stands at its top; a file's name is a good one. */
  title?: string
  /** The source, for small pictures of its moments. */
  video?: string | URL | null
  /** URL where the page finds the source to play it. Default: nothing can be played. */
  media?: string | null
}

/** Values of a metric, one second apart or at Unix seconds. */
export type Series = Float64Array | { values: Float64Array; times: Float64Array }

/** Unix seconds or a moment. */
export type Time = number | Date
/** What tells one series of a metric from others. */
export type Labels = Record<string, string | number | boolean>

/** A counter with its labels, looked up once. */
export interface Counter {
  /** Add an amount, 1 by default, now or at a time. */
  inc(amount?: number, timestamp?: Time): void
}

/** A gauge, histogram or summary with its labels, looked up once. */
export interface Distribution {
  /** Record a value, now or at a time. */
  record(value: number, timestamp?: Time): void
}

/** One observation. */
export interface MetricData {
  /** Name of the metric. */
  name: string
  /** What was observed; of a counter, by how much it rose. */
  value: number
  /** When, default now. */
  timestamp?: Time
  /** What tells this series of the metric from others. */
  labels?: Labels
  /** What kind of metric it is, default `gauge`. */
  metricType?: MetricType
}

/** What is asked of recorded metrics, and until when. */
export interface AnalysisCall extends Omit<AnalysisRequest, 'analysisType' | 'labels'> {
  /** Only series with these among their labels. */
  labels?: Labels
  /** The end of the window, default the clock's time. */
  now?: Time
}

/**
 * Records metrics and answers what they were within the last minutes and hours. Observations are gathered and handed to
 * the core at the end of the event loop's turn, or before anything is asked.
 *
 * @example
 * const collector = new AnalyticsCollector()
 * const latency = collector.histogram('latency', { path: '/clips' })
 * latency.record(12.3)
 * console.log(collector.window('latency', '5m').p95)
 */
export declare class AnalyticsCollector {
  constructor(options?: CollectorOptions & { now?: Time })
  /** A collector with the options and the state of a snapshot. */
  static restore(snapshot: Buffer, options?: { now?: Time }): AnalyticsCollector
  /** All that was recorded, for {@link restore} and {@link merge}. */
  snapshot(): Buffer
  /** Add what another collector recorded, in whatever order snapshots come. */
  merge(snapshot: Buffer): void
  /** Write a snapshot into a file, which has the old content or the new at any moment. */
  save(path: string | URL): void
  /** A counter, looked up once. */
  counter(name: string, labels?: Labels): Counter
  /** A gauge, looked up once. */
  gauge(name: string, labels?: Labels): Distribution
  /** A histogram, looked up once. */
  histogram(name: string, labels?: Labels): Distribution
  /** A summary, looked up once. */
  summary(name: string, labels?: Labels): Distribution
  /** Distinct members such as people, looked up once; {@link window} says how many different ones there were. */
  distinct(name: string, labels?: Labels): Distinct
  /** Record a value, now or at a time. A metric that is not there yet becomes a histogram. */
  record(name: string, value: number, labels?: Labels, options?: { timestamp?: Time; metricType?: MetricType }): void
  /** {@link record}, for code that awaits. */
  collectMetric(metric: MetricData): Promise<void>
  /** Record many values of one series. What cannot be recorded is counted. */
  recordMany(
    name: string,
    values: Float64Array | number[],
    options?: { times?: Float64Array | number[]; labels?: Labels; metricType?: MetricType },
  ): BatchOutcome
  /** What a metric was within a window that ends now. */
  window(name: string, window: string, options?: { labels?: Labels; now?: Time }): WindowStats
  /** {@link window} for every window, the shortest first. */
  windows(name: string, options?: { labels?: Labels; now?: Time }): WindowStats[]
  /** Analyse what was recorded. */
  process(analysisType: AnalysisType, options?: AnalysisCall): AnalyticsResult
  /** All of it at a glance. */
  dashboard(options?: { now?: Time }): Dashboard
  /** All that is kept as columns, in slots that get longer with age. */
  history(query?: HistoryPart): History
  /** Write {@link history} into a file: CSV, NDJSON or Parquet, by its ending unless a format is given. */
  export(path: string | URL, options?: HistoryPart & { format?: HistoryFormat }): Promise<null>
  /**
   * Move what is kept beyond the longest window (`retention`) into a new file and forget it; the promise gives the file,
   * or null where there was nothing to move. Save a snapshot afterwards: one from before still holds what was moved.
   */
  spill(folder: string | URL, options?: { format?: HistoryFormat; now?: Time }): Promise<string | null>
  /** The body of an OTLP/HTTP request for metrics, to be posted as `application/x-protobuf`. */
  otlp(options?: { resource?: Record<string, string>; window?: string; now?: Time }): Buffer
  /** Send all metrics to an OpenTelemetry collector. */
  pushOtlp(options?: Partial<OtlpTarget> & { now?: Time }): Promise<null>
  /** All metrics as text for Prometheus. */
  exposition(options?: { format?: Exposition; window?: string; now?: Time }): string
  /** All metrics that are known. */
  get metrics(): MetricInfo[]
  /** What was not recorded, or not as it was meant. */
  get drops(): Dropped[]
}

/** Which part of the history is asked for. */
export interface HistoryPart {
  /** Only this metric. */
  metric?: string
  /** Only series with these among their labels. */
  labels?: Labels
  /** Only slots that begin at this time or later. */
  start?: Time
  /** Only slots that begin before this time. */
  end?: Time
}

/** A table of slots by columns; the place in each array is a slot. What a slot does not have is NaN. */
export interface History {
  /** The series, in order of their names. */
  series: HistorySeries[]
  /** The place of a slot's series in `series`. */
  ofSeries: Uint32Array
  /** Begin of the slot in Unix seconds. */
  start: Float64Array
  /** Length of the slot in seconds. */
  seconds: Uint32Array
  /** Observations; of counters the rise, of distinct members how many there were. */
  count: Float64Array
  /** Sum of values; of counters the rise. */
  sum: Float64Array
  /** The least value. */
  min: Float64Array
  /** The greatest value. */
  max: Float64Array
  /** Half of the values are below. */
  p50: Float64Array
  /** 90 % of the values are below. */
  p90: Float64Array
  /** 95 % of the values are below. */
  p95: Float64Array
  /** 99 % of the values are below. */
  p99: Float64Array
}

/** Distinct members with their labels. */
export interface Distinct {
  /** Count a member, now or at a time. Only a hash of it is kept. */
  add(member: string, timestamp?: Time): void
  /** Count many members, at times of their own or now. */
  addMany(members: string[], times?: Float64Array | number[]): BatchOutcome
}

/** Analyses of what a collector recorded, for code that awaits. */
export declare class AnalyticsProcessor {
  constructor(collector: AnalyticsCollector)
  readonly collector: AnalyticsCollector
  processAnalytics(analysisType: AnalysisType, options?: AnalysisCall): Promise<AnalyticsResult>
}

/** All that a collector recorded, at a glance, for code that awaits. */
export declare class AnalyticsDashboard {
  constructor(collector: AnalyticsCollector)
  readonly collector: AnalyticsCollector
  getDashboardData(options?: { now?: Time }): Promise<Dashboard>
}

/** What a request asks for. */
export interface PickCall {
  /** What strategies that hash go by: the same key gets the same instance. */
  key?: string | Uint8Array
  /** Ids of instances that must not get the request, such as those that have failed it already. */
  exclude?: string[]
  /** Only instances of this subset. */
  subset?: InstanceSubset
  /** It is a retry, and needs room in the retry budget. Default false. */
  retry?: boolean
  /** When the request begins, default the clock's time; its time goes on from there. */
  now?: Time
}

/** Instances with certain metadata, as {@link LoadBalancer.subset} gives them. */
export interface InstanceSubset {
  /** What its instances have. */
  readonly metadata: Readonly<Record<string, string>>
}

/** How a request ended: an outcome or an HTTP status, a success where neither is given. */
export interface RequestEnd {
  /** How it ended. */
  outcome?: RequestOutcome
  /** The HTTP status, in place of an outcome. */
  status?: number
  /** For how many seconds the instance wants to be left alone (`Retry-After`). */
  retryAfter?: number
  /** When it ended, default the time that has gone by since it began. */
  now?: Time
}

/**
 * An instance that was picked for a request, which is in flight until this is reported, disposed of or lost. The first end
 * counts. One that is lost counts as cancelled, once the garbage collector has found it and its neighbours.
 */
export interface InstancePick {
  /** The id of the instance. */
  readonly id: string
  /** What the instance was added with. Once the request has ended, only if it was asked for before. */
  readonly metadata: Record<string, string>
  /** Whether the request is in flight no longer. */
  readonly ended: boolean
  /** Tell how the request ended, if nobody has; gives whether it was in flight until now. */
  report(end?: RequestOutcome | RequestEnd): boolean
  /** The request counts as cancelled, unless it was reported: for `using pick = balancer.pick()`. */
  dispose(): void
  [Symbol.dispose](): void
}

/**
 * Says which instance gets a request. It opens no sockets: the caller sends the requests and carries out the checks.
 *
 * @example
 * const balancer = new LoadBalancer({ strategy: 'least_response_time' })
 * balancer.addInstance('http://10.0.0.1:8000', { weight: 2 })
 * const response = await balancer.run(async (pick) => {
 *   const response = await fetch(new URL('/clips', pick.id))
 *   pick.report({ status: response.status })
 *   return response
 * })
 */
export declare class LoadBalancer {
  constructor(options?: BalancerOptions)
  /** Choose an instance for a request that begins now. Throws `balance.no_instance` with the reason of each. */
  pick(options?: PickCall): InstancePick
  /** Choose an instance for a retry, which these must not get; throws `balance.retry_budget` for a retry too many. */
  pickExcluding(exclude: string[], options?: Omit<PickCall, 'exclude' | 'retry'>): InstancePick
  /**
   * Pick, do the work, tell how it ended: a success, a local error where it throws, cancelled where it throws an
   * `AbortError`. What the work itself reports goes before.
   */
  run<T>(work: (pick: InstancePick) => T | Promise<T>, options?: PickCall): Promise<T>
  /** The id of an instance for a request whose end is told by {@link report}, or never. It does not count as in flight. */
  getNextInstance(options?: PickCall): string
  /** Tell how a request ended that {@link getNextInstance} gave an id for, and how many seconds it took. */
  report(id: string, seconds: number, end?: RequestOutcome | Omit<RequestEnd, 'retryAfter'>): void
  /** Add an instance. The next pick sees it. */
  addInstance(id: string, options?: InstanceOptions & { now?: Time }): void
  /**
   * Let these instances be there and no others. Those that are wanted no more are drained, for `drain` seconds at most, 30 by
   * default; with 0 they go at once. Those that stay keep what was learned of them. A list that is not valid changes nothing.
   */
  setInstances(instances: InstanceSpec[], options?: { drain?: number; now?: Time }): InstanceChanges
  /** Remove an instance at once. Requests that it has may still be finished. */
  removeInstance(id: string, options?: { now?: Time }): void
  /**
   * Let an instance's requests end but give it no more, and remove it then, or after `deadline` seconds, 30 by default.
   * Gives how many requests it has in flight.
   */
  drain(id: string, options?: { deadline?: number; now?: Time }): number
  /** Take an instance out by an operator's word: however well it is, it gets nothing until {@link enable}. */
  disable(id: string, options?: { now?: Time }): void
  /** Bring back an instance that was disabled. Its health is what it was. */
  enable(id: string, options?: { now?: Time }): void
  /** Change an instance's weight: above 0, at most 1,000,000. */
  setWeight(id: string, weight: number, options?: { now?: Time }): void
  /** Say whether an instance is well, as the host knows it. Takes effect at once. */
  setInstanceHealth(id: string, healthy: boolean, options?: { now?: Time }): void
  /**
   * Checks that the host should carry out now, and answer with {@link reportCheck}; so many at `most`, those that have waited
   * longest. {@link HealthChecker} does so.
   */
  dueChecks(options?: { most?: number; now?: Time }): DueCheck[]
  /** When {@link dueChecks} has something again, in Unix seconds; null without checks. */
  get nextCheck(): number | null
  /**
   * Tell the answer of a check, and of one that failed the reason, such as "it said 500": snapshots and errors repeat it.
   * Where a check has had no answer in time and has failed for that, a later one does not count.
   */
  reportCheck(id: string, passed: boolean, options?: { reason?: string; now?: Time }): void
  /** Tell what an instance said of itself, to a probe or with a response; for `prequal`. */
  reportProbe(id: string, probe: Probe, options?: { now?: Time }): void
  /**
   * Tell how busy an instance says it is, in a report of its own or with a response (ORCA). Where two or more have said so
   * for a while, weights follow it, second by second: qps / (utilization + eps / qps) (gRFC A58).
   */
  reportLoad(id: string, report: LoadReport, options?: { now?: Time }): void
  /** The instances that have all of this metadata, for {@link pick}; also those that come later. */
  subset(metadata: Record<string, string>, options?: { now?: Time }): InstanceSubset
  /** Seconds after which a second instance should be asked too; null before enough is known. */
  get hedgeDelay(): number | null
  /** The ids of all instances, in the order they were added. */
  get instanceIds(): string[]
  /** The options it was made with. */
  get options(): Required<BalancerOptions>
  /** All instances as they are now. Rates are since the last snapshot. */
  snapshot(options?: { now?: Time }): BalancerSnapshot
  /** All instances as text for Prometheus. */
  exposition(options?: { now?: Time }): string
  /** Who may have a request now, and why not. */
  explain(options?: Omit<PickCall, 'retry'>): PickExplanation
  /** What happened to instances since the last call, the oldest first. */
  takeEvents(): BalancerEvent[]
}

/** Gives the instances that there should be. The signal says that nobody waits any longer. */
export type InstanceSource = (call: { signal: AbortSignal }) => InstanceSpec[] | Promise<InstanceSpec[]>

/** How a source is asked. */
export interface DiscoveryOptions extends RefreshOptions {
  /** Seconds that an instance has to end its requests after it has left the list. Default 30. */
  drain?: number
  /** Seconds after which a source that says nothing has failed. Default 10. */
  timeout?: number
  /** Called with what has changed, and not where nothing has. */
  onChange?: (changes: InstanceChanges) => void
  /** Called where the source has failed, or its list is not valid. The last good list goes on. */
  onError?: (error: unknown) => void
}

/**
 * Keeps a balancer's instances as a source says, and asks it again at intervals with jitter, after a failure sooner. Its
 * timer keeps no process alive.
 *
 * @example
 * const source = dnsSource('_http._tcp.renderers.internal', { type: 'SRV', scheme: 'http' })
 * const discovery = new Discovery(balancer, source, { interval: 30, onChange: console.log })
 * await discovery.start()
 */
export declare class Discovery {
  constructor(balancer: LoadBalancer, source: InstanceSource, options?: DiscoveryOptions)
  /** Look now, and then at intervals; gives what has changed, nothing where the source has failed. */
  start(): Promise<InstanceChanges | undefined>
  /** Look no more. */
  stop(): void
  /** Look now, such as after a hint that something has changed. */
  refresh(): Promise<InstanceChanges | undefined>
  /** Looks that have failed since the last one that did not. */
  readonly failures: number
}

/** How a name is asked for. */
export interface DnsOptions {
  /** The kind of records. Default A. */
  type?: 'A' | 'AAAA' | 'SRV'
  /** Ids are `scheme://host:port`, or `host:port` without. */
  scheme?: string
  /** The port of addresses; SRV records say their own. */
  port?: number | string
  /** Asks the name servers; default `node:dns/promises`. */
  resolver?: {
    resolve4?(name: string): Promise<string[]>
    resolve6?(name: string): Promise<string[]>
    resolveSrv?(name: string): Promise<SrvRecord[]>
  }
}

/** A source that asks name servers, for {@link Discovery}. */
export declare function dnsSource(name: string, options?: DnsOptions): InstanceSource

/**
 * Checks an instance: gives nothing or true where it is well, else false, or in words what is wrong. The signal says that its
 * time is over.
 */
export type InstanceCheck = (
  due: DueCheck,
  call: { signal: AbortSignal },
) => string | boolean | null | undefined | void | Promise<string | boolean | null | undefined | void>

/** How instances are checked. */
export interface HealthCheckerOptions extends CheckerOptions {
  /** Checks an instance in place of HTTP or TCP. */
  check?: InstanceCheck
  /** An agent of `node:https` that knows certificates. By default each check has a connection of its own. */
  agent?: import('node:http').Agent
}

/**
 * Checks the instances of a balancer when they are due by its `healthCheck` options, which also say what follows from the
 * answers. A check that throws, or that has no answer in time, is a failed one with its reason, and no business of the
 * others. Its timers keep no process alive.
 *
 * @example
 * const balancer = new LoadBalancer({ healthCheck: { interval: 10, timeout: 2, rise: 2, fall: 3 } })
 * const checker = new HealthChecker(balancer, { path: '/health' })
 * checker.start()
 */
export declare class HealthChecker {
  constructor(balancer: LoadBalancer, options?: HealthCheckerOptions)
  /** Check from now on. */
  start(): void
  /** Check no more; what was begun is given up. */
  stop(): void
}

/**
 * The instances of a balancer as an autoscaler has them: new ones join, those that leave drain before they are stopped. How
 * many there should be is an {@link AutoScalingEngine}'s business or anybody else's, and the host starts and stops them: here
 * are only numbers and ids. Who joins later than the first gets its share step by step, by the balancer's `slowStart`.
 *
 * @example
 * const fleet = new Fleet(balancer, { drain: 30 })
 * const { start, leaving } = fleet.resize(decision.targetInstances)
 * for (let started = 0; started < start; started++) fleet.join([{ id: await startWorker() }])
 * for (const { id } of fleet.stoppable()) await stopWorker(id) // again and again
 */
export declare class Fleet {
  constructor(balancer: LoadBalancer, options?: FleetOptions)
  /** Instances that run now have requests; those that were leaving stay. Gives ids of those that had none before. */
  join(instances: InstanceSpec[], options?: { now?: Time }): string[]
  /**
   * There should be so many instances, `starting` of them on their way already. Where there are too few, instances that were
   * leaving stay, and the rest is to be started; where there are too many, some leave.
   */
  resize(target: number, options?: { starting?: number; now?: Time }): Resized
  /** These leave, as the host chose them. */
  leave(ids: string[], options?: { now?: Time }): Leaver[]
  /** Those that left and may be stopped now, each once: without requests, or with their time over. */
  stoppable(options?: { now?: Time }): Stoppable[]
}

/** One balancer for the whole process. */
export declare const loadBalancer: LoadBalancer

/** Options of {@link recommendScaling}. */
export interface RecommendCall extends RecommendOptions, JobOptions {}

/**
 * Carries out what an engine has decided: asks for `targetInstances`, with `token` against doing it twice. `false` and what
 * is thrown say that it has failed. `signal` is aborted when nobody waits any more.
 */
export type ScalingExecutor = (request: ScalingRequest, options: { signal: AbortSignal }) => unknown

/**
 * Decides how many instances there should be, and explains itself. It opens no sockets: the executor carries out what it
 * decides, or whoever asked.
 *
 * @example
 * const engine = new AutoScalingEngine({ maxInstances: 20 }, { executor: ({ targetInstances }) => resize(targetInstances) })
 * const decision = engine.evaluate({ cpuUsage: 85, memoryUsage: 75, responseTime: 400, requestRate: 500, instances: 4 })
 * if (decision.action !== 'no_action') await engine.executeScalingAction(decision)
 */
export declare class AutoScalingEngine {
  /** Throws what begins with `config` for an option that cannot be; it names it. */
  constructor(config?: ScalingConfig, options?: { executor?: ScalingExecutor })
  /** An engine that goes on where the saved one was; throws `snapshot.invalid` for a text that is damaged. */
  static restore(saved: string, config?: ScalingConfig, options?: { executor?: ScalingExecutor }): AutoScalingEngine
  /** Everything that the next decision depends on, as JSON. */
  save(): string
  /** Who carries actions out; without one they are noted as carried out by the caller. */
  executor?: ScalingExecutor
  /** The options it was made with. */
  get config(): Required<ScalingConfig>
  /** Decide how many instances there should be, by what was measured. Nothing is remembered of metrics that are refused. */
  evaluate(metrics: ResourceMetrics, options?: { now?: Time }): ScalingDecision
  /** The same, for code that awaits. */
  evaluateScalingNeed(metrics: ResourceMetrics, options?: { now?: Time }): Promise<ScalingDecision>
  /**
   * Carry a decision out by the executor, with its time limit and its retries. Gives whether nothing is left to do, and
   * false where every try has failed. Throws `scaling.outdated` where another action is being carried out.
   */
  executeScalingAction(decision: ScalingDecision, options?: { now?: Time }): Promise<boolean>
  /**
   * Take a decision to carry it out without the executor, as hosts with a queue of their own do; null where there is nothing
   * to do. Until {@link succeeded} or {@link failed} says how that ended, or every try has timed out, other decisions hold.
   */
  begin(decision: ScalingDecision, options?: { now?: Time }): ScalingRequest | null
  /** Tell that an action was carried out. Said twice, it changes nothing more. */
  succeeded(token: string, options?: { now?: Time }): void
  /** Tell that a try has failed, and get whether there will be another. What is known of the instances stays. */
  failed(token: string, error: string, options?: { now?: Time }): ActionState
  /** The try that is to be made now, if there is one. A try that took too long has failed. */
  due(options?: { now?: Time }): ScalingRequest | null
  /**
   * Tell that so many instances work, before the next metrics do: then it is known to the moment how long starts take, of
   * which `startUp` learns.
   */
  ready(instances: number, options?: { now?: Time }): void
  /**
   * The count of the last decision; null before the first, and where it is older than `metricsMaxAge`: a count that nobody
   * looks after any more must not be carried out.
   */
  wantedInstances(options?: { now?: Time }): number | null
  /**
   * The count that was decided as text for Prometheus (`text/plain; version=0.0.4`), which the HorizontalPodAutoscaler can
   * follow, with labels at each sample. Without a count its samples are left out.
   */
  toPrometheus(labels?: Record<string, string>, options?: { now?: Time }): string
  /**
   * The count that was decided as JSON, for the `metrics-api` scaler of KEDA. Throws `data.too_few` where there is none; a
   * server answers with the status 503.
   */
  toKedaJson(options?: { now?: Time }): string
  /** The answer to a message of KEDA's to an external scaler; {@link kedaService} serves it. */
  answerKeda(method: string, request: Uint8Array, options?: { now?: Time }): Buffer
  /** The latest actions and what became of them, the oldest first: 256 at most. */
  get actions(): ActionRecord[]
  /** The latest decisions, the oldest first: 1,024 at most. */
  get history(): ScalingRecord[]
  /** Where the engine stands: counts, bounds, cooldown, actions, forecasts with their accuracy, costs. */
  getScalingStatus(options?: { now?: Time }): ScalingStatus
}

/** How a {@link ProcessPool} runs its command, which is an argument of its own. */
export type ProcessPoolOptions = Omit<PoolOptions, 'command'>

/**
 * Runs a command as often as there should be instances; its `execute` is an executor of {@link AutoScalingEngine}. Each
 * instance leads a group of processes of its own. One that ends by itself is started again, after longer and longer pauses.
 * They are ended by `stop`, and by a shell that waits beside the host where that is gone without it (`guard`).
 *
 * @example
 * const pool = new ProcessPool(['node', 'worker.js'], { ready: { http: '/health' } })
 * const engine = new AutoScalingEngine({ maxInstances: 8 }, { executor: pool.execute })
 * const { instances, readyInstances } = pool.status()
 * await engine.executeScalingAction(engine.evaluate({ cpuUsage: 85, instances, readyInstances }))
 * await pool.stop()
 */
export declare class ProcessPool {
  /**
   * The program and its arguments; no shell reads them. `{instance}` and `{port}` in arguments become its number, counted
   * from 0, and its port. Throws what begins with `config` for an option that cannot be; it names it.
   */
  constructor(command: string[], options?: ProcessPoolOptions)
  /** The options with every default. */
  get options(): Required<PoolOptions>
  /** Ask for so many instances, and do not wait. Those that were given up are started again. */
  scaleTo(instances: number): void
  /**
   * Wait until as many instances are ready as were asked for, and none is left that is too many. Throws `scaling.pool` where
   * one was given up, the pool was stopped, or that takes more than `timeout` seconds, by default `readyTimeout` and
   * `stopTimeout` together.
   */
  wait(options?: { timeout?: number; signal?: AbortSignal }): Promise<PoolStatus>
  /**
   * Carry out what an engine decided: ask for the count and wait for it. Where that fails, the count is again what it was.
   * It may be handed on without its pool.
   */
  execute(request: ScalingRequest, options?: { timeout?: number; signal?: AbortSignal }): Promise<PoolStatus>
  /** How it stands; `instances` and `readyInstances` are what {@link ResourceMetrics} has by these names. */
  status(): PoolStatus
  /** Stop all instances, and wait for that `stopTimeout` at most. The pool cannot be used after that. */
  stop(options?: { signal?: AbortSignal }): Promise<void>
}

/**
 * An external scaler for KEDA that answers by the decisions of an engine: what `addService` of a server of `@grpc/grpc-js`
 * takes. `interval` are the seconds after which a stream looks whether there is something to tell, 1 by default. Where there
 * is no count, the status is `UNAVAILABLE`.
 *
 * @example
 * const { definition, implementation } = kedaService(engine)
 * server.addService(definition, implementation)
 */
export declare function kedaService(
  engine: AutoScalingEngine,
  options?: { interval?: number },
): { definition: Record<string, KedaMethod>; implementation: Record<string, (...call: any[]) => void> }

/** A method as `@grpc/grpc-js` defines one, whose messages are bytes. */
export interface KedaMethod {
  path: string
  requestStream: boolean
  responseStream: boolean
  requestSerialize: (message: Buffer) => Buffer
  requestDeserialize: (message: Buffer) => Buffer
  responseSerialize: (message: Buffer) => Buffer
  responseDeserialize: (message: Buffer) => Buffer
}

/** One engine for the whole process, with default options. */
export declare const autoScalingEngine: AutoScalingEngine
