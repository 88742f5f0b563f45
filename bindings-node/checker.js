// Active checks of a balancer's instances. When one is due, what it asks for and what answers mean is the core's business; the
// connections are here.
'use strict'

const http = require('node:http')
const https = require('node:https')
const net = require('node:net')

const { addonOf } = require('./performance.js')

/** Seconds until it is looked whether instances have come, whose checks may be due before all others. */
const LOOK = 0.25

exports.define = ({ NativeCheckRules }) =>
  class HealthChecker {
    #balancer
    #rules
    #options
    #check
    #agent
    #timer
    #running = false
    /** Breaks off, by the checks that are on their way. */
    #onWay = new Map()

    constructor(balancer, { check, agent, ...options } = {}) {
      if (check !== undefined && typeof check !== 'function') throw new TypeError('check: it is no function')
      this.#rules = new NativeCheckRules(addonOf(balancer), options)
      this.#options = this.#rules.options()
      this.#balancer = balancer
      this.#check = check
      this.#agent = agent
    }

    start() {
      if (this.#running) return
      this.#running = true
      this.#turn()
    }

    stop() {
      this.#running = false
      clearTimeout(this.#timer)
      for (const limit of this.#onWay.values()) limit.abort(new DOMException('The checker was stopped', 'AbortError'))
      this.#onWay.clear()
    }

    get #free() {
      return this.#options.concurrency - this.#onWay.size
    }

    /** Begin what is due, and come back when something may be due again. */
    #turn() {
      if (!this.#running) return
      clearTimeout(this.#timer)
      for (const due of this.#balancer.dueChecks({ most: this.#free })) this.#one(due)
      const next = this.#free > 0 ? (this.#balancer.nextCheck ?? Infinity) - Date.now() / 1000 : LOOK
      // Never keeps a process alive that has nothing else to do.
      this.#timer = setTimeout(() => this.#turn(), Math.min(Math.max(next, 0.001), LOOK) * 1000).unref()
    }

    async #one(due) {
      const check = Symbol(due.id)
      const limit = new AbortController()
      this.#onWay.set(check, limit)
      const late = `it gave no answer within ${due.timeout} s`
      let timer
      const over = new Promise((resolve) => {
        timer = setTimeout(resolve, due.timeout * 1000, late).unref()
      })
      const found = await Promise.race([this.#found(due, limit.signal), over])
      clearTimeout(timer)
      // One that was stopped has found nothing.
      if (!this.#onWay.delete(check)) return
      limit.abort(new DOMException(late, 'TimeoutError'))
      this.#tell(due, found)
      this.#turn()
    }

    /** Nothing where the instance is well, else in words what is wrong. Never throws. */
    async #found(due, signal) {
      try {
        const found = await (this.#check ?? this.#asked)(due, { signal })
        return found === undefined || found === null || found === true ? undefined : found || ''
      } catch (error) {
        return this.#check === undefined ? `no answer: ${said(error)}` : said(error)
      }
    }

    #asked = (due, { signal }) => {
      const target = this.#rules.target(due.address)
      if (this.#options.protocol === 'tcp') return connected(target, signal)
      return this.#status(target, signal).then((status) => this.#rules.refusal(status))
    }

    #status({ tls, host, port, path, authority }, signal) {
      return new Promise((resolve, reject) => {
        const { method } = this.#options
        // A connection that was kept says nothing of whether a new one would be accepted.
        const call = { host, port, path, method, signal, agent: this.#agent ?? false, headers: { host: authority } }
        const request = (tls ? https : http).request(call)
        request.on('error', reject)
        request.once('response', (response) => {
          response.on('error', () => {})
          resolve(response.statusCode)
          request.destroy()
        })
        request.end()
      })
    }

    #tell({ id }, found) {
      try {
        this.#balancer.reportCheck(id, found === undefined, { reason: found === undefined ? undefined : `${found}` })
      } catch (error) {
        // It was removed while it was checked: nobody wants to know any more.
        if (error.code !== 'balance.unknown_instance') throw error
      }
    }
  }

function connected({ host, port }, signal) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, signal })
    socket.on('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

/** What an error says; one of several addresses says what the first did. */
function said(error) {
  const first = error?.errors?.[0] ?? error
  return first?.message || first?.code || `${first}`
}
