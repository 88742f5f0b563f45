// The declarations: generated, committed, and what a strict compiler accepts.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { declarations, types } from '../../bindings-node/scripts/types.mjs'
import { ROOT } from './support.mjs'

const text = (...path) => readFileSync(join(ROOT, 'bindings-node', ...path), 'utf8')

/** Equal, or which line is not: the whole of both would fill the screen. */
function same(file, got, wanted) {
  const lines = wanted.split('\n')
  const line = got.split('\n').findIndex((text, index) => text !== lines[index])
  assert.ok(got === wanted, `line ${line + 1} of ${file} is out of date; run \`npm run types\` and commit the result`)
}

test('types.d.ts is what the schema gives', async () => {
  same('types.d.ts', text('types.d.ts'), await types())
})

test('index.d.ts is what the build gives', () => {
  same('index.d.ts', text('index.d.ts'), declarations())
})

test('tsc --strict accepts what may be written, and refuses what may not', () => {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const done = spawnSync(process.execPath, [tsc, '--strict', '--noEmit', '-p', join(ROOT, 'tests', 'node')])
  assert.equal(done.status, 0, String(done.stdout))
})
