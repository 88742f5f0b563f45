// Runs of the simulators in tests/vectors/simulations, through the public API.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { simulateJoint, simulateScaling } from 'opusclip'

import { refused } from './histories.mjs'
import { ROOT, camel } from './support.mjs'

const FOLDER = join(ROOT, 'tests', 'vectors', 'simulations')
const CALLS = { simulate_scaling: simulateScaling, simulate_joint: simulateJoint }

/** Names in camel case, with the numbers that JSON cannot say. */
function spoken(given) {
  if (['NaN', 'Infinity'].includes(given)) return Number(given)
  if (Array.isArray(given)) return given.map(spoken)
  if (given === null || typeof given !== 'object') return given
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [camel(key), spoken(value)]))
}

/** As much of what was answered as is wanted of it. */
function named(got, wanted) {
  if (Array.isArray(wanted)) return Array.from(got, (one, number) => named(one, wanted[number]))
  if (wanted === null || typeof wanted !== 'object' || got === null) return got
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, named(got[camel(name)], wanted[name])]))
}

let count = 0
for (const file of readdirSync(FOLDER)) {
  const { about, traces, cases } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
  count += cases.length
  describe(`${file}: ${about}`, () => {
    for (const { name, call, trace, options, balancing, error, expect } of cases) {
      test(name, () => {
        // Most name one of the file's traces.
        const play = () => CALLS[call](traces[trace] ?? trace, spoken(options), spoken(balancing))
        if (error !== undefined) return refused(play, error)
        // To the last digit.
        assert.deepEqual(named(play().runs, expect), expect)
      })
    }
  })
}

test('there are vectors', () => assert.ok(count > 30))
