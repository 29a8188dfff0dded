/**
 * What of an archive belongs together stands together, so that it is read in one go and nothing is smuggled into what is somebody
 * else's: turns behind their agent, versions behind their memory, a file's versions behind the file, contents before them.
 */
import type { FileRecord } from '../files/records.ts'
import type { Entry } from './records.ts'

/** The unit that entries belong to now. */
interface Unit {
  store: string
  id: string
  /** Of a file: the version that comes next, and its last. */
  next: number
  last: number
  head?: FileRecord
}

/** Returns what is wrong with the place of an entry, entry by entry; undefined while nothing is. */
export function checkOrder(): (entry: Entry) => string | undefined {
  const seen = new Set<string>()
  let unit: Unit | undefined

  function begin(store: string, id: string, head?: FileRecord): string | undefined {
    const key = `${store}\n${id}`
    if (seen.has(key)) return `${store} ${id} is there twice`
    seen.add(key)
    unit = { store, id, next: head?.oldest ?? 0, last: head?.version ?? 0, ...(head && { head }) }
    return undefined
  }

  const within = (id: string, ...stores: string[]): string | undefined =>
    unit !== undefined && stores.includes(unit.store) && unit.id === id
      ? undefined
      : 'it is not behind what it belongs to'

  /** A file's versions are all there or it could not be rolled back. */
  const left = (): string | undefined =>
    unit?.store === 'files' && unit.next <= unit.last ? `versions of ${unit.id} are missing` : undefined

  return (entry) => {
    if (entry.store === 'fileVersions') {
      const { space, path, version } = entry.record
      const fault = within(`${space}\n${path}`, 'files')
      if (fault !== undefined || unit === undefined) return fault
      if (version !== unit.next) return `version ${unit.next} of ${path} is missing`
      unit.next += 1
      const { head } = unit
      // What is there now is what the newest version says, or reading it would be reading something else.
      if (head === undefined || version < unit.last) return undefined
      const same = (['hash', 'bytes', 'type', 'text', 'change'] as const).every(
        (field) => head[field] === entry.record[field],
      )
      return same ? undefined : `${path} is not what its newest version says`
    }
    const missing = left()
    if (missing !== undefined) return missing
    switch (entry.store) {
      case 'blob':
        return undefined
      case 'agents':
      case 'memories':
      case 'shared':
      case 'models':
        return begin(entry.store, entry.record.id)
      case 'meta':
        return begin('meta', entry.record.name)
      case 'files':
        return begin('files', `${entry.record.space}\n${entry.record.path}`, entry.record)
      case 'turns':
      case 'pages':
        return within(entry.record.agent, 'agents')
      case 'spending': {
        const { agent, account } = entry.record
        const own = account === `agent:${agent}` || account.startsWith(`agent:${agent}:`)
        return own ? within(agent, 'agents') : 'spending of somebody else'
      }
      case 'versions':
        return within(entry.record.record, 'memories', 'shared')
    }
  }
}
