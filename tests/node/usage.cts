// Checked by tsc, never run: the calls as a CommonJS module writes them.
import opusclip = require('opusclip')

async function main(): Promise<void> {
  const { clips, notes } = await opusclip.extractClips('talk.mp4', { outDir: 'clips' })
  const scores: number[] = clips.map((clip) => clip.score)
  console.log(scores, notes)
}

void main()
