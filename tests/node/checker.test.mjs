// Checks of instances, by real connections on loopback.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { HealthChecker, LoadBalancer } from 'opusclip'

import { nobody, ok, serve, snapshotOf, status, until } from './servers.mjs'

const QUICK = { interval: 0.03, unhealthyInterval: 0.03, timeout: 0.4, rise: 1, fall: 1, healthyAtFirst: false }

function checked(ids, options) {
  const balancer = new LoadBalancer({ panicThreshold: 0, healthCheck: { ...QUICK, ...options } })
  for (const id of ids) balancer.addInstance(id)
  return balancer
}

function checking(t, balancer, options) {
  const checker = new HealthChecker(balancer, options)
  t.after(() => checker.stop())
  checker.start()
  return checker
}

const reason = (balancer, id) => snapshotOf(balancer, id).reason
const isWell = (balancer, id) => snapshotOf(balancer, id).state === 'healthy'

test('every way to fail has its reason, and stops no other check', async (t) => {
  const [well, failing, hanging] = [await serve(t, ok()), await serve(t, status(500)), await serve(t, () => {})]
  const closing = await serve(t, (request) => request.socket.destroy())
  const refusing = await nobody(t)
  const balancer = checked([well.url, failing.url, hanging.url, closing.url, refusing, 'no address'])
  const checker = checking(t, balancer, { path: '/up', host: 'clips' })
  await until(() => isWell(balancer, well.url) && /within 0.4 s/.test(reason(balancer, hanging.url)))
  assert.match(reason(balancer, failing.url), /it said 500, not 200 to 299/)
  assert.match(reason(balancer, closing.url), /no answer: socket hang up/)
  assert.match(reason(balancer, refusing), /no answer: .*ECONNREFUSED/)
  assert.match(reason(balancer, 'no address'), /is no URL/)
  const [{ url, method, headers }] = well.seen
  assert.deepEqual([method, url, headers.host], ['GET', '/up', 'clips'])
  assert.throws(() => balancer.pick({ exclude: [well.url] }), /it said 500/)
  checker.stop()
  await sleep(50)
  const asked = well.seen.length
  await sleep(150)
  assert.equal(well.seen.length, asked)
})

test('an instance falls and rises by the rules of the balancer', async (t) => {
  let code = 200
  const server = await serve(t, (request, response) => status(code)(request, response))
  const balancer = checked([server.url], { rise: 2, fall: 3 })
  checking(t, balancer)
  for (let turn = 0; turn < 2; turn++) {
    code = 200
    await until(() => isWell(balancer, server.url))
    const before = server.seen.length
    code = 503
    await until(() => !isWell(balancer, server.url))
    assert.ok(server.seen.length >= before + 3)
  }
})

test('a port is enough for TCP, and newcomers are checked, too', async (t) => {
  const address = (await serve(t, () => {})).url.replace('http://', '')
  const gone = (await nobody(t)).replace('http://', '')
  const balancer = checked([gone])
  checking(t, balancer, { protocol: 'tcp' })
  balancer.addInstance(address)
  await until(() => isWell(balancer, address) && /ECONNREFUSED/.test(reason(balancer, gone)))
})

test('a check that throws or hangs is a failed one', async (t) => {
  const balancer = checked(['throws', 'rejects', 'hangs', 'fails', 'false', 'well', 'true'])
  let told
  const check = ({ id }, { signal }) => {
    if (id === 'throws') throw new Error('no such GPU')
    if (id === 'rejects') return Promise.reject(new Error('it is gone'))
    if (id === 'hangs') return new Promise(() => signal.addEventListener('abort', () => (told = signal.reason.message)))
    return { fails: 'its disk is full', false: false, true: true }[id]
  }
  checking(t, balancer, { check })
  await until(() => isWell(balancer, 'well') && /within 0.4 s/.test(reason(balancer, 'hangs')))
  assert.equal(reason(balancer, 'throws'), 'its checks failed: no such GPU')
  assert.equal(reason(balancer, 'rejects'), 'its checks failed: it is gone')
  assert.equal(reason(balancer, 'fails'), 'its checks failed: its disk is full')
  assert.equal(snapshotOf(balancer, 'false').state, 'unhealthy')
  assert.ok(isWell(balancer, 'true'))
  assert.equal(told, 'it gave no answer within 0.4 s')
})

test('no more checks at a time than asked for, and each gets its turn', async (t) => {
  const ids = Array.from({ length: 30 }, (_, at) => `i${at}`)
  const balancer = checked(ids)
  let [now, most] = [0, 0]
  const check = async () => {
    most = Math.max(most, ++now)
    await sleep(10)
    now--
  }
  checking(t, balancer, { check, concurrency: 4 })
  await until(() => ids.every((id) => isWell(balancer, id)))
  assert.ok(most <= 4, `${most}`)
})

test('a checker that cannot be is refused by name', () => {
  assert.throws(() => new HealthChecker(new LoadBalancer()), { code: 'config.invalid', field: 'health_check' })
  assert.throws(() => new HealthChecker({}), TypeError)
  for (const [options, field] of [[{ path: 'up' }, 'path'], [{ concurrency: 0 }, 'concurrency'], [{ port: 0 }, 'port']]) {
    assert.throws(() => new HealthChecker(checked([]), options), { field })
  }
  assert.throws(() => new HealthChecker(checked([]), { check: 'GET' }), TypeError)
})

test('a checker may be stopped twice and started again', async (t) => {
  const balancer = checked(['a'])
  let checks = 0
  const checker = new HealthChecker(balancer, { check: () => void checks++ })
  t.after(() => checker.stop())
  checker.stop()
  for (let turn = 0; turn < 2; turn++) {
    checker.start()
    checker.start()
    const before = checks
    await until(() => checks > before)
    checker.stop()
    checker.stop()
  }
})
