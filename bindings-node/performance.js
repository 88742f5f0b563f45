// Load balancing. A pick is a guard here and a number in the addon. A request that has succeeded is told with the next thing
// that is asked, so that pick and result are one way to the addon and nobody sees the difference.
'use strict'

const { performance } = require('node:perf_hooks')

/** A place and the number of an instance come as one number: so many values has the place. */
const PLACES = 2 ** 24
/** Guards whose loss is noticed together. */
const BATCH = 64
/** Ids that are remembered by the number of their instance. */
const REMEMBERED = 10_000
const NOBODY = -1
/** The addon of a balancer, for what works on its instances. */
const tellers = new WeakMap()
const ORIGIN = performance.timeOrigin / 1000

/** Unix seconds, to the microsecond; never falls. */
const clock = () => ORIGIN + performance.now() / 1000

exports.define = (NativeBalancer) => {
  // Guards that were lost open give their requests back. One registration is for many guards: each would cost more than a pick.
  const lost = new FinalizationRegistry(({ native, places }) => {
    for (const place of places) if (place !== NOBODY) native.cancel(place)
  })

  class LoadBalancer {
    #native
    #pick
    #ids = new Map()
    #subsets = new WeakMap()
    #guards = undefined
    // A request that has succeeded, which the addon does not know yet.
    #succeeded = NOBODY
    #ended = 0
    // Friends of the guard, which it gets instead of the balancer itself.
    #ways = {
      metadata: (place) => this.#native.metadataOf(place),
      succeed: (place, ended) => {
        if (this.#succeeded !== NOBODY) this.#native.succeed(this.#succeeded, this.#ended)
        this.#succeeded = place
        this.#ended = ended
      },
      end: (place, outcome, status, retryAfter, now) => this.#told().end(place, outcome, status, retryAfter, now),
    }

    constructor(options) {
      this.#native = new NativeBalancer(options)
      tellers.set(this, () => this.#told())
      this.#pick = this.#native.picker()
    }

    pick(options) {
      if (options !== undefined) return this.#pickFor(options, options.retry === true)
      const now = clock()
      const succeeded = this.#succeeded
      this.#succeeded = NOBODY
      return this.#guard(this.#pick(now, succeeded, this.#ended), 0)
    }

    pickExcluding(exclude, options) {
      return this.#pickFor({ ...options, exclude }, true)
    }

    async run(work, options) {
      const pick = this.pick(options)
      try {
        const result = await work(pick)
        pick.report()
        return result
      } catch (error) {
        pick.report(error?.name === 'AbortError' ? 'cancelled' : 'local_error')
        throw error
      }
    }

    getNextInstance({ key, exclude, subset, retry = false, now } = {}) {
      return this.#told().nextInstance(key, exclude, this.#known(subset), retry, seconds(now))
    }

    report(id, took, end = {}) {
      const { outcome, status, now } = told(end)
      this.#told().report(id, took, outcome, status, seconds(now))
    }

    addInstance(id, { metadata, now, ...options } = {}) {
      this.#told().addInstance(id, options, metadata, seconds(now))
    }

    setInstances(instances, { drain = 30, now } = {}) {
      return this.#told().setInstances(...described(instances), drain, seconds(now))
    }

    removeInstance(id, { now } = {}) {
      this.#told().removeInstance(id, seconds(now))
    }

    drain(id, { deadline = 30, now } = {}) {
      return this.#told().drain(id, deadline, seconds(now))
    }

    disable(id, { now } = {}) {
      this.#told().disable(id, seconds(now))
    }

    enable(id, { now } = {}) {
      this.#told().enable(id, seconds(now))
    }

    setWeight(id, weight, { now } = {}) {
      this.#told().setWeight(id, weight, seconds(now))
    }

    setInstanceHealth(id, healthy, { now } = {}) {
      this.#told().setInstanceHealth(id, healthy, seconds(now))
    }

    dueChecks({ most, now } = {}) {
      return this.#told().dueChecks(most, seconds(now))
    }

    get nextCheck() {
      return this.#native.nextCheck()
    }

    reportCheck(id, passed, { reason, now } = {}) {
      this.#told().reportCheck(id, passed, reason, seconds(now))
    }

    reportProbe(id, probe, { now } = {}) {
      this.#told().reportProbe(id, probe, seconds(now))
    }

    reportLoad(id, report, { now } = {}) {
      this.#told().reportLoad(id, report, seconds(now))
    }

    subset(metadata, { now } = {}) {
      const number = this.#told().subset(metadata, seconds(now))
      const subset = Object.freeze({ metadata: Object.freeze({ ...metadata }) })
      this.#subsets.set(subset, number)
      return subset
    }

    get hedgeDelay() {
      return this.#told().hedgeDelay()
    }

    get instanceIds() {
      return this.#native.instanceIds()
    }

    get options() {
      return this.#native.options()
    }

    snapshot({ now } = {}) {
      return this.#told().snapshot(seconds(now))
    }

    exposition({ now } = {}) {
      return this.#told().exposition(seconds(now))
    }

    explain({ key, exclude, subset, now } = {}) {
      return this.#told().explain(key, exclude, this.#known(subset), seconds(now))
    }

    takeEvents() {
      return this.#told().takeEvents()
    }

    /** The addon, which knows all that has ended. */
    #told() {
      const succeeded = this.#succeeded
      this.#succeeded = NOBODY
      if (succeeded !== NOBODY) this.#native.succeed(succeeded, this.#ended)
      return this.#native
    }

    #pickFor({ key, exclude, subset, now }, retry) {
      const system = clock()
      const begun = now === undefined ? system : seconds(now)
      return this.#guard(this.#told().pickFor(key, exclude, this.#known(subset), retry, begun), begun - system)
    }

    /** The number of a subset; of another balancer's there is none. */
    #known(subset) {
      return subset === undefined ? undefined : (this.#subsets.get(subset) ?? NOBODY)
    }

    #guard(packed, ahead) {
      const place = packed % PLACES
      const number = (packed - place) / PLACES
      const id = this.#ids.get(number) ?? this.#remember(number, place)
      let guards = this.#guards
      if (guards === undefined || guards.places.length === BATCH) {
        guards = { places: [] }
        lost.register(guards, { native: this.#native, places: guards.places })
        this.#guards = guards
      }
      return new InstancePick(id, this.#ways, place, guards, ahead)
    }

    #remember(number, place) {
      const id = this.#native.idOf(place)
      if (this.#ids.size === REMEMBERED) this.#ids.clear()
      this.#ids.set(number, id)
      return id
    }
  }

  return LoadBalancer
}

/** An instance that was picked for a request, which is in flight until it is reported, disposed of or lost. */
class InstancePick {
  #ways
  #place
  #guards
  #at
  #ahead
  #metadata

  constructor(id, ways, place, guards, ahead) {
    this.id = id
    this.#ways = ways
    this.#place = place
    this.#guards = guards
    this.#at = guards.places.push(place) - 1
    this.#ahead = ahead
  }

  get metadata() {
    // Asked for while the request is in flight, it is known afterwards, too.
    return (this.#metadata ??= this.#place === NOBODY ? {} : this.#ways.metadata(this.#place))
  }

  get ended() {
    return this.#place === NOBODY
  }

  report(end) {
    const place = this.#place
    if (end === undefined || end === null) {
      if (place === NOBODY) return false
      this.#close()
      this.#ways.succeed(place, clock() + this.#ahead)
      return true
    }
    const { outcome, status, retryAfter, now } = told(end)
    const ended = now === undefined ? clock() + this.#ahead : seconds(now)
    // What cannot be told leaves the request in flight.
    this.#ways.end(place, outcome, status, retryAfter, ended)
    this.#close()
    return place !== NOBODY
  }

  /** At the end of a block nobody knows how it went. */
  dispose() {
    if (this.#place !== NOBODY) this.report('cancelled')
  }

  #close() {
    this.#place = NOBODY
    this.#guards.places[this.#at] = NOBODY
  }
}

// `using pick = lb.pick()`; versions of Node without the symbol have no such blocks either.
if (Symbol.dispose) InstancePick.prototype[Symbol.dispose] = InstancePick.prototype.dispose

/** What is told of an end: an outcome alone, or with more. */
function told(end) {
  return typeof end === 'string' ? { outcome: end } : (end ?? {})
}

function seconds(time) {
  if (time === undefined) return clock()
  return time instanceof Date ? time.getTime() / 1000 : time
}

/** Instances, and their metadata beside, whose names are nobody's to change. */
function described(instances) {
  if (!Array.isArray(instances)) throw new TypeError('instances: it is no array of instances')
  const bare = instances.map((instance) => ({ ...instance, metadata: undefined }))
  return [bare, instances.map((instance) => instance?.metadata)]
}

exports.described = described
exports.seconds = seconds
/** The addon of a balancer, which knows all requests that have ended. */
exports.addonOf = (balancer) => {
  const teller = tellers.get(balancer)
  if (teller === undefined) throw new TypeError('balancer: it is no LoadBalancer')
  return teller()
}
