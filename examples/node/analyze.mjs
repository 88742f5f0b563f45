// Two halves of a video analysed side by side, joined, and written as a page: node analyze.mjs talk.mp4 [page.html]
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'

import { OpusClipError, analysisToHtml, analyzePart, mergeParts, probe } from 'opusclip'

const [video, page = 'analysis.html'] = process.argv.slice(2)

try {
  const { duration } = await probe(video)
  const middle = (duration ?? 2) / 2
  // The second half goes on to the end of the file, wherever that really is.
  const parts = await Promise.all([analyzePart(video, { end: middle }), analyzePart(video, { start: middle })])
  const analysis = await mergeParts(parts)
  for (const { kind, start, confidence } of analysis.boundaries) {
    console.log(`${start.toFixed(3)} s  ${kind}  ${Math.round(confidence * 100)} % sure`)
  }
  await writeFile(page, analysisToHtml(analysis, { title: basename(video) }))
  console.log(page)
} catch (error) {
  if (!(error instanceof OpusClipError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
