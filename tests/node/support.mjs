// What the tests share: generated media, real samples, fresh folders, options that make rendering quick.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MEDIA = process.env.OPUSCLIP_TEST_MEDIA || join(ROOT, 'target', 'test-media')
const SAMPLES = process.env.OPUSCLIP_SAMPLES || join(ROOT, '..', 'shared', 'samples', 'video')

// Tests neither read nor fill the user's own cache of analyses.
process.env.OPUSCLIP_CACHE_DIR ||= join(ROOT, 'target', 'test-cache')

export const QUICK = { count: 2, minDuration: 3, maxDuration: 6, width: 270, height: 480, speed: 'ultrafast' }
/** Takes several seconds, so that there is something to stop. */
export const SLOW = { count: 3, minDuration: 15, maxDuration: 30, speed: 'slow' }

/** The path of a generated file. */
export function media(name) {
  const path = join(MEDIA, name)
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`make media\``)
  return path
}

/** The path of a real sample, or nothing: the folder is optional. */
export function sample(name) {
  const path = join(SAMPLES, name)
  return existsSync(path) ? path : undefined
}

/** `frame_rate` to `frameRate`. */
export const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())

/** A fresh folder, removed after the test. */
export function scratch(t) {
  const folder = mkdtempSync(join(tmpdir(), 'opusclip-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Everything in a folder that may not exist. */
export const entries = (folder) => (existsSync(folder) ? readdirSync(folder) : [])

/** What a promise is rejected with. */
export async function rejection(promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`wanted a rejection, got ${JSON.stringify(value)}`)
}
