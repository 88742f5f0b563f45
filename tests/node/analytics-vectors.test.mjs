// The answers of other tools in tests/vectors/analytics, through the public API; tests/vectors/README.md says how.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import * as opusclip from 'opusclip'

import { ROOT, camel } from './support.mjs'

const FOLDER = join(ROOT, 'tests', 'vectors', 'analytics')
const EVENTS = ['funnel', 'retention', 'users']
const PAYMENTS = ['revenue', 'cohort_values']

function call({ call: name, options, ...given }) {
  const run = opusclip[camel(name)]
  if (EVENTS.includes(name)) return run(given.events, options)
  if (PAYMENTS.includes(name)) return run(given.payments, options)
  if (name === 'mrr') return run(given.subscriptions, options)
  if (name === 'drivers') return run(given.rows, options)
  if (name === 'compare') return run(given.control, given.variant, options)
  const { customers, horizon } = given
  if (name === 'gamma_gamma') {
    const model = opusclip.fitGammaGamma(customers)
    return { model, expected: opusclip.expectedValue(model, customers) }
  }
  assert.equal(name, 'bg_nbd')
  const model = opusclip.fitBgNbd(customers)
  const expected = opusclip.expectedPurchases(model, customers, horizon)
  return { model, alive: opusclip.probabilityAlive(model, customers), expected }
}

/** Options in camel case, with the numbers that JSON cannot say. */
function spoken(options) {
  const number = (value) => (['NaN', 'Infinity', '-Infinity'].includes(value) ? Number(value) : value)
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), number(value)]))
}

function match(got, wanted, tolerance, at) {
  const wrong = `${at} is ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`
  if (typeof wanted === 'number') {
    const near = Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted))
    assert.ok(typeof got === 'number' && near, wrong)
  } else if (Array.isArray(wanted)) {
    assert.equal(got?.length, wanted.length, wrong)
    wanted.forEach((item, index) => match(got[index], item, tolerance, `${at}[${index}]`))
  } else if (wanted !== null && typeof wanted === 'object') {
    for (const [key, value] of Object.entries(wanted)) match(got?.[camel(key)], value, tolerance, `${at}.${key}`)
  } else {
    assert.equal(got, wanted, wrong)
  }
}

let count = 0
for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  const { about, cases } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
  count += cases.length
  describe(`${file}: ${about}`, () => {
    for (const { name, expect, tolerance = 1e-6, ...given } of cases) {
      test(name, () => {
        const run = () => call({ ...given, options: spoken(given.options) })
        if (expect.error === undefined) return match(run(), expect.value, tolerance, 'value')
        assert.throws(run, (error) => {
          assert.ok(error instanceof opusclip.OpusClipError, error)
          for (const [key, wanted] of Object.entries(expect.error)) {
            assert.equal(error[key], key === 'field' ? camel(wanted) : wanted, `${key} of ${error.message}`)
          }
          return true
        })
      })
    }
  })
}

test('there are vectors', () => assert.ok(count > 90))
