/** A MessagePort, of a browser or of Node, as the kernel's Endpoint. */
import type { Endpoint } from '../../core/endpoint.ts'

export function portEndpoint(port: MessagePort): Endpoint {
  return {
    postMessage(message, transfer) {
      if (transfer === undefined) port.postMessage(message)
      else port.postMessage(message, transfer as Transferable[])
    },
    listen(listener) {
      // Setting the handler also starts the port.
      port.onmessage = (event) => listener(event.data, event.ports)
      // A message that cannot be deserialised still counts as one.
      port.onmessageerror = () => listener(undefined, [])
    },
    close() {
      port.onmessage = null
      port.onmessageerror = null
      port.close()
    },
  }
}
