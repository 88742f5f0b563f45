// The whole job in one call: node basic.mjs talk.mp4 [talk.srt] [folder]
import { OpusClipError, extractClips } from 'opusclip'

const [video, captions, outDir = 'clips'] = process.argv.slice(2)
const transcript = captions || undefined

try {
  const report = await extractClips(video, { outDir, transcript, count: 3, minDuration: 10, overwrite: true })
  for (const clip of report.clips) {
    console.log(`${clip.video}  ${clip.start.toFixed(1)}-${clip.end.toFixed(1)} s  ${clip.score.toFixed(2)}  ${clip.reason}`)
  }
  console.log(report.contactSheet)
} catch (error) {
  if (!(error instanceof OpusClipError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
