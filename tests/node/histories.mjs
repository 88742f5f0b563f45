// What histories in tests/vectors expect of an engine.
import assert from 'node:assert/strict'

import { OpusClipError } from 'opusclip'

import { camel } from './support.mjs'

/** A call is refused with this code, and field where one is given. */
export function refused(call, error) {
  assert.throws(call, (thrown) => {
    assert.ok(thrown instanceof OpusClipError, thrown)
    assert.equal(thrown.code, error.code, thrown.message)
    if (error.field !== undefined) assert.equal(thrown.field, camel(error.field), thrown.message)
    return true
  })
}

/** What was answered is what a history expects: in part of objects, and by rules whose names begin with `$`. */
export function compare(got, expect, at) {
  const wrong = `${at} is ${JSON.stringify(got)}, wanted ${JSON.stringify(expect)}`
  if (Array.isArray(expect)) {
    assert.equal(got?.length, expect.length, wrong)
    expect.forEach((wanted, number) => compare(got[number], wanted, `${at}[${number}]`))
  } else if (expect === null || typeof expect !== 'object') {
    if (typeof expect === 'number') assert.ok(Math.abs(got - expect) < 1e-6, wrong)
    else assert.equal(got, expect, wrong)
  } else if ('$contains' in expect) assert.ok(got.includes(expect.$contains), wrong)
  else if ('$same' in expect) assert.equal(new Set(got).size, 1, wrong)
  else if ('$any_of' in expect) assert.ok(got.every((one) => expect.$any_of.includes(one)), wrong)
  else if ('$near' in expect) assert.ok(Math.abs(got - expect.$near) <= expect.within, wrong)
  else for (const [name, wanted] of Object.entries(expect)) compare(got[camel(name)], wanted, `${at}.${name}`)
}
