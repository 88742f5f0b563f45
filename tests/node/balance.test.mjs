// Load balancing as a user of JavaScript meets it: guards, times, errors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { LoadBalancer, OpusClipError, loadBalancer, schema } from 'opusclip'

function balancer(ids, options) {
  const made = new LoadBalancer({ strategy: 'round_robin', ...options })
  for (const id of ids) made.addInstance(id)
  return made
}

const only = (made) => made.snapshot().instances[0]

function refused(call, code, field) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof OpusClipError, error)
    assert.deepEqual([error.code, error.field], [code, field], error.message)
    return true
  })
}

// How requests end

test('work that is done is a success, and gives its result', async () => {
  const made = balancer(['a'])
  const result = await made.run(async ({ id }) => {
    assert.equal(made.snapshot().inFlight, 1)
    return id
  })
  assert.equal(result, 'a')
  const { inFlight, results, failures, mean } = only(made)
  assert.deepEqual([inFlight, results, failures], [0, 1, 0])
  assert.ok(mean > 0 && mean < 1, `${mean} s`)
})

test('work that throws has failed, and the error goes on', async () => {
  const made = balancer(['a'])
  await assert.rejects(made.run(() => { throw new Error('gone') }), /gone/)
  await assert.rejects(made.run(async () => { throw new TypeError('fetch failed') }), /fetch failed/)
  assert.deepEqual([only(made).failures, only(made).inFlight], [2, 0])
})

test('work that is aborted says nothing of the instance', async () => {
  const made = balancer(['a'])
  const aborted = made.run(async () => AbortSignal.abort().throwIfAborted())
  await assert.rejects(aborted, { name: 'AbortError' })
  const { cancelled, results, inFlight } = only(made)
  assert.deepEqual([cancelled, results, inFlight], [1, 0, 0])
})

test('what the work reports goes before its end, and the first end counts', async () => {
  const made = balancer(['a'])
  await made.run((pick) => assert.equal(pick.report({ status: 503 }), true))
  const pick = made.pick()
  assert.deepEqual([pick.ended, pick.report('overloaded'), pick.ended], [false, true, true])
  assert.deepEqual([pick.report(), pick.report('success'), pick.id], [false, false, 'a'])
  assert.deepEqual([only(made).failures, only(made).results, only(made).inFlight], [2, 2, 0])
})

test('an end that cannot be told leaves the request in flight', () => {
  const made = balancer(['a'])
  const pick = made.pick()
  refused(() => pick.report({ status: 42 }), 'config.out_of_range', 'status')
  refused(() => pick.report({ status: 200.5 }), 'config.out_of_range', 'status')
  refused(() => pick.report('fine'), 'config.invalid', 'outcome')
  refused(() => pick.report({ retryAfter: NaN }), 'config.not_finite', 'retryAfter')
  assert.equal(only(made).inFlight, 1)
  assert.equal(pick.report(), true)
})

test('a guard that is disposed of counts as cancelled, unless it was reported', () => {
  const made = balancer(['a'])
  made.pick().dispose()
  const pick = made.pick()
  pick.report()
  pick[Symbol.dispose]()
  assert.deepEqual([only(made).cancelled, only(made).results, only(made).inFlight], [1, 1, 0])
})

/** What becomes of a balancer's requests in flight where nobody holds on to their guards. */
async function collected(made) {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  for (let at = 0; at < 500 && made.snapshot().inFlight > 0; at++) {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return made.snapshot()
}

test('guards that are lost give their requests back', async () => {
  const made = balancer(['a', 'b'])
  const lose = () => {
    for (let at = 0; at < 640; at++) made.pick(at % 2 ? undefined : { key: 'k' })
  }
  lose()
  assert.equal(made.snapshot().inFlight, 640)
  const { inFlight, instances } = await collected(made)
  assert.deepEqual([inFlight, instances[0].cancelled + instances[1].cancelled], [0, 640])
})

test('one guard that is lost gives its request back, though no other is picked', async () => {
  const made = balancer(['a'])
  const lose = () => void made.pick()
  lose()
  assert.equal(only(made).inFlight, 1)
  const { inFlight, instances } = await collected(made)
  assert.deepEqual([inFlight, instances[0].cancelled], [0, 1])
})

test('many at once lose nothing', async () => {
  const made = balancer(['a', 'b', 'c'], { strategy: 'least_response_time' })
  const work = async (at) => {
    await turn()
    if (at % 10 === 0) throw new Error('no')
  }
  await Promise.allSettled(Array.from({ length: 3000 }, (_, at) => made.run(() => work(at))))
  const { picks, inFlight, instances } = made.snapshot()
  const sum = (name) => instances.reduce((all, instance) => all + instance[name], 0)
  assert.deepEqual([picks, inFlight, sum('results'), sum('failures')], [3000, 0, 3000, 300])
})

test('a result is known to whatever is asked next', () => {
  const made = balancer(['a', 'b'], { strategy: 'least_connections' })
  const first = made.pick({ exclude: ['b'] })
  assert.equal(made.pick().id, 'b')
  first.report()
  for (const ask of [() => only(made).inFlight, () => Number(/in_flight\{instance="a"\} (\d)/.exec(made.exposition())[1])]) {
    assert.equal(ask(), 0)
  }
  assert.equal(made.pick().id, 'a')
})

// Times

test('times are numbers or dates, and go on from there', () => {
  const made = new LoadBalancer({ strategy: 'round_robin' })
  const begin = Date.UTC(2026, 0, 1) / 1000
  made.addInstance('a', { now: new Date(begin * 1000) })
  made.pick({ now: begin }).report({ now: begin + 0.25 })
  // Its end is by its own time, not by that of the system.
  made.pick({ now: new Date((begin + 1) * 1000) }).report()
  const { mean } = made.snapshot({ now: begin + 2 }).instances[0]
  assert.ok(Math.abs(mean - 0.125) < 0.01, `${mean} s`)
})

test('a second instance is asked after the learned quantile', () => {
  const made = new LoadBalancer({ strategy: 'round_robin', hedging: { quantile: 0.95, minResults: 100 } })
  made.addInstance('a', { now: 0 })
  assert.equal(made.hedgeDelay, null)
  for (let at = 0; at < 200; at++) made.pick({ now: at / 10 }).report({ now: at / 10 + (at % 10 ? 0.1 : 0.5) })
  made.getNextInstance({ now: 31 })
  assert.ok(Math.abs(made.hedgeDelay - 0.5) < 0.03, `${made.hedgeDelay} s`)
})

// What is asked for

test('every strategy goes by its name', () => {
  for (const { const: strategy } of schema().$defs.BalancingStrategy.oneOf) {
    const made = balancer(['a'], { strategy })
    assert.deepEqual([made.getNextInstance({ key: 'k' }), made.snapshot().strategy], ['a', strategy])
  }
})

test('keys are texts or bytes', () => {
  const made = balancer(['a', 'b', 'c', 'd'], { strategy: 'rendezvous' })
  const owners = new Set(['k', Buffer.from('k'), new Uint8Array([107])].map((key) => made.pick({ key }).id))
  assert.equal(owners.size, 1)
  assert.ok(made.instanceIds.includes(made.pick({ key: 'x'.repeat(10_000_000) }).id))
  refused(() => made.pick({ key: 7 }), 'config.invalid', 'key')
  refused(() => made.pick({ exclude: 'a' }), 'config.invalid', 'exclude')
})

test('a subset belongs to its balancer, and is the same for the same metadata', () => {
  const made = balancer(['a'])
  made.addInstance('b', { metadata: { gpu_kind: 'yes' } })
  const subset = made.subset({ gpu_kind: 'yes' })
  assert.deepEqual(subset.metadata, { gpu_kind: 'yes' })
  for (let at = 0; at < 5; at++) assert.equal(made.pick({ subset: made.subset({ gpu_kind: 'yes' }) }).id, 'b')
  refused(() => balancer(['a']).pick({ subset }), 'config.invalid', 'subset')
})

test('nobody may have it, and the error says why for each', () => {
  const made = balancer(['a', 'b'])
  made.disable('b')
  assert.throws(() => made.pick({ exclude: ['a'] }), ({ code, message }) => {
    assert.equal(code, 'balance.no_instance')
    return /a: the request excludes it/.test(message) && /b: an operator has disabled it/.test(message)
  })
})

test('options that are impossible are refused by the names they were written with', () => {
  refused(() => new LoadBalancer({ overprovisioningFactor: 0.5 }), 'config.out_of_range', 'overprovisioningFactor')
  refused(() => new LoadBalancer({ outlier: { interval: 0 } }), 'config.out_of_range', 'outlier.interval')
  refused(() => new LoadBalancer({ stratgy: 'random' }), 'config.invalid', 'stratgy')
  refused(() => balancer([]).addInstance('a', { weight: NaN }), 'config.not_finite', 'weight')
})

test('weights follow what instances say of their load', () => {
  const made = new LoadBalancer({ strategy: 'weighted_round_robin' })
  for (const id of ['a', 'b', 'c']) made.addInstance(id, { now: 0 })
  for (let now = 0; now <= 20; now++) {
    made.reportLoad('a', { utilization: 0.25, qps: 100 }, { now })
    made.reportLoad('b', { utilization: 0.75, qps: 100, eps: 0 }, { now })
    made.getNextInstance({ now })
  }
  const factors = made.snapshot({ now: 20 }).instances.map(({ loadFactor }) => loadFactor)
  // 400 and 133 requests a second at full use, 267 on average (gRFC A58); nothing is known of the third.
  assert.deepEqual(factors, [1.5, 0.5, 1])
  refused(() => made.reportLoad('a', { utilization: NaN, qps: 1 }), 'config.not_finite', 'utilization')
  refused(() => made.reportLoad('x', { utilization: 1, qps: 1 }), 'balance.unknown_instance', 'id')
})

test('a guard knows what its instance was added with', () => {
  const made = new LoadBalancer()
  made.addInstance('a', { metadata: { url: 'http://10.0.0.1', snake_case: 'kept' } })
  const pick = made.pick()
  assert.deepEqual(pick.metadata, { url: 'http://10.0.0.1', snake_case: 'kept' })
  pick.report()
  assert.equal(pick.metadata.url, 'http://10.0.0.1')
})

test('there is one for the whole process', () => {
  assert.ok(loadBalancer instanceof LoadBalancer)
  assert.equal(loadBalancer.options.strategy, 'least_response_time')
  assert.deepEqual(loadBalancer.instanceIds, [])
})

test('nobody is well, and the error says why for each', () => {
  const balancer = new LoadBalancer({ panicThreshold: 0, healthCheck: { rise: 1, fall: 1 } })
  for (const id of ['a', 'b', 'c']) balancer.addInstance(id)
  balancer.reportCheck('a', false, { reason: 'it said 500' })
  balancer.setInstanceHealth('b', false)
  balancer.disable('c')
  assert.throws(() => balancer.pick(), ({ code, message }) => {
    assert.equal(code, 'balance.no_instance')
    const parts = ['a: its checks failed: it said 500', 'b: its checks failed, or the host', 'c: an operator has disabled it']
    return parts.every((part) => message.includes(part))
  })
})

test('weights that are none are refused, also where all are', () => {
  const balancer = new LoadBalancer()
  balancer.addInstance('a')
  for (const weight of [0, -1, NaN, Infinity]) {
    assert.throws(() => balancer.setWeight('a', weight), { field: 'weight' })
    const list = ['a', 'b'].map((id) => ({ id, weight }))
    assert.throws(() => balancer.setInstances(list), { field: 'instances[0].weight' })
  }
  assert.equal(balancer.getNextInstance(), 'a')
})

test('a key of ten megabytes is a key', () => {
  const balancer = new LoadBalancer({ strategy: 'rendezvous' })
  for (const id of ['a', 'b']) balancer.addInstance(id)
  const key = 'k'.repeat(10_000_000)
  assert.equal(balancer.getNextInstance({ key }), balancer.getNextInstance({ key: Buffer.from(key) }))
})

test('a million instances are spread over', () => {
  const balancer = new LoadBalancer({ strategy: 'round_robin' })
  for (let number = 0; number < 1_000_000; number++) balancer.addInstance(`${number}`)
  assert.deepEqual([0, 1, 2].map(() => balancer.getNextInstance()), ['0', '1', '2'])
  assert.throws(() => balancer.removeInstance('99x'), { code: 'balance.unknown_instance' })
})

test('no more retries at a time than there may be', () => {
  const balancer = new LoadBalancer({ strategy: 'round_robin', maxRetries: 1 })
  for (const id of ['a', 'b']) balancer.addInstance(id)
  const retry = balancer.pickExcluding(['a'])
  assert.throws(() => balancer.pickExcluding(['a']), { code: 'limit.exceeded', field: 'maxRetries' })
  retry.report()
  assert.equal(balancer.pickExcluding(['a']).id, 'b')
})

test('weights may follow response times', () => {
  const balancer = new LoadBalancer({ strategy: 'weighted_round_robin', responseTime: { weights: true } })
  for (const id of ['quick', 'slow', 'slow too']) balancer.addInstance(id, { now: 0 })
  for (let at = 0; at < 20_000; at++) {
    const pick = balancer.pick({ now: at / 100 })
    pick.report({ now: at / 100 + (pick.id === 'quick' ? 0.1 : 0.2) })
  }
  // Twice as quick as the one in the middle; times are known to a sixty-fourth.
  const factors = balancer.snapshot({ now: 200 }).instances.map((one) => one.loadFactor)
  factors.forEach((factor, at) => assert.ok(Math.abs(factor - [2, 1, 1][at]) < 0.05, `${factors}`))
})
