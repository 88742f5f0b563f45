// What only Node can show of the scaling engine: callbacks and promises, their time limits, dates, recorded traffic.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  AutoScalingEngine, OpusClipError, autoScalingEngine, readTrace, recommendScaling, scalingToHtml, simulateJoint,
  simulateScaling,
} from 'opusclip'

const BUSY = { cpuUsage: 95, instances: 4 }

function engine(executor, execution) {
  return new AutoScalingEngine({ execution: { retryDelay: 0, ...execution } }, { executor })
}

test('the example of the service works as written', async () => {
  const scaler = new AutoScalingEngine({
    minInstances: 2, maxInstances: 10, targetCpuUsage: 70, targetMemoryUsage: 80, targetResponseTime: 500,
    scaleUpThreshold: 80, scaleDownThreshold: 30, cooldownPeriod: 300, strategy: 'hybrid',
  })
  assert.deepEqual(scaler.config, new AutoScalingEngine().config, 'these are the defaults')
  const metrics = { cpuUsage: 85, memoryUsage: 75, responseTime: 800, requestRate: 500 }
  const decision = await scaler.evaluateScalingNeed(metrics)
  // 2 * 85 / 70 is 2.4, 2 * 800 / 500 is 3.2, and the larger one counts.
  assert.deepEqual([decision.action, decision.targetInstances], ['scale_up', 4])
  assert.equal(await scaler.executeScalingAction(decision), true)
  const status = scaler.getScalingStatus()
  assert.deepEqual([status.currentInstances, status.actions.succeeded], [4, 1])
  assert.ok(Math.abs(status.time - Date.now() / 1000) < 5)
  assert.ok(autoScalingEngine instanceof AutoScalingEngine)
})

for (const [kind, executor] of [
  ['a function', (asked) => (request) => void asked.push(request)],
  ['a promise', (asked) => async (request) => void asked.push(request)],
]) {
  test(`an executor is asked once and believed: ${kind}`, async () => {
    const asked = []
    const scaler = engine(executor(asked))
    assert.ok(await scaler.executeScalingAction(scaler.evaluate(BUSY, { now: 100 }), { now: 100 }))
    const [request, ...others] = asked
    assert.equal(others.length, 0)
    assert.deepEqual([request.currentInstances, request.targetInstances, request.attempt], [4, 6, 1])
    const [action] = scaler.actions
    assert.equal(action.state, 'starting')
    // The host's time goes on from the one that was given.
    assert.ok(action.changed >= 100 && action.changed < 110)
    assert.equal(scaler.evaluate({ cpuUsage: 95 }, { now: 120 }).reason, 'Cooldown')
  })
}

test('a try that fails is made again with the same token', async () => {
  const asked = []
  const scaler = engine((request) => {
    asked.push(request)
    if (asked.length === 1) throw new Error('no quota')
    return asked.length > 2
  }, { retries: 2 })
  assert.ok(await scaler.executeScalingAction(scaler.evaluate(BUSY)))
  assert.deepEqual(asked.map(({ attempt }) => attempt), [1, 2, 3])
  assert.equal(new Set(asked.map(({ token }) => token)).size, 1)
  assert.equal(scaler.getScalingStatus().actions.failedAttempts, 2)
})

test('an action that fails for good changes nothing that is known', async () => {
  const scaler = engine(({ targetInstances }) => Promise.reject(new RangeError(`cannot start ${targetInstances}`)), { retries: 1 })
  assert.equal(await scaler.executeScalingAction(scaler.evaluate(BUSY)), false)
  const [action] = scaler.actions
  assert.deepEqual([action.state, action.attempts, action.error], ['given_up', 2, 'RangeError: cannot start 6'])
  const status = scaler.getScalingStatus()
  assert.deepEqual([status.currentInstances, status.cooldownUntil, status.actions.successRate], [4, null, 0])
  assert.equal(scaler.evaluate(BUSY).action, 'scale_up')
})

test('an executor that hangs is told so, left, and heard later', async () => {
  let done
  let aborted
  const scaler = engine((_, { signal }) => {
    signal.addEventListener('abort', () => (aborted = signal.reason.name))
    return new Promise((resolve) => (done = resolve))
  }, { timeout: 0.1, retries: 0 })
  assert.equal(await scaler.executeScalingAction(scaler.evaluate(BUSY)), false)
  assert.equal(aborted, 'TimeoutError')
  assert.equal(scaler.actions[0].error, 'no answer within 0.1 s')
  assert.equal(scaler.getScalingStatus().currentInstances, 4)
  done()
  await sleep(10)
  assert.equal(scaler.getScalingStatus().currentInstances, 6, 'it was done after all')
})

test('an executor that lies is found out', async () => {
  const scaler = engine(() => true)
  assert.ok(await scaler.executeScalingAction(scaler.evaluate(BUSY, { now: 0 }), { now: 0 }))
  assert.equal(scaler.getScalingStatus({ now: 1 }).currentInstances, 6)
  const decision = scaler.evaluate(BUSY, { now: 300 })
  assert.deepEqual(decision.notes, [{ kind: 'action_not_seen', expected: 6, found: 4 }])
  assert.match(decision.sentence, /6 were reported, but there are 4/)
  assert.deepEqual([decision.action, decision.currentInstances], ['scale_up', 4])
  assert.equal(scaler.actions[0].state, 'given_up')
  assert.equal(scaler.getScalingStatus({ now: 300 }).actions.successRate, 0)
})

test('two actions at a time are refused', async () => {
  const scaler = engine(() => sleep(100))
  const decision = scaler.evaluate(BUSY)
  const first = scaler.executeScalingAction(decision)
  await assert.rejects(scaler.executeScalingAction(decision), (error) => {
    assert.ok(error instanceof OpusClipError)
    return error.code === 'scaling.outdated' && error.field === 'decision'
  })
  assert.ok(await first)
})

test('nothing to do asks nobody', async () => {
  const asked = []
  const scaler = engine((request) => asked.push(request))
  assert.ok(await scaler.executeScalingAction(scaler.evaluate({ cpuUsage: 50, instances: 4 })))
  const dry = new AutoScalingEngine({ dryRun: true }, { executor: (request) => asked.push(request) })
  assert.ok(await dry.executeScalingAction(dry.evaluate(BUSY)))
  assert.deepEqual(asked, [])
})

test('times are numbers or dates', () => {
  const noon = new Date('2024-07-01T10:00:00Z')
  assert.equal(engine().evaluate(BUSY, { now: noon }).time, noon.getTime() / 1000)
  const stale = engine().evaluate({ ...BUSY, timestamp: new Date(noon.getTime() - 600_000) }, { now: noon })
  assert.equal(stale.reason, 'StaleMetrics')
})

test('decisions are data', () => {
  const scaler = engine()
  const decision = JSON.parse(JSON.stringify(scaler.evaluate(BUSY, { now: 0 })))
  assert.equal(scaler.begin(decision, { now: 0 }).targetInstances, 6)
})

test('pods by the rules of the HPA', () => {
  const scaler = new AutoScalingEngine({ compatibility: 'hpa', strategy: 'cpu', targetCpuUsage: 30, maxInstances: 100 })
  const pods = [300, 500, 700].map((usage) => ({ usage }))
  // Half of what was requested, at a target of 30 %, by three pods: 50 / 30 * 3.
  assert.equal(scaler.evaluate({ pods, instances: 3 }, { now: 0 }).targetInstances, 5)
})

const rates = Float64Array.from({ length: 1440 }, (_, minute) => 150 - 100 * (Math.abs(720 - minute) / 720))

test('recorded traffic is played again', () => {
  const options = { policies: ['hpa', 'fixed'], targets: [0.6, 0.8], seeds: [1], points: 288 }
  const report = simulateScaling({ step: 60, rates }, options)
  assert.deepEqual(report, simulateScaling({ step: 60, rates }, options), 'the same seed gives the same run')
  const [hpa, , fixed] = report.runs
  assert.deepEqual([fixed.policy, fixed.target, fixed.course.times.length], ['fixed', 0.6, 288])
  // Two thirds of a day are counted, with enough for the peak: 150 / (0.6 * 20) is 12.5.
  assert.ok(Math.abs(fixed.result.instanceHours - 13 * 16) < 3)
  assert.ok(hpa.result.instanceHours < fixed.result.instanceHours)
  const config = { strategy: 'request', targetRequestRate: 12 }
  const [ours] = simulateScaling({ step: 60, rates }, { policies: ['engine'], config, plant: { minInstances: 1 } }).runs
  assert.deepEqual([ours.policy, ours.target, ours.course], ['engine', null, null])
})

test('scaling and balancing are played together, request by request', () => {
  const waves = { step: 60, rates: Array.from({ length: 120 }, (_, minute) => 100 - 40 * Math.cos((minute / 30) * Math.PI)) }
  const options = { targets: [0.6], requests: { coldSpeed: 0.3 }, points: 60 }
  const report = simulateJoint(waves, options, { balancers: ['least_response_time', 'round_robin'] })
  assert.deepEqual(report.runs.map(({ policy, balancer }) => [policy, balancer]), [
    ['predictive', 'least_response_time'],
    ['predictive', 'round_robin'],
    ['hpa', 'least_response_time'],
    ['hpa', 'round_robin'],
  ])
  for (const { requests } of report.runs) {
    const ends = requests.answered + requests.refused + requests.brokenOff + requests.timedOut + requests.inFlight
    assert.equal(requests.arrived, ends)
  }
  const page = scalingToHtml(report, { title: 'Waves' })
  assert.ok(page.startsWith('<!DOCTYPE html>') && page.includes('Scalers by balancers') && page.includes('<svg'))
  assert.ok(!scalingToHtml(report, { fragment: true }).includes('<html'))
  assert.throws(() => simulateJoint(waves, {}, { balancers: ['best'] }), { code: 'config.invalid', field: 'balancers' })
  assert.throws(() => simulateJoint(waves, { requests: { drain: -1 } }), { field: 'requests.drain' })
})

test('traces of files', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'opusclip-')), 'traffic.csv')
  writeFileSync(file, 'time,requests\n0,600\n60,660\n180,780\n')
  const trace = readTrace(file)
  assert.deepEqual([trace.step, trace.filled, trace.rates], [60, 1, [10, 11, 12, 13]])
  writeFileSync(file, 'time,requests\n0,600\n60,many\n')
  assert.throws(() => readTrace(file), ({ code, line }) => code === 'data.invalid' && line === 3)
})

test('traces that are in disorder', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'opusclip-')), 'traffic.csv')
  const read = (text) => {
    writeFileSync(file, text)
    return readTrace(file)
  }
  // In any order, with a gap, with times of other zones.
  const sorted = read('time,requests\n180,240\n0,60\n60,120\n')
  assert.deepEqual([sorted.step, sorted.filled, sorted.rates], [60, 1, [1, 2, 3, 4]])
  const zones = read('timestamp,requests\n2026-01-01T00:00:00Z,60\n2026-01-01T02:01:00+02:00,120\n')
  assert.deepEqual([zones.step, zones.rates], [60, [1, 2]])
  // Twice at a time, off the grid, negative, no number, no time: by their lines.
  for (const [text, line] of [
    ['time,requests\n0,1\n0,2\n60,1\n', 3],
    ['time,requests\n0,1\n60,1\n120,1\n135,1\n', 5],
    ['time,requests\n0,1\n60,-2\n', 3],
    ['time,requests\n0,NaN\n60,2\n', 2],
    ['time,requests\n0,1\nsoon,2\n', 3],
  ]) {
    assert.throws(() => read(text), (error) => error.code === 'data.invalid' && error.line === line, text)
  }
})

// Two days, of which the second one judges.
const days = { step: 300, rates: Array.from({ length: 576 }, (_, step) => 300 - (200 * Math.abs(144 - (step % 288))) / 144) }

test('settings are recommended by a history', async () => {
  const plant = { warmUp: 0.5, price: { currency: 'EUR', onDemandMicros: 80_000 } }
  const heard = []
  const options = { objective: 400, violations: 0.01, plant, seeds: [1], onProgress: (progress) => heard.push(progress) }
  const found = await recommendScaling(days, options)
  assert.equal(found.reached, true)
  assert.ok(found.expected.violations.median <= 0.01)
  assert.deepEqual([found.plant.objective, found.config.price.currency, found.judged], [400, 'EUR', 86_400])
  assert.deepEqual([heard.at(-1).fraction, heard.at(-1).stage], [1, 'simulate'])
  const fixed = found.alternatives.find(({ policy }) => policy === 'fixed')
  const saved = fixed.costPerDayMicros.median - found.expected.costPerDayMicros.median
  assert.ok(saved > 0)
  assert.equal(fixed.savedPerDayMicros, saved)
  // It is ready to use, and does what was expected.
  assert.deepEqual(new AutoScalingEngine(found.config).config, found.config)
  const { minInstances, maxInstances } = found.config
  const bounded = { ...found.plant, minInstances, maxInstances }
  const [run] = simulateScaling(days, { policies: ['engine'], config: found.config, plant: bounded }).runs
  assert.equal(run.result.violations, found.expected.violations.median)
})

test('what cannot be recommended is refused, and a search can be stopped', async () => {
  for (const [field, options] of Object.entries({
    objective: { objective: 10 },
    violations: { violations: NaN },
    seeds: { seeds: [] },
    'plant.warmUp': { plant: { warmUp: 0 } },
  })) {
    await assert.rejects(recommendScaling(days, options), (error) => error.field === field, field)
  }
  await assert.rejects(recommendScaling({ step: 60, rates: Array(60).fill(10) }), { code: 'data.too_few' })
  const stop = new AbortController()
  const running = recommendScaling(days, { signal: stop.signal, onProgress: () => stop.abort() })
  await assert.rejects(running, { name: 'AbortError', code: 'cancelled' })
})

test('what cannot be played is refused', () => {
  for (const [field, options] of Object.entries({
    policies: { policies: ['magic'] },
    targets: { targets: [1.5] },
    capacity: { plant: { capacity: NaN } },
    config: { policies: ['engine'] },
    seeds: { seeds: [] },
  })) {
    assert.throws(() => simulateScaling({ step: 60, rates }, options), (error) => error.field.includes(field), field)
  }
})
