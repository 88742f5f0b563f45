// The runner of tests/vectors/clip/*.json; tests/vectors/README.md says how.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import {
  analysisToCsv,
  analyze,
  analyzePart,
  cacheInfo,
  checkUpload,
  clearCache,
  exportClips,
  extractClips,
  mergeParts,
  probe,
  readSubtitles,
  readTranscript,
  render,
  segmentTopics,
  select,
  transcriptToSrt,
  transcriptToVtt,
} from 'opusclip'

import { ROOT, camel, media, rejection, sample, scratch } from './support.mjs'

const FOLDER = join(ROOT, 'tests', 'vectors', 'clip')
const SKIPPED = Symbol('an optional file is missing')

const CALLS = {
  probe: ({ video }) => probe(video),
  analyze: ({ video, options }) => analyze(video, options),
  analyze_parts: async ({ video, from = 0, cuts, to, options }) => {
    const [starts, ends] = [[from, ...cuts], [...cuts, to]]
    const parts = starts.map((start, index) => analyzePart(video, { start, end: ends[index], ...options }))
    return mergeParts(JSON.parse(JSON.stringify(await Promise.all(parts))))
  },
  analysis_csv: async ({ video, options }) => analysisToCsv(await analyze(video, options)),
  cache_info: ({ dir }) => cacheInfo(dir),
  clear_cache: ({ dir }) => clearCache(dir),
  select: ({ video = null, transcript, options }) => select(video, { transcript, ...options }),
  extract: ({ video, transcript, outDir, options }) => extractClips(video, { transcript, outDir, ...options }),
  render: ({ manifest, outDir, options }) => render(manifest, { outDir, ...options }),
  export: ({ manifest, format, outDir }) => exportClips(manifest, format, { outDir }),
  check_upload: ({ video, platform }) => checkUpload(video, platform),
  read_transcript: ({ transcript }) => readTranscript(transcript),
  read_subtitles: ({ video, options }) => readSubtitles(video, options),
  to_srt: async ({ transcript }) => transcriptToSrt(await readTranscript(transcript)),
  to_vtt: async ({ transcript }) => transcriptToVtt(await readTranscript(transcript)),
  segment_topics: async ({ sentences, options }) => segmentTopics(sentences, options),
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  const { about, cases } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
  describe(`${file}: ${about}`, () => {
    for (const { name, call, args, expect, tolerance = 1e-6 } of cases) {
      test(name, async (t) => {
        const folder = scratch(t)
        const resolved = resolve(args, folder)
        if (resolved === SKIPPED) return t.skip('the samples are not here')
        const work = CALLS[call](resolved)
        if (expect.same !== undefined) {
          const found = await work
          return assert.deepEqual(found, await CALLS[expect.same.call](resolve(expect.same.args, folder)))
        }
        if (expect.error === undefined) return match(await work, expect.value, tolerance, 'value')
        const error = await rejection(work)
        for (const [key, wanted] of Object.entries(expect.error)) {
          assert.equal(error[key], key === 'field' ? camel(wanted) : wanted, `${key} of ${error.message}`)
        }
      })
    }
  })
}

/** Names in camel case, paths in place of their short forms. */
function resolve(value, folder, inOptions = false) {
  if (typeof value === 'string') {
    const [, kind, name] = value.match(/^(media|file|sample|tmp):(.*)$/s) ?? []
    if (kind === 'media') return media(name)
    if (kind === 'file') return join(ROOT, 'tests', 'vectors', 'files', name)
    if (kind === 'sample') return sample(name) ?? SKIPPED
    if (kind === 'tmp') return join(folder, name)
    return inOptions && ['NaN', 'Infinity', '-Infinity'].includes(value) ? Number(value) : value
  }
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.entries(value).map(([key, v]) => [camel(key), resolve(v, folder, inOptions || key === 'options')])
  if (inner.some(([, v]) => v === SKIPPED)) return SKIPPED
  return Array.isArray(value) ? inner.map(([, v]) => v) : Object.fromEntries(inner)
}

function match(got, wanted, tolerance, at) {
  const wrong = `${at} is ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`
  if (typeof wanted === 'number') {
    assert.ok(typeof got === 'number' && Math.abs(got - wanted) <= tolerance, wrong)
  } else if (Array.isArray(wanted)) {
    assert.ok(Array.isArray(got) && got.length === wanted.length, wrong)
    wanted.forEach((item, index) => match(got[index], item, tolerance, `${at}[${index}]`))
  } else if (typeof wanted !== 'object' || wanted === null) {
    assert.ok(got === wanted || (wanted === null && got === undefined), wrong)
  } else if ('$any' in wanted) {
    assert.ok(got !== null && got !== undefined, wrong)
  } else if ('$length' in wanted) {
    assert.ok(Array.isArray(got) && got.length === wanted.$length, wrong)
  } else if ('$min' in wanted || '$max' in wanted) {
    const { $min = -Infinity, $max = Infinity } = wanted
    assert.ok(typeof got === 'number' && $min <= got && got <= $max, wrong)
  } else {
    for (const [key, value] of Object.entries(wanted)) match(got?.[camel(key)], value, tolerance, `${at}.${key}`)
  }
}

test('matching is as strict as the README says', () => {
  const fits = (got, wanted) => {
    try {
      match(got, wanted, 1e-6, 'value')
      return true
    } catch {
      return false
    }
  }
  assert.ok(fits({ aB: 1, c: 2 }, { a_b: 1.0000001 }) && !fits({ a: 1 }, { a: 1.1 }) && !fits({ a: 1 }, { b: 1 }))
  assert.ok(fits([1, 2], { $length: 2 }) && !fits([1], { $length: 2 }) && !fits([1, 2], [1]))
  assert.ok(fits(3, { $min: 3, $max: 3 }) && !fits(null, { $min: 3 }))
  assert.ok(fits(false, { $any: true }) && !fits(null, { $any: true }) && fits(null, null) && !fits('x', 'y'))
})
