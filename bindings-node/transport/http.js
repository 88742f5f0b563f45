// Requests of `node:http`, each of which goes to an instance that a balancer picks.
'use strict'

const http = require('node:http')
const https = require('node:https')
const { Readable, finished, pipeline } = require('node:stream')
const { setTimeout: sleep } = require('node:timers/promises')

const { Attempts, DISCARDED, baseOf, endOf, outcomeOf, sendable, settings } = require('./attempts.js')

exports.balancedRequest = (balancer, { agent, ...options } = {}) => {
  const checked = settings(balancer, options)
  return (path = '/', call = {}) => exchange(checked, agent, path, call)
}

/** Attempts until one is answered. */
async function exchange(checked, agent, path, { body: given, ...call }) {
  const body = sendable(given)
  const { method = 'GET', headers, signal } = call
  signal?.throwIfAborted()
  const attempts = new Attempts(checked, { method, path, headers, replayable: body.replayable })
  let pick = attempts.begin()
  for (;;) {
    const { response, error } = await send(pick, path, body, { ...call, method, agent })
    const end = response ? endOf(response.statusCode, response.headers['retry-after']) : failure(error, body, signal)
    const failed = error !== undefined || response.statusCode >= 429
    const next = failed ? attempts.fail(end) : {}
    if (next.pick === undefined && next.wait === undefined) {
      if (error !== undefined) throw signal?.aborted ? signal.reason : error
      follow(response, signal, checked.unread, (end) => attempts.end(end), end)
      return response
    }
    if (response !== undefined) discard(response)
    if (next.wait !== undefined) await rest(next.wait, signal)
    pick = next.pick ?? attempts.again()
  }
}

function rest(seconds, signal) {
  return sleep(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted())
}

function failure(error, body, signal) {
  if (signal?.aborted) return outcomeOf(signal.reason)
  return body.failed() ? { outcome: 'cancelled' } : outcomeOf(error)
}

/** One attempt, which gives a response or an error. */
function send(pick, path, { body }, { timeout, ...call }) {
  return new Promise((resolve) => {
    const fail = (error) => resolve({ error })
    let timer
    try {
      const { url, prefix } = baseOf(pick)
      const request = (url.protocol === 'https:' ? https : http).request(url, { ...call, path: `${prefix}${path}` })
      if (timeout !== undefined) {
        const error = new DOMException(`There was no response within ${timeout} s`, 'TimeoutError')
        timer = setTimeout(() => request.destroy(error), timeout * 1000)
      }
      request.once('close', () => clearTimeout(timer))
      // Stays: what breaks off later must not end the process.
      request.on('error', fail)
      request.once('response', (response) => {
        clearTimeout(timer)
        resolve({ response })
      })
      write(request, body, fail)
    } catch (error) {
      fail(error)
    }
  })
}

function write(request, body, fail) {
  if (body == null) request.end()
  else if (typeof body === 'string' || ArrayBuffer.isView(body)) request.end(body)
  else if (body instanceof ArrayBuffer) request.end(new Uint8Array(body))
  else if (body instanceof FormData) throw new TypeError('body: node:http cannot send FormData; use opusclip/undici')
  else {
    const stream = body instanceof Blob ? body.stream() : body
    const read = () => pipeline(Readable.from(stream), request, (error) => error && fail(error))
    // What nobody listens to must not have been read: it can be sent elsewhere.
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once(socket.encrypted ? 'secureConnect' : 'connect', read)
      else read()
    })
  }
}

/** The request is in flight until its body has ended, or nobody has read of it for so many seconds. */
function follow(response, signal, unread, tell, end) {
  let seen
  const timer = setInterval(() => {
    const now = `${response.socket?.bytesRead} ${response.readableLength}`
    const waiting = response.readableLength > 0 || response.complete
    if (waiting && now === seen) over(end)
    seen = now
  }, unread * 1000).unref()
  const over = (end) => {
    clearInterval(timer)
    tell(end)
  }
  finished(response, (error) => over(error == null ? end : outcomeOf(signal?.aborted ? signal.reason : error)))
}

/** Read what nobody wants, so that its connection can be used again. */
function discard(response) {
  let bytes = 0
  response.on('error', () => {})
  response.on('data', (chunk) => {
    bytes += chunk.length
    if (bytes > DISCARDED) response.destroy()
  })
}
