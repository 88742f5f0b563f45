// Metrics. An observation is two writes into typed arrays; the addon gets them together, at the end of the event loop's turn,
// when the arrays are full, or before anything is asked.
'use strict'

/** Observations that are handed over at once, at most. */
const BATCH = 4096
/** Series that are remembered by the labels they were recorded with; more are looked up each time. */
const REMEMBERED = 10_000

exports.define = (NativeCollector) => {
  class AnalyticsCollector {
    #native
    #handles = new Uint32Array(BATCH)
    #values = new Float64Array(BATCH)
    #count = 0
    #scheduled = false
    #known = new Map()
    #remembered = 0
    #drainSoon = () => {
      this.#scheduled = false
      this.#drain()
    }

    constructor({ timeWindows, now, snapshot, ...options } = {}) {
      this.#native = new NativeCollector(options, timeWindows, seconds(now), snapshot)
    }

    static restore(snapshot, { now } = {}) {
      return new AnalyticsCollector({ snapshot, now })
    }

    snapshot() {
      this.#drain()
      return this.#native.snapshot()
    }

    merge(snapshot) {
      this.#native.merge(snapshot)
    }

    save(path) {
      this.#drain()
      this.#native.save(path)
    }

    counter(name, labels) {
      return new Counter(this.#series('counter', name, labels))
    }

    gauge(name, labels) {
      return new Distribution(this.#series('gauge', name, labels))
    }

    histogram(name, labels) {
      return new Distribution(this.#series('histogram', name, labels))
    }

    summary(name, labels) {
      return new Distribution(this.#series('summary', name, labels))
    }

    distinct(name, labels) {
      const handle = this.#native.bind('distinct', name, flat(labels))
      return new Distinct((members, times) => this.#native.addMembers(handle, members, times && doubles(times)))
    }

    history({ labels, start, end, ...query } = {}) {
      this.#drain()
      return this.#native.history({ ...query, start: seconds(start), end: seconds(end) }, flat(labels))
    }

    async export(path, { format, labels, start, end, ...query } = {}) {
      this.#drain()
      const part = { ...query, start: seconds(start), end: seconds(end) }
      return this.#native.exportHistory(path, format, part, flat(labels))
    }

    async spill(folder, { format = 'parquet', now } = {}) {
      this.#drain()
      return this.#native.spill(folder, format, seconds(now))
    }

    otlp({ resource = {}, window = '5m', now } = {}) {
      this.#drain()
      return this.#native.otlp(resource, window, seconds(now))
    }

    async pushOtlp({ headers, resource, now, ...target } = {}) {
      this.#drain()
      return this.#native.pushOtlp(target, headers, resource, seconds(now))
    }

    record(name, value, labels, { timestamp, metricType } = {}) {
      if (timestamp === undefined && metricType === undefined) {
        const handle = this.#remember(name, labels)
        if (handle !== undefined && value >= 0 && value <= Number.MAX_VALUE) return this.#put(handle, value)
      }
      this.#drain()
      this.#native.recordNamed(metricType, name, flat(labels), value, seconds(timestamp))
    }

    async collectMetric({ name, value, timestamp, labels, metricType = 'gauge' }) {
      this.record(name, value, labels, { timestamp, metricType })
    }

    recordMany(name, values, { times, labels, metricType } = {}) {
      this.#drain()
      return this.#native.recordMany(metricType, name, flat(labels), doubles(values), times && doubles(times))
    }

    window(name, window, { labels, now } = {}) {
      this.#drain()
      return this.#native.window(name, window, flat(labels), seconds(now))
    }

    windows(name, { labels, now } = {}) {
      this.#drain()
      return this.#native.windows(name, flat(labels), seconds(now))
    }

    process(analysisType, { labels, now, ...request } = {}) {
      this.#drain()
      return this.#native.process({ analysisType, ...request }, flat(labels), seconds(now))
    }

    dashboard({ now } = {}) {
      this.#drain()
      return this.#native.dashboard(seconds(now))
    }

    get metrics() {
      this.#drain()
      return this.#native.metrics()
    }

    get drops() {
      this.#drain()
      return this.#native.drops()
    }

    exposition({ format = 'prometheus', window = '5m', now } = {}) {
      this.#drain()
      return this.#native.exposition(format, window, seconds(now))
    }

    #series(metricType, name, labels) {
      const handle = this.#native.bind(metricType, name, flat(labels))
      return {
        put: (value) => this.#put(handle, value),
        at: (value, time) => {
          this.#drain()
          this.#native.record(handle, value, seconds(time))
        },
      }
    }

    #put(handle, value) {
      const at = this.#count++
      this.#handles[at] = handle
      this.#values[at] = value
      if (at === BATCH - 1) this.#drain()
      else if (!this.#scheduled) {
        this.#scheduled = true
        setImmediate(this.#drainSoon)
      }
    }

    #drain() {
      const count = this.#count
      this.#count = 0
      if (count > 0) this.#native.drain(this.#handles, this.#values, count)
    }

    // The handle of a series by name and labels, through maps of maps: a text of both would cost more to make.
    #remember(name, labels) {
      let place = this.#known.get(name)
      if (place === undefined) place = this.#place(this.#known, name)
      for (const key in labels) {
        const value = labels[key]
        let values = place.get(key)
        if (values === undefined) values = this.#place(place, key)
        place = values.get(value)
        if (place === undefined) place = this.#place(values, value)
      }
      let handle = place.get(HANDLE)
      if (handle === undefined && this.#remembered < REMEMBERED) {
        handle = this.#native.bind(undefined, name, flat(labels))
        place.set(HANDLE, handle)
        this.#remembered += 1
      }
      return handle
    }

    #place(places, key) {
      const place = new Map()
      if (this.#remembered < REMEMBERED) places.set(key, place)
      return place
    }
  }

  return AnalyticsCollector
}

/** Analyses of what a collector recorded. */
exports.AnalyticsProcessor = class AnalyticsProcessor {
  constructor(collector) {
    this.collector = collector
  }

  async processAnalytics(analysisType, options) {
    return this.collector.process(analysisType, options)
  }
}

/** All that a collector recorded, at a glance. */
exports.AnalyticsDashboard = class AnalyticsDashboard {
  constructor(collector) {
    this.collector = collector
  }

  async getDashboardData(options) {
    return this.collector.dashboard(options)
  }
}

const HANDLE = Symbol('handle')

class Counter {
  #series

  constructor(series) {
    this.#series = series
  }

  /** Add an amount, now or at a time. */
  inc(amount = 1, timestamp) {
    if (timestamp === undefined && amount >= 0 && amount <= Number.MAX_VALUE) this.#series.put(amount)
    else this.#series.at(amount, timestamp)
  }
}

class Distribution {
  #series

  constructor(series) {
    this.#series = series
  }

  /** Record a value, now or at a time. */
  record(value, timestamp) {
    if (timestamp === undefined && Math.abs(value) <= Number.MAX_VALUE) this.#series.put(value)
    else this.#series.at(value, timestamp)
  }
}

class Distinct {
  #put

  constructor(put) {
    this.#put = put
  }

  /** Count a member, now or at a time. */
  add(member, timestamp) {
    this.#put([member], timestamp === undefined ? undefined : [seconds(timestamp)])
  }

  /** Count many members, at times of their own or now. */
  addMany(members, times) {
    return this.#put(members, times)
  }
}

/** Names and values in turn. */
function flat(labels) {
  return labels === undefined ? [] : Object.entries(labels).flatMap(([key, value]) => [key, `${value}`])
}

function doubles(values) {
  return values instanceof Float64Array ? values : Float64Array.from(values)
}

function seconds(time) {
  return time instanceof Date ? time.getTime() / 1000 : (time ?? undefined)
}
