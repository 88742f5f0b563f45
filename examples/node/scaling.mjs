// How many instances: decisions with their reasons, carried out by a callback; a day of traffic played again.
//   node scaling.mjs
import { AutoScalingEngine, simulateScaling } from 'opusclip'

const START = Date.UTC(2024, 4, 1) / 1000

async function decide() {
  let running = 4
  const engine = new AutoScalingEngine({ minInstances: 2, maxInstances: 10 }, {
    // What a service does here: ask its cloud for so many. The token is the same at each try.
    executor: async ({ targetInstances }) => {
      running = targetInstances
    },
  })
  // Times stand still here; a service leaves them out.
  const usages = [60, 85, 90, 65]
  for (const [minute, cpuUsage] of usages.entries()) {
    const now = START + 60 * minute
    const decision = engine.evaluate({ cpuUsage, memoryUsage: 70, instances: running }, { now })
    console.log(decision.sentence)
    await engine.executeScalingAction(decision, { now })
  }
  const { currentInstances, actions } = engine.getScalingStatus({ now: START + 240 })
  console.log(`${currentInstances} instances after ${actions.succeeded} action`)
}

function compare() {
  const rates = Float64Array.from({ length: 1440 }, (_, minute) => 120 - 80 * Math.cos((2 * Math.PI * minute) / 1440))
  const plant = { price: { currency: 'EUR', onDemandMicros: 50_000 } }
  const { runs } = simulateScaling({ step: 60, rates, start: START }, { policies: ['predictive', 'hpa', 'fixed'], plant })
  for (const { policy, result } of runs) {
    const { violations, instanceHours, costMicros } = result
    const cost = (costMicros / 1e6).toFixed(2)
    console.log(`${policy}: ${(100 * violations).toFixed(3)} % too slow, ${instanceHours.toFixed(0)} hours, ${cost} EUR`)
  }
}

await decide()
compare()
