// Instances that an autoscaler starts and stops.
'use strict'

const { addonOf, described, seconds } = require('./performance.js')

exports.define = ({ NativeFleet }) =>
  class Fleet {
    #native
    #balancer

    constructor(balancer, options) {
      this.#native = new NativeFleet(addonOf(balancer), options)
      this.#balancer = balancer
    }

    join(instances, { now } = {}) {
      return this.#told().join(...described(instances), seconds(now))
    }

    resize(target, { starting = 0, now } = {}) {
      return this.#told().resize(whole('target', target), whole('starting', starting), seconds(now))
    }

    leave(ids, { now } = {}) {
      return this.#told().leave(ids, seconds(now))
    }

    stoppable({ now } = {}) {
      return this.#told().stoppable(seconds(now))
    }

    /** Requests in flight are counted once the balancer knows of all that has ended. */
    #told() {
      addonOf(this.#balancer)
      return this.#native
    }
  }

function whole(name, number) {
  if (Number.isInteger(number) && number >= 0 && number < 2 ** 32) return number
  throw new RangeError(`${name}: it is ${number}, not a whole number of instances`)
}
