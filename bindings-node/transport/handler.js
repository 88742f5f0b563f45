// undici has two generations of handlers: `fetch` of Node 18 to 22 and undici up to 7 call those of the first.
'use strict'

/** A handler of the second generation. */
exports.modern = (handler) => (typeof handler.onRequestStart === 'function' ? handler : new Translated(handler))

class Translated {
  #handler

  constructor(handler) {
    this.#handler = handler
  }

  onRequestStart(controller, context) {
    this.#handler.onConnect?.((reason) => controller.abort(reason), context)
  }

  onRequestUpgrade(controller, status, headers, socket) {
    this.#handler.onUpgrade?.(status, raw(controller.rawHeaders, headers), socket)
  }

  onResponseStarted() {
    this.#handler.onResponseStarted?.()
  }

  onResponseStart(controller, status, headers, message) {
    const list = raw(controller.rawHeaders, headers)
    if (this.#handler.onHeaders?.(status, list, () => controller.resume(), message) === false) controller.pause()
  }

  onResponseData(controller, chunk) {
    if (this.#handler.onData?.(chunk) === false) controller.pause()
  }

  onResponseEnd(controller, trailers) {
    this.#handler.onComplete?.(raw(controller.rawTrailers, trailers))
  }

  onResponseError(_, error) {
    this.#handler.onError?.(error)
  }
}

/** Names and values in turn, as bytes. */
function raw(list, fields) {
  const bytes = (text) => Buffer.from(text, 'latin1')
  if (Array.isArray(list)) return list.map((text) => (typeof text === 'string' ? bytes(text) : text))
  return Object.entries(fields ?? {}).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => [bytes(name), bytes(one)]),
  )
}
