// An autoscaler and a load balancer: new workers join slowly, those that are wanted no more drain before they stop.
//   node fleet.mjs
// Times stand still here, so that the example ends at once; a service leaves them out and looks every few seconds.
import { AutoScalingEngine, Fleet, LoadBalancer } from 'opusclip'

let minute = 0
let started = 0
const now = () => 60 * minute
const balancer = new LoadBalancer({ slowStart: { window: 60 } })
const fleet = new Fleet(balancer, { drain: 120 })

// A service asks its cloud, and waits until the worker answers.
const startWorker = async () => `worker-${++started}`
const stopWorker = async (id, inFlight) => console.log(`minute ${minute}: ${id} is stopped with ${inFlight} requests in flight`)

const engine = new AutoScalingEngine({ minInstances: 1, maxInstances: 6, targetCpuUsage: 70 }, {
  executor: async ({ targetInstances }) => {
    const { start, leaving } = fleet.resize(targetInstances, { now: now() })
    const joined = []
    for (let number = 0; number < start; number++) {
      joined.push(...fleet.join([{ id: await startWorker() }], { now: now() }))
    }
    const gone = leaving.map(({ id }) => id)
    console.log(`minute ${minute}: ${joined.join(', ') || 'nobody'} joins, ${gone.join(', ') || 'nobody'} leaves`)
  },
})

fleet.join([{ id: await startWorker() }, { id: await startWorker() }], { now: now() })
let held = []
for (; minute < 20; minute++) {
  const cpuUsage = minute < 5 ? 100 : 20
  const running = balancer.instanceIds.length
  const decision = engine.evaluate({ cpuUsage, instances: running }, { now: now() })
  // Each has a long request, which a worker that leaves may end.
  if (minute === 5) held = Array.from({ length: running }, () => balancer.pick({ now: now() }))
  await engine.executeScalingAction(decision, { now: now() })
  if (minute === 10) held.find(({ id }) => id === 'worker-3').report({ now: now() })
  for (const { id, inFlight } of fleet.stoppable({ now: now() })) await stopWorker(id, inFlight)
}
console.log(`${balancer.instanceIds.length} workers are left: ${balancer.instanceIds.join(', ')}`)
