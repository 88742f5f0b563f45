// Progress, cancellation, and a main thread that stays free.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { analyze, extractClips, probe, readManifest, render, select } from 'opusclip'

import { QUICK, ROOT, SLOW, entries, media, rejection, scratch } from './support.mjs'

// What is promised. A loaded machine may miss it once, so the best of a few tries counts.
const PROMISED = 200
const TRIES = 3

// There must be work to stop: every frame is read, and nothing that was kept from before is taken.
const FRESH = { level: 'exact', cache: false }

const talk = media('talk.mp4')
const transcript = media('talk.srt')

test('progress never falls and ends at one', async (t) => {
  const heard = []
  let settled = false
  const onProgress = (progress) => {
    assert.equal(settled, false, 'a report after the end')
    heard.push(progress)
  }
  const report = await extractClips(talk, { outDir: join(scratch(t), 'out'), transcript, ...QUICK, onProgress })
  settled = true
  assert.equal(report.clips.length, QUICK.count)
  const fractions = heard.map((progress) => progress.fraction)
  assert.deepEqual(fractions, [...fractions].sort((a, b) => a - b))
  assert.deepEqual(heard.at(-1), { stage: 'export', fraction: 1, remaining: 0 })
  const order = ['probe', 'analyze', 'select', 'render', 'export']
  const stages = heard.map((progress) => order.indexOf(progress.stage))
  assert.ok(!stages.includes(-1))
  assert.deepEqual(stages, [...stages].sort())
  await new Promise((resolve) => setTimeout(resolve, 50))
})

describe('an abort', () => {
  test('rejects within 200 ms and leaves nothing behind', async (t) => {
    const folder = scratch(t)
    let best = Infinity
    for (let tries = 0; tries < TRIES && best > PROMISED; tries++) {
      const controller = new AbortController()
      const reason = new Error('the user left')
      let asked
      const onProgress = ({ stage }) => {
        if (stage !== 'render' || asked !== undefined) return
        setTimeout(() => {
          asked = performance.now()
          controller.abort(reason)
        }, 300)
        asked = Infinity
      }
      const outDir = join(folder, 'out')
      const error = await rejection(extractClips(talk, { outDir, ...SLOW, signal: controller.signal, onProgress }))
      best = Math.min(best, performance.now() - asked)
      assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'cancelled', reason])
      assert.equal(existsSync(outDir), false)
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    }
    t.diagnostic(`abort answered after ${best.toFixed(1)} ms`)
    assert.ok(best <= PROMISED, `${best} ms`)
  })

  test('before the start rejects at once', async (t) => {
    const outDir = join(scratch(t), 'out')
    const signal = AbortSignal.abort('too late')
    const error = await rejection(extractClips(talk, { outDir, ...SLOW, signal }))
    assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'cancelled', 'too late'])
    assert.equal(existsSync(outDir), false)
  })

  test('by AbortSignal.timeout names the timeout as its cause', async () => {
    const error = await rejection(analyze(talk, { ...FRESH, signal: AbortSignal.timeout(1) }))
    assert.deepEqual([error.code, error.cause.name], ['cancelled', 'TimeoutError'])
  })

  test('after the end changes nothing, and nobody listens any more', async () => {
    const controller = new AbortController()
    const info = await probe(talk, { signal: controller.signal })
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    controller.abort()
    assert.equal(info.container, 'mp4')
  })
})

describe('a listener that throws', () => {
  for (const thrown of [new TypeError('mine'), 'a text', undefined]) {
    test(`stops the work; the promise is rejected with the same value: ${String(thrown)}`, async (t) => {
      const outDir = join(scratch(t), 'out')
      const onProgress = ({ stage }) => {
        if (stage === 'render') throw thrown
      }
      assert.equal(await rejection(extractClips(talk, { outDir, ...SLOW, onProgress })), thrown)
      assert.equal(existsSync(outDir), false)
    })
  }
})

test('two jobs run at once, and the main thread stays free', async (t) => {
  const folder = scratch(t)
  let ticks = 0
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    ticks += 1
  }, 10)
  const started = performance.now()
  const jobs = ['a', 'b'].map((name) => extractClips(talk, { outDir: join(folder, name), transcript, ...QUICK }))
  // Six more than Node's own pool has threads.
  const probes = Array.from({ length: 10 }, () => probe(talk))
  const text = await readFile(transcript, 'utf8')
  assert.ok(text.length > 0)
  assert.equal((await Promise.all(probes)).length, 10)
  const [a, b] = await Promise.all(jobs)
  const elapsed = performance.now() - started
  clearInterval(timer)
  assert.deepEqual(a.clips.map((clip) => clip.ranges), b.clips.map((clip) => clip.ranges))
  t.diagnostic(`${ticks} ticks of 10 ms in ${elapsed.toFixed(0)} ms, longest gap ${longest.toFixed(0)} ms`)
  assert.ok(ticks > elapsed / 10 / 4, `${ticks} ticks in ${elapsed} ms`)
})

test('a manifest goes out and comes back, edited', async (t) => {
  const folder = scratch(t)
  const report = await extractClips(talk, { outDir: join(folder, 'first'), transcript, ...QUICK })
  const manifest = await readManifest(report.manifest)
  assert.equal(manifest.render.truePeak, -1)
  manifest.clips[0].ranges[0].end -= 0.5
  const again = await render(manifest, { outDir: join(folder, 'again'), only: [1] })
  assert.equal(again.clips.length, 1)
  assert.ok(Math.abs(report.clips[0].duration - again.clips[0].duration - 0.5) < 0.05)
  assert.deepEqual(entries(again.outDir).sort(), ['clip-01.jpg', 'clip-01.mp4', 'contact-sheet.jpg', 'manifest.json'])
  assert.equal((await rejection(render(report.manifest, { outDir: again.outDir }))).code, 'output.exists')
  const chosen = await select(talk, { transcript, ...QUICK })
  assert.deepEqual(chosen.clips.map((clip) => clip.score), manifest.clips.map((clip) => clip.score))
})

describe('the end of the process or of a worker', () => {
  const script = (outDir, then) => `
    const { extractClips } = require(${JSON.stringify(ROOT)})
    const options = ${JSON.stringify({ ...SLOW, outDir })}
    let ended = false
    options.onProgress = ({ stage }) => {
      if (stage !== 'render' || ended) return
      ended = true
      setTimeout(() => { ${then} }, 100)
    }
    extractClips(${JSON.stringify(talk)}, options).catch(() => {})`

  test('process.exit stops the work, which cleans up', (t) => {
    const outDir = join(scratch(t), 'out')
    const done = spawnSync(process.execPath, ['-e', script(outDir, 'process.exit(7)')], { encoding: 'utf8' })
    assert.deepEqual([done.status, done.stderr], [7, ''])
    assert.equal(existsSync(outDir), false)
  })

  test('a worker that ends takes its jobs with it', async (t) => {
    const outDir = join(scratch(t), 'out')
    const worker = new Worker(script(outDir, 'process.exit(0)'), { eval: true })
    await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
    assert.equal(existsSync(outDir), false)
  })

  test('a worker that is terminated, too', async (t) => {
    const outDir = join(scratch(t), 'out')
    const worker = new Worker(script(outDir, "require('node:worker_threads').parentPort.postMessage(0)"), { eval: true })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    assert.equal(existsSync(outDir), true)
    await worker.terminate()
    assert.equal(existsSync(outDir), false)
  })

  test('a pending job keeps the process alive until it is done', () => {
    const code = `require(${JSON.stringify(ROOT)}).analyze(${JSON.stringify(talk)}, { cache: false }).then((a) => console.log(a.shots.length))`
    const done = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
    assert.equal(done.status, 0, done.stderr)
    assert.ok(Number(done.stdout) > 1)
  })
})
