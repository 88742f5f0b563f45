// Pools of worker processes: real programs, started, watched and ended from Node.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { AutoScalingEngine, ProcessPool } from 'opusclip'

import { ROOT } from './support.mjs'

const SLEEPS = ['sh', '-c', 'exec sleep 100']
const SERVER = `require('node:http').createServer((_, answer) => answer.end(process.env.OPUSCLIP_INSTANCE))
  .listen(process.env.PORT, '127.0.0.1')`

function pool(t, command = SLEEPS, options = {}) {
  const workers = new ProcessPool(command, { output: 'discard', stopTimeout: 5, ...options })
  t.after(() => workers.stop())
  return workers
}

function runs(id) {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)[0] !== 'Z'
  } catch {
    return false
  }
}

async function soon(what) {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(20)) if (what()) return true
  return false
}

const ids = ({ processes }) => processes.map(({ process }) => process)
const measured = (workers, metrics) => {
  const { instances, readyInstances } = workers.status()
  return { instances, readyInstances, ...metrics }
}

test('as many run as were asked for', async (t) => {
  const workers = pool(t)
  for (const wanted of [3, 1, 2]) {
    workers.scaleTo(wanted)
    const status = await workers.wait({ timeout: 30 })
    assert.deepEqual([status.wanted, status.instances, status.readyInstances], [wanted, wanted, wanted])
    assert.ok(ids(status).every(runs))
    assert.ok(status.processes.every(({ state }) => state === 'ready'))
  }
  const before = ids(workers.status())
  await workers.stop()
  assert.ok(!before.some(runs))
  assert.throws(() => workers.scaleTo(1), { code: 'scaling.pool' })
})

test('servers answer at their ports', async (t) => {
  const workers = pool(t, [process.execPath, '-e', SERVER], { ready: { http: '/' } })
  workers.scaleTo(2)
  for (const { number, port, readyAfter } of (await workers.wait({ timeout: 60 })).processes) {
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), `${number}`)
    assert.ok(readyAfter > 0)
  }
})

test('one that dies is started again', async (t) => {
  const workers = pool(t, SLEEPS, { restartDelay: 0.01 })
  workers.scaleTo(1)
  const [first] = ids(await workers.wait({ timeout: 30 }))
  process.kill(first, 'SIGKILL')
  assert.ok(await soon(() => workers.status().restarts === 1 && workers.status().readyInstances === 1))
  const [again] = workers.status().processes
  assert.deepEqual([again.ended, again.restarts], ['ended by signal 9', 1])
})

test('one that always dies is given up', async (t) => {
  const workers = pool(t, ['sh', '-c', 'exit 3'], { restarts: 1, restartDelay: 0.01 })
  workers.scaleTo(1)
  await assert.rejects(workers.wait({ timeout: 30 }), ({ code, field, message }) => {
    assert.match(message, /instance 0 ended with exit status 3/)
    return code === 'scaling.pool' && field === 'command'
  })
  assert.equal(workers.status().givenUp, 1)
})

test('a pool is an executor', async (t) => {
  const workers = pool(t)
  workers.scaleTo(1)
  await workers.wait({ timeout: 30 })
  const config = { strategy: 'cpu', minInstances: 1, maxInstances: 3 }
  const engine = new AutoScalingEngine(config, { executor: workers.execute })
  const decision = engine.evaluate(measured(workers, { cpuUsage: 95 }))
  assert.ok(await engine.executeScalingAction(decision))
  engine.ready(workers.status().readyInstances)
  assert.deepEqual([workers.status().readyInstances, decision.targetInstances], [2, 2])
  const [action] = engine.actions
  assert.ok(action.state === 'done' && action.readyAfter >= 0)
  const next = engine.evaluate(measured(workers, { cpuUsage: 95 }))
  assert.deepEqual([next.reason, next.notes], ['Cooldown', []])
})

test('a pool that fails leaves both ideas of the world right', async (t) => {
  const script = 'if [ "$OPUSCLIP_INSTANCE" -ge 1 ]; then exit 1; fi; exec sleep 100'
  const workers = pool(t, ['sh', '-c', script], { restarts: 0, ready: { seconds: 0.2 } })
  workers.scaleTo(1)
  await workers.wait({ timeout: 30 })
  const config = { minInstances: 1, execution: { retries: 1, retryDelay: 0 } }
  const engine = new AutoScalingEngine(config, { executor: workers.execute })
  assert.equal(await engine.executeScalingAction(engine.evaluate(measured(workers, { cpuUsage: 95 }))), false)
  const [action] = engine.actions
  assert.deepEqual([action.state, action.attempts], ['given_up', 2])
  assert.match(action.error, /instance 1 ended with exit status 1/)
  assert.ok(await soon(() => workers.status().processes.length === 1))
  assert.deepEqual([workers.status().wanted, engine.getScalingStatus().currentInstances], [1, 1])
  assert.deepEqual(engine.evaluate(measured(workers, { cpuUsage: 50 })).notes, [])
})

test('whoever waits may stop waiting', async (t) => {
  const workers = pool(t, SLEEPS, { ready: { line: 'never' } })
  workers.scaleTo(1)
  await assert.rejects(workers.wait({ timeout: 0.1 }), /after 0\.1 s 0 of 1 instances are ready/)
  const signal = AbortSignal.timeout(100)
  await assert.rejects(workers.wait({ signal }), { name: 'AbortError', code: 'cancelled' })
})

for (const end of ['process.exit()', "process.kill(process.pid, 'SIGKILL')"]) {
  test(`nothing lives on after ${end}`, async () => {
    const host = `
      import { ProcessPool } from 'opusclip'
      const workers = new ProcessPool(['sh', '-c', 'sleep 100 & exec sleep 100'], { stopTimeout: 1 })
      workers.scaleTo(2)
      const { processes } = await workers.wait({ timeout: 30 })
      process.stdout.write(processes.map(({ process }) => process).join(' '), () => { ${end} })`
    const options = { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] }
    const started = spawn(process.execPath, ['--input-type=module', '-e', host], options)
    let said = ''
    for await (const piece of started.stdout) {
      said += piece
      // Instances have the same output.
      if (said.split(' ').length === 2) break
    }
    const found = said.split(' ').map(Number)
    assert.equal(found.length, 2)
    assert.ok(await soon(() => !found.some(runs)))
  })
}

test('what cannot be is refused by name', (t) => {
  for (const [field, command, options] of [
    ['command', []],
    ['maxInstances', SLEEPS, { maxInstances: -1 }],
    ['stopTimeout', SLEEPS, { stopTimeout: NaN }],
    ['ready', SLEEPS, { ready: { tcp: true, seconds: 1 } }],
    ['env.A', SLEEPS, { env: { A: 1 } }],
  ]) {
    const wanted = (error) => error.code.startsWith('config') && error.field?.endsWith(field)
    assert.throws(() => new ProcessPool(command, options), wanted, field)
  }
  const workers = pool(t, SLEEPS, { env: { some_name: 'x' } })
  assert.deepEqual([workers.options.env, workers.options.maxInstances], [{ some_name: 'x' }, 100])
  for (const instances of [101, -1, 1.5]) assert.throws(() => workers.scaleTo(instances), { field: 'instances' })
})
