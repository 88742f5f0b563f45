// A dispatcher for undici, and so for `fetch`: each request goes to an instance that a balancer picks.
'use strict'

const { Agent, Dispatcher } = require('undici')

const { Attempts, DISCARDED, Reading, baseOf, endOf, outcomeOf, sendable, settings } = require('./attempts.js')
const { modern } = require('./handler.js')

class BalancedDispatcher extends Dispatcher {
  #settings
  #agent
  #own
  #origin

  constructor(balancer, { dispatcher, origin, ...options } = {}) {
    super()
    this.#settings = settings(balancer, options)
    this.#origin = origin === undefined ? undefined : new URL(origin).origin
    this.#own = dispatcher === undefined
    this.#agent = dispatcher ?? new Agent()
    this.#agent.on?.('drain', (...args) => this.emit('drain', ...args))
  }

  dispatch(opts, handler) {
    // A request that names no origin can only mean the balancer's instances.
    const asked = this.#origin === undefined || opts.origin === undefined ? undefined : new URL(opts.origin).origin
    if (asked !== undefined && asked !== this.#origin) return this.#agent.dispatch(opts, handler)
    return new Exchange(this.#settings, this.#agent, opts, modern(handler)).begin()
  }

  close(callback) {
    return this.#settle('close', [], callback)
  }

  destroy(error, callback) {
    if (typeof error === 'function') return this.#settle('destroy', [null], error)
    return this.#settle('destroy', [error ?? null], callback)
  }

  /** A dispatcher of the caller's stays open. */
  #settle(how, args, callback) {
    const done = this.#own ? this.#agent[how](...args) : Promise.resolve()
    if (callback === undefined) return done
    done.then(() => callback(null, null), callback)
  }
}

exports.BalancedDispatcher = BalancedDispatcher

/** One request of a caller: attempts behind one controller. */
class Exchange {
  #settings
  #agent
  #opts
  #body
  #attempts
  #reading
  #timer
  /** The attempt that counts; those before it end by themselves. */
  #current
  #started = false
  #finished = false
  #paused = false

  aborted = false
  reason = null

  constructor(settings, agent, opts, handler) {
    this.handler = handler
    this.#settings = settings
    this.#agent = agent
    this.#opts = opts
    this.#body = sendable(opts.body)
    this.#reading = new Reading(settings.unread, () => this.#current?.succeed())
  }

  begin() {
    try {
      const { method = 'GET', path, headers } = this.#opts
      const request = { method, path, headers, replayable: this.#body.replayable }
      this.#attempts = new Attempts(this.#settings, request)
      return this.#send(this.#attempts.begin())
    } catch (error) {
      this.refuse(error)
      return true
    }
  }

  #send(pick) {
    try {
      const { path, origin: asked } = this.#opts
      const { origin, prefix } = baseOf(pick, `${asked}`.startsWith('https:') ? 'https:' : 'http:')
      this.#current = new Attempt(this, this.#attempts)
      return this.#agent.dispatch(
        { ...this.#opts, origin, path: `${prefix}${path}`, body: this.#body.body },
        this.#current,
      )
    } catch (error) {
      pick.report('cancelled')
      throw error
    }
  }

  /** An attempt has begun to be sent. */
  start(context) {
    if (this.#started) return
    this.#started = true
    this.handler.onRequestStart?.(this, context)
  }

  /** An attempt has failed; gives whether there is another one, or one will be. */
  retry(end) {
    const { pick, wait } = this.#attempts.fail(end)
    if (pick === undefined && wait === undefined) return false
    const next = (make) => {
      try {
        this.#send(make())
      } catch (error) {
        this.refuse(error)
      }
    }
    if (pick !== undefined) next(() => pick)
    else this.#timer = setTimeout(next, wait * 1000, () => this.#attempts.again())
    return true
  }

  /** The caller gets an error. */
  refuse(error) {
    // An attempt that was aborted before it began tells of it later.
    if (this.#finished) return
    this.finish()
    this.handler.onResponseError?.(this, error)
  }

  finish() {
    this.#finished = true
    this.#reading.resume()
  }

  failure(error) {
    if (this.aborted) return outcomeOf(this.reason)
    return this.#body.failed() ? { outcome: 'cancelled' } : outcomeOf(error)
  }

  // What the caller's handler sees as the controller of its request

  abort(reason) {
    if (this.aborted || this.#finished) return
    this.aborted = true
    this.reason = reason ?? new DOMException('This operation was aborted', 'AbortError')
    clearTimeout(this.#timer)
    if (this.#current.abort(this.reason)) return
    // Nothing is on its way that could tell the caller.
    this.#current.end(outcomeOf(this.reason))
    this.refuse(this.reason)
  }

  get paused() {
    return this.#paused
  }

  get rawHeaders() {
    return this.#current?.controller?.rawHeaders ?? null
  }

  get rawTrailers() {
    return this.#current?.controller?.rawTrailers ?? null
  }

  pause() {
    this.#paused = true
    this.#reading.pause()
    this.#current.controller?.pause()
  }

  resume() {
    this.#paused = false
    this.#reading.resume()
    this.#current.controller?.resume()
  }
}

/** What undici tells of one attempt. */
class Attempt {
  #exchange
  #attempts
  #end
  /** Bytes that were read of a response that the caller does not get. */
  #discarded
  #answered = false
  controller

  constructor(exchange, attempts) {
    this.#exchange = exchange
    this.#attempts = attempts
  }

  end(end) {
    if (this.#discarded === undefined) this.#attempts.end(end)
  }

  /** The instance did its part. */
  succeed() {
    this.end(this.#end)
  }

  /** Break it off; gives whether undici will tell of it. */
  abort(reason) {
    if (this.controller === undefined || this.#discarded !== undefined) return false
    this.controller.abort(reason)
    return true
  }

  onRequestStart(controller, context) {
    this.controller = controller
    if (this.#exchange.aborted) return controller.abort(this.#exchange.reason)
    this.#exchange.start(context)
  }

  onRequestUpgrade(_, status, headers, socket) {
    socket.once('close', () => this.end({}))
    this.#exchange.finish()
    this.#exchange.handler.onRequestUpgrade?.(this.#exchange, status, headers, socket)
  }

  /** Its first byte is there; timings of `fetch` go by it. */
  onResponseStarted() {
    this.#exchange.handler.onResponseStarted?.()
  }

  onResponseStart(controller, status, headers, message) {
    this.controller = controller
    if (status < 200) return this.#exchange.handler.onResponseStart?.(this.#exchange, status, headers, message)
    this.#end = endOf(status, headers['retry-after'])
    // A failed response that the caller does not get is left to itself.
    if (status >= 429 && this.#exchange.retry(this.#end)) {
      this.#discarded = 0
      return
    }
    this.#answered = true
    this.#exchange.handler.onResponseStart?.(this.#exchange, status, headers, message)
  }

  onResponseData(controller, chunk) {
    if (this.#discarded === undefined) return this.#exchange.handler.onResponseData?.(this.#exchange, chunk)
    this.#discarded += chunk.length
    if (this.#discarded > DISCARDED) controller.abort(new DOMException('The response is not wanted', 'AbortError'))
  }

  onResponseEnd(_, trailers) {
    if (this.#discarded !== undefined) return
    this.succeed()
    this.#exchange.finish()
    this.#exchange.handler.onResponseEnd?.(this.#exchange, trailers)
  }

  onResponseError(_, error) {
    if (this.#discarded !== undefined) return
    const end = this.#exchange.failure(error)
    // What has reached the caller cannot be taken back.
    if (!this.#answered && !this.#exchange.aborted && this.#exchange.retry(end)) {
      this.#discarded = 0
      return
    }
    this.end(end)
    this.#exchange.refuse(error)
  }
}
