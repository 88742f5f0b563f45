// What only JavaScript shows of an analysis: parts as plain objects, pages and tables as texts, the cache.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { analysisToCsv, analysisToHtml, analyze, analyzePart, cacheInfo, clearCache, mergeParts } from 'opusclip'

import { ROOT, media, rejection, scratch } from './support.mjs'

const thrown = (work) => {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

test('parts come from workers and join', async () => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    require(${JSON.stringify(ROOT)}).analyzePart(...workerData).then((part) => parentPort.postMessage(part))`
  const part = (options) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(code, { eval: true, workerData: [media('cuts.mp4'), { level: 'index', ...options }] })
      worker.once('message', resolve).once('error', reject)
    })
  const parts = await Promise.all([part({ start: 5.5 }), part({ end: 5.5 })])
  const whole = await analyze(media('cuts.mp4'), { level: 'index', cache: false })
  assert.deepEqual(await mergeParts(parts), whole)
})

test('parts that do not fit are refused', async () => {
  const video = media('cuts.mp4')
  const part = await analyzePart(video, { end: 5, level: 'index' })
  for (const parts of [[], [part, part]]) {
    const error = await rejection(mergeParts(parts))
    assert.deepEqual([error.code, error.field], ['config.invalid', 'parts'])
  }
  for (const parts of [undefined, 'none', [{ ...part, volume: 11 }], [{}]]) {
    const error = await rejection(mergeParts(parts))
    assert.equal(error.code, 'config.invalid')
    assert.match(error.field, /^parts/)
  }
  const wrong = await rejection(analyzePart(video, { start: 'soon' }))
  assert.deepEqual([wrong.code, wrong.field], ['config.invalid', 'start'])
  const unknown = await rejection(analyzePart(video, { from: 3 }))
  assert.deepEqual([unknown.code, unknown.field], ['config.invalid', 'from'])
})

test('an analysis becomes a page and a table', async () => {
  const analysis = await analyze(media('talk.mp4'))
  const page = analysisToHtml(analysis, { title: 'a <talk>' })
  assert.match(page, /^<!DOCTYPE html>/)
  assert.ok(page.includes('a &lt;talk&gt;') && !page.includes('<script'))
  const fragment = analysisToHtml(analysis, { fragment: true })
  assert.ok(fragment.includes('<svg') && !fragment.includes('<body'))
  const lines = analysisToCsv(analysis).split('\r\n')
  assert.equal(lines.length, analysis.shots.length + 2)
  assert.match(lines[2], /^2,9\.7,15\.066667,5\.366667,cut,9\.7,9\.7,/)
  const wrong = thrown(() => analysisToHtml({ ...analysis, shots: 3 }))
  assert.deepEqual([wrong.code, wrong.field], ['config.invalid', 'analysis.shots'])
  assert.equal(thrown(() => analysisToHtml(analysis, { titel: '' })).field, 'titel')
  assert.equal(thrown(() => analysisToCsv()).field, 'analysis')
})

test('the cache keeps and forgets', async (t) => {
  const kept = join(scratch(t), 'kept')
  const options = { level: 'index', cacheDir: pathToFileURL(kept) }
  assert.equal((await cacheInfo(kept)).entries, 0)
  const first = await analyze(media('cuts.mp4'), options)
  const info = await cacheInfo(pathToFileURL(kept))
  assert.deepEqual([info.entries, info.folder], [1, kept])
  assert.deepEqual(await analyze(media('cuts.mp4'), options), first)
  assert.deepEqual(await clearCache(kept), info)
  assert.equal((await cacheInfo(kept)).entries, 0)
  assert.ok((await cacheInfo()).limit > 0)
})
