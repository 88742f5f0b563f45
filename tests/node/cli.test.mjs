// `npx opusclip` is the same command as the Rust binary.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { ROOT, media, scratch } from './support.mjs'

const BIN = join(ROOT, 'bindings-node', 'bin', 'opusclip.js')
const run = (...args) => spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' })

test('it says its version', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const done = run('--version')
  assert.deepEqual([done.status, done.stdout, done.stderr], [0, `opusclip ${version}\n`, ''])
})

test('it prints JSON', () => {
  const done = run('probe', '--json', media('talk.mp4'))
  assert.equal(done.status, 0, done.stderr)
  assert.equal(JSON.parse(done.stdout).container, 'mp4')
})

test('it ends with the documented status', () => {
  assert.equal(run('probe', media('bad/empty.mp4')).status, 3)
  assert.equal(run('extract', media('talk.mp4'), '--count', '0').status, 2)
  assert.equal(run('nonsense').status, 2)
})

test('it writes clips, and overwrites none', (t) => {
  const out = join(scratch(t), 'out')
  const args = ['extract', media('talk.mp4'), '--out', out, '-n', '1', '--min', '3', '--max', '5', '--size', '270x480']
  const done = run(...args, '--speed', 'ultrafast')
  assert.equal(done.status, 0, done.stderr)
  assert.ok(existsSync(join(out, 'clip-01.mp4')))
  assert.equal(run(...args).status, 5)
})

test('Ctrl-C stops it, with status 130 and nothing left behind', async (t) => {
  const out = join(scratch(t), 'out')
  const child = spawn(process.execPath, [BIN, 'extract', media('talk.mp4'), '--out', out, '--speed', 'slow'])
  const waited = performance.now()
  while (!existsSync(out) && performance.now() - waited < 10_000) await new Promise((done) => setTimeout(done, 20))
  await new Promise((done) => setTimeout(done, 300))
  const asked = performance.now()
  child.kill('SIGINT')
  const status = await new Promise((done) => child.once('exit', (code) => done(code)))
  t.diagnostic(`ended ${(performance.now() - asked).toFixed(0)} ms after Ctrl-C`)
  assert.equal(status, 130)
  assert.equal(existsSync(out), false)
})
