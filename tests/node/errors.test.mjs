// Every code of the core arrives as `err.code`, from promises and from synchronous calls.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import {
  AnalyticsCollector, AutoScalingEngine, OpusClipError, ProcessPool, analyze, errorCodes, extractClips, probe, probeSync, readManifest, readTranscript, readTranscriptSync,
  render, runCli, select, transcribe, trend,
} from 'opusclip'

import { QUICK, entries, media, rejection, scratch } from './support.mjs'

const talk = () => media('talk.mp4')

// code -> a promise that fails with it, and what else the error says
const CAUSES = {
  'config.invalid': () => [select(talk(), { cuont: 2 }), { field: 'cuont' }],
  'config.out_of_range': () => [select(talk(), { minDuration: 40, maxDuration: 20 }), { field: 'minDuration' }],
  'config.not_finite': () => [select(talk(), { leadIn: NaN }), { field: 'leadIn' }],
  'media.not_found': (folder) => [probe(join(folder, 'none.mp4')), { file: join(folder, 'none.mp4') }],
  'media.not_a_file': (folder) => [probe(folder), { file: folder }],
  'media.empty': () => [probe(media('bad/empty.mp4')), { file: media('bad/empty.mp4') }],
  'media.unreadable': () => [analyze(media('bad/zero_length.mp4')), {}],
  'media.unsupported': () => [probe(media('bad/text.mp4')), {}],
  'media.truncated': () => [probe(media('bad/no_moov.mp4')), {}],
  'media.no_video': (folder) => [extractClips(media('audio_only.m4a'), { outDir: join(folder, 'out') }), {}],
  'media.damaged': () => [analyze(media('bad/flipped_heavily.mp4')), {}],
  'media.no_audio': () => [transcribe(media('no_audio.mp4'), { engine: () => '' }), {}],
  'engine.failed': () => [transcribe(talk(), { command: ['false'] }), { field: 'command' }],
  'callback.failed': () => [scored(() => Promise.reject(new Error('mine'))), { field: 'score' }],
  'callback.invalid': () => [scored(() => 7), { field: 'score' }],
  'callback.timeout': () => [scored(() => new Promise(() => {}), { callbackTimeLimit: 0.1 }), { field: 'score' }],
  'transcript.unreadable': (folder) => [readTranscript(join(folder, 'none.srt')), { file: join(folder, 'none.srt') }],
  'transcript.syntax': () => [readTranscript(media('transcripts/garbage.srt')), {}],
  'transcript.empty': () => [readTranscript(media('transcripts/empty.srt')), {}],
  'manifest.invalid': (folder) => [readManifest(written(folder, 'm.json', '{\n "version": "7"\n}')), { line: 2, field: 'version' }],
  'output.exists': (folder) => {
    mkdirSync(join(folder, 'out'))
    writeFileSync(join(folder, 'out', 'manifest.json'), '{}')
    return [extractClips(talk(), { outDir: join(folder, 'out'), ...QUICK }), { field: 'outDir' }]
  },
  'output.busy': (folder) => {
    const outDir = join(folder, 'out')
    const both = [1, 2].map(() => extractClips(talk(), { outDir, ...QUICK }))
    const failed = Promise.allSettled(both).then((ended) => Promise.reject(ended.find((job) => job.reason).reason))
    return [failed, { field: 'outDir', file: outDir }]
  },
  'output.unwritable': (folder) => {
    const outDir = join(written(folder, 'file', ''), 'out')
    return [extractClips(talk(), { outDir, ...QUICK }), { field: 'outDir', file: outDir }]
  },
  'metric.invalid': () => [measured((metrics) => metrics.record('load', NaN)), { field: 'value' }],
  'metric.unknown': () => [measured((metrics) => metrics.window('load', '1m')), { field: 'name' }],
  'window.unknown': () => [measured((metrics) => metrics.record('load', 1) ?? metrics.window('load', '2m')), { field: 'window' }],
  'data.invalid': () => [measured(() => trend(Float64Array.of(1, Infinity))), { field: 'values[1]' }],
  'data.too_few': () => [measured(() => trend(Float64Array.of(1))), {}],
  'snapshot.invalid': () => [measured((metrics) => metrics.merge(Buffer.from('none'))), {}],
  'export.failed': () => [measured((metrics) => metrics.pushOtlp({ url: 'http://127.0.0.1:9/v1/metrics' })), { field: 'url' }],
  'scaling.unknown_action': () => [scaled((engine) => engine.succeeded('none')), { field: 'token' }],
  'scaling.outdated': () => [scaled((engine, decision) => engine.begin(decision) && engine.begin(decision)), { field: 'decision' }],
  'scaling.pool': () => [pooled(), { field: 'command' }],
  'limit.exceeded': () => [probe(media('bad/wide_16384.mkv')), {}],
  'limit.time': () => [select(talk(), { timeLimit: 0.001 }), { field: 'timeLimit' }],
  cancelled: () => [select(talk(), { signal: AbortSignal.abort() }), { name: 'AbortError' }],
}

function scored(score, options) {
  return select(null, { transcript: media('talk.srt'), score, ...options })
}

async function measured(call) {
  return call(new AnalyticsCollector())
}

async function scaled(call) {
  const engine = new AutoScalingEngine()
  return call(engine, engine.evaluate({ cpuUsage: 95, instances: 4 }))
}

async function pooled() {
  const pool = new ProcessPool(['false'], { restarts: 0 })
  pool.scaleTo(1)
  return pool.wait()
}

// Codes that nothing a test can do brings about.
const OUT_OF_REACH = {
  'media.no_decoder': 'needs an FFmpeg without the decoder',
  'media.no_encoder': 'needs an FFmpeg without the encoder',
  'model.unreadable': 'needs the feature whisper',
  'output.full': 'needs a full disk',
  'balance.no_instance': 'is met by the Rust library alone so far',
  'balance.unknown_instance': 'is met by the Rust library alone so far',
  'balance.retry_budget': 'is met by the Rust library alone so far',
  'scaling.refused': 'is met by the Rust library alone',
  'scaling.unknown_target': 'is met by the Rust library alone',
  'scaling.conflict': 'is met by the Rust library alone',
  'scaling.unavailable': 'is met by the Rust library alone',
  internal: 'is a defect',
}

function written(folder, name, text) {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('every code is brought about here, or out of reach for a reason', () => {
  assert.deepEqual([...Object.keys(CAUSES), ...Object.keys(OUT_OF_REACH)].sort(), errorCodes().sort())
})

describe('a promise is rejected with the code', () => {
  for (const [code, cause] of Object.entries(CAUSES)) {
    test(code, async (t) => {
      const [promise, wanted] = cause(scratch(t))
      const error = await rejection(promise)
      assert.ok(error instanceof Error && error instanceof OpusClipError, String(error))
      assert.equal(error.code, code, error.message)
      for (const [key, value] of Object.entries({ name: 'OpusClipError', ...wanted })) assert.equal(error[key], value)
      assert.ok(error.message.length > 0)
      if (error.hint) assert.ok(error.message.endsWith(error.hint))
      if (error.field) assert.ok(error.message.includes(`field: ${error.field}`), error.message)
    })
  }
})

describe('arguments of the wrong type are refused by name', () => {
  const wrong = [
    ['nothing at all', () => extractClips(), 'video'],
    ['a number for a path', () => probe(42), 'video'],
    ['null for a path', () => analyze(null), 'video'],
    ['a URL of the web', () => probe(new URL('https://example.org/talk.mp4')), 'video'],
    ['a file on another host', () => probe(new URL('file://host/talk.mp4')), 'video'],
    ['a text for options', () => select(talk(), 'fast'), 'options'],
    ['an array for options', () => select(talk(), []), 'options'],
    ['a function for a number', () => select(talk(), { count: () => 2 }), 'count'],
    ['a symbol', () => select(talk(), { tail: Symbol('tail') }), 'tail'],
    ['a big integer', () => select(talk(), { count: 2n }), 'count'],
    ['a date for a path', () => select(talk(), { transcript: new Date() }), 'transcript'],
    ['two spellings', () => select(talk(), { minDuration: 3, min_duration: 4 }), 'minDuration'],
    ['an option of another call', () => probe(talk(), { count: 2 }), 'count'],
    ['no signal', () => select(talk(), { signal: {} }), 'signal'],
    ['no function', () => select(talk(), { onProgress: 'log' }), 'onProgress'],
    ['a number for the folder', () => extractClips(talk(), { outDir: 1 }), 'outDir'],
    ['no folder', () => render('other.json'), 'outDir'],
    ['a number for an engine', () => transcribe(talk(), { engine: 7 }), 'engine'],
    ['a buffer for a transcript', () => select(talk(), { transcript: Buffer.from('x') }), 'transcript'],
    ['no manifest', () => render(undefined, { outDir: 'out' }), 'manifest'],
    ['a cycle', () => render(cycle(), { outDir: 'out' }), undefined],
  ]
  for (const [name, call, field] of wrong) {
    test(name, async () => {
      const promise = call()
      assert.ok(promise instanceof Promise)
      const error = await rejection(promise)
      assert.equal(error.code, 'config.invalid', error.message)
      if (field) assert.equal(error.field, field)
    })
  }
})

function cycle() {
  const manifest = {}
  manifest.source = manifest
  return manifest
}

test('a manifest that is no manifest says where', async () => {
  const error = await rejection(render({ version: 1, generator: 'x', source: { path: 3 } }, { outDir: 'out' }))
  assert.deepEqual([error.code, error.field], ['manifest.invalid', 'source.path'])
})

test('what a getter throws is what the promise is rejected with', async () => {
  const mine = new RangeError('mine')
  const options = {
    get count() {
      throw mine
    },
  }
  assert.equal(await rejection(select(talk(), options)), mine)
})

test('what a strange signal throws is what the promise is rejected with', async () => {
  const mine = new RangeError('mine')
  const addEventListener = () => {
    throw mine
  }
  const signal = { aborted: false, addEventListener, removeEventListener() {} }
  assert.equal(await rejection(select(talk(), { signal })), mine)
})

test('synchronous calls throw the same errors', () => {
  const code = (call) => {
    try {
      call()
    } catch (error) {
      assert.ok(error instanceof OpusClipError)
      return [error.code, error.field]
    }
  }
  assert.deepEqual(code(() => probeSync(media('bad/empty.mp4'))), ['media.empty', undefined])
  assert.deepEqual(code(() => probeSync()), ['config.invalid', 'video'])
  assert.deepEqual(code(() => readTranscriptSync(media('transcripts/empty.srt'))), ['transcript.empty', undefined])
  assert.deepEqual(code(() => readTranscriptSync({})), ['config.invalid', 'path'])
  assert.deepEqual(code(() => runCli('probe')), ['config.invalid', 'argv'])
})

test('a failed job leaves nothing behind', async (t) => {
  const outDir = join(scratch(t), 'out')
  const failing = extractClips(media('bad/flipped_heavily.mp4'), { outDir, ...QUICK })
  assert.equal((await rejection(failing)).code, 'media.damaged')
  assert.deepEqual(entries(outDir), [])
})

test('paths may be file URLs, with blanks and letters of any script', async (t) => {
  const path = written(scratch(t), 'ein Gespräch 100%.srt', '1\n00:00:01,000 --> 00:00:02,000\nHallo.\n')
  const transcript = await readTranscript(pathToFileURL(path))
  assert.equal(transcript.cues[0].text, 'Hallo.')
  assert.deepEqual(readTranscriptSync(path), transcript)
})
