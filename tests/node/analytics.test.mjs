// Metrics from Node: handles, labels, windows, analyses, errors.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  AnalyticsCollector, AnalyticsDashboard, AnalyticsProcessor, OpusClipError, correlate, detectAnomalies, forecast, trend,
} from 'opusclip'

const NOW = 1_700_000_000
const collector = (options) => new AnalyticsCollector({ now: NOW, ...options })

describe('metrics', () => {
  test('are recorded by handles and by labels, and asked by windows', () => {
    const metrics = collector()
    const jobs = metrics.counter('jobs', { kind: 'clip' })
    for (let i = 0; i < 10_000; i++) jobs.inc()
    jobs.inc(2.5)
    for (let i = 1; i <= 100; i++) metrics.record('latency', i, { path: '/a', code: i % 2 ? 200 : 500 })
    assert.equal(metrics.window('jobs', '1m').sum, 10_002.5)
    const stats = metrics.window('latency', '5m')
    assert.deepEqual([stats.count, stats.mean, stats.series], [100, 50.5, 2])
    assert.ok(Math.abs(stats.p95 - 95) <= 0.96)
    assert.equal(metrics.window('latency', '5m', { labels: { code: '200' } }).count, 50)
    assert.deepEqual(metrics.windows('jobs').map(({ window }) => window), ['1m', '5m', '15m', '1h', '24h'])
  })

  test('arrive without being asked for', async () => {
    const metrics = collector()
    metrics.record('load', 1)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(metrics.metrics, [{ name: 'load', metricType: 'histogram', series: 1 }])
  })

  test('may be negative, late, and many', () => {
    const metrics = collector()
    metrics.record('profit', -5, { shop: 'a' })
    metrics.record('profit', 7, { shop: 'a' }, { timestamp: new Date((NOW - 30) * 1000) })
    const outcome = metrics.recordMany('profit', [1, NaN, 3], { times: [NOW, NOW - 1, NOW - 2], labels: { shop: 'a' } })
    assert.deepEqual(outcome, { recorded: 2, dropped: 1 })
    const { count, min, max } = metrics.window('profit', '1m')
    assert.deepEqual([count, min, max], [4, -5, 7])
    assert.deepEqual(metrics.drops, [{ metric: 'profit', reason: 'not_finite', count: 1 }])
  })

  test('windows keep the names they were given', () => {
    const metrics = collector({ timeWindows: { lastMinute: 60 } })
    metrics.record('load', 1)
    assert.equal(metrics.window('load', 'lastMinute').count, 1)
  })

  test('go into snapshots, which are restored and merged', () => {
    const metrics = collector()
    metrics.counter('jobs').inc(2)
    const other = AnalyticsCollector.restore(metrics.snapshot(), { now: NOW })
    other.merge(metrics.snapshot())
    assert.equal(other.window('jobs', '1m').sum, 4)
  })

  test('what cannot be is said', () => {
    const metrics = collector()
    metrics.record('load', 1)
    const failure = (call) => {
      try {
        call()
      } catch (error) {
        assert.ok(error instanceof OpusClipError)
        return error.code
      }
      return undefined
    }
    assert.equal(failure(() => metrics.record('load', NaN)), 'metric.invalid')
    assert.equal(failure(() => metrics.counter('jobs').inc(-1)), 'metric.invalid')
    assert.equal(failure(() => metrics.counter('load')), 'metric.invalid')
    assert.equal(failure(() => metrics.window('laod', '1m')), 'metric.unknown')
    assert.equal(failure(() => metrics.window('load', '2m')), 'window.unknown')
    assert.equal(failure(() => collector({ relativeError: 2 })), 'config.out_of_range')
    assert.equal(failure(() => metrics.merge(Buffer.from('none'))), 'snapshot.invalid')
    assert.equal(failure(() => trend(Float64Array.of(1))), 'data.too_few')
  })
})

test('analyses of what was recorded', async () => {
  const metrics = collector()
  for (let minute = 0; minute < 60; minute++) {
    const timestamp = NOW - 60 * (60 - minute)
    metrics.record('queue', 100 + 3 * minute, {}, { timestamp })
    metrics.record('load', minute === 50 ? 900 : 50 + (minute % 3), {}, { timestamp })
  }
  const processor = new AnalyticsProcessor(metrics)
  const rising = await processor.processAnalytics('trend_analysis', { metricName: 'queue', window: '24h' })
  assert.ok(Math.abs(rising.trend.slope.estimate.perHour - 180) < 1)
  const unusual = await processor.processAnalytics('anomaly_detection', { metricName: 'load', threshold: 6 })
  assert.deepEqual(unusual.anomalies.points.map(({ value }) => value), [900])
  const shown = await new AnalyticsDashboard(metrics).getDashboardData()
  assert.deepEqual(shown.live.map(({ stats }) => stats.metric).sort(), ['load', 'queue'])
})

test('analyses of arrays', () => {
  const hours = Float64Array.from({ length: 24 * 14 }, (_, hour) => hour)
  const values = hours.map((hour) => 100 + 0.1 * hour + 10 * Math.sin((2 * Math.PI * hour) / 24))
  const times = hours.map((hour) => NOW + 3600 * hour)
  assert.ok(Math.abs(trend(values, times).slope.estimate.perHour - 0.1) < 0.01)
  const ahead = forecast(values, times, { horizon: 24 })
  assert.equal(ahead.mean.length, 24)
  assert.ok(Math.abs(ahead.mean[6] - (100 + 0.1 * 342 + 10)) < 2)
  assert.ok(correlate(values, values.map((value) => -value), times).pearson.value < -0.99)
  values[300] += 60
  assert.ok(detectAnomalies(values, times).points.some(({ index }) => index === 300))
})
