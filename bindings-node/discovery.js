// The list of a balancer's instances, asked for again and again. When is the core's business; the timers are here.
'use strict'

const { promises: dns } = require('node:dns')

exports.define = ({ NativeRefresh }) =>
  class Discovery {
    #balancer
    #source
    #refresh
    #drain
    #timeout
    #onChange
    #onError
    #timer
    #looking
    #running = false

    constructor(balancer, source, { drain = 30, timeout = 10, onChange, onError, ...options } = {}) {
      if (typeof balancer?.setInstances !== 'function') throw new TypeError('balancer: it is no LoadBalancer')
      if (typeof source !== 'function') throw new TypeError('source: it is no function that gives a list of instances')
      if (!(timeout > 0 && timeout <= LONGEST)) {
        throw new RangeError(`timeout: it is ${timeout}, not above 0 and at most ${LONGEST} s`)
      }
      this.#refresh = new NativeRefresh(options)
      this.#balancer = balancer
      this.#source = source
      this.#drain = drain
      this.#timeout = timeout
      this.#onChange = onChange
      this.#onError = onError
    }

    /** Looks that have failed since the last one that did not. */
    get failures() {
      return this.#refresh.failures()
    }

    async start() {
      this.#running = true
      return this.refresh()
    }

    stop() {
      this.#running = false
      clearTimeout(this.#timer)
    }

    /** Two that ask at the same time get the same answer. */
    refresh() {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
      return this.#looking
    }

    async #look() {
      clearTimeout(this.#timer)
      let changes
      try {
        changes = this.#balancer.setInstances(await this.#asked(), { drain: this.#drain })
      } catch (error) {
        // The last good list goes on.
        this.#next(false)
        this.#onError?.(error)
        return undefined
      }
      this.#next(true)
      if (changes.added.length + changes.removed.length + changes.changed.length > 0) this.#onChange?.(changes)
      return changes
    }

    /** A source that hangs has failed. */
    async #asked() {
      const limit = new AbortController()
      let timer
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => {
          const error = new DOMException(`The source gave no list within ${this.#timeout} s`, 'TimeoutError')
          limit.abort(error)
          reject(error)
        }, this.#timeout * 1000)
      })
      try {
        return await Promise.race([this.#source({ signal: limit.signal }), late])
      } finally {
        clearTimeout(timer)
      }
    }

    #next(succeeded) {
      const now = Date.now() / 1000
      const due = this.#refresh.looked(succeeded, now)
      // Never keeps a process alive that has nothing else to do.
      if (this.#running) this.#timer = setTimeout(() => this.refresh(), Math.min(due - now, LONGEST) * 1000).unref()
    }
  }

/** Timers count milliseconds in 31 bits. */
const LONGEST = 2_147_483

exports.dnsSource =
  ({ instancesOfAddresses, instancesOfSrv }) =>
  (name, { type = 'A', resolver = dns, scheme = '', port = '' } = {}) => {
    const options = { scheme, port: `${port}` }
    switch (type) {
      case 'A':
        return async () => instancesOfAddresses(await resolver.resolve4(name), options)
      case 'AAAA':
        return async () => instancesOfAddresses(await resolver.resolve6(name), options)
      case 'SRV':
        return async () =>
          instancesOfSrv(
            (await resolver.resolveSrv(name)).map(({ name, port, priority, weight }) => ({ name, port, priority, weight })),
            options,
          )
      default:
        throw new TypeError(`type: it is ${JSON.stringify(type)}, none of A, AAAA and SRV`)
    }
  }
