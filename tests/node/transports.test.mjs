// What the transports for undici, fetch and node:http do with servers on loopback: the same for all of them.
import assert from 'node:assert/strict'
import { Agent as HttpAgent } from 'node:http'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { LoadBalancer } from 'opusclip'
import { balancedRequest } from 'opusclip/http'
import { BalancedDispatcher } from 'opusclip/undici'
import { Agent, request as undiciRequest } from 'undici'

import { bodyOf, nobody, ok, serve, snapshotOf, status, until } from './servers.mjs'

// Each gives a function that sends a request and gives { status, headers, text(), body }.
const TRANSPORTS = {
  fetch(t, balancer, options) {
    const dispatcher = dispatch(t, balancer, options)
    return async (path, { body, ...call } = {}) => {
      const duplex = body === undefined ? {} : { body, duplex: 'half' }
      const response = await fetch(new URL(path, 'http://workers'), { dispatcher, ...call, ...duplex })
      const headers = Object.fromEntries(response.headers)
      return { status: response.status, headers, text: () => response.text(), body: response.body }
    }
  },
  undici(t, balancer, options) {
    const dispatcher = dispatch(t, balancer, options)
    return async (path, call = {}) => {
      const { statusCode, headers, body } = await undiciRequest(new URL(path, 'http://workers'), { dispatcher, ...call })
      return { status: statusCode, headers, text: () => body.text(), body }
    }
  },
  'node:http'(t, balancer, options) {
    const agent = new HttpAgent({ keepAlive: true })
    t.after(() => agent.destroy())
    const request = balancedRequest(balancer, { agent, ...options })
    return async (path, call) => {
      const response = await request(path, call)
      return { status: response.statusCode, headers: response.headers, text: () => bodyOf(response), body: response }
    }
  },
}

function dispatch(t, balancer, options) {
  const dispatcher = new BalancedDispatcher(balancer, options)
  t.after(() => dispatcher.destroy())
  return dispatcher
}

/** A balancer that takes turns, so that a test knows who comes next. */
function turns(...ids) {
  const balancer = new LoadBalancer({ strategy: 'round_robin', outlier: null })
  for (const id of ids) balancer.addInstance(id)
  return balancer
}

const calm = (balancer) => balancer.snapshot().inFlight === 0
const counts = (balancer, id) => {
  const { results, failures, cancelled, inFlight } = snapshotOf(balancer, id)
  return { results, failures, cancelled, inFlight }
}

for (const [name, make] of Object.entries(TRANSPORTS)) {
  describe(name, () => {
    test('each request is picked for, and its result recorded', async (t) => {
      const [one, two] = [await serve(t, ok('one')), await serve(t, ok('two'))]
      const balancer = turns(one.url, two.url)
      const send = make(t, balancer)
      const texts = []
      for (let number = 0; number < 4; number++) texts.push(await (await send('/clips?n=1')).text())
      assert.deepEqual(texts, ['one', 'two', 'one', 'two'])
      assert.deepEqual(one.seen.map(({ url }) => url), ['/clips?n=1', '/clips?n=1'])
      assert.equal(one.seen[0].headers.host, new URL(one.url).host)
      await until(() => calm(balancer))
      assert.deepEqual(counts(balancer, one.url), { results: 2, failures: 0, cancelled: 0, inFlight: 0 })
    })

    test('an instance is where its metadata say, and may have a path', async (t) => {
      const server = await serve(t, ok())
      const balancer = turns(new URL(server.url).host)
      balancer.addInstance('renderer-1', { metadata: { url: `${server.url}/v2/` } })
      const send = make(t, balancer)
      for (let number = 0; number < 2; number++) assert.equal((await send('/clips')).status, 200)
      assert.deepEqual(server.seen.map(({ url }) => url), ['/clips', '/v2/clips'])
    })

    for (const code of [429, 500, 502, 503, 504]) {
      test(`a GET that is answered with ${code} goes to another instance`, async (t) => {
        const [failing, well] = [await serve(t, status(code)), await serve(t, ok('well'))]
        const balancer = turns(failing.url, well.url)
        const response = await make(t, balancer)('/')
        assert.deepEqual([response.status, await response.text()], [200, 'well'])
        await until(() => calm(balancer))
        assert.deepEqual(counts(balancer, failing.url), { results: 1, failures: 1, cancelled: 0, inFlight: 0 })
        assert.deepEqual(counts(balancer, well.url), { results: 1, failures: 0, cancelled: 0, inFlight: 0 })
      })
    }

    for (const code of [200, 204, 302, 400, 404, 501]) {
      test(`what is answered with ${code} is not sent again`, async (t) => {
        const [first, second] = [await serve(t, status(code)), await serve(t, ok())]
        const response = await make(t, turns(first.url, second.url))('/', { redirect: 'manual' })
        assert.deepEqual([response.status, second.seen.length], [code, 0])
      })
    }

    test('where nobody listens another instance is asked, and the first one gets the blame', async (t) => {
      const [gone, well] = [await nobody(t), await serve(t, ok('well'))]
      const balancer = turns(gone, well.url)
      assert.equal(await (await make(t, balancer)('/')).text(), 'well')
      await until(() => calm(balancer))
      assert.deepEqual(counts(balancer, gone), { results: 1, failures: 1, cancelled: 0, inFlight: 0 })
    })

    test('a connection that breaks before the answer is such a failure, too', async (t) => {
      const [broken, well] = [await serve(t, (_, response) => response.destroy()), await serve(t, ok('well'))]
      const balancer = turns(broken.url, well.url)
      assert.equal(await (await make(t, balancer)('/')).text(), 'well')
      assert.equal(counts(balancer, broken.url).failures, 1)
    })

    test('an answer that breaks off half-way is an error, and not sent again', async (t) => {
      const half = await serve(t, async (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('half')
        await sleep(50)
        response.destroy()
      })
      const well = await serve(t, ok())
      const balancer = turns(half.url, well.url)
      const response = await make(t, balancer)('/')
      await assert.rejects(response.text())
      await until(() => calm(balancer))
      assert.deepEqual(counts(balancer, half.url), { results: 1, failures: 1, cancelled: 0, inFlight: 0 })
      assert.equal(well.seen.length, 0)
    })

    test('POST and PATCH are never sent twice', async (t) => {
      for (const method of ['POST', 'PATCH']) {
        const [failing, well] = [await serve(t, status(503)), await serve(t, ok())]
        const balancer = turns(failing.url, well.url)
        const response = await make(t, balancer)('/', { method, body: 'x' })
        assert.deepEqual([response.status, await response.text()], [503, 'status 503'])
        assert.equal(well.seen.length, 0)
        await until(() => calm(balancer))
      }
      const [gone, well] = [await nobody(t), await serve(t, ok())]
      await assert.rejects(make(t, turns(gone, well.url))('/', { method: 'POST', body: 'x' }))
      assert.equal(well.seen.length, 0)
    })

    test('a body that has been read is not sent twice, one that has not is', async (t) => {
      const takes = (code) => async (request, response) => {
        const body = await bodyOf(request)
        response.writeHead(code).end(body)
      }
      const [failing, well] = [await serve(t, takes(503)), await serve(t, takes(200))]
      const stream = () => Readable.from([Buffer.from('a'), Buffer.from('b')])
      const read = await make(t, turns(failing.url, well.url))('/', { method: 'PUT', body: stream() })
      assert.deepEqual([read.status, well.seen.length], [503, 0])
      const unread = await make(t, turns(await nobody(t), well.url))('/', { method: 'PUT', body: stream() })
      assert.deepEqual([unread.status, await unread.text()], [200, 'ab'])
    })

    test('the last answer is the caller\'s where all fail, and none is asked twice', async (t) => {
      const servers = [await serve(t, status(500)), await serve(t, status(502)), await serve(t, status(503))]
      const balancer = turns(...servers.map(({ url }) => url))
      const response = await make(t, balancer, { retries: 9 })('/')
      assert.deepEqual([response.status, await response.text()], [503, 'status 503'])
      assert.deepEqual(servers.map(({ seen }) => seen.length), [1, 1, 1])
      await until(() => calm(balancer))
      const only = await make(t, turns(...servers.map(({ url }) => url)), { retries: 1 })('/')
      assert.equal(only.status, 502)
    })

    test('retries keep to the budget', async (t) => {
      const [failing, well] = [await serve(t, status(503)), await serve(t, ok())]
      const balancer = new LoadBalancer({
        strategy: 'round_robin',
        outlier: null,
        retryBudget: { percent: 0, minPerSecond: 0.2, window: 10 },
      })
      for (const { url } of [failing, well]) balancer.addInstance(url)
      const send = make(t, balancer)
      const codes = []
      for (let number = 0; number < 20; number++) codes.push((await send('/')).status)
      // Half of them fail at first; two retries are there.
      const failed = codes.filter((code) => code === 503).length
      assert.ok(failed >= 6 && failed <= 9, `${codes}`)
    })

    test('a caller that gives up says nothing of the instance', async (t) => {
      const slow = await serve(t, async (_, response) => {
        await sleep(1000)
        response.end()
      })
      const other = await serve(t, ok())
      const balancer = turns(slow.url, other.url)
      const abort = new AbortController()
      const sent = make(t, balancer)('/', { signal: abort.signal })
      await until(() => slow.seen.length === 1)
      assert.equal(counts(balancer, slow.url).inFlight, 1)
      abort.abort()
      await assert.rejects(sent, { name: 'AbortError' })
      await until(() => calm(balancer))
      assert.deepEqual(counts(balancer, slow.url), { results: 0, failures: 0, cancelled: 1, inFlight: 0 })
      assert.equal(other.seen.length, 0)
    })

    test('a time limit that runs out does', async (t) => {
      const hanging = await serve(t, () => {})
      const balancer = turns(hanging.url)
      await assert.rejects(make(t, balancer)('/', { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' })
      await until(() => calm(balancer))
      assert.deepEqual(counts(balancer, hanging.url), { results: 1, failures: 1, cancelled: 0, inFlight: 0 })
    })

    test('in the middle of a body', async (t) => {
      const endless = await serve(t, async (request, response) => {
        while (!request.destroyed && !response.destroyed) {
          response.write('x'.repeat(1000))
          await sleep(5)
        }
      })
      const balancer = turns(endless.url)
      const abort = new AbortController()
      const { body } = await make(t, balancer)('/', { signal: abort.signal })
      assert.equal(counts(balancer, endless.url).inFlight, 1)
      let bytes = 0
      await assert.rejects(async () => {
        for await (const chunk of body) {
          bytes += chunk.length
          if (bytes > 3000) abort.abort()
        }
      })
      await until(() => calm(balancer))
      assert.deepEqual(counts(balancer, endless.url), { results: 0, failures: 0, cancelled: 1, inFlight: 0 })
    })

    test('a body that nobody reads ends', async (t) => {
      const large = await serve(t, ok('x'.repeat(4_000_000)))
      const small = await serve(t, ok())
      const balancer = turns(large.url, small.url)
      const send = make(t, balancer, { unread: 0.2 })
      const kept = [await send('/'), await send('/')]
      await until(() => calm(balancer))
      assert.equal(counts(balancer, large.url).failures, 0)
      // It is still there for whoever comes late.
      assert.equal((await kept[0].text()).length, 4_000_000)
    })

    test('a body that is read slowly stays in flight', async (t) => {
      const steady = await serve(t, async (_, response) => {
        for (let part = 0; part < 8; part++) {
          response.write('x'.repeat(100))
          await sleep(100)
        }
        response.end()
      })
      const balancer = turns(steady.url)
      const { text } = await make(t, balancer, { unread: 0.2 })('/')
      const read = text()
      await sleep(600)
      assert.equal(counts(balancer, steady.url).inFlight, 1)
      assert.equal((await read).length, 800)
      await until(() => calm(balancer))
    })

    test('one that is alone is waited for as long as it says, by seconds and by date', async (t) => {
      const dates = { seconds: () => '1', date: () => new Date(Date.now() + 2000).toUTCString() }
      for (const [form, when] of Object.entries(dates)) {
        const resting = await serve(t, (_, response, count) => {
          if (count > 1) return void response.end('rested')
          response.writeHead(503, { 'retry-after': when() }).end()
        })
        const balancer = turns(resting.url)
        const began = performance.now()
        const response = await make(t, balancer)('/')
        const took = performance.now() - began
        assert.deepEqual([response.status, await response.text()], [200, 'rested'], form)
        assert.ok(took > 900 && took < 3000, `${form}: ${took} ms`)
        await until(() => calm(balancer))
      }
    })

    test('but not for longer than is wanted', async (t) => {
      const resting = await serve(t, status(503, { 'retry-after': '60' }))
      const response = await make(t, turns(resting.url), { maxRetryAfter: 1 })('/')
      assert.deepEqual([response.status, response.headers['retry-after'], resting.seen.length], [503, '60', 1])
    })

    test('a caller that gives up while it waits', async (t) => {
      const resting = await serve(t, status(503, { 'retry-after': '3' }))
      const balancer = turns(resting.url)
      const abort = new AbortController()
      const sent = make(t, balancer)('/', { signal: abort.signal })
      await until(() => resting.seen.length === 1)
      await sleep(50)
      const began = performance.now()
      abort.abort()
      await assert.rejects(sent, { name: 'AbortError' })
      assert.ok(performance.now() - began < 500)
      assert.ok(calm(balancer))
    })

    test('who asks to be left alone is', async (t) => {
      const [busy, well] = [await serve(t, status(429, { 'retry-after': '30' })), await serve(t, ok())]
      const balancer = new LoadBalancer({ strategy: 'round_robin' })
      for (const { url } of [busy, well]) balancer.addInstance(url)
      const send = make(t, balancer)
      for (let number = 0; number < 10; number++) assert.equal((await send('/')).status, 200)
      assert.equal(busy.seen.length, 1)
      assert.match(snapshotOf(balancer, busy.url).reason, /left alone/)
    })

    test('a slow instance gets less', async (t) => {
      const slow = await serve(t, async (_, response) => {
        await sleep(100)
        response.end()
      })
      const quick = [await serve(t, ok()), await serve(t, ok())]
      const balancer = new LoadBalancer()
      for (const { url } of [slow, ...quick]) balancer.addInstance(url)
      const send = make(t, balancer)
      const worker = async () => {
        for (let number = 0; number < 50; number++) await (await send('/')).text()
      }
      await Promise.all([worker(), worker(), worker(), worker()])
      // An even share would be 67.
      assert.ok(slow.seen.length <= 20, `${slow.seen.length} of 200`)
    })

    test('without an instance the error says so', async (t) => {
      const error = await make(t, turns())('/').then(() => assert.fail('it was answered'), (error) => error.cause ?? error)
      assert.equal(error.code, 'balance.no_instance')
    })

    test('an instance without an address', async (t) => {
      const balancer = turns('renderer 1')
      const error = await make(t, balancer)('/').then(() => assert.fail('it was answered'), (error) => error.cause ?? error)
      assert.equal(error.code, 'config.invalid')
      assert.match(error.message, /renderer 1.*metadata/)
      assert.ok(calm(balancer))
    })

    test('keys and subsets decide', async (t) => {
      const servers = [await serve(t, ok('0')), await serve(t, ok('1')), await serve(t, ok('2'))]
      const balancer = new LoadBalancer({ strategy: 'rendezvous' })
      servers.forEach(({ url }, number) => balancer.addInstance(url, { metadata: { gpu: number === 2 ? 'yes' : 'no' } }))
      const subset = balancer.subset({ gpu: 'yes' })
      const chosen = make(t, balancer, { subset })
      for (let user = 0; user < 5; user++) assert.equal(await (await chosen(`/user/${user}`)).text(), '2')
      const send = make(t, balancer, { key: ({ path }) => path })
      const text = async (path) => (await send(path)).text()
      const owners = await Promise.all(Array.from({ length: 20 }, (_, user) => text(`/user/${user}`)))
      assert.deepEqual(await Promise.all(owners.map((_, user) => text(`/user/${user}`))), owners)
      assert.ok(new Set(owners).size > 1)
    })

    test('many at once leave nothing behind', async (t) => {
      const flaky = await serve(t, (_, response, count) => {
        if (count % 7 === 0) return response.destroy()
        response.writeHead(count % 3 === 0 ? 503 : 200).end('x'.repeat(10_000))
      })
      const [well, gone] = [await serve(t, ok('y'.repeat(10_000))), await nobody(t)]
      const balancer = new LoadBalancer()
      for (const id of [flaky.url, well.url, gone]) balancer.addInstance(id)
      const send = make(t, balancer)
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, async (_, number) => {
          const signal = number % 5 === 0 ? AbortSignal.timeout(number % 50) : undefined
          const method = number % 4 === 0 ? 'POST' : 'GET'
          return send('/', { method, ...(signal && { signal }) }).then(({ text }) => text()).then(() => 1, () => 0)
        }),
      )
      assert.ok(outcomes.reduce((sum, one) => sum + one) > 100)
      await until(() => calm(balancer))
    })
  })
}

test('an attempt may have a time limit of its own', async (t) => {
  const [hanging, well] = [await serve(t, () => {}), await serve(t, ok('well'))]
  const dispatcher = new Agent({ headersTimeout: 200 })
  t.after(() => dispatcher.destroy())
  const sends = [
    TRANSPORTS.fetch(t, turns(hanging.url, well.url), { dispatcher }),
    async (path) => {
      const response = await balancedRequest(turns(hanging.url, well.url))(path, { timeout: 0.2 })
      return { text: () => bodyOf(response) }
    },
  ]
  for (const send of sends) assert.equal(await (await send('/')).text(), 'well')
})

test('only requests to its origin are balanced, others go where they say', async (t) => {
  const elsewhere = await serve(t, ok('elsewhere'))
  const moved = await serve(t, status(302, { location: `${elsewhere.url}/file` }))
  const balancer = turns(moved.url)
  const send = (options) => TRANSPORTS.fetch(t, balancer, options)('/')
  assert.equal(await (await send({ origin: 'http://workers' })).text(), 'elsewhere')
  assert.deepEqual(elsewhere.seen.map(({ url }) => url), ['/file'])
  // Without it the instance is asked again and again.
  await assert.rejects(send({}), (error) => /redirect/.test(error.cause.message))
})

test('options that cannot be are refused by name', () => {
  const balancer = turns()
  const wrong = [
    ['retries', -1], ['retries', 1.5], ['maxRetryAfter', NaN], ['unread', -1], ['key', 'a'], ['retry', 1],
  ]
  const makes = [(options) => new BalancedDispatcher(balancer, options), (options) => balancedRequest(balancer, options)]
  for (const make of makes) {
    for (const [field, value] of wrong) assert.throws(() => make({ [field]: value }), { code: 'config.invalid', field })
  }
  assert.throws(() => new BalancedDispatcher({}), { field: 'balancer' })
})
