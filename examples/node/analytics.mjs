// Two weeks of a service, made up: its metrics recorded and asked, what moved together, what comes next, who paid.
//   node analytics.mjs
import {
  AnalyticsCollector, OpusClipError, correlate, detectAnomalies, forecast, funnel, revenue, timeToLimit, trend,
} from 'opusclip'

const START = Date.UTC(2024, 4, 1) / 1000
const HOUR = 3600
const HOURS = 14 * 24

/** Numbers from -1 to 1 that look like chance and are the same in every run. */
function noise(seed, at) {
  const mixed = Math.imul(Math.imul(at + 1, seed), 2_654_435_761) >>> 0
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 0xffffffff * 2 - 1
}

const hourly = (value) => Float64Array.from({ length: HOURS }, (_, hour) => value(hour))

function metrics() {
  const times = hourly((hour) => START + HOUR * hour)
  const load = hourly((hour) => 100 + 20 * Math.sin((2 * Math.PI * hour) / 24) + 8 * noise(7, hour))
  const latency = hourly((hour) => 2 * load[Math.max(hour - 2, 0)] + (hour === 300 ? 150 : 0))
  const disk = hourly((hour) => 40 + 0.1 * hour + noise(11, hour))

  console.log(trend(disk, times, { name: 'disk' }).explanation.sentence)
  console.log(timeToLimit(disk, times, { limit: 95 }).explanation.sentence)
  console.log(detectAnomalies(latency, times).explanation.sentence)
  console.log(correlate(load, latency, times, { names: ['load', 'latency'] }).explanation.sentence)
  console.log(forecast(load, times).explanation.sentence)

  // What a service does: record, and ask for a window. A collector in production takes the system's clock.
  const collector = new AnalyticsCollector({ now: START + HOUR * HOURS })
  collector.recordMany('latency', latency, { times, labels: { path: '/clips' } })
  const { count, p95 } = collector.window('latency', '24h')
  console.log(`latency within 24h: ${count} values, p95 ${p95.toFixed(0)}`)
}

function business() {
  const steps = ['visit', 'signup', 'pay']
  // Everybody visits, two of three sign up, one of four pays.
  const taken = (person) => (person % 4 === 0 ? 3 : 1 + (person % 3 > 0))
  const rows = Array.from({ length: 900 }, (_, person) =>
    steps.slice(0, taken(person)).map((event, step) => ({ person, event, time: START + 600 * person + 60 * step })),
  ).flat()
  const column = (name, of = rows) => of.map((row) => row[name])
  const events = { time: column('time'), user: column('person'), event: column('event') }
  console.log(funnel(events, { steps }).explanation.sentence)

  const paid = rows.filter(({ event }) => event === 'pay')
  const amount = paid.map(({ person }) => (person % 8 === 0 ? 4900 : 900)) // cents
  const payments = { time: column('time', paid), user: column('person', paid), amount, currency: 'EUR' }
  console.log(revenue(payments).explanation.sentence)
}

try {
  metrics()
  business()
} catch (error) {
  if (!(error instanceof OpusClipError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
