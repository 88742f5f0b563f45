// Lists of instances from name servers, Kubernetes and functions.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  Discovery, LoadBalancer, OpusClipError, dnsSource, instancesOfAddresses, instancesOfSlices, instancesOfSrv, isIdempotent,
  isRetryable, retryAfter,
} from 'opusclip'

import { until } from './servers.mjs'

const make = () => new LoadBalancer({ strategy: 'round_robin' })
const stateOf = (balancer, id) => balancer.snapshot().instances.find((instance) => instance.id === id)?.state

test('a list says what it changed, and what stays keeps what was learned', () => {
  const balancer = make()
  balancer.setInstances([{ id: 'a' }, { id: 'b', weight: 2, metadata: { some_key: 'x' } }], { now: 0 })
  balancer.setInstanceHealth('b', false)
  const changes = balancer.setInstances([{ id: 'b', weight: 3, metadata: { some_key: 'x' } }, { id: 'c' }])
  assert.deepEqual(changes, { added: ['c'], removed: ['a'], changed: ['b'], kept: [] })
  assert.deepEqual([stateOf(balancer, 'a'), stateOf(balancer, 'b')], ['draining', 'unhealthy'])
  balancer.setInstances([{ id: 'c' }], { drain: 0 })
  assert.equal(stateOf(balancer, 'b'), undefined)
})

test('names of metadata stay as they are', () => {
  const balancer = make()
  balancer.setInstances([{ id: 'a', metadata: { some_key: 'x', otherKey: 'y' } }])
  assert.deepEqual(balancer.pick().metadata, { some_key: 'x', otherKey: 'y' })
})

test('a list that is wrong is refused by its field, and changes nothing', () => {
  const balancer = make()
  balancer.setInstances([{ id: 'a' }])
  const lists = [
    [[{ id: 'b' }, { id: 'b' }], 'config.invalid', /instances\[1\]\.id/],
    [[{ id: 'b', weight: NaN }], 'config.not_finite', /instances\[0\]\.weight/],
    [[{ id: 'b', wieght: 1 }], 'config.invalid', /wieght/],
    [[{ weight: 1 }], 'config.invalid', /instances/],
  ]
  for (const [list, code, field] of lists) {
    assert.throws(() => balancer.setInstances(list), (error) => {
      assert.ok(error instanceof OpusClipError, error)
      assert.equal(error.code, code)
      assert.match(error.field, field)
      return true
    })
  }
  assert.throws(() => balancer.setInstances({ id: 'b' }), TypeError)
  assert.deepEqual(balancer.instanceIds, ['a'])
})

describe('dns', () => {
  const resolver = {
    resolve4: async (name) => (name === 'workers' ? ['10.0.0.2', '10.0.0.1'] : []),
    resolve6: async () => ['2001:db8::1'],
    resolveSrv: async () => [
      { name: 'b.example', port: 8001, priority: 20, weight: 5 },
      { name: 'a.example', port: 8000, priority: 10, weight: 0 },
    ],
  }

  test('A, AAAA and SRV records become instances', async () => {
    const list = async (type) => {
      const found = await dnsSource('workers', { type, resolver, scheme: 'http', port: 80 })({})
      return found.map(({ id, tier, weight }) => [id, tier, weight])
    }
    assert.deepEqual(await list('A'), [['http://10.0.0.1:80', 0, 1], ['http://10.0.0.2:80', 0, 1]])
    assert.deepEqual(await list('AAAA'), [['http://[2001:db8::1]:80', 0, 1]])
    assert.deepEqual(await list('SRV'), [['http://a.example:8000', 0, 0.1], ['http://b.example:8001', 1, 5]])
    assert.throws(() => dnsSource('workers', { type: 'MX' }), /MX.*SRV/)
  })

  test('the same by hand', () => {
    assert.deepEqual(instancesOfAddresses(['h'], { port: '80' }).map(({ id }) => id), ['h:80'])
    assert.deepEqual(instancesOfSrv([]), [])
    assert.throws(() => instancesOfAddresses(['h'], { port: '0' }), { code: 'config.out_of_range', field: 'port' })
  })
})

test('slices of Kubernetes become instances', () => {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    ports: [{ name: 'http', port: 8000 }],
    endpoints: [
      { addresses: ['10.0.0.1'], conditions: { ready: true }, zone: 'a', nodeName: 'node_7' },
      { addresses: ['10.0.0.2'], conditions: { ready: false, serving: true, terminating: true } },
    ],
  }
  const [one, ...others] = instancesOfSlices(JSON.stringify({ items: [slice] }), { scheme: 'http', port: 'http' })
  assert.deepEqual(others, [])
  assert.deepEqual([one.id, one.zone, one.metadata], ['http://10.0.0.1:8000', 'a', { node: 'node_7' }])
  for (const text of ['', '{', '1']) {
    assert.throws(() => instancesOfSlices(text), { code: 'data.invalid', field: 'slices' }, text)
  }
})

describe('Discovery', () => {
  test('asks again, and tells what changed', async (t) => {
    const lists = [[{ id: 'a' }], [{ id: 'a' }], [{ id: 'a' }, { id: 'b' }]]
    const told = []
    const balancer = make()
    const source = async () => lists.shift() ?? [{ id: 'b' }]
    const discovery = new Discovery(balancer, source, { interval: 0.02, onChange: (changes) => told.push(changes) })
    t.after(() => discovery.stop())
    assert.deepEqual((await discovery.start()).added, ['a'])
    await until(() => told.length === 3)
    assert.deepEqual(told.map(({ added, removed }) => [added, removed]), [[['a'], []], [['b'], []], [[], ['a']]])
    discovery.stop()
    const { length } = lists
    await sleep(60)
    assert.equal(lists.length, length)
  })

  test('a source that fails, hangs or gives nonsense leaves the last good list', async (t) => {
    const turns = [
      () => [{ id: 'a' }],
      () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })),
      () => new Promise(() => {}),
      () => [{ id: 'b', weight: -1 }],
      () => 'b',
      () => [{ id: 'c' }],
    ]
    const errors = []
    const balancer = make()
    const options = { interval: 0.05, retry: 0.01, timeout: 0.05, drain: 0, onError: (error) => errors.push(error) }
    const discovery = new Discovery(balancer, () => (turns.length > 1 ? turns.shift() : turns[0])(), options)
    t.after(() => discovery.stop())
    await discovery.start()
    assert.deepEqual(balancer.instanceIds, ['a'])
    await until(() => errors.length === 2)
    assert.deepEqual([balancer.instanceIds, discovery.failures], [['a'], 2])
    await until(() => balancer.instanceIds[0] === 'c')
    assert.deepEqual(errors.map(({ code, name }) => code === 23 ? name : (code ?? name)), [
      'ENOTFOUND', 'TimeoutError', 'config.out_of_range', 'TypeError',
    ])
    await until(() => discovery.failures === 0)
  })

  test('two looks at the same time are one', async () => {
    let looks = 0
    const discovery = new Discovery(make(), async () => (looks++, []))
    await Promise.all([discovery.refresh(), discovery.refresh()])
    assert.equal(looks, 1)
  })

  test('options that cannot be are refused', () => {
    const wrong = [[{ interval: 0 }, 'interval'], [{ jitter: 2 }, 'jitter'], [{ intervall: 1 }, 'intervall']]
    for (const [options, field] of wrong) {
      assert.throws(() => new Discovery(make(), () => [], options), { field })
    }
    assert.throws(() => new Discovery(make(), () => [], { timeout: NaN }), /timeout/)
    assert.throws(() => new Discovery({}, () => []), /balancer/)
    assert.throws(() => new Discovery(make(), 'name'), /source/)
  })
})

test('what HTTP says about sending a request again', () => {
  assert.ok(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].every(isIdempotent))
  assert.ok(!['POST', 'PATCH', 'CONNECT', 'get', ''].some(isIdempotent))
  assert.deepEqual([429, 500, 501, 503, 404, 200].map(isRetryable), [true, true, false, true, false, false])
  assert.equal(retryAfter('120', 0), 120)
  assert.equal(retryAfter('Fri, 31 Dec 1999 23:59:59 GMT', 946684789), 10)
  assert.deepEqual(['soon', '-1', undefined].map((text) => retryAfter(text, 0)), [null, null, null])
})
