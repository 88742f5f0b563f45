// What a request goes through, whoever sends it: a pick, its end, and another pick where that may help.
'use strict'

const { isIdempotent, isRetryable, retryAfter } = require('../index.js')

const DEFAULTS = { retries: 2, maxRetryAfter: 5, unread: 10, key: undefined, subset: undefined }

/** Options of a transport, checked. */
exports.settings = (balancer, options = {}) => {
  if (typeof balancer?.pick !== 'function') throw invalid('balancer', 'it is no LoadBalancer')
  for (const name of Object.keys(options)) {
    if (!(name in DEFAULTS)) throw invalid(name, `there is none such; there are ${Object.keys(DEFAULTS).join(', ')}`)
  }
  const { retries, maxRetryAfter, unread, key, subset } = { ...DEFAULTS, ...options }
  if (!Number.isInteger(retries) || retries < 0) throw invalid('retries', `it is ${retries}, not a whole number from 0`)
  for (const [name, seconds] of Object.entries({ maxRetryAfter, unread })) {
    if (!(Number.isFinite(seconds) && seconds >= 0)) throw invalid(name, `it is ${seconds}, not a number of seconds`)
  }
  if (key !== undefined && typeof key !== 'function') throw invalid('key', 'it is no function that gives a key')
  return { balancer, retries, maxRetryAfter, unread, key, subset }
}

function invalid(field, message) {
  return Object.assign(new TypeError(`${field}: ${message}`), { code: 'config.invalid', field })
}

/** The attempts of one request, one after the other. */
class Attempts {
  #settings
  #request
  #call
  #tried = []
  #pick

  /** `request.method` decides whether it may be sent twice, and `request.replayable()` whether it can be. */
  constructor(settings, request) {
    this.#settings = settings
    this.#request = request
    const { key, subset } = settings
    // What asks for nothing has a quicker way through the balancer.
    this.#call = key === undefined && subset === undefined ? undefined : { key: key?.(request), subset }
  }

  /** Where the first attempt goes. Throws where no instance may have it. */
  begin() {
    return this.#take(this.#call)
  }

  /** The attempt has ended; gives whether it was in flight until now. */
  end(end) {
    return this.#pick.report(end)
  }

  /**
   * The attempt has failed. Gives where the next one goes, or after how many seconds it may be asked for by `again`, or
   * neither where there is none.
   */
  fail(end) {
    this.#pick.report(end)
    if (this.#tried.length > this.#settings.retries) return {}
    if (end.outcome === 'cancelled' || (end.status !== undefined && !isRetryable(end.status))) return {}
    if (!isIdempotent(this.#request.method) || !this.#request.replayable()) return {}
    try {
      return { pick: this.#take({ ...this.#call, exclude: this.#tried, retry: true }) }
    } catch (error) {
      // Nobody else is there: the one that said when it will be well again is waited for.
      const patient = error.code === 'balance.no_instance' && end.retryAfter <= this.#settings.maxRetryAfter
      return patient ? { wait: end.retryAfter } : {}
    }
  }

  /** Where an attempt goes that has waited. Throws as `begin`. */
  again() {
    return this.#take({ ...this.#call, retry: true })
  }

  #take(call) {
    this.#pick = this.#settings.balancer.pick(call)
    this.#tried.push(this.#pick.id)
    return this.#pick
  }
}

exports.Attempts = Attempts

/** Bases by their texts: parsing one costs as much as a pick. */
const BASES = new Map()
const MOST_BASES = 10_000

/** Where an instance is: its metadata `url`, or its id; by the request's scheme where that has none. */
exports.baseOf = ({ id, metadata }, scheme = 'http:') => {
  const given = metadata.url ?? id
  const text = given.includes('://') ? given : `${scheme}//${given}`
  const known = BASES.get(text)
  if (known !== undefined) return known
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    const message = `the instance ${JSON.stringify(id)} has no http or https URL`
    throw invalid('id', `${message}; give it as the id or as metadata \`url\``)
  }
  const base = { url, origin: url.origin, prefix: url.pathname.replace(/\/$/, '') }
  if (BASES.size === MOST_BASES) BASES.clear()
  BASES.set(text, base)
  return base
}

/** What a response says of its instance. */
exports.endOf = (status, field) => {
  // What is above all statuses that there are is a failure of the server.
  const known = Math.min(status, 599)
  if (field === undefined) return { status: known }
  const seconds = retryAfter(Array.isArray(field) ? field[0] : field, Date.now() / 1000)
  return seconds === null ? { status: known } : { status: known, retryAfter: seconds }
}

// What the caller did: no sign of the instance's health.
const CALLERS = new Set([
  'ABORT_ERR', 'config.invalid', 'ERR_HTTP_HEADERS_SENT', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_ABORTED', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED',
  'UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
])

/** Bytes of a failed response that are read so that its connection can be used again; what is longer is broken off. */
exports.DISCARDED = 64 * 1024

/** What an error says of its instance. A caller's own time limit does, a caller that changed its mind does not. */
exports.outcomeOf = (error) => {
  if (error?.name === 'TimeoutError') return { outcome: 'local_error' }
  const caller = error?.name === 'AbortError' || CALLERS.has(error?.code)
  return { outcome: caller ? 'cancelled' : 'local_error' }
}

/** A request is in flight until its body has ended. One that nobody reads is not for ever: its instance did its part. */
class Reading {
  #seconds
  #over
  #timer

  constructor(seconds, over) {
    this.#seconds = seconds
    this.#over = over
  }

  pause() {
    this.#timer ??= setTimeout(this.#over, this.#seconds * 1000).unref()
  }

  resume() {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

exports.Reading = Reading

/** A body that is sent as it is the first time, and says whether it can be sent again. */
exports.sendable = (body) => {
  const kinds = [ArrayBuffer, Blob, FormData]
  const kept = typeof body === 'string' || ArrayBuffer.isView(body) || kinds.some((kind) => body instanceof kind)
  if (body == null || kept) return { body, replayable: () => true, failed: () => false }
  let read = false
  let failed = false
  // What was not begun to be read can still be sent; the sender must not end it before.
  const once = {
    async *[Symbol.asyncIterator]() {
      read = true
      try {
        yield* body
      } catch (error) {
        failed = true
        throw error
      }
    },
  }
  return { body: once, replayable: () => !read, failed: () => failed }
}
