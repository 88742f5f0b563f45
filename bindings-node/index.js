// Loads the addon for this platform. Every name is listed, so that `import { extractClips } from 'opusclip'` finds it.
'use strict'

const addon = load()

exports.OpusClipError = addon.OpusClipError
exports.analyze = addon.analyze
exports.errorCodes = addon.errorCodes
exports.extractClips = addon.extractClips
exports.ffmpegVersion = addon.ffmpegVersion
exports.probe = addon.probe
exports.probeSync = addon.probeSync
exports.readManifest = addon.readManifest
exports.readTranscript = addon.readTranscript
exports.readTranscriptSync = addon.readTranscriptSync
exports.render = addon.render
exports.runCli = addon.runCli
exports.schema = addon.schema
exports.select = addon.select

function load() {
  const file = `opusclip.${triple()}.node`
  try {
    return require(`./dist/${file}`)
  } catch (cause) {
    const missing = cause.code === 'MODULE_NOT_FOUND'
    const message = missing
      ? `opusclip: ${file} is missing, so this package was not built for this platform; run \`npm run build\` in the ` +
        'repository (it needs Rust, and the development libraries of FFmpeg 5.1 or newer)'
      : `opusclip: ${file} cannot be loaded: ${cause.message}; the shared libraries of FFmpeg it was built with must be ` +
        'installed, or run `npm run build` in the repository (it needs Rust and the development libraries of FFmpeg)'
    throw Object.assign(new Error(message, { cause }), { code: cause.code })
  }
}

// As @napi-rs/cli names platforms.
function triple() {
  const { platform, arch } = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  const libc = process.report?.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'
  return `linux-${arch}-${arch === 'arm' ? `${libc}eabihf` : libc}`
}
