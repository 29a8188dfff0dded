/**
 * Whether a host is this very machine: what is sent there leaves it for nobody, and needs no network. By its whole name, as
 * `localhost.example.com` is not. The panel says the same of what people type (ui/src/models/addresses.ts), and may not import it.
 * @param hostname as `URL` gives it: lower case, without a port, IPv6 in brackets
 */
export const isThisMachine = (hostname: string): boolean =>
  /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
