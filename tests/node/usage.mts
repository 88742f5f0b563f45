// Checked by tsc, never run: the calls as an ES module writes them.
import {
  AutoScalingEngine, Discovery, Fleet, HealthChecker, LoadBalancer, OpusClipError, ProcessPool, analysisToCsv, analysisToHtml,
  analyze, analyzePart, cacheInfo, clearCache, compare, correlateAll, customers, dnsSource, errorCodes, extractClips, fitBgNbd,
  fitGammaGamma, funnel, instancesOfSlices, kedaService, lifetimeValue, loadBalancer, mergeParts, probe, probeSync, readManifest, readSubtitles,
  readTrace, readTranscript, render, retention, retryAfter, revenue, runCli, segmentTopics, select, selectionToHtml,
  simulateScaling, transcribe, transcriptToSrt, transcriptToVtt,
} from 'opusclip'
import { balancedRequest } from 'opusclip/http'
import { BalancedDispatcher } from 'opusclip/undici'
import { request as undiciRequest } from 'undici'
import type {
  ActionState, Analysis, AnalysisPart, AudioChunk, BalancerEvent, BoundaryKind, CacheInfo, Clip, Curve, CustomerSummary,
  DueCheck, ErrorCode, InstanceChanges, InstancePick, InstanceSource, InstanceState, InstanceSubset, Layout, Manifest,
  MediaInfo, PaymentTable, Progress, Report, Resized, ScalingDecision, ScalingRun, Selection, Series, SpeechEngine, Transcript,
  Verdict,
} from 'opusclip'

const controller = new AbortController()
const heard: Progress[] = []

const report: Report = await extractClips('talk.mp4', {
  outDir: new URL('file:///tmp/clips'),
  transcript: 'talk.srt',
  count: 3,
  minDuration: 15,
  layout: 'fit',
  signal: controller.signal,
  onProgress: (progress) => heard.push(progress),
})
const clips: Clip[] = report.clips
const rate: number = clips[0]!.frameRate.num / clips[0]!.frameRate.den
const loudness: number | null | undefined = clips[0]?.loudness?.integrated

const manifest: Manifest = await readManifest(report.manifest)
manifest.render.layout = 'fill'
await render(manifest, { outDir: 'again', only: [1], overwrite: true })
await render(report.manifest, { outDir: 'again' })
await render(report.manifest)
await render(report.manifest, { force: true })

const engine: SpeechEngine = async (chunk: AudioChunk) => {
  const loudest: number = Math.max(...chunk.samples)
  return loudest > 0 && chunk.toWav().length > 44 ? { segments: [] } : ''
}
const heard2: Transcript = await transcribe('talk.mp4', { engine, chunkSeconds: 60, language: 'en' })
const subtitles: Transcript = await readSubtitles('talk.mkv', { stream: 2 })
const texts: string = transcriptToSrt(heard2) + transcriptToVtt(subtitles)
const chosen: Selection = await select('talk.mp4', {
  transcript: heard2,
  subtitles: false,
  durations: [[15, 30], [30, 59]],
  keywords: ['oak'],
  weights: { hook: 0.5 },
  embed: (sentences) => sentences.map(() => Float32Array.of(1, 0)),
  score: async (candidates) => candidates.map(({ score }) => score / 2),
  describe: ({ post }) => ({ title: post.title.toUpperCase() }),
  transcribe: engine,
  callbackTimeLimit: 5,
  callbackFallback: true,
})
await select('talk.mp4', { transcript: { segments: [{ start: 0, end: 1, text: 'Hello' }] } })
await select(null, { transcript: new URL('file:///talk.srt') })
const report2: string = await selectionToHtml(chosen, { video: 'talk.mp4', title: 'talk', media: 'talk.mp4' })
const borders: number[] = segmentTopics(['A star.', 'A loaf.'], { count: 2, embeddings: [Float32Array.of(1), [0]] })
console.log(texts, report2, borders)

const selection: Selection = await select(new URL('file:///talk.mp4'), { count: 1 })
const analysis: Analysis = await analyze('talk.mp4', { signal: controller.signal })
const parts: AnalysisPart[] = [await analyzePart('talk.mp4', { end: 60 }), await analyzePart('talk.mp4', { start: 60, level: 'index' })]
const merged: Analysis = await mergeParts(parts)
const kinds: BoundaryKind[] = merged.boundaries.map(({ kind }) => kind)
const curve: Curve | undefined = merged.loudness?.momentary
const page: string = analysisToHtml(merged, { title: 'talk', fragment: true }) + analysisToCsv(merged)
const caches: CacheInfo[] = [await cacheInfo(), await clearCache(new URL('file:///tmp/kept'))]
await analyze('talk.mp4', { level: 'exact', audio: false, cache: false, cacheDir: '/tmp/kept' })
console.log(kinds, curve?.values[0], page, caches)
const info: MediaInfo = await probe('talk.mp4')
const same: MediaInfo = probeSync('talk.mp4')
const words: string[] = (await readTranscript('talk.srt')).words.map((word) => word.text)
const layout: Layout = 'auto'
const codes: ErrorCode[] = errorCodes()
const status: number = runCli(['opusclip', '--version'])
console.log(rate, loudness, selection, analysis, info.container === 'mpeg_ts', same, words, layout, codes, status)

try {
  await probe('missing.mp4')
} catch (error) {
  if (error instanceof OpusClipError && error.code === 'media.not_found') {
    const file: string | undefined = error.file
    console.log(file, error.name === 'AbortError')
  }
}

// @ts-expect-error: no such option
await extractClips('talk.mp4', { cuont: 3 })
// @ts-expect-error: no such layout
await extractClips('talk.mp4', { layout: 'stretch' })
// @ts-expect-error: a number is no transcript
await select('talk.mp4', { transcript: 7 })
// @ts-expect-error: titles are texts
await select('talk.mp4', { describe: () => ({ title: 7 }) })
// @ts-expect-error: parts are not kept
await analyzePart('talk.mp4', { cache: true })
// @ts-expect-error: no path
await probe(42)
// @ts-expect-error: no such code
const code: ErrorCode = 'media.lost'
console.log(code)

const paid: PaymentTable = { time: Float64Array.of(0, 1), user: ['ann', 7], amount: [1999, -500], currency: 'EUR' }
const net: number = revenue(paid, { period: 'week' }).net
const summaries: CustomerSummary[] = customers(paid).map(({ summary }) => summary)
const worth: Float64Array = lifetimeValue(fitBgNbd(summaries), fitGammaGamma(summaries), summaries, { steps: 26 })
const series: Series = { values: Float64Array.of(1, 2), times: Float64Array.of(0, 60) }
const pairs: string[] = correlateAll({ load: series, queue: Float64Array.of(1, 2) }).pairs.map(({ a }) => a)
const verdict: Verdict = compare({ people: 10, converted: 1 }, { people: 10, converted: 2 }).verdict
console.log(net, worth[0], pairs, verdict, funnel({ time: [0], user: [1], event: [null] }, { steps: ['a'] }).entered)
// @ts-expect-error: an amount is a number
revenue({ ...paid, amount: ['19.99'] })
// @ts-expect-error: who did it is missing
retention({ time: [0] })
// @ts-expect-error: an arm has people
compare({ converted: 1 }, { people: 10, converted: 2 })

const balancer: LoadBalancer = new LoadBalancer({ strategy: 'maglev', outlier: null, healthCheck: { rise: 3 } })
balancer.addInstance('http://10.0.0.1', { weight: 2, tier: 1, zone: 'a', metadata: { gpu: 'yes' }, now: new Date() })
const subset: InstanceSubset = balancer.subset({ gpu: 'yes' })
const length: number = await balancer.run((pick) => pick.id.length, { key: 'k', exclude: ['b'], subset })
const picked: InstancePick = balancer.pickExcluding(['http://10.0.0.2'], { key: new Uint8Array(2) })
const told: boolean = picked.report({ status: 503, retryAfter: 5 }) || picked.report('cancelled')
const state: InstanceState | undefined = balancer.snapshot({ now: 5 }).instances[0]?.state
const events: BalancerEvent[] = balancer.takeEvents()
const checks: DueCheck[] = balancer.dueChecks()
console.log(length, told, state, events, checks, balancer.hedgeDelay, balancer.nextCheck, loadBalancer.options.strategy)
const changes: InstanceChanges = balancer.setInstances([{ id: 'a' }, { id: 'b', weight: 2, metadata: { gpu: 'yes' } }], { drain: 5 })
const source: InstanceSource = dnsSource('workers', { type: 'SRV', resolver: { resolveSrv: async () => [] } })
const discovery = new Discovery(balancer, source, { interval: 5, onChange: ({ added }) => console.log(added) })
discovery.stop()
const checker = new HealthChecker(balancer, { protocol: 'http', path: '/up', check: async ({ id }) => id !== 'a' || 'it is a' })
checker.stop()
const fleet = new Fleet(balancer, { drain: 5, leaveFirst: 'newest' })
const resized: Resized = fleet.resize(3, { starting: 1 })
console.log(fleet.join([{ id: 'c' }])[0], resized.leaving[0]?.until, fleet.stoppable()[0]?.inFlight)
// @ts-expect-error: no such order
new Fleet(balancer, { leaveFirst: 'eldest' })
const dispatcher = new BalancedDispatcher(balancer, { retries: 1, key: ({ path }) => path, subset })
const request = balancedRequest(balancer, { unread: 5 })
const answered: number | undefined = (await request('/clips', { method: 'PUT', body: 'x', timeout: 2 })).statusCode
const { statusCode } = await undiciRequest('http://workers/clips', { dispatcher })
console.log(changes.added, answered, statusCode, instancesOfSlices('{}', { port: 'http' })[0]?.id, retryAfter('5', 0))
// @ts-expect-error: an instance has an id
balancer.setInstances([{ weight: 2 }])
// @ts-expect-error: no such records
dnsSource('workers', { type: 'MX' })
// @ts-expect-error: no such option
new BalancedDispatcher(balancer, { attempts: 2 })
// @ts-expect-error: no such strategy
new LoadBalancer({ strategy: 'best' })
// @ts-expect-error: no such outcome
picked.report('fine')
// @ts-expect-error: metadata are texts
balancer.addInstance('a', { metadata: { gpus: 2 } })

const scaler: AutoScalingEngine = new AutoScalingEngine({
  strategy: 'predictive',
  startUp: { seconds: 30 },
  schedules: [{ name: 'office', start: '08:00', end: '18:00', timeZone: 'Europe/Berlin', minInstances: 5 }],
  scaleDown: { policies: [{ type: 'percent', value: 10, period: 60 }] },
  metrics: [{ name: 'jobs', targetPerInstance: 10 }],
}, { executor: async ({ targetInstances }, { signal }) => signal.aborted || targetInstances > 0 })
const decided: ScalingDecision = scaler.evaluate({ cpuUsage: 85, custom: { jobs: 5 }, timestamp: new Date() }, { now: new Date() })
const notes: (number | string)[] = decided.notes.map((note) => note.kind === 'clock_went_back' ? note.seconds : note.kind)
const carriedOut: boolean = await scaler.executeScalingAction(decided)
const workers = new ProcessPool(['node', 'worker.js'], { ready: { http: '/' }, env: { A: 'b' }, restarts: 3 })
scaler.executor = workers.execute
const readyWorkers: number = (await workers.wait({ timeout: 5 })).readyInstances
scaler.ready(readyWorkers)
const outputs: [number | null, string, string] = [scaler.wantedInstances(), scaler.toPrometheus({ a: 'b' }), scaler.toKedaJson()]
const kedaPath: string | undefined = kedaService(scaler, { interval: 2 }).definition.IsActive?.path
const stands: ActionState | undefined = AutoScalingEngine.restore(scaler.save()).actions[0]?.state
const played: ScalingRun[] = simulateScaling({ step: 60, rates: [1, 2] }, { policies: ['hpa'], plant: { startUp: 30 } }).runs
console.log(notes, carriedOut, stands, played, scaler.config.scaleUp.policies, readTrace('t.csv', { step: 60 }).rates.length)
// @ts-expect-error: no such strategy
new AutoScalingEngine({ strategy: 'magic' })
// @ts-expect-error: a metric has a target
new AutoScalingEngine({ metrics: [{ name: 'jobs' }] })
