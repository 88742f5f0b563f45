// Builds the addon and writes its declarations. `napi build` does the same, but names a target to cargo, which keeps what
// is built for a named target apart: the core and all it stands on would be built twice.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { generateTypeDef, parseTriple } from '@napi-rs/cli'

const CRATE = 'opusclip-node'
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const output = join(root, 'bindings-node', 'dist')

const run = (command, args, options) => execFileSync(command, args, { cwd: root, maxBuffer: 1 << 26, ...options }).toString()
const host = run('rustc', ['-vV']).match(/^host: (.*)$/m)[1]
const { platform, platformArchABI } = parseTriple(host)
const targetDir = JSON.parse(run('cargo', ['metadata', '--format-version', '1', '--no-deps'])).target_directory

// The derive macros write the declarations here as they expand; what is not compiled again stays.
const declarations = join(targetDir, 'napi-types')
mkdirSync(declarations, { recursive: true })
// What forces them to be written is the same from then on, lest each build be another one.
const stamp = `${declarations}.stamp`
if (!existsSync(join(declarations, CRATE)) || !existsSync(stamp)) writeFileSync(stamp, `${Date.now()}`)
const env = {
  ...process.env,
  NAPI_TYPE_DEF_TMP_FOLDER: declarations,
  NAPI_FORCE_BUILD_OPUSCLIP_NODE: readFileSync(stamp, 'utf8'),
}
execFileSync('cargo', ['build', '--release', '--package', CRATE], { cwd: root, env, stdio: 'inherit' })

const [prefix, suffix] = { win32: ['', 'dll'], darwin: ['lib', 'dylib'] }[platform] ?? ['lib', 'so']
mkdirSync(output, { recursive: true })
const library = join(targetDir, 'release', `${prefix}${CRATE.replace('-', '_')}.${suffix}`)
copyFileSync(library, join(output, `opusclip.${platformArchABI}.node`))
const { dts } = await generateTypeDef({
  typeDefDir: declarations,
  configDtsHeaderFile: 'bindings-node/types.d.ts',
  cwd: root,
})
writeFileSync(join(output, 'index.d.ts'), dts)
