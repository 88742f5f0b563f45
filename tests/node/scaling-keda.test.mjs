// KEDA's external scaler, asked by a real client that reads its messages from a `.proto` file.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import grpc from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { AutoScalingEngine, kedaService } from 'opusclip'

import { ROOT } from './support.mjs'

const proto = loadSync(join(ROOT, 'tests', 'node', 'keda.proto'), { longs: Number, keepCase: true, defaults: true })
const { ExternalScaler } = grpc.loadPackageDefinition(proto).externalscaler
const REF = { name: 'render', namespace: 'media', scalerMetadata: { key: 'value' } }

async function served(t) {
  const quick = { cooldownPeriod: 0, scaleDown: { stabilizationWindow: 0 }, scaleToZero: { idlePeriod: 0 } }
  const config = { strategy: 'request', minInstances: 0, targetRequestRate: 10, ...quick }
  const engine = new AutoScalingEngine(config)
  const server = new grpc.Server()
  const { definition, implementation } = kedaService(engine, { interval: 0.02 })
  server.addService(definition, implementation)
  const credentials = grpc.ServerCredentials.createInsecure()
  const port = await new Promise((done, failed) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? failed(error) : done(bound))),
  )
  const client = new ExternalScaler(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
  t.after(() => {
    client.close()
    server.forceShutdown()
  })
  const ask = (method, request) =>
    new Promise((done, failed) => client[method](request, (error, answer) => (error ? failed(error) : done(answer))))
  return { engine, client, ask }
}

test('KEDA is told the count', async (t) => {
  const { engine, ask } = await served(t)
  engine.evaluate({ requestRate: 58, instances: 4 })
  assert.equal((await ask('IsActive', REF)).result, true)
  const [spec] = (await ask('GetMetricSpec', REF)).metricSpecs
  assert.deepEqual([spec.targetSize, spec.targetSizeFloat], [1, 1])
  const { metricValues } = await ask('GetMetrics', { scaledObjectRef: REF, metricName: spec.metricName })
  // 58 requests a second, 10 for each.
  assert.deepEqual(metricValues, [{ metricName: spec.metricName, metricValue: 6, metricValueFloat: 6 }])
})

test('a stream tells at once and when it changes', async (t) => {
  const { engine, client } = await served(t)
  engine.evaluate({ requestRate: 58, instances: 1 })
  const stream = client.StreamIsActive(REF)
  stream.on('error', ({ code }) => assert.equal(code, grpc.status.CANCELLED))
  const told = []
  await new Promise((done) => {
    stream.on('data', ({ result }) => {
      told.push(result)
      if (told.length === 1) engine.evaluate({ requestRate: 0, instances: 1 })
      if (told.length === 2) engine.evaluate({ requestRate: 58, instances: 0 })
      if (told.length === 3) done()
    })
  })
  stream.cancel()
  assert.deepEqual(told, [true, false, true])
})

test('without a count nothing is told', async (t) => {
  const { client, ask } = await served(t)
  await assert.rejects(ask('IsActive', REF), ({ code, details }) => {
    assert.match(details, /nothing has been decided yet/)
    return code === grpc.status.UNAVAILABLE
  })
  const failed = await new Promise((done) => client.StreamIsActive(REF).on('error', done).on('data', done))
  assert.equal(failed.code, grpc.status.UNAVAILABLE)
})
