// What a collector keeps: distinct members, retention, files, OpenTelemetry.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { AnalyticsCollector } from 'opusclip'

const NOW = 1_700_000_000
const HOURS = 200

function filled() {
  const collector = new AnalyticsCollector({ retention: [{ resolution: 3600, keep: 30 * 86_400 }], now: NOW })
  const times = Float64Array.from({ length: HOURS }, (_, hour) => NOW - hour * 3600)
  collector.recordMany('latency', times.map((_, hour) => hour % 7), { times, labels: { camelCase: 'a' } })
  collector.recordMany('jobs', times.map(() => 2), { times, metricType: 'counter' })
  collector.distinct('people').addMany(Array.from(times, (_, hour) => `user-${hour % 5}`), times)
  return collector
}

test('distinct members are counted once', () => {
  const collector = filled()
  const visitors = collector.distinct('visitors', { country: 'at' })
  for (const member of ['anna', 'ben', 'anna']) visitors.add(member)
  collector.distinct('visitors', { country: 'de' }).add('anna', new Date(NOW * 1000))
  assert.equal(collector.window('visitors', '1h').distinct, 2)
  assert.equal(collector.window('people', '24h').distinct, 5)
  assert.throws(() => collector.recordMany('visitors', [1]), { code: 'metric.invalid' })
})

test('the history is typed arrays', () => {
  const history = filled().history({ metric: 'latency' })
  assert.deepEqual(history.series, [{ metric: 'latency', metricType: 'histogram', labels: { camelCase: 'a' } }])
  assert.ok(history.count instanceof Float64Array && history.start.length === history.p99.length)
  assert.equal(history.count.reduce((sum, count) => sum + count), HOURS)
  const part = filled().history({ metric: 'jobs', start: new Date((NOW - 7200) * 1000) })
  assert.ok(part.start.length > 0 && part.start.every((start) => start >= NOW - 7200))
})

test('files are written, and a spill moves each slot once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'opusclip-'))
  const collector = filled()
  await collector.export(join(folder, 'jobs.ndjson'), { metric: 'jobs' })
  const rows = readFileSync(join(folder, 'jobs.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  assert.equal(rows.reduce((sum, row) => sum + row.count, 0), 2 * HOURS)
  await assert.rejects(collector.export(join(folder, 'jobs.xlsx')), { code: 'config.invalid' })
  const sum = () => collector.history({ metric: 'jobs' }).count.reduce((all, count) => all + count)
  const before = sum()
  const file = await collector.spill(folder)
  assert.equal(readFileSync(file).subarray(0, 4).toString(), 'PAR1')
  assert.ok(sum() < before)
  assert.equal(await collector.spill(folder), null)
})

test('metrics go to an OpenTelemetry collector', async () => {
  const received = []
  const server = createServer((request, response) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      received.push([request.url, request.headers, Buffer.concat(parts)])
      response.end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const collector = filled()
  const url = `http://127.0.0.1:${server.address().port}/v1/metrics`
  await collector.pushOtlp({ url, headers: { 'X-Tenant': 'one' }, resource: { 'service.name': 'clips' } })
  server.close()
  const [[path, headers, body]] = received
  assert.deepEqual([path, headers['content-type'], headers['x-tenant']], ['/v1/metrics', 'application/x-protobuf', 'one'])
  assert.deepEqual(body, collector.otlp({ resource: { 'service.name': 'clips' } }))
})
