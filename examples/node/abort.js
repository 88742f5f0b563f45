// Progress, and Ctrl-C or a time limit that stops the work cleanly: node abort.js talk.mp4 [seconds] [folder]
const { extractClips } = require('opusclip')

async function main([video, seconds = '600', outDir = 'clips']) {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort(new Error('Ctrl-C')))
  const timer = setTimeout(() => controller.abort(new Error(`more than ${seconds} s`)), Number(seconds) * 1000)
  try {
    const { clips } = await extractClips(video, {
      outDir,
      overwrite: true,
      signal: controller.signal,
      onProgress: ({ stage, fraction, remaining }) => {
        const left = remaining === null ? '' : `, ${remaining.toFixed(0)} s left`
        console.log(`${stage} ${(fraction * 100).toFixed(0)} %${left}`)
      },
    })
    console.log(`${clips.length} clips in ${outDir}`)
  } catch (error) {
    if (error.name !== 'AbortError') throw error
    console.log(`stopped: ${error.cause.message}; nothing was left in ${outDir}`)
  } finally {
    clearTimeout(timer)
  }
}

main(process.argv.slice(2))
