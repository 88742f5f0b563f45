// The examples do what they say.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'

import { AutoScalingEngine } from 'opusclip'

import { client, executor, measured } from '../../examples/node/kubernetes.mjs'
import { service } from '../../examples/node/service.mjs'
import { bodyOf, serve } from './servers.mjs'
import { QUICK, ROOT, entries, media, scratch } from './support.mjs'

const EXAMPLES = join(ROOT, 'examples', 'node')
const run = (name, ...args) => spawnSync(process.execPath, [join(EXAMPLES, name), ...args], { encoding: 'utf8' })

test('basic.mjs prints clips', (t) => {
  const out = join(scratch(t), 'out')
  const done = run('basic.mjs', media('cuts.mp4'), '', out)
  assert.equal(done.status, 0, done.stderr)
  assert.match(done.stdout, /clip-01\.mp4 {2}\d+\.\d-\d+\.\d s/)
  assert.ok(existsSync(join(out, 'contact-sheet.jpg')))
})

test('basic.mjs reports what is wrong in a line', (t) => {
  const done = run('basic.mjs', media('bad/empty.mp4'), media('talk.srt'), join(scratch(t), 'out'))
  assert.deepEqual([done.status, done.stdout], [1, ''])
  assert.match(done.stderr, /^media\.empty: [^\n]+\n$/)
})

test('analyze.mjs writes a page', (t) => {
  const page = join(scratch(t), 'page.html')
  const done = run('analyze.mjs', media('cuts.mp4'), page)
  assert.equal(done.status, 0, done.stderr)
  assert.match(done.stdout, /3\.000 s {2}cut/)
  assert.match(readFileSync(page, 'utf8'), /^<!DOCTYPE html>/)
})

test('analytics.mjs says what its data show', () => {
  const done = run('analytics.mjs')
  assert.equal(done.status, 0, done.stderr)
  const lines = done.stdout.split('\n')
  assert.match(lines[0], /^disk rises/)
  assert.match(lines[3], /latency follows load by 2 h/)
  assert.match(lines[5], /^latency within 24h: 23 values/)
  assert.match(lines[6], /225 of 900/)
})

test('balance.mjs spreads requests', () => {
  const done = run('balance.mjs')
  assert.equal(done.status, 0, done.stderr)
  const lines = done.stdout.split('\n')
  assert.equal(lines[0], '200 of 200 requests were answered')
  const [asked, failed] = lines[3].match(/\d+/g).map(Number)
  assert.ok(asked === failed && asked > 0 && asked < 30, lines[3])
})

test('scaling.mjs decides, acts and compares', () => {
  const done = run('scaling.mjs')
  assert.equal(done.status, 0, done.stderr)
  const lines = done.stdout.trim().split('\n')
  // 4 * 85 / 70 is 4.9; then the cooldown of five minutes.
  assert.match(lines[1], /from 4 to 5.*85\.0 %/)
  assert.match(lines[2], /5 min|cooldown|action/i)
  assert.equal(lines[4], '5 instances after 1 action')
  const costs = lines.slice(5).map((line) => [line.split(':')[0], Number(line.match(/([\d.]+) EUR/)[1])])
  assert.deepEqual(costs.map(([policy]) => policy), ['predictive', 'hpa', 'fixed'])
  assert.ok(costs[1][1] < costs[2][1])
})

test('worker-pool.mjs has as many workers as there is work for', () => {
  const done = run('worker-pool.mjs')
  assert.equal(done.status, 0, done.stderr)
  const lines = done.stdout.trim().split('\n')
  assert.deepEqual(
    lines.slice(0, 6).map((line) => line.match(/^(Scale up from \d to \d|Stay at \d|Scale down from \d to \d)/)?.[0]),
    ['Stay at 1', 'Scale up from 1 to 3', 'Scale up from 3 to 4', 'Stay at 4', 'Stay at 4', 'Scale down from 4 to 2'],
  )
  assert.deepEqual(lines.slice(6), ['worker 0, worker 1', '3 actions, 0 of them failed, 1 turned back'])
})

test('abort.js stops in time', (t) => {
  const out = join(scratch(t), 'out')
  const done = run('abort.js', media('talk.mp4'), '0.5', out)
  assert.equal(done.status, 0, done.stderr)
  assert.match(done.stdout, /analyze \d+ %/)
  assert.match(done.stdout, /stopped: more than 0\.5 s/)
  assert.deepEqual(entries(out), [])
})

describe('service.mjs', () => {
  const post = async (t, payload) => {
    const out = scratch(t)
    const app = service({ media: dirname(media('talk.mp4')), out })
    t.after(() => app.close())
    const response = await app.inject({ method: 'POST', url: '/clips', payload })
    return { out, status: response.statusCode, body: response.json() }
  }

  test('makes clips', async (t) => {
    const { out, status, body } = await post(t, { video: 'talk.mp4', transcript: 'talk.srt', ...QUICK, count: 1 })
    assert.equal(status, 201, JSON.stringify(body))
    assert.ok(existsSync(join(out, body.clips[0].file)))
  })

  test('refuses wrong options and stays in its folder', async (t) => {
    const wrong = await post(t, { video: 'talk.mp4', count: 0 })
    assert.deepEqual([wrong.status, wrong.body.code, wrong.body.field], [400, 'config.out_of_range', 'count'])
    const outside = await post(t, { video: '../../package.json' })
    assert.deepEqual([outside.status, outside.body.code], [422, 'media.not_found'])
  })

  test('a client that hangs up stops its job', async (t) => {
    const out = scratch(t)
    const app = service({ media: dirname(media('talk.mp4')), out })
    t.after(() => app.close())
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const body = JSON.stringify({ video: 'talk.mp4', speed: 'slow' })
    const headers = { 'content-type': 'application/json' }
    const request = fetch(`${url}/clips`, { method: 'POST', headers, body, signal: AbortSignal.timeout(500) })
    await assert.rejects(request, { name: 'TimeoutError' })
    const asked = performance.now()
    while (entries(out).length > 0 && performance.now() - asked < 2000) await new Promise((go) => setTimeout(go, 20))
    assert.deepEqual(entries(out), [])
  })
})

describe('kubernetes.mjs', () => {
  const PATH = '/apis/apps/v1/namespaces/media/deployments/render'

  /** As much of a cluster's server as a deployment needs to be scaled. */
  class Cluster {
    replicas = 4
    version = 1
    conflicts = 0
    asked = []

    answer = async (request, response) => {
      const { method, url, headers } = request
      this.asked.push(`${method} ${url.replace(PATH, '')}`)
      const send = (status, body) => void response.writeHead(status).end(JSON.stringify(body))
      if (headers.authorization !== 'Bearer secret') return send(401, { message: 'Unauthorized' })
      if (method === 'PUT') return send(...this.put(JSON.parse(await bodyOf(request))))
      if (url.endsWith('/scale')) return send(200, this.scale())
      return send(200, { status: { replicas: this.replicas, readyReplicas: this.replicas } })
    }

    scale() {
      const metadata = { name: 'render', namespace: 'media', resourceVersion: String(this.version) }
      return { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata, spec: { replicas: this.replicas } }
    }

    put({ kind, metadata, spec }) {
      assert.equal(kind, 'Scale')
      // Somebody else comes between.
      if (this.conflicts-- > 0) this.version++
      if (metadata.resourceVersion !== String(this.version)) return [409, { message: 'the object has been modified' }]
      this.replicas = spec.replicas
      this.version++
      return [200, this.scale()]
    }
  }

  function account(t, token = 'secret') {
    const folder = scratch(t)
    writeFileSync(join(folder, 'ca.crt'), '')
    writeFileSync(join(folder, 'token'), `${token}\n`)
    return folder
  }

  async function scaled(t, cluster, folder) {
    const { url } = await serve(t, cluster.answer)
    const ask = client({ server: url, account: folder })
    const config = { execution: { retryDelay: 0 } }
    const engine = new AutoScalingEngine(config, { executor: executor(ask, 'media', 'render') })
    const metrics = await measured(ask, 'media', 'render', 95)
    assert.deepEqual(metrics, { cpuUsage: 95, instances: 4, readyInstances: 4 })
    return { ask, engine, decision: engine.evaluate(metrics) }
  }

  test('where somebody else came between, it reads again', async (t) => {
    const cluster = Object.assign(new Cluster(), { conflicts: 1 })
    const { engine, decision } = await scaled(t, cluster, account(t))
    assert.equal(await engine.executeScalingAction(decision), true)
    assert.deepEqual([cluster.replicas, decision.targetInstances], [6, 6])
    assert.deepEqual(cluster.asked, ['GET ', 'GET /scale', 'PUT /scale', 'GET /scale', 'PUT /scale'])
    const [{ attempts, error }] = engine.actions
    assert.equal(attempts, 2)
    assert.match(error, /409 .*the object has been modified/)
  })

  test('a count that is there already is not written', async (t) => {
    const cluster = new Cluster()
    const { engine, decision } = await scaled(t, cluster, account(t))
    cluster.replicas = 6
    assert.equal(await engine.executeScalingAction(decision), true)
    assert.deepEqual(cluster.asked, ['GET ', 'GET /scale'])
  })

  test('a token that was replaced is read again, and one that is wrong is refused', async (t) => {
    const folder = account(t)
    const cluster = new Cluster()
    const { ask, engine, decision } = await scaled(t, cluster, folder)
    writeFileSync(join(folder, 'token'), 'other')
    await assert.rejects(measured(ask, 'media', 'render', 95), /401 .*Unauthorized/)
    assert.equal(await engine.executeScalingAction(decision), false)
    assert.deepEqual([cluster.replicas, engine.actions[0].state], [4, 'given_up'])
  })

  const openssl = spawnSync('openssl', ['version']).status === 0
  test('it trusts the certificate of the account alone', { skip: openssl ? false : 'needs openssl' }, async (t) => {
    const signed = () => {
      const folder = account(t)
      const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'ca.crt')]
      const name = ['-subj', '/CN=cluster', '-addext', 'subjectAltName=IP:127.0.0.1']
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      const made = spawnSync('openssl', ['req', '-x509', ...key, ...files, ...name], { encoding: 'utf8' })
      assert.equal(made.status, 0, made.stderr)
      return folder
    }
    const [own, foreign] = [signed(), signed()]
    const cluster = new Cluster()
    const files = { key: readFileSync(join(own, 'key.pem')), cert: readFileSync(join(own, 'ca.crt')) }
    const server = createServer(files, cluster.answer).listen(0, '127.0.0.1')
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    await new Promise((listening) => server.once('listening', listening))
    const asked = (folder) => {
      const env = { ...process.env, SERVER: `https://127.0.0.1:${server.address().port}`, ACCOUNT: folder }
      return promisify(execFile)(process.execPath, [join(EXAMPLES, 'kubernetes.mjs'), 'media', 'render', '95'], { env })
    }
    const { stdout } = await asked(own)
    assert.match(stdout, /^Scale up from 4 to 6.*\ndone\n$/)
    assert.equal(cluster.replicas, 6)
    await assert.rejects(asked(foreign), /self-signed certificate|unable to verify/)
  })
})

test('fleet.mjs drains who leaves', () => {
  const done = run('fleet.mjs')
  assert.equal(done.status, 0, done.stderr)
  const lines = done.stdout.trim().split('\n')
  assert.equal(lines[0], 'minute 0: worker-3 joins, nobody leaves')
  assert.deepEqual(lines.slice(2), [
    'minute 10: worker-3 is stopped with 0 requests in flight',
    'minute 11: worker-2 is stopped with 1 requests in flight',
    '1 workers are left: worker-1',
  ])
})
