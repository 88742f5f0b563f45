// As many worker processes as there is work for: a pool that an engine scales, without any cluster.
//   node worker-pool.mjs
// Each worker is a small web server. Here minutes pass at once; a service leaves `now` out and sleeps in between.
import { AutoScalingEngine, ProcessPool } from 'opusclip'

const WORKER = `require('node:http')
  .createServer((_, answer) => answer.end('worker ' + process.env.OPUSCLIP_INSTANCE))
  .listen(process.env.PORT, '127.0.0.1')`
// Requests a second, minute by minute; a worker does 10.
const DEMAND = [8, 24, 38, 36, 12, 12]

const config = {
  strategy: 'request',
  minInstances: 1,
  maxInstances: 4,
  targetRequestRate: 10,
  cooldownPeriod: 0,
  scaleDown: { stabilizationWindow: 90 },
}
const pool = new ProcessPool([process.execPath, '-e', WORKER], { ready: { http: '/' } })
try {
  pool.scaleTo(config.minInstances)
  await pool.wait()
  const engine = new AutoScalingEngine(config, { executor: pool.execute })
  for (const [minute, requestRate] of DEMAND.entries()) {
    const now = 60 * minute
    const { instances, readyInstances } = pool.status()
    const decision = engine.evaluate({ requestRate, instances, readyInstances }, { now })
    if (await engine.executeScalingAction(decision, { now })) {
      // Now and not with the next metrics: so the engine learns how long a start takes.
      engine.ready(pool.status().readyInstances, { now: now + 1 })
    }
    console.log(decision.sentence)
  }
  const asked = pool.status().processes.map(({ port }) => fetch(`http://127.0.0.1:${port}/`))
  const answers = await Promise.all(asked.map(async (answer) => (await answer).text()))
  console.log(answers.join(', '))
  const { succeeded, failed, reversals } = engine.getScalingStatus({ now: 60 * DEMAND.length }).actions
  console.log(`${succeeded} actions, ${failed} of them failed, ${reversals} turned back`)
} finally {
  await pool.stop()
}
