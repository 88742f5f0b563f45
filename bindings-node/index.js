// Loads the addon for this platform. Every name is listed, so that `import { extractClips } from 'opusclip'` finds it.
'use strict'

const addon = load()

const analytics = require('./analytics.js')
const checker = require('./checker.js')
const discovery = require('./discovery.js')
const fleet = require('./fleet.js')
const keda = require('./keda.js')
const performance = require('./performance.js')
const scaling = require('./scaling.js')

exports.AnalyticsCollector = analytics.define(addon.NativeCollector)
exports.AnalyticsDashboard = analytics.AnalyticsDashboard
exports.AnalyticsProcessor = analytics.AnalyticsProcessor
exports.Discovery = discovery.define(addon)
exports.AutoScalingEngine = scaling.define(addon.NativeScaler)
exports.Fleet = fleet.define(addon)
exports.HealthChecker = checker.define(addon)
exports.LoadBalancer = performance.define(addon.NativeBalancer)
exports.ProcessPool = scaling.definePool(addon.NativePool)
exports.OpusClipError = addon.OpusClipError
exports.analysisToCsv = addon.analysisToCsv
exports.analysisToHtml = addon.analysisToHtml
exports.analyze = addon.analyze
exports.analyzePart = addon.analyzePart
exports.armOf = addon.armOf
exports.autoScalingEngine = new exports.AutoScalingEngine()
exports.cacheInfo = addon.cacheInfo
exports.checkUpload = addon.checkUpload
exports.clearCache = addon.clearCache
exports.cohortValues = addon.cohortValues
exports.compare = addon.compare
exports.correlate = addon.correlate
exports.correlateAll = addon.correlateAll
exports.customers = addon.customers
exports.detectAnomalies = addon.detectAnomalies
exports.dnsSource = discovery.dnsSource(addon)
exports.drivers = addon.drivers
exports.errorCodes = addon.errorCodes
exports.expectedPurchases = addon.expectedPurchases
exports.expectedValue = addon.expectedValue
exports.exportClips = addon.exportClips
exports.extractClips = addon.extractClips
exports.ffmpegVersion = addon.ffmpegVersion
exports.fitBgNbd = addon.fitBgNbd
exports.fitGammaGamma = addon.fitGammaGamma
exports.forecast = addon.forecast
exports.forecastTimeToLimit = addon.forecastTimeToLimit
exports.funnel = addon.funnel
exports.kedaService = keda.kedaService
exports.lifetimeValue = addon.lifetimeValue
exports.instancesOfAddresses = addon.instancesOfAddresses
exports.instancesOfSlices = addon.instancesOfSlices
exports.instancesOfSrv = addon.instancesOfSrv
exports.isIdempotent = addon.isIdempotent
exports.isRetryable = addon.isRetryable
exports.loadBalancer = new exports.LoadBalancer()
exports.mergeParts = addon.mergeParts
exports.movedTogether = addon.movedTogether
exports.mrr = addon.mrr
exports.probabilityAlive = addon.probabilityAlive
exports.probe = addon.probe
exports.probeSync = addon.probeSync
exports.readManifest = addon.readManifest
exports.readSubtitles = addon.readSubtitles
exports.readTrace = addon.readTrace
exports.readTranscript = addon.readTranscript
exports.readTranscriptSync = addon.readTranscriptSync
exports.recommendScaling = addon.recommendScaling
exports.render = addon.render
exports.retention = addon.retention
exports.retryAfter = addon.retryAfter
exports.revenue = addon.revenue
exports.runBalanceCases = addon.runBalanceCases
exports.runCli = addon.runCli
exports.runScalingCases = addon.runScalingCases
exports.scalingToHtml = addon.scalingToHtml
exports.schema = addon.schema
exports.segmentTopics = addon.segmentTopics
exports.select = addon.select
exports.selectionToHtml = addon.selectionToHtml
exports.simulateJoint = addon.simulateJoint
exports.simulateScaling = addon.simulateScaling
exports.timeToLimit = addon.timeToLimit
exports.transcribe = addon.transcribe
exports.transcriptToSrt = addon.transcriptToSrt
exports.transcriptToVtt = addon.transcriptToVtt
exports.trend = addon.trend
exports.users = addon.users

function load() {
  const files = triples().map((triple) => `opusclip.${triple}.node`)
  let cause
  for (const file of files) {
    try {
      return require(`./dist/${file}`)
    } catch (error) {
      // A file that is there but does not load says more than one that is missing.
      if (cause === undefined || error.code !== 'MODULE_NOT_FOUND') cause = error
    }
  }
  const needs = 'run `npm run build` in the repository (it needs Rust and the development libraries of FFmpeg 5.1 or newer)'
  const message =
    cause.code === 'MODULE_NOT_FOUND'
      ? `opusclip: ${files[0]} is missing, so this package was not built for this platform; ${needs}`
      : `opusclip: the addon cannot be loaded: ${cause.message}; install the FFmpeg libraries that it names, or ${needs}`
  throw Object.assign(new Error(message, { cause }), { code: cause.code })
}

// The names of this platform, as @napi-rs/cli writes them.
function triples() {
  const { platform, arch } = process
  if (platform === 'win32') return [`win32-${arch}-msvc`]
  if (platform !== 'linux') return [`${platform}-${arch}`]
  return ['gnu', 'musl'].map((libc) => `linux-${arch}-${libc}${arch === 'arm' ? 'eabihf' : ''}`)
}
