// The scaling engine and its pool of processes. Decisions are the addon's; here the host's callback is awaited, with its
// time limit and its retries.
'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

exports.define = (NativeScaler) => {
  class AutoScalingEngine {
    #native
    executor

    constructor(config, { executor, saved } = {}) {
      this.#native = new NativeScaler(config, saved)
      this.executor = executor
    }

    static restore(saved, config, options) {
      return new AutoScalingEngine(config, { ...options, saved })
    }

    save() {
      return this.#native.save()
    }

    get config() {
      return this.#native.config()
    }

    evaluate({ custom, ...metrics }, { now } = {}) {
      return this.#native.evaluate(dated(metrics), custom, seconds(now))
    }

    async evaluateScalingNeed(metrics, options) {
      return this.evaluate(metrics, options)
    }

    async executeScalingAction(decision, { now } = {}) {
      const ahead = seconds(now) - seconds()
      const clock = () => seconds() + ahead
      let request = this.begin(decision, { now: clock() })
      while (request !== null) {
        const { token } = request
        const failure = await this.#try(request, clock)
        if (failure === undefined) {
          this.succeeded(token, { now: clock() })
          return true
        }
        this.failed(token, failure, { now: clock() })
        request = await this.#next(token, clock)
        if (request === null) return this.#action(token).state !== 'given_up'
      }
      return true
    }

    begin(decision, { now } = {}) {
      return this.#native.begin(decision, seconds(now))
    }

    succeeded(token, { now } = {}) {
      this.#native.succeeded(token, seconds(now))
    }

    failed(token, error, { now } = {}) {
      return this.#native.failed(token, error, seconds(now))
    }

    due({ now } = {}) {
      return this.#native.due(seconds(now))
    }

    ready(instances, { now } = {}) {
      this.#native.ready(instances, seconds(now))
    }

    wantedInstances({ now } = {}) {
      return this.#native.wantedInstances(seconds(now))
    }

    toPrometheus(labels = {}, { now } = {}) {
      return this.#native.prometheusText(labels, seconds(now))
    }

    toKedaJson({ now } = {}) {
      return this.#native.kedaJson(seconds(now))
    }

    answerKeda(method, request, { now } = {}) {
      return this.#native.answerKeda(method, request, seconds(now))
    }

    get actions() {
      return this.#native.actions()
    }

    get history() {
      return this.#native.history()
    }

    getScalingStatus({ now } = {}) {
      return this.#native.status(seconds(now))
    }

    /** Why a try has failed, if it has. */
    async #try(request, clock) {
      if (this.executor === undefined) return undefined
      const limit = this.config.execution.timeout
      const giveUp = new AbortController()
      const answer = (async () => this.executor(request, { signal: giveUp.signal }))()
      const told = answer.then(
        (done) => (done === false ? 'the executor said false' : undefined),
        (error) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
      )
      const timer = new AbortController()
      const late = sleep(1000 * limit, LATE, { signal: timer.signal }).catch(() => LATE)
      const first = await Promise.race([told, late])
      timer.abort()
      if (first !== LATE) return first
      const failure = `no answer within ${limit} s`
      giveUp.abort(new DOMException(failure, 'TimeoutError'))
      // One that was done after all is still heard.
      told.then((later) => later === undefined && this.#succeededLate(request.token, clock))
      return failure
    }

    #succeededLate(token, clock) {
      try {
        this.succeeded(token, { now: clock() })
      } catch {
        // The engine has forgotten the action by now.
      }
    }

    /** The next try once it is due; null where there is no other. */
    async #next(token, clock) {
      for (;;) {
        const request = this.due({ now: clock() })
        if (request !== null) return request
        const { state, changed } = this.#action(token)
        if (state !== 'waiting') return null
        await sleep(Math.max(1000 * (changed - clock()), 1))
      }
    }

    #action(token) {
      return this.actions.findLast((action) => action.token === token)
    }
  }

  return AutoScalingEngine
}

exports.definePool = (NativePool) =>
  class ProcessPool {
    #native
    #env

    constructor(command, { env = {}, ...options } = {}) {
      this.#native = new NativePool({ ...options, command }, env)
      this.#env = { ...env }
      // It is handed to an engine by itself.
      this.execute = this.execute.bind(this)
    }

    get options() {
      return { ...this.#native.options(), env: this.#env }
    }

    scaleTo(instances) {
      this.#native.scaleTo(instances)
    }

    wait(options) {
      return this.#native.wait(options)
    }

    execute(request, options) {
      return this.#native.execute(request, options)
    }

    status() {
      return this.#native.status()
    }

    stop(options) {
      return this.#native.stop(options)
    }
  }

const LATE = Symbol('late')

/** The time of a measurement may be a date. */
function dated(metrics) {
  return metrics.timestamp instanceof Date ? { ...metrics, timestamp: seconds(metrics.timestamp) } : metrics
}

function seconds(time) {
  if (time === undefined) return Date.now() / 1000
  return time instanceof Date ? time.getTime() / 1000 : time
}
