// Preloaded: every server of the process listens on the loopback interface alone, and no connection leaves it.
// The network's own servers name no host, which is every interface.
import { Server, Socket } from 'node:net'

const LOOPBACK = '127.0.0.1'
const OURS = new Set([undefined, 'localhost', LOOPBACK, '::1'])

const listen = Server.prototype.listen
Server.prototype.listen = function (...given) {
  const [first, ...rest] = given
  const callbacks = given.filter((one) => typeof one === 'function')
  if (first === undefined || first === null || typeof first === 'function') {
    return listen.call(this, { port: 0, host: LOOPBACK }, ...callbacks)
  }
  if (typeof first === 'object') {
    return listen.call(this, 'port' in first ? { ...first, host: LOOPBACK } : first, ...rest)
  }
  const isPort = typeof first === 'number' || /^\d+$/.test(first)
  return isPort ? listen.call(this, { port: Number(first), host: LOOPBACK }, ...callbacks) : listen.apply(this, given)
}

const connect = Socket.prototype.connect
Socket.prototype.connect = function (...given) {
  // net.connect hands its arguments on as one list: [options, callback].
  const options = Array.isArray(given[0]) ? given[0][0] : given[0]
  const host = typeof options === 'object' ? options?.host : given.slice(1).find((one) => typeof one === 'string')
  if (OURS.has(host)) return connect.apply(this, given)
  process.nextTick(() => this.destroy(new Error(`the test network does not leave this machine: ${host}`)))
  return this
}
