// The package as it is found: by require and by import, under its own name.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'

import * as imported from 'opusclip'

import { ROOT, scratch } from './support.mjs'

const require = createRequire(import.meta.url)

test('require and import give the same functions', () => {
  const required = require('opusclip')
  assert.equal(require(ROOT), required)
  const names = Object.keys(imported).filter((name) => !['default', 'module.exports'].includes(name))
  assert.deepEqual(names.sort(), Object.keys(required).sort())
  for (const name of names) assert.equal(imported[name], required[name], name)
})

test('every function of the addon is handed on, and index.d.ts declares it', () => {
  const names = Object.keys(require('opusclip')).sort()
  const { platform, arch } = process
  const addon = Object.keys(process.report ? require.cache : {}).find((path) => path.endsWith('.node'))
  assert.ok(addon.includes(`${platform}-${arch}`), addon)
  // These are written in JavaScript, over classes of the addon's.
  const own = [
    'AnalyticsCollector', 'AnalyticsDashboard', 'AnalyticsProcessor', 'AutoScalingEngine', 'Discovery', 'Fleet',
    'HealthChecker', 'LoadBalancer', 'ProcessPool', 'autoScalingEngine', 'dnsSource', 'kedaService', 'loadBalancer',
  ]
  const handed = names.filter((name) => !own.includes(name))
  const behind = [
    'NativeBalancer', 'NativeCheckRules', 'NativeCollector', 'NativeFleet', 'NativePool', 'NativeRefresh', 'NativeScaler',
  ]
  assert.deepEqual(Object.keys(require(addon)).sort(), [...handed, ...behind].sort())
  const declared = readFileSync(join(ROOT, 'bindings-node', 'index.d.ts'), 'utf8')
  const found = [...declared.matchAll(/^export declare (?:function|class|const) (\w+)/gm)].map((match) => match[1])
  assert.deepEqual(found.sort(), names)
})

test('a missing addon says how to build it', (t) => {
  const folder = join(scratch(t), 'opusclip')
  mkdirSync(folder)
  copyFileSync(join(ROOT, 'bindings-node', 'index.js'), join(folder, 'index.js'))
  assert.throws(() => require(folder), { code: 'MODULE_NOT_FOUND', message: /npm run build.*Rust.*FFmpeg/ })
})

test('what describes the library', () => {
  assert.match(imported.ffmpegVersion(), /^libavutil \d+\.\d+\.\d+/)
  assert.ok('min_duration' in imported.schema().$defs.ExtractOptions.properties)
})
