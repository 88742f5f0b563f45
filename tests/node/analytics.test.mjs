// Metrics from Node: handles, labels, windows, analyses, errors.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  AnalyticsCollector, AnalyticsDashboard, AnalyticsProcessor, OpusClipError, armOf, compare, correlate, correlateAll,
  customers, detectAnomalies, drivers, expectedPurchases, expectedValue, fitBgNbd, fitGammaGamma, forecast,
  forecastTimeToLimit, funnel, lifetimeValue, movedTogether, retention, revenue, timeToLimit, trend,
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

describe('many metrics', () => {
  /** Numbers from 0 to 1 that look like chance. */
  const noise = (seed, length = 400) => {
    let state = seed
    return Float64Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    })
  }
  const failure = (call) => {
    try {
      call()
    } catch (error) {
      assert.ok(error instanceof OpusClipError, error)
      return { code: error.code, field: error.field }
    }
    return undefined
  }
  const times = Float64Array.from({ length: 400 }, (_, minute) => NOW + 60 * minute)

  test('are compared pair by pair under their own names', () => {
    const [load, other] = [noise(1), noise(3)]
    const values = load.map((value, at) => 2 * value + 0.1 * noise(2)[at])
    const found = correlateAll({ web_load: load, queueLength: { values, times }, other: { values: other, times } })
    assert.deepEqual(found.skipped.map(({ names }) => names), [['web_load', 'queueLength'], ['web_load', 'other']])
    const near = correlateAll({ web_load: { values: load, times }, queueLength: { values, times } })
    assert.deepEqual([near.pairs[0].a, near.pairs[0].b, near.pairs[0].significant], ['web_load', 'queueLength', true])
    assert.deepEqual(failure(() => correlateAll([load])), { code: 'config.invalid', field: 'metrics' })
    assert.deepEqual(failure(() => correlateAll({ load, queue: { values } })).field, 'metrics.queue.times')
    const lagged = correlate(load, load.map((_, at) => load[Math.max(at - 3, 0)]), times, { names: ['load', 'queue'] })
    assert.match(lagged.explanation.sentence, /queue follows load by 3 min/)
  })

  test('moved together with an anomaly', () => {
    const raised = (seed) => noise(seed).map((value, at) => value + (at >= 300 && at < 315 ? 10 : 0))
    const others = { other: { values: noise(4), times }, queue: { values: raised(5), times } }
    const found = movedTogether(raised(6), times, others, times[300], times[314])
    assert.deepEqual(found.metrics.map(({ name, moved }) => [name, moved]), [['queue', true], ['other', false]])
  })

  test('reach limits', () => {
    const days = Float64Array.from({ length: 60 }, (_, day) => day)
    const dates = days.map((day) => NOW + 86_400 * day)
    const full = timeToLimit(days.map((day) => 30 + day), dates, { limit: 95 })
    assert.ok(Math.abs(full.expected / 86_400 - 6) < 0.01)
    const ahead = forecast(days.map((day) => 30 + day), dates, { horizon: 30 })
    assert.ok(Math.abs(forecastTimeToLimit(ahead, 95, 'rising').expected / 86_400 - 6) < 0.5)
    assert.equal(forecastTimeToLimit(ahead, 1e6).expected, null)
    assert.equal(failure(() => forecastTimeToLimit(ahead, 95, 'sideways')).field, 'direction')
  })
})

describe('business figures', () => {
  const DAY = 86_400

  test('of events by columns', () => {
    const time = Float64Array.of(0, 5, 9, DAY)
    const events = { time, user: ['ann', 'ann', 7, '7'], event: ['a', 'b', 'a', null] }
    assert.equal(funnel(events, { steps: ['a', 'b'], window: 60 }).converted, 1)
    assert.equal(retention({ ...events, event: undefined }, { period: 'day' }).cohorts[0].size, 2)
  })

  test('of payments, and of the customers who made them', () => {
    const at = Array.from({ length: 600 }, (_, index) => index)
    const user = at.map((index) => `user ${(index * index) % 97}`)
    const payments = { time: at.map((index) => NOW + 9_000 * index), user, amount: at.map((i) => 500 + (i % 9) * 100), currency: 'EUR' }
    assert.equal(revenue(payments).net, payments.amount.reduce((sum, amount) => sum + amount))
    const found = customers(payments)
    assert.deepEqual(found.map(({ row }) => user[row]), [...new Set(user)])
    const summaries = found.map(({ summary }) => summary)
    const [purchases, values] = [fitBgNbd(summaries), fitGammaGamma(summaries)]
    const worth = lifetimeValue(purchases, values, summaries, { steps: 1, discount: 0 })
    const [bought, each] = [expectedPurchases(purchases, summaries, 1), expectedValue(values, summaries)]
    worth.forEach((value, index) => assert.ok(Math.abs(value / (bought[index] * each[index]) - 1) < 1e-9))
    const broken = { ...payments, amount: payments.amount.map((amount) => amount / 1000) }
    assert.throws(() => revenue(broken), (error) => error.code === 'config.invalid' && /payments\.amount/.test(error.field))
  })

  test('of experiments and of what made a figure change', () => {
    assert.equal(compare({ people: 5000, converted: 500 }, { people: 5000, converted: 600 }).verdict, 'higher')
    assert.deepEqual(armOf(Float64Array.of(1, 2, 3)), { people: 3, mean: 2, variance: 1 })
    const dimensions = { planName: ['free', 'pro', null, 'free', 'pro', null], shop_id: ['1', '1', '2', '1', '1', '2'] }
    const found = drivers({ after: [false, false, false, true, true, true], value: [1, 9, 1, 1, 2, 1], dimensions })
    assert.deepEqual([found.change, found.top[0].dimension, found.top[0].contribution], [-7, 'planName', -7])
    assert.deepEqual(found.dimensions.map(({ name }) => name).sort(), ['planName', 'shop_id'])
  })
})
