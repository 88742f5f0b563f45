// An external scaler for KEDA, for any server that takes definitions as `@grpc/grpc-js` does. Messages are the addon's.
'use strict'

const SERVICE = 'externalscaler.ExternalScaler'
const METHODS = {
  IsActive: false,
  StreamIsActive: true,
  GetMetricSpec: false,
  GetMetrics: false,
  StreamMetricSpec: true,
}
const UNAVAILABLE = 14

exports.kedaService = (engine, { interval = 1 } = {}) => {
  const definition = {}
  const implementation = {}
  for (const [method, streams] of Object.entries(METHODS)) {
    definition[method] = { path: `/${SERVICE}/${method}`, requestStream: false, responseStream: streams, ...BYTES }
    implementation[method] = streams ? stream(engine, method, interval) : once(engine, method)
  }
  return { definition, implementation }
}

const same = (bytes) => bytes
const BYTES = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same }

function once(engine, method) {
  return ({ request }, reply) => {
    let answer
    try {
      answer = engine.answerKeda(method, request)
    } catch (error) {
      reply(failure(error))
      return
    }
    reply(null, answer)
  }
}

/** What is to be told is told at once, and again whenever it is another. */
function stream(engine, method, interval) {
  return (call) => {
    let told
    const tell = () => {
      try {
        const answer = engine.answerKeda(method, call.request)
        if (told === undefined || !answer.equals(told)) call.write((told = answer))
      } catch (error) {
        clearInterval(timer)
        call.emit('error', failure(error))
      }
    }
    const timer = setInterval(tell, 1000 * interval)
    call.on('cancelled', () => {
      clearInterval(timer)
      call.end()
    })
    tell()
  }
}

function failure({ message }) {
  return { code: UNAVAILABLE, details: message }
}
