// Instances that an autoscaler starts and stops.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { AutoScalingEngine, Fleet, LoadBalancer } from 'opusclip'

const ids = (list) => list.map(({ id }) => id)

test('new ones join slowly, and those that leave drain first', () => {
  const balancer = new LoadBalancer({ strategy: 'round_robin', slowStart: { window: 100 } })
  const fleet = new Fleet(balancer)
  assert.deepEqual(fleet.join([{ id: 'a' }, { id: 'b', weight: 2, metadata: { some_key: 'x' } }], { now: 0 }), ['a', 'b'])
  assert.equal(fleet.resize(4, { starting: 1, now: 10 }).start, 1)
  assert.deepEqual(fleet.join([{ id: 'c' }], { now: 10 }), ['c'])
  assert.ok(Math.abs(balancer.snapshot({ now: 60 }).instances[2].warmth - 0.5) < 0.01)
  const busy = balancer.pick({ exclude: ['a', 'b'], now: 200 })
  assert.deepEqual(fleet.leave(['c'], { now: 200 }), [{ id: 'c', inFlight: 1, until: 230 }])
  assert.deepEqual(fleet.stoppable({ now: 201 }), [])
  // Also an end that the addon was not told yet.
  busy.report()
  assert.deepEqual(fleet.stoppable({ now: 202 }), [{ id: 'c', inFlight: 0 }])
  assert.deepEqual(fleet.stoppable({ now: 203 }), [])
  assert.deepEqual(balancer.pick({ exclude: ['a'], now: 204 }).metadata, { some_key: 'x' })
})

test('a balancer without a slow start gets that of the fleet', () => {
  for (const [options, warmth] of [[{}, 0.5], [{ slowStartWindow: 60 }, 0.25], [{ slowStartWindow: 0 }, 1]]) {
    const balancer = new LoadBalancer()
    const fleet = new Fleet(balancer, options)
    fleet.join([{ id: 'a' }], { now: 0 })
    fleet.join([{ id: 'b' }], { now: 10 })
    const [a, b] = balancer.snapshot({ now: 25 }).instances
    assert.equal(a.warmth, 1)
    assert.ok(Math.abs(b.warmth - warmth) < 0.01, `${b.warmth}`)
  }
})

test('the time to drain ends', () => {
  const balancer = new LoadBalancer()
  const fleet = new Fleet(balancer, { drain: 5, leaveFirst: 'oldest' })
  fleet.join([{ id: 'a' }, { id: 'b' }], { now: 0 })
  balancer.pick({ exclude: ['b'], now: 0 })
  assert.deepEqual(ids(fleet.resize(1, { now: 1 }).leaving), ['a'])
  assert.deepEqual(fleet.stoppable({ now: 5.9 }), [])
  assert.deepEqual(fleet.stoppable({ now: 6 }), [{ id: 'a', inFlight: 1 }])
})

test('those that leave stay where they are wanted again', () => {
  const fleet = new Fleet(new LoadBalancer())
  fleet.join([{ id: 'a' }, { id: 'b' }], { now: 0 })
  fleet.resize(1, { now: 1 })
  assert.deepEqual(fleet.resize(3, { now: 2 }), { start: 1, returned: ['b'], leaving: [] })
  assert.deepEqual(fleet.stoppable({ now: 100 }), [])
})

test('what an engine decides is carried out', () => {
  const balancer = new LoadBalancer()
  const fleet = new Fleet(balancer)
  fleet.join([{ id: 'w1' }, { id: 'w2' }], { now: 0 })
  const engine = new AutoScalingEngine({ minInstances: 1, maxInstances: 10, targetCpuUsage: 50 })
  const { targetInstances } = engine.evaluate({ cpuUsage: 100, instances: 2 }, { now: 0 })
  const { start } = fleet.resize(targetInstances, { now: 0 })
  assert.ok(start > 0 && start === targetInstances - 2)
  fleet.join(Array.from({ length: start }, (_, at) => ({ id: `w${at + 3}` })), { now: 30 })
  assert.equal(balancer.instanceIds.length, targetInstances)
})

test('what cannot be is refused by name', () => {
  const balancer = new LoadBalancer()
  assert.throws(() => new Fleet(balancer, { drain: -1 }), { field: 'drain' })
  assert.throws(() => new Fleet(balancer, { leaveFirst: 'eldest' }), { field: 'leaveFirst' })
  assert.throws(() => new Fleet(balancer, { slowStartWindow: NaN }), { field: 'slowStartWindow' })
  assert.throws(() => new Fleet({}), TypeError)
  const fleet = new Fleet(balancer)
  assert.throws(() => fleet.join([{ id: 'a' }, { id: 'a' }]), { field: 'instances[1].id' })
  assert.throws(() => fleet.leave(['x']), { code: 'balance.unknown_instance' })
  for (const wrong of [-1, 1.5, NaN, 2 ** 32, '3']) assert.throws(() => fleet.resize(wrong), RangeError)
})
