// Callbacks of the caller's own: used, failing, hanging, giving nonsense; speech to text; words from elsewhere.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

import {
  OpusClipError,
  extractClips,
  readManifest,
  readSubtitles,
  readTranscript,
  render,
  segmentTopics,
  select,
  selectionToHtml,
  transcribe,
  transcriptToSrt,
  transcriptToVtt,
} from 'opusclip'

import { QUICK, ROOT, media, rejection, scratch } from './support.mjs'

const talk = media('talk.mp4')
const srt = media('talk.srt')
const subtitled = media('chapters_subs.mkv')

const SAID = {
  segments: [{ start: 0.6, end: 9, text: ' Four towers stood here. Each of them learned a lesson.' }],
}
const GOOD = {
  embed: (sentences) => sentences.map((_, place) => [place, 1]),
  score: (contenders) => contenders.map(() => 0.5),
  describe: () => ({ title: 'Mine' }),
  transcribe: () => SAID,
}
const NONSENSE = {
  embed: [[undefined, 'embed'], [[[1], ['x']], 'embed[1][0]'], [[[1]], 'embed'], [new Map(), 'embed']],
  score: [['high', 'score'], [[0.5, null], 'score[1]'], [[0.5], 'score'], [() => 1, 'score']],
  describe: [[{ title: 7 }, 'describe.title'], [{ titel: 'x' }, 'describe'], [[1], 'describe']],
  transcribe: [
    [undefined, 'transcribe'],
    [7, 'transcribe'],
    ['hello', 'transcribe'],
    [{ text: 7 }, 'transcribe'],
    [{ segments: [{ start: 'x' }] }, 'transcribe'],
    [Symbol('x'), 'transcribe'],
  ],
}
const NAMES = Object.keys(GOOD)
const never = () => new Promise(() => {})

/** Choose with these callbacks: by words alone, or of the video where its words have to be heard. */
function choose(options) {
  const all = { count: 2, minDuration: 5, maxDuration: 15, ...options }
  return 'transcribe' in options ? select(talk, all) : select(null, { transcript: srt, ...all })
}

describe('what callbacks say is used', () => {
  for (const [kind, row] of [
    ['lists', (first) => [first, 1 - first]],
    ['typed arrays', (first) => Float32Array.of(first, 1 - first)],
  ]) {
    test(`embeddings as ${kind}`, async () => {
      let half
      const embed = (sentences) => {
        half = Math.floor(sentences.length / 2)
        return sentences.map((_, place) => row(place < half ? 1 : 0))
      }
      const { topics } = await choose({ embed })
      assert.ok(topics.some(({ firstSentence }) => firstSentence === half), `${half}`)
    })
  }

  test('scores', async () => {
    const score = (contenders) => contenders.map(({ text }) => (text.includes('oak tree') ? 1 : 0.1))
    const { clips } = await choose({ score, count: 1 })
    assert.ok(clips[0].text.includes('oak tree'))
    assert.equal(clips[0].score, 1)
  })

  test('descriptions', async () => {
    const asked = []
    const describe = (request) => {
      asked.push(request)
      return { title: 'Mine', hashtags: ['#mine'] }
    }
    const { clips } = await choose({ describe })
    assert.equal(asked.length, 2)
    clips.forEach(({ text, post }, place) => {
      assert.equal(asked[place].text, text)
      assert.deepEqual(post, { ...asked[place].post, title: 'Mine', hashtags: ['#mine'], extractive: false })
    })
  })
})

for (const name of NAMES) {
  describe(`${name}:`, () => {
    const failure = new RangeError('no such model')

    test('what it throws is the cause', async () => {
      const throwing = () => {
        throw failure
      }
      for (const callback of [throwing, async () => throwing(), () => Promise.reject(failure)]) {
        const error = await rejection(choose({ [name]: callback }))
        assert.ok(error instanceof OpusClipError)
        assert.deepEqual([error.code, error.field, error.cause], ['callback.failed', name, failure])
        assert.match(error.message, /no such model/)
      }
    })

    test('nonsense is refused with its place', async () => {
      for (const [answer, place] of NONSENSE[name]) {
        for (const callback of [() => answer, async () => answer]) {
          const error = await rejection(choose({ [name]: callback }))
          assert.equal(error.code, 'callback.invalid', String(answer))
          assert.ok(error.field.replaceAll('.[', '[').startsWith(place), error.field)
        }
      }
    })

    test('a promise does as well', async () => {
      const later = async (input) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return GOOD[name](input)
      }
      assert.deepEqual(await choose({ [name]: later }), await choose({ [name]: GOOD[name] }))
    })

    test('our own stands in where asked for', async () => {
      const { clips, notes } = await choose({ callbackFallback: true, [name]: () => Promise.reject(failure) })
      assert.ok(clips.length > 0)
      assert.ok(notes.some((note) => note.startsWith(`${name} failed`) && note.includes('no such model')), `${notes}`)
    })

    test('one that hangs does not outlive its time limit', async () => {
      const limit = name === 'transcribe' ? { timeLimit: 1 } : { callbackTimeLimit: 0.2 }
      const error = await rejection(choose({ ...limit, [name]: never }))
      const code = name === 'transcribe' ? 'limit.time' : 'callback.timeout'
      assert.equal(error.code, code)
      if (name !== 'transcribe') assert.equal(error.field, name)
    })

    test('a job is aborted while it runs', async () => {
      const controller = new AbortController()
      let asked
      const callback = () => {
        asked = performance.now()
        controller.abort()
        return never()
      }
      const error = await rejection(choose({ signal: controller.signal, [name]: callback }))
      assert.equal(error.name, 'AbortError')
      assert.ok(performance.now() - asked < 1000)
    })

    test('a process ends while it hangs', () => {
      const words = name === 'transcribe' ? '' : `transcript: ${JSON.stringify(srt)},`
      const code = `
        const { select } = require(${JSON.stringify(ROOT)})
        const controller = new AbortController()
        const ${name} = () => { controller.abort(); return new Promise(() => {}) }
        select(${JSON.stringify(talk)}, { ${words} ${name}, signal: controller.signal })
          .catch((error) => console.log(error.code))`
      const done = spawnSync(process.execPath, ['-e', code], { timeout: 60_000, encoding: 'utf8' })
      assert.deepEqual([done.status, done.stdout], [0, 'cancelled\n'], done.stderr)
      const exits = code.replace('controller.abort()', 'process.exit(7)')
      assert.equal(spawnSync(process.execPath, ['-e', exits], { timeout: 60_000 }).status, 7)
    })

    test('what is no function is refused by name', async () => {
      const error = await rejection(choose({ [name]: 7 }))
      assert.deepEqual([error.code, error.field], ['config.invalid', name])
    })
  })
}

test('a worker is terminated while a callback hangs', async () => {
  const code = `
    const { parentPort } = require('node:worker_threads')
    const { select } = require(${JSON.stringify(ROOT)})
    const score = () => { parentPort.postMessage('hangs'); return new Promise(() => {}) }
    select(null, { transcript: ${JSON.stringify(srt)}, callbackTimeLimit: 0, score }).catch(() => {})`
  const worker = new Worker(code, { eval: true })
  await new Promise((resolve) => worker.once('message', resolve))
  const asked = performance.now()
  await worker.terminate()
  assert.ok(performance.now() - asked < 2000)
})

describe('speech to text', () => {
  test('engines get the sound of the file', async () => {
    const chunks = []
    const engine = (chunk) => {
      chunks.push(chunk)
      return ''
    }
    const heard = []
    const said = await transcribe(talk, { engine, chunkSeconds: 30, language: 'en', onProgress: (p) => heard.push(p) })
    assert.deepEqual([said.words, said.language], [[], 'en'])
    assert.deepEqual([heard.at(-1).stage, heard.at(-1).fraction], ['transcribe', 1])
    assert.ok(chunks.length >= 3 && chunks[0].start < 0.1 && Math.abs(chunks.at(-1).end - 75) < 0.2)
    for (const { start, end, sampleRate, samples, toWav } of chunks) {
      assert.equal(sampleRate, 16_000)
      assert.ok(samples instanceof Float32Array && Math.abs(samples.length - (end - start) * 16_000) <= 1)
      const wav = toWav()
      assert.ok(Buffer.isBuffer(wav) && wav.length === 44 + 2 * samples.length)
      assert.equal(wav.subarray(0, 4).toString(), 'RIFF')
      const loudest = samples.reduce((best, value, place) => (Math.abs(value) > Math.abs(samples[best]) ? place : best), 0)
      assert.ok(Math.abs(wav.readInt16LE(44 + 2 * loudest) / 32767 - samples[loudest]) < 1e-4)
    }
  })

  test('engines answer as they like', async () => {
    const text = 'Four towers stood here. Each of them learned a lesson.'
    const first = await transcribe(talk, { engine: () => SAID })
    for (const answer of [
      SAID.segments,
      `1\n00:00:00,600 --> 00:00:09,000\n${text}\n`,
      `WEBVTT\n\n00:00.600 --> 00:09.000\n${text}\n`,
      JSON.stringify(SAID),
      first,
    ]) {
      const said = await transcribe(talk, { engine: () => answer })
      assert.deepEqual(said.cues.map((cue) => [cue.start, cue.text]), [[0.6, text]])
    }
    const { clips } = await choose({ transcribe: () => SAID, minDuration: 3 })
    assert.equal(clips[0].text, text)
  })

  test('an engine by command', async () => {
    const said = await transcribe(talk, { command: ['echo', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n\nNOTE'] })
    assert.equal(said.words[0].text, 'Hello')
    assert.equal((await rejection(transcribe(talk, { command: ['false'] }))).code, 'engine.failed')
  })

  test('one engine and no other', async () => {
    const refused = async (options) => {
      const { code, field } = await rejection(transcribe(talk, options))
      return [code, field]
    }
    assert.deepEqual(await refused(), ['config.invalid', 'model'])
    assert.deepEqual(await refused({ engine: 7 }), ['config.invalid', 'engine'])
    assert.deepEqual(await refused({ engine: () => '', command: ['true'] }), ['config.invalid', 'engine'])
    assert.deepEqual(await refused({ engine: () => '', chunkSeconds: 5 }), ['config.out_of_range', 'chunkSeconds'])
    const silent = transcribe(media('no_audio.mp4'), { engine: () => '' })
    assert.equal((await rejection(silent)).code, 'media.no_audio')
  })
})

describe('words from elsewhere', () => {
  const options = { count: 1, minDuration: 5, maxDuration: 15 }

  test('transcripts are files, objects and the JSON of engines', async () => {
    const read = await readTranscript(srt)
    const ofFile = await select(talk, { ...options, transcript: pathToFileURL(srt) })
    const ofObject = await select(talk, { ...options, transcript: read })
    assert.deepEqual(ofObject.clips, ofFile.clips)
    const segments = read.cues.map(({ start, end, text }) => ({ start, end, text: ` ${text}` }))
    const ofJson = await select(talk, { ...options, transcript: { language: 'en', segments } })
    assert.equal(ofJson.clips[0].text, ofFile.clips[0].text)
    const error = await rejection(select(talk, { ...options, transcript: { words: 7 } }))
    assert.match(error.code, /^transcript\./)
    assert.equal((await rejection(select(talk, { ...options, transcript: 7 }))).field, 'transcript')
  })

  test('subtitles of the video itself', async () => {
    const said = await readSubtitles(subtitled)
    assert.equal(said.language, 'en')
    const short = { count: 1, minDuration: 2, maxDuration: 6 }
    assert.notEqual((await select(subtitled, short)).clips[0].text, '')
    assert.equal((await select(subtitled, { ...short, subtitles: false })).clips[0].text, '')
    const error = await rejection(readSubtitles(subtitled, { stream: 0 }))
    assert.deepEqual([error.code, error.field], ['transcript.unreadable', 'stream'])
  })

  test('transcripts are written', async (t) => {
    const folder = scratch(t)
    const said = await readTranscript(srt)
    for (const [name, text] of [['a.srt', transcriptToSrt(said)], ['a.vtt', transcriptToVtt(said)]]) {
      writeFileSync(join(folder, name), text)
      const { cues } = await readTranscript(join(folder, name))
      assert.deepEqual(cues.map(({ line, ...cue }) => cue), said.cues.map(({ line, ...cue }) => cue))
    }
    assert.throws(() => transcriptToSrt({ cues: 7 }), { code: 'config.invalid', field: 'transcript.cues' })
  })

  test('topics of any text', () => {
    const text = ['We bake bread.', 'Bread needs flour.', 'Stars shine.', 'A star is far.']
    assert.deepEqual(segmentTopics(text, { count: 2, language: 'en' }), [0, 2])
    assert.deepEqual(segmentTopics([]), [])
    const rows = [[1, 0], [1, 0], [1, 0], [0, 1]]
    const embeddings = rows.map((row) => Float32Array.from(row))
    assert.deepEqual(segmentTopics(text, { embeddings, count: 2 }), segmentTopics(text, { embeddings: rows, count: 2 }))
    for (const wrong of [{ count: 9 }, { count: 0 }, { embeddings: rows.slice(2) }, { embeddings: [[NaN]] }]) {
      assert.throws(() => segmentTopics(text, wrong), (error) => error.field.startsWith(Object.keys(wrong)[0]))
    }
  })
})

test('selections as pages', async () => {
  const selection = await choose({})
  const page = await selectionToHtml(selection, { video: talk, title: 'a <b>', media: 'talk.mp4' })
  assert.ok(page.startsWith('<!DOCTYPE html>') && page.includes('a &lt;b&gt;') && !page.includes('<script'))
  assert.ok(page.includes('data:image/jpeg;base64,'))
  assert.ok(!(await selectionToHtml(selection)).includes('data:image'))
  assert.equal((await rejection(selectionToHtml(selection, { video: 'missing.mp4' }))).code, 'media.not_found')
})

test('a manifest is rendered in place', async (t) => {
  const report = await extractClips(talk, { outDir: join(scratch(t), 'clips'), transcript: srt, ...QUICK })
  const times = () => report.clips.map(({ video }) => statSync(video).mtimeMs)
  const before = times()
  const manifest = JSON.parse(readFileSync(report.manifest, 'utf8'))
  manifest.clips[1].ranges[0].end -= 0.5
  writeFileSync(report.manifest, JSON.stringify(manifest, null, 1))
  const again = await render(report.manifest)
  const after = times()
  assert.ok(after[0] === before[0] && after[1] !== before[1])
  assert.ok(Math.abs(again.clips[1].duration - report.clips[1].duration + 0.5) < 0.05)
  await render(report.manifest, { only: [1], force: true })
  assert.notEqual(times()[0], before[0])
  const error = await rejection(render(await readManifest(report.manifest)))
  assert.deepEqual([error.code, error.field], ['config.invalid', 'outDir'])
})
