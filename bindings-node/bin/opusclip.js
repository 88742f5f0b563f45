#!/usr/bin/env node
// The same command as the Rust binary.
'use strict'

const { runCli } = require('../index.js')

process.exitCode = runCli(['opusclip', ...process.argv.slice(2)])
