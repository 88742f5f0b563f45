// Histories of load balancers in tests/vectors/balance, and cases with known results, through the public API.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { LoadBalancer, runBalanceCases } from 'opusclip'

import { compare, refused } from './histories.mjs'
import { ROOT, camel } from './support.mjs'

const FOLDER = join(ROOT, 'tests', 'vectors', 'balance')
const SHARED = join(ROOT, '..', 'shared', 'cases', 'lb_cases.json')

/** Names in camel case, with the numbers that JSON cannot say. */
function spoken(given) {
  if (['NaN', 'Infinity', '-Infinity'].includes(given)) return Number(given)
  if (Array.isArray(given)) return given.map(spoken)
  if (given === null || typeof given !== 'object') return given
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [camel(name), spoken(value)]))
}

/** A balancer with what was handed out by it. */
class History {
  kept = {}

  constructor(options) {
    this.balancer = new LoadBalancer(options)
  }

  call({ do: name, as, id, pick, ...given }) {
    const { balancer, kept } = this
    if (given.subset !== undefined) given.subset = kept[given.subset]
    switch (name) {
      case 'add_instance': return balancer.addInstance(id, { ...given.options, now: given.now })
      case 'set_instances': return balancer.setInstances(given.instances, given)
      case 'end': return kept[pick].report(given)
      case 'next_check': return balancer.nextCheck
      case 'instance_ids': return balancer.instanceIds
      case 'take_events': return balancer.takeEvents()
      case 'set_weight': return balancer.setWeight(id, given.weight, given)
      case 'set_instance_health': return balancer.setInstanceHealth(id, given.healthy, given)
      case 'report_check': return balancer.reportCheck(id, given.passed, given)
      case 'report': return balancer.report(id, given.seconds, given)
      case 'report_probe': {
        const { inFlight, responseTime, ...rest } = given
        return balancer.reportProbe(id, { inFlight, responseTime }, rest)
      }
      case 'report_load': {
        const { now, ...report } = given
        return balancer.reportLoad(id, report, { now })
      }
      case 'subset': return void (kept[as] = balancer.subset(given.metadata, given))
      case 'pick': return (kept[as] = balancer.pick(given)).id
      case 'pick_excluding': return (kept[as] = balancer.pickExcluding(given.exclude, given)).id
      default: return id === undefined ? balancer[camel(name)](given) : balancer[camel(name)](id, given)
    }
  }

  step({ times, error, expect, ...step }) {
    const call = () => this.call(spoken(step))
    if (error !== undefined) return refused(call, error)
    const got = times === undefined ? call() : Array.from({ length: times }, call)
    if (expect !== undefined) compare(got, expect, step.do)
  }
}

let count = 0
for (const file of readdirSync(FOLDER)) {
  const { about, cases } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
  count += cases.length
  describe(`${file}: ${about}`, () => {
    for (const { name, options, error, steps = [] } of cases) {
      test(name, () => {
        const make = () => new History(spoken(options))
        if (error !== undefined) return refused(make, error)
        const history = make()
        for (const step of steps) history.step(step)
      })
    }
  })
}

test('there are vectors', () => assert.ok(count > 50))

// Cases with known results

const skip = existsSync(SHARED) ? false : `${SHARED} is not there`
const known = skip ? [] : JSON.parse(readFileSync(SHARED, 'utf8')).cases
const of = (...kinds) => known.filter(({ kind }) => kinds.includes(kind))

test('all known cases pass', { skip }, () => {
  // Rules that no call shows by itself are asked by the runner of the core.
  const outcomes = runBalanceCases(readFileSync(SHARED, 'utf8'))
  assert.equal(outcomes.length, known.length)
  assert.deepEqual(outcomes.filter(({ passed }) => !passed), [])
})

test('known sequences are those of the balancer', { skip }, () => {
  for (const { id, input, expect } of of('smooth_wrr', 'smooth_wrr_vs_expanded')) {
    const balancer = new LoadBalancer({ strategy: 'weighted_round_robin' })
    for (const [name, weight] of Object.entries(input.weights)) balancer.addInstance(name, { weight, now: 0 })
    const picks = Array.from({ length: input.picks }, () => balancer.getNextInstance({ now: 0 }))
    if (expect.picks) assert.deepEqual(picks, expect.picks, id)
    for (const [name, wanted] of Object.entries(expect.counts ?? {})) {
      assert.equal(picks.filter((pick) => pick === name).length, wanted, id)
    }
  }
})

test('known shares are those of a snapshot', { skip }, () => {
  for (const { id, input, expect, tolerance = 1e-9 } of of('priority_load', 'panic_threshold')) {
    const options = { overprovisioningFactor: input.overprovisioning_factor, panicThreshold: input.threshold_percent }
    input.rows_percent_healthy.forEach((row, number) => {
      const balancer = new LoadBalancer({ strategy: 'round_robin', ...options })
      row.forEach((percent, tier) => {
        for (let at = 0; at < 100; at++) {
          balancer.addInstance(`${tier}-${at}`, { tier, now: 0 })
          balancer.setInstanceHealth(`${tier}-${at}`, at < percent, { now: 0 })
        }
      })
      const { tiers } = balancer.snapshot({ now: 0 })
      const near = (share, at) => Math.abs(share - expect.traffic_percent[number][at]) <= tolerance
      if (expect.traffic_percent) assert.ok(tiers.every(({ share }, at) => near(share, at)), `${id} ${row}`)
      if (expect.in_panic) assert.deepEqual(tiers.map(({ panic }) => panic), expect.in_panic[number], `${id} ${row}`)
    })
  }
})

test('files that hold no cases', () => {
  for (const text of ['', '[]', '{}', '{"cases": 1}']) refused(() => runBalanceCases(text), { code: 'data.invalid' })
  const [outcome] = runBalanceCases('{"cases": [{"id": "x", "kind": "smooth_wrr"}]}')
  assert.deepEqual([outcome.passed, outcome.id], [false, 'x'])
})
