// Histories of scaling engines in tests/vectors/scaling, and cases with known results, through the public API.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { AutoScalingEngine, runScalingCases } from 'opusclip'

import { compare, refused } from './histories.mjs'
import { ROOT, camel } from './support.mjs'

const FOLDER = join(ROOT, 'tests', 'vectors', 'scaling')
// Its cases have a format of their own, which runScalingCases reads.
const CASES = 'hpa.json'
const SHARED = join(ROOT, '..', 'shared', 'cases', 'hpa_cases.json')

/** Names in camel case, but for those of the user's own metrics, with the numbers that JSON cannot say. */
function spoken(given, name) {
  if (['NaN', 'Infinity'].includes(given)) return Number(given)
  if (Array.isArray(given)) return given.map((one) => spoken(one))
  if (given === null || typeof given !== 'object') return given
  const said = (key) => (name === 'custom' ? key : camel(key))
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [said(key), spoken(value, key)]))
}

/** An engine with what was handed out by it. */
class History {
  decisions = {}
  tokens = {}

  constructor(config) {
    this.engine = new AutoScalingEngine(config)
  }

  call({ do: what, as = 'last', action, token = this.tokens[action], ...step }) {
    const { engine, decisions } = this
    const now = { now: spoken(step.now ?? 0) }
    switch (what) {
      case 'evaluate': return (decisions.last = decisions[as] = engine.evaluate(spoken(step.metrics), now))
      case 'begin': {
        const request = engine.begin(decisions[step.decision ?? 'last'], now)
        this.tokens[as] = request?.token
        return request
      }
      case 'succeeded': return engine.succeeded(token, now)
      case 'failed': return engine.failed(token, step.because, now)
      case 'due': {
        const request = engine.due(now)
        if (step.same !== undefined) assert.equal(request?.token, this.tokens[step.same])
        return request
      }
      case 'ready': return engine.ready(step.instances, now)
      case 'wanted_instances': return engine.wantedInstances(now)
      case 'prometheus_text': return engine.toPrometheus(step.labels, now)
      case 'keda_json': return engine.toKedaJson(now)
      case 'answer_keda':
        return engine.answerKeda(step.method, Buffer.from(step.request, 'hex'), now).toString('hex')
      case 'restore':
        this.engine = AutoScalingEngine.restore(step.saved ?? engine.save(), engine.config)
        return undefined
      case 'status': return engine.getScalingStatus(now)
      default: return engine[what]
    }
  }

  step({ error, expect, ...step }) {
    if (error !== undefined) return refused(() => this.call(step), error)
    const got = this.call(step)
    if (expect !== undefined) compare(got, expect, step.do)
    return got
  }
}

let count = 0
for (const file of readdirSync(FOLDER).filter((file) => file !== CASES)) {
  const { about, cases } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
  count += cases.length
  describe(`${file}: ${about}`, () => {
    for (const { name, config, error, steps = [] } of cases) {
      test(name, () => {
        const make = () => new History(spoken(config))
        if (error !== undefined) return refused(make, error)
        const [history, again] = [make(), make()]
        // The same inputs again give the same answers.
        for (const step of steps) assert.deepEqual(again.step(step), history.step(step))
      })
    }
  })
}

test('there are vectors', () => assert.ok(count > 60))

for (const file of [join(FOLDER, CASES), SHARED]) {
  const skip = existsSync(file) ? false : `${file} is not there`
  test(`all known cases pass: ${file.slice(ROOT.length + 1)}`, { skip }, () => {
    const text = readFileSync(file, 'utf8')
    const results = runScalingCases(text)
    assert.equal(results.length, JSON.parse(text).cases.length)
    assert.deepEqual(results.filter(({ passed }) => !passed), [])
  })
}

test('files that hold no cases', () => {
  for (const text of ['', '[]', '{}', '{"cases": 1}']) refused(() => runScalingCases(text), { code: 'data.invalid' })
  const [result] = runScalingCases('{"cases": [{"id": "x", "kind": "kpa", "expect": 1}]}')
  assert.deepEqual([result.passed, result.id], [false, 'x'])
})
